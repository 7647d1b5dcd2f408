"""How long a pass over a sequence takes, forward alone and with the way back, against the length: measured here."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int

from explorer.analysis.result import Arrays, Numbers, Result
from explorer.models.sequence_models import SequenceModel

__all__ = ["LENGTHS", "SequenceSpeed", "TimesByLength", "sequence_speed"]

LENGTHS = (32, 64, 128, 256, 512, 1024, 2048, 4096)
REPEATS, LEAST, MOST = 3, 0.02, 0.5
"""Passes, and the seconds that they take together at least and at most, so far as three passes allow."""


@dataclass(frozen=True, eq=False)
class SequenceSpeed(Result):
    """Milliseconds of a pass over one sequence of each length."""

    lengths: Int[np.ndarray, " lengths"]
    forward: Float[np.ndarray, " lengths"]
    both: Float[np.ndarray, " lengths"]
    """Forward and backward, down to the embeddings and the weights of no layer."""
    title: str = ""

    @property
    def growth(self) -> float:
        """By how much the last doubling of the length multiplies the forward time."""
        return float(self.forward[-1] / self.forward[-2])

    @property
    def nbytes(self) -> int:
        return self.lengths.nbytes + self.forward.nbytes + self.both.nbytes


@dataclass(frozen=True, eq=False)
class TimesByLength(Result):
    """Milliseconds of a pass, by model, all measured at the same lengths."""

    models: Sequence[SequenceSpeed]

    def arrays(self) -> Arrays:
        lengths, models = self.models[0].lengths, self.models
        return {
            "model": (np.repeat([model.title for model in models], len(lengths)), ""),
            "length": (np.tile(lengths, len(models)), "places"),
            "forward": (np.concatenate([model.forward for model in models]), "ms"),
            "forward_and_backward": (np.concatenate([model.both for model in models]), "ms"),
        }

    def numbers(self) -> Numbers:
        return {model.title: (f"× {model.growth:.3g}", "") for model in self.models}

    def alt(self) -> str:
        last = ", ".join(f"{model.title} {model.forward[-1]:.3g}" for model in self.models)
        return (
            "Two sets of curves of milliseconds against the length, forward, and forward and backward; forward at "
            f"{self.models[0].lengths[-1]:,} places: {last}."
        )


def sequence_speed(
    module: SequenceModel,
    *,
    lengths: Sequence[int] = LENGTHS,
    title: str = "",
    on_progress: Callable[[float], None] = lambda share: None,
) -> SequenceSpeed:
    """The best of three passes each way, of more where they are quick and fewer where they take long: what else the
    machine does only adds.

    `on_progress` hears the share done, in places read, after every length.
    """
    device = next(module.parameters()).device
    forward, both = [], []
    for at, length in enumerate(lengths):
        numbers = torch.zeros(1, length, dtype=torch.long, device=device)

        def read(numbers: torch.Tensor = numbers) -> None:
            with torch.no_grad():
                module(numbers)

        def read_and_return(numbers: torch.Tensor = numbers) -> None:
            with torch.enable_grad():
                x = module.embed(numbers).detach().requires_grad_()
                torch.autograd.grad(module.read(x)[0, -1].sum(), x)

        forward.append(_milliseconds(read, device.type))
        both.append(_milliseconds(read_and_return, device.type))
        on_progress(sum(lengths[: at + 1]) / sum(lengths))
    return SequenceSpeed(np.array(lengths), np.array(forward), np.array(both), title)


def _milliseconds(run: Callable[[], None], device: str) -> float:
    timings: list[float] = []
    while (len(timings) < REPEATS and sum(timings) < MOST) or sum(timings) < LEAST:
        start = time.perf_counter()
        run()
        if device == "cuda":
            torch.cuda.synchronize()
        timings.append(time.perf_counter() - start)
    return 1000 * min(timings)
