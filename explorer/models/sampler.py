"""Writing pictures value by value: forward, back to any value, with values put in by hand."""

import copy
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Protocol, runtime_checkable
from weakref import WeakKeyDictionary

import numpy as np
import torch
from jaxtyping import Float, Int, UInt8
from torch import Tensor

from explorer.errors import AnalysisError, ControlError, PictureError
from explorer.models.memory_blocks import Canvas, MemoryBlocks
from explorer.models.palette import Palette
from explorer.models.sampling import Sampling, chance
from explorer.models.small_operations import small_operations
from explorer.zoo.interruptible import as_one

__all__ = ["Cache", "PictureSampler", "Sampler"]

KEPT = 32 * 2**20
"""Bytes up to which a copy in double precision is kept as long as its model."""
_DOUBLED: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()


@runtime_checkable
class Cache(Protocol):
    """What a model keeps between steps."""

    @property
    def nbytes(self) -> int: ...

    @property
    def small(self) -> bool:
        """Whether a step is nothing but small operations."""

    def step(self, step: int, values: Tensor) -> Tensor:
        """Logits of the value of this step, batch x levels, from the values before it."""

    def catch_up(self, step: int, values: Tensor) -> None:
        """Compute what `step` would besides the slot of this step."""

    def forget(self, step: int) -> None:
        """Keep nothing of the slot of this step, which is fed the value before it, and of those after it."""


@runtime_checkable
class PictureSampler(Protocol):
    """A model that writes pictures: the Image Transformer, or ImageGPT through its adapter."""

    @property
    def blocks(self) -> MemoryBlocks:
        """In which order the values are written, and which of them each may look back at."""

    @property
    def slot_blocks(self) -> MemoryBlocks:
        """The same of slots, where a slot is a whole pixel."""

    @property
    def canvas(self) -> Canvas: ...

    @property
    def palette(self) -> Palette: ...

    @property
    def levels(self) -> int: ...

    @property
    def depth(self) -> int:
        """Layers that attend to what is written."""

    @property
    def heads(self) -> int:
        """Of each layer."""

    def __call__(
        self, values: Tensor, labels: Any = None, low: Any = None, *, length: int | None = None
    ) -> Tensor:
        """Logits of the first values in one parallel pass, batch x length x levels."""

    def cache(self, batch: int, labels: Any = None, low: Any = None) -> Cache: ...


