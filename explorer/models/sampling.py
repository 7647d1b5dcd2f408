"""Choosing a value from its distribution, so that the same seed gives the same picture.

Chance is one number in [0, 1) for every seed, sample and step, computed from these three alone: neither the
size of a batch, nor the values written before, nor a step back changes it. The value is where the
distribution's cumulative sum passes that number.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float, Float64, Int
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from explorer.errors import ControlError

__all__ = ["Sampling", "chance"]

CLOSE, SHIFT = 3e-6, 1e-4
"""What rounding does to a distribution: mostly it shifts it. So a sum of its first probabilities may be off by `CLOSE` and this
share of the two probabilities beside the border; the difference of two logits by `CLOSE` and this share of how steep the logits
are there, a value further. Of a temperature below 1 it is this over the temperature. In the pixel models that ship, rounding alone
would change up to 1 picture of 30, and of a million numbers on which it decided it was so close every time."""
NEARLY = 1e-3
"""A difference of logits below which it is asked how steep they are."""


@dataclass(frozen=True)
class Sampling:
    """How the model's distribution is narrowed before a value is drawn from it.

    In this order: logits are divided by `temperature` (0: only the most probable value is left); of these the
    `top_k` most probable are kept (0: all); of these the fewest whose probabilities reach `top_p` together (0:
    the most probable, 1: all).
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.temperature <= 100:
            raise ControlError(f"A temperature of {self.temperature} cannot be had", do="choose 0 to 100")
        if self.top_k < 0:
            raise ControlError(
                f"The {self.top_k} most probable values cannot be had", do="choose 1 or more, or 0 for all"
            )
        if not 0 <= self.top_p <= 1:
            raise ControlError(f"Top-p cannot be {self.top_p}", why="it is a probability", do="choose 0 to 1")

    def probabilities(self, logits: Float[Tensor, "*batch levels"]) -> Float64[Tensor, "*batch levels"]:
        """What is left of the distribution; sums to 1."""
        return self._narrowed(logits)[0]

    def draw(
        self, logits: Float[Tensor, "batch levels"], chance: Float64[Tensor, " batch"]
    ) -> tuple[Int[Tensor, " batch"], Bool[Tensor, " batch"]]:
        """The values drawn, and whether each is so close a decision that rounding may have taken it."""
        if self.temperature == 0 or self.top_k == 1 or self.top_p == 0:
            logits = logits.double()
            best = logits.argmax(-1, keepdim=True)
            second = logits.scatter(-1, best, -torch.inf).argmax(-1, keepdim=True)
            return best[:, 0], self._tied(logits, best, second)
        truncated, close = self._narrowed(logits)
        summed = truncated.cumsum(-1)
        passed = (chance * summed[:, -1])[:, None]
        return (summed <= passed).sum(-1), close | self._close(truncated, summed - passed)

    @property
    def _sharper(self) -> float:
        return max(1.0, 1 / self.temperature) if self.temperature else 1.0

    def _close(
        self, probabilities: Float64[Tensor, "*batch levels"], beyond: Float64[Tensor, "*batch levels"]
    ) -> Bool[Tensor, "*batch"]:
        """Whether one of the sums of the first probabilities, so far beyond a number, may be on its other side by rounding."""
        beyond = beyond.abs()
        close = beyond.amin(-1) < (CLOSE + SHIFT) * self._sharper
        if bool(close.any()):  # seldom; what is beside the borders is looked at only then
            beside = probabilities + F.pad(probabilities[..., 1:], (0, 1))
            close = (beyond < (CLOSE + SHIFT * beside) * self._sharper).any(-1)
        return close

    def _tied(
        self,
        logits: Float64[Tensor, "*batch levels"],
        first: Int[Tensor, "*batch 1"],
        second: Int[Tensor, "*batch 1"],
    ) -> Bool[Tensor, "*batch"]:
        """Whether the second value may be more probable than the first but for rounding."""
        gap = logits.gather(-1, first) - logits.gather(-1, second)
        tied = gap < NEARLY * self._sharper
        if bool(tied.any()):
            steps = F.pad(logits.diff(dim=-1).abs(), (1, 1))
            steep = (steps[..., 1:] + steps[..., :-1]) / 2
            beside = steep.gather(-1, first) + steep.gather(-1, second)
            tied = gap < CLOSE * self._sharper + SHIFT * beside
        return tied[..., 0]

    def _narrowed(self, logits: Tensor) -> tuple[Tensor, Tensor]:
        """Probabilities left, and whether what is left depends on rounding."""
        logits = logits.double()
        close = torch.zeros(logits.shape[:-1], dtype=torch.bool, device=logits.device)
        if self.temperature == 0 or self.top_p == 0:
            best = torch.zeros_like(logits).scatter_(-1, logits.argmax(-1, keepdim=True), 1.0)
            return best, close
        if self.temperature != 1:
            # The largest is subtracted first: divided by a small temperature, logits would overflow.
            logits = (logits - logits.amax(-1, keepdim=True)) / self.temperature
        all_logits = logits
        if 0 < self.top_k < logits.shape[-1]:
            places = logits.argsort(dim=-1, descending=True, stable=True)
            last, dropped = places[..., self.top_k - 1 : self.top_k], places[..., self.top_k :]
            close = self._tied(logits, last, dropped[..., :1])
            logits = logits.scatter(-1, dropped, -torch.inf)
        probabilities = logits.softmax(-1)
        if self.top_p < 1:
            ranked, places = probabilities.sort(dim=-1, descending=True, stable=True)
            summed = ranked.cumsum(-1)
            within_p = summed - ranked < self.top_p
            count = within_p.sum(-1, keepdim=True)
            beyond = count.clamp(max=ranked.shape[-1] - 1)
            tied = self._tied(all_logits, places.gather(-1, count - 1), places.gather(-1, beyond))
            close = close | self._close(ranked, summed - self.top_p) | (tied & (count == beyond)[..., 0])
            probabilities = probabilities * torch.zeros_like(within_p).scatter(-1, places, within_p)
            probabilities = probabilities / probabilities.sum(-1, keepdim=True)
        return probabilities, close


def chance(
    seed: int, samples: Int[np.ndarray, " samples"], steps: int
) -> Float64[np.ndarray, "samples steps"]:
    """Numbers in [0, 1), one for each of these samples and of so many steps (SplitMix64, Steele et al. 2014)."""
    first = _mixed(np.asarray(seed % 2**63, np.uint64) + np.zeros((), np.uint64))
    of_sample = _mixed(first ^ samples.astype(np.uint64))
    state = of_sample[:, None] + np.arange(1, steps + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    return (_mixed(state) >> np.uint64(11)) * 2.0**-53


def _mixed(state: Any) -> Any:
    """64-bit numbers (an array or one): 64 bits of which each depends on every bit of `state`; products wrap around on purpose."""
    with np.errstate(over="ignore"):
        state = state + np.uint64(0x9E3779B97F4A7C15)
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        return state ^ (state >> np.uint64(31))
