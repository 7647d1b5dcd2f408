"""From a slot's vector to the distribution of its value. Parmar et al. 2018, section 4."""

from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from explorer.models.value_coding import scaled

__all__ = ["Categorical", "LogisticMixture", "Mixtures", "at"]


class Categorical(nn.Linear):
    """One logit for each intensity, the same matrix for every colour channel. `near` is for mixtures only."""

    def __init__(self, width: int, levels: int) -> None:
        super().__init__(width, levels)
        nn.init.normal_(self.weight, std=0.02)
        nn.init.zeros_(self.bias)

    def forward(self, x: Float[Tensor, "*slots width"], near: None = None) -> Float[Tensor, "*slots levels"]:
        return super().forward(x)

    def log_probability(
        self, x: Float[Tensor, "*slots width"], values: Int[Tensor, "*slots"], near: None = None
    ) -> Float[Tensor, "*slots"]:
        """Natural logarithm of the probability of one intensity for each slot."""
        return -F.cross_entropy(self(x).float().movedim(-1, 1), values, reduction="none")


class Mixtures(NamedTuple):
    """The logistic distributions that each slot mixes, for the channels that it has still to write."""

    weights: Float[Tensor, "*slots components"]
    """Natural logarithms, given the channels written."""
    mean: Float[Tensor, "*slots channels components"]
    steepness: Float[Tensor, "*slots channels components"]
    """One over the scale."""
    width: Float[Tensor, "*slots channels components"]
    """log(1 − e^(a − b)) of the borders a and b of an intensity, which does not depend on the intensity."""
    moves: Float[Tensor, "*slots pairs"]
    """How far a channel moves the means of each later one: the first those of the second, of the third; the second …"""