class Sampler:
    """Several pictures being written side by side, all at the same step.

    Sample s of a seed is the same picture however many are written beside it, with or without the cache, and
    after any steps back. Where a choice depends on less than rounding can change, the model is asked once more,
    in double precision, so that every way of getting there chooses alike.
    """

    def __init__(
        self,
        model: PictureSampler,
        samples: int = 1,
        *,
        seed: int = 0,
        sampling: Sampling | None = None,
        labels: Int[Tensor, " samples"] | int | None = None,
        low: Int[Tensor, "samples low_height low_width channels"] | None = None,
        first: int = 0,
        cached: bool = True,
    ) -> None:
        """`labels` is the class of all samples or of each; `first` the number of the first sample."""
        if samples < 1:
            raise ControlError("At least one picture is written")
        self.model, self.samples, self.seed, self.first = model, samples, seed, first
        self.sampling = sampling or Sampling()
        self.cached = cached
        device = next(model.parameters()).device  # type: ignore[attr-defined]
        self.labels = _labels(labels, samples, getattr(model, "classes", 0), device)
        self.low = None if low is None else low.to(device)
        self.values = torch.zeros((samples, model.canvas.values), dtype=torch.long, device=device)
        """In the order of writing; what stands at `written` and after it means nothing."""
        self.written = 0
        numbers = chance(seed, np.arange(first, first + samples), model.canvas.values)
        self._chance = torch.from_numpy(numbers.T.copy()).to(device)
        self._cache = model.cache(samples, self.labels, self.low) if cached else None
        self._logits: Tensor | None = None
        self._exact = dict[int, Cache]()
        """In double precision, of the samples that needed it."""

    @property
    def done(self) -> bool:
        return self.written == self.model.canvas.values

    @property
    def cache_bytes(self) -> int:
        """Bytes of keys and values held between steps."""
        return 0 if self._cache is None else self._cache.nbytes

    @torch.inference_mode()
    def logits(self) -> Float[Tensor, "samples levels"]:
        """The model's logits of the next value.

        Raises:
            AnalysisError: the pictures are finished.
        """
        if self.done:
            raise AnalysisError("The picture is finished", why="there is no next value", do="step back first")
        if self._logits is None:
            self._look()
        return self._logits  # type: ignore[return-value]

    @torch.inference_mode()
    def look(self, watch: AbstractContextManager[Any]) -> None:
        """Compute the logits of the next value inside of `watch`, which sees the pass of its slot alone."""
        if self._cache is not None:
            self._cache.catch_up(self.written, self.values)
        with as_one(), watch:
            self._look()

    @torch.inference_mode()
    def step(self, count: int = 1) -> None:
        """Write the next values, at most to the end."""
        small = self._cache is not None and self._cache.small
        with small_operations() if small else nullcontext():
            for _ in range(min(count, self.model.canvas.values - self.written)):
                self.values[:, self.written] = self._drawn()
                self.written += 1
                self._logits = None

    @torch.inference_mode()
    def coming(self, sample: int = 0) -> int:
        """The value that the next step will write."""
        return int(self._drawn()[sample])

    def finish(self) -> None:
        """Write to the end."""
        self.step(self.model.canvas.values)

    def rewind(self, step: int) -> None:
        """Go back to where this many values are written.

        Raises:
            ControlError: so many are not written.
        """
        if not 0 <= step <= self.written:
            raise ControlError(
                f"The writing cannot go back to value {step}", why=f"{self.written} are written"
            )
        if step != self.written:
            self.written, self._logits = step, None

    def set_value(self, step: int, value: int, *, sample: int | None = None) -> None:
        """Put a value in by hand (None: in every sample), and go on after it: what was written later is gone.

        Raises:
            ControlError: there is no such value, step or sample.
        """
        if not 0 <= value < self.model.levels:
            raise ControlError(
                f"A value of {value} cannot be written", do=f"choose 0 to {self.model.levels - 1}"
            )
        if sample is not None and not 0 <= sample < self.samples:
            raise ControlError(f"There is no sample {sample}", why=f"{self.samples} are written")
        if not 0 <= step <= min(self.written, self.model.canvas.values - 1):
            raise ControlError(f"Value {step} cannot be set", why=f"{self.written} values are written")
        if step == self.written and sample is not None and self.samples > 1:
            self.step()
        self.values[slice(None) if sample is None else sample, step] = value
        self._forget(step + 1)

    def prompt(self, picture: Int[np.ndarray, "height width channels"], count: int) -> None:
        """Begin anew with the first `count` values of a picture, in the order of writing, in every sample.

        Raises:
            PictureError: the picture is not of the canvas's size.
            ControlError: its values are not the model's, or the picture has not so many.
        """
        canvas = self.model.canvas
        if picture.shape != (canvas.height, canvas.width, canvas.channels):
            raise PictureError(
                f"The picture is {' x '.join(map(str, picture.shape))}",
                why=f"the model writes {canvas.height} x {canvas.width} x {canvas.channels}",
                do="let the model's palette make its values",
            )
        if not 0 <= count <= canvas.values:
            raise ControlError(f"{count} values cannot be kept", why=f"the picture has {canvas.values}")
        if picture.min() < 0 or picture.max() >= self.model.levels:
            raise ControlError(
                "The picture's values are not the model's", do=f"give 0 to {self.model.levels - 1}"
            )
        places = self.model.blocks.places[:count]
        self.values[:, :count] = torch.from_numpy(picture[tuple(places.T)].astype(np.int64)).to(
            self.values.device
        )
        self._forget(0)
        self.written = count

    def probabilities(self) -> Float[Tensor, "samples levels"]:
        """The model's distribution of the next value."""
        return self.logits().double().softmax(-1)

    def picture(self, sample: int = 0) -> Int[np.ndarray, "height width channels"]:
        """The values written, −1 where none is yet."""
        canvas, places = self.model.canvas, self.model.blocks.places[: self.written]
        picture = np.full((canvas.height, canvas.width, canvas.channels), -1)
        picture[tuple(places.T)] = self.values[sample, : self.written].cpu().numpy()
        return picture

    def pixels(self, sample: int = 0) -> UInt8[np.ndarray, "height width 3"]:
        """The picture so far in colours; what is not written is drawn as value 0."""
        return self.model.palette.pixels(self.picture(sample))

    def _drawn(self) -> Tensor:
        """What the seed draws for the next value of each sample."""
        logits = self.logits()
        with small_operations():
            chosen, close = self.sampling.draw(logits, self._chance[self.written])
            any_close = bool(close.any())
        if any_close:
            for sample in close.nonzero()[:, 0].tolist():
                chosen[sample] = self._exactly(sample)
        return chosen

    def _look(self) -> None:
        if self._cache is not None:
            self._logits = self._cache.step(self.written, self.values)
        else:
            length = self.written + 1
            self._logits = self.model(self.values, self.labels, self.low, length=length)[:, -1]

    def _forget(self, written: int) -> None:
        """Go on after so many values, of which the last has been put in."""
        self.written, self._logits = written, None
        for cache in (self._cache, *self._exact.values()):
            if cache is not None:
                cache.forget(written)

    def _exactly(self, sample: int) -> Tensor:
        """The next value of this sample, from logits in double precision."""
        only = slice(sample, sample + 1)
        if sample not in self._exact:
            labels, low = (told if told is None else told[only] for told in (self.labels, self.low))
            self._exact[sample] = _in_double(self.model).cache(1, labels, low)
        logits = self._exact[sample].step(self.written, self.values[only])
        return self.sampling.draw(logits, self._chance[self.written, only])[0][0]


def _in_double(model: Any) -> PictureSampler:
    """The model in double precision; of one that is small the copy is kept, for its weights never change."""
    if model not in _DOUBLED:
        doubled = copy.deepcopy(model).double()
        if sum(weight.nbytes for weight in doubled.parameters()) > KEPT:
            return doubled  # type: ignore[no-any-return]
        _DOUBLED[model] = doubled
    return _DOUBLED[model]


def _labels(labels: Any, samples: int, classes: int, device: torch.device) -> Tensor | None:
    if labels is None or not classes:
        return None
    labels = torch.as_tensor(labels, device=device).expand(samples)
    if not bool(((labels >= 0) & (labels < classes)).all()):
        raise ControlError("There is no such class", do=f"choose 0 to {classes - 1}")
    return labels