class LogisticMixture(nn.Module):
    """A discretised mixture of logistic distributions (Salimans et al., "PixelCNN++", 2017, section 2.1).

    The probability of an intensity is what the mixture's density holds between the middles to its neighbours;
    the first and the last intensity take the tails, so that all sum to 1.

    Where a slot writes the `channels` of a pixel, a component is of all of them, and an earlier channel moves
    the later ones' means (section 2.2). What one of them was found to be changes how probable the components
    are for the next: so each channel's distribution, given those before it, is a mixture again.

    Where it has `sources`, all means are moved as well by a weighted sum of as many intensities written nearby.
    All these weights are given by the slot's vector.
    """

    def __init__(
        self, width: int, levels: int, components: int = 10, *, channels: int = 1, sources: int = 0
    ) -> None:
        super().__init__()
        self.levels, self.channels = levels, channels
        each, pairs = channels * components, channels * (channels - 1) // 2
        self.sizes = (components, each, each, channels * sources, pairs)
        self.parts = nn.Linear(width, sum(self.sizes))
        nn.init.normal_(self.parts.weight, std=0.02)
        spread = 0.2 if sources else 1.0
        with torch.no_grad():
            self.parts.bias.copy_(
                torch.cat(
                    [
                        torch.zeros(components),
                        torch.linspace(-spread, spread, components).repeat(channels),
                        torch.full((each,), -2.0),
                        torch.full((channels * sources,), 1 / max(1, sources)),
                        torch.zeros(pairs),
                    ]
                )
            )
        # Whole numbers, exact in whatever precision the model is moved to: of the border between value i and i + 1.
        self.register_buffer("odd", torch.arange(1.0, 2 * levels - 1, 2), persistent=False)

    def forward(
        self,
        x: Float[Tensor, "*batch slots width"],
        near: Float[Tensor, "*batch slots sources"] | None = None,
        values: Int[Tensor, "*batch steps"] | None = None,
    ) -> Float[Tensor, "*batch steps levels"]:
        """Natural logarithms of the probabilities, which serve as logits: of all channels of the first slot, then
        of the second. `values` are those written, needed where a slot writes more than one channel."""
        mixtures = self.mixtures(x, near)
        components = self.components(mixtures)
        logits = [self.logits(mixtures, components)]
        for channel in range(self.channels - 1):
            assert values is not None
            own = values[..., channel :: self.channels]
            mixtures = self.given(mixtures, own, at(components, own))
            components = self.components(mixtures)
            logits.append(self.logits(mixtures, components))
        return torch.stack(logits, -2).flatten(-3, -2)

    def log_probability(
        self,
        x: Float[Tensor, "*batch slots width"],
        values: Int[Tensor, "*batch steps"],
        near: Float[Tensor, "*batch slots sources"] | None = None,
    ) -> Float[Tensor, "*batch steps"]:
        """What `forward` gives at one intensity for each step, without computing all the others."""
        mixtures, log_probs = self.mixtures(x, near), []
        for channel in range(self.channels):
            own = values[..., channel :: self.channels]
            found = self._found(mixtures, own)
            log_probs.append(torch.logsumexp(mixtures.weights + found, -1))
            if channel < self.channels - 1:
                mixtures = self.given(mixtures, own, found)
        return torch.stack(log_probs, -1).flatten(-2)

    def logits(
        self, mixtures: Mixtures, components: Float[Tensor, "*slots components levels"]
    ) -> Float[Tensor, "*slots levels"]:
        """Of the next channel, whose values the components find so probable."""
        return torch.logsumexp(mixtures.weights[..., None] + components, -2)

    def components(self, mixtures: Mixtures) -> Float[Tensor, "*slots components levels"]:
        """How probable each component finds each value of the next channel; natural logarithms."""
        steepness = mixtures.steepness[..., 0, :, None]
        borders = self.odd / (self.levels - 1) - 1
        z = (borders - mixtures.mean[..., 0, :, None]) * steepness  # …, components, levels − 1
        below = F.logsigmoid(z)
        above = below - z  # log σ(−z); where that rounds, its component counts for nothing
        between = below[..., 1:] + above[..., :-1] + mixtures.width[..., 0, :, None]
        return torch.cat([below[..., :1], between, above[..., -1:]], -1)

    def given(
        self,
        mixtures: Mixtures,
        values: Int[Tensor, "*slots"],
        found: Float[Tensor, "*slots components"],
    ) -> Mixtures:
        """What is left to write where the next channel has these values, which the components `found` so probable."""
        weights, mean, steepness, width, moves = mixtures
        later = mean.shape[-2] - 1
        moved = moves[..., :later] * scaled(values, self.levels, mean.dtype)[..., None]
        return Mixtures(
            F.log_softmax(weights + found, -1),
            mean[..., 1:, :] + moved[..., None],
            steepness[..., 1:, :],
            width[..., 1:, :],
            moves[..., later:],
        )

    def mixtures(self, x: Tensor, near: Tensor | None = None) -> Mixtures:
        """What the slots' vectors say."""
        # Sixteen bits would round a mean by about an intensity, so autocast is kept out.
        with torch.autocast(x.device.type, enabled=False):
            parts = self.parts(x.to(self.parts.weight.dtype))
            weights, mean, log_scale, shares, moves = parts.split(self.sizes, -1)
            mean, log_scale = (part.unflatten(-1, (self.channels, -1)) for part in (mean, log_scale))
            if near is not None:
                shares = shares.unflatten(-1, (self.channels, -1))
                mean = mean + (shares * near[..., None, :]).sum(-1, keepdim=True)
            steepness = torch.exp(-log_scale.clamp(min=-7.0))
            # log(σ(b) − σ(a)) = log σ(b) + log σ(−a) + log(1 − e^(a − b)), exact however far out a and b lie
            width = torch.log(-torch.expm1(-steepness * (2 / (self.levels - 1))))
        return Mixtures(F.log_softmax(weights, -1), mean, steepness, width, moves)

    def _found(self, mixtures: Mixtures, values: Int[Tensor, "*slots"]) -> Float[Tensor, "*slots components"]:
        """`components` at these values, without computing all the others."""
        half, value = 1 / (self.levels - 1), values[..., None]
        away = scaled(value, self.levels, mixtures.mean.dtype) - mixtures.mean[..., 0, :]
        steepness = mixtures.steepness[..., 0, :]
        below, above = F.logsigmoid((away + half) * steepness), F.logsigmoid((half - away) * steepness)
        log_probs = torch.where(value < self.levels - 1, below, 0.0) + torch.where(value > 0, above, 0.0)
        return log_probs + ((value > 0) & (value < self.levels - 1)) * mixtures.width[..., 0, :]


def at(
    components: Float[Tensor, "*slots components levels"], values: Int[Tensor, "*slots"]
) -> Float[Tensor, "*slots components"]:
    """How probable the components find these values."""
    return components.take_along_dim(values[..., None, None], -1)[..., 0]
