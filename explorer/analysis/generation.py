"""What a model that writes pictures says at each step: the next value, where it looks, how surprised it is."""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int, Integer
from torch import Tensor

from explorer.analysis.result import Arrays, Numbers, Result
from explorer.errors import AnalysisError
from explorer.formatting import percent
from explorer.models.sampler import PictureSampler, Sampler
from explorer.tap.watch import Watch

__all__ = [
    "NextValue",
    "StepAttention",
    "Surprise",
    "next_value",
    "sequence_weights",
    "step_attention",
    "surprise",
    "surprises",
]


@dataclass(frozen=True, eq=False)
class NextValue(Result):
    """The distribution of the next value of one sample."""

    step: int
    row: int
    column: int
    channel: int
    channel_name: str
    probabilities: Float[np.ndarray, " levels"]
    """As the model says."""
    truncated: Float[np.ndarray, " levels"]
    """After temperature, top-k and top-p: what the value is drawn from."""
    colours: tuple[str, ...]
    """The colour of each value, #rrggbb."""
    drawn: int
    """The value that the seed draws."""

    @property
    def entropy(self) -> float:
        """Bits that the model expects to need for this value."""
        present = self.probabilities[self.probabilities > 0]
        return float(-(present * np.log2(present)).sum())

    def candidates(self, count: int = 8) -> list[tuple[int, float, float]]:
        """The values most likely to be drawn, with the model's probability and what is left of it."""
        order = np.lexsort((np.arange(len(self.truncated)), -self.probabilities, -self.truncated))[:count]
        return [
            (int(value), float(self.probabilities[value]), float(self.truncated[value])) for value in order
        ]

    def arrays(self) -> Arrays:
        return {"probability": (self.probabilities, "1"), "kept": (self.truncated, "1")}

    def numbers(self) -> Numbers:
        narrowed = bool((self.truncated != self.probabilities).any())
        likeliest = ", ".join(
            f"{value} ({percent(model)} → {percent(truncated)})"
            if narrowed
            else f"{value} ({percent(model)})"
            for value, model, truncated in self.candidates(5)
            if max(model, truncated) >= 0.001
        )
        return {
            "sampled": (self.drawn, ""),
            "entropy": (self.entropy, "bit"),
            "highest probability": (likeliest, ""),
        }

    def alt(self) -> str:
        most = int(self.probabilities.argmax())
        return (
            f"Bars of probability over {len(self.truncated)} values; the highest, {percent(self.probabilities[most])}, is that of "
            f"{most}, and {self.drawn} will be sampled."
        )


@dataclass(frozen=True, eq=False)
class StepAttention(Result):
    """Where each layer and head looks among the values written, while the next one is predicted.

    The weights of a head sum to 1 over the values and `on_start`, the weight on the slot before the first value. Where
    a slot is a whole pixel, the maps have one channel: the weight is that of the pixel.
    """

    step: int
    place: tuple[int, int, int]
    """Row, column and channel of the value to be written."""
    maps: Float[np.ndarray, "layers heads height width channels"]
    on_start: Float[np.ndarray, "layers heads"]
    memory: Bool[np.ndarray, "height width"]
    """Pixels of the memory block."""
    written: Bool[np.ndarray, "height width channels"]
    enlarged: Float[np.ndarray, "layers heads low_height low_width"] | None = None
    """Weights on the pixels of the picture that is enlarged, which sum to 1 for themselves."""

    def head(self, layer: int, head: int | None = None) -> Float[np.ndarray, "height width channels"]:
        """The map of one head, or the mean of the layer's."""
        return self.maps[layer].mean(0) if head is None else self.maps[layer, head]

    def start_share(self, layer: int | None) -> float:
        """The mean weight on the slot before the first value: of a layer's heads, or of all."""
        return float((self.on_start if layer is None else self.on_start[layer]).mean())

    def arrays(self) -> Arrays:
        return {
            "attention": (self.maps, "share of the row"),
            "on_start": (self.on_start, "share of the row"),
            "memory": (self.memory, ""),
        }

    def numbers(self) -> Numbers:
        return {"on the slot before the first value": (percent(self.start_share(None)), "of the row, mean")}

    def alt(self) -> str:
        mean = self.maps.mean((0, 1)).sum(-1)
        row, column = np.unravel_index(int(mean.argmax()), mean.shape)
        return (
            "Small maps of the canvas, shaded by attention to the values generated so far; on average the most is on row "
            f"{row + 1}, column {column + 1}."
        )


@dataclass(frozen=True, eq=False)
class Surprise(Result):
    """How many bits each value of a picture costs: −log2 of the probability it was given."""

    bits: Float[np.ndarray, "height width channels"]
    """NaN where nothing is written."""
    pixels: np.ndarray
    """The picture, height x width x 3, uint8."""

    @property
    def per_value(self) -> float:
        """Bits per dimension."""
        return float(np.nanmean(self.bits))

    @property
    def total(self) -> float:
        """Bits of the whole picture."""
        return float(np.nansum(self.bits))

    def arrays(self) -> Arrays:
        return {"bits": (self.bits, "bit")}

    def numbers(self) -> Numbers:
        return {"whole picture": (self.total, "bit"), "bits per dimension": (self.per_value, "bit a value")}

    def alt(self) -> str:
        bits = np.nansum(self.bits, -1)
        row, column = np.unravel_index(int(bits.argmax()), bits.shape)
        return (
            "The picture as the model is given it, and a map of the negative log-likelihood of its pixels; the largest, "
            f"{bits.max():.3g} bits, is at row {row + 1}, column {column + 1}."
        )


def next_value(writer: Sampler, *, sample: int = 0) -> NextValue:
    """The distribution of the next value, and what the seed will draw from it.

    Raises:
        AnalysisError: the picture is finished.
    """
    logits = writer.logits()[sample : sample + 1].cpu()
    row, column, channel = (int(coordinate) for coordinate in writer.model.blocks.places[writer.written])
    palette = writer.model.palette
    return NextValue(
        step=writer.written,
        row=row,
        column=column,
        channel=channel,
        channel_name=palette.name(channel),
        probabilities=logits.double().softmax(-1)[0].numpy(),
        truncated=writer.sampling.probabilities(logits)[0].numpy(),
        colours=tuple(palette.colour(value, channel) for value in range(palette.levels)),
        drawn=writer.coming(sample),
    )


@torch.inference_mode()
def step_attention(writer: Sampler, *, sample: int = 0) -> StepAttention:
    """The attention of every layer and head to the values written, at the next step.

    Raises:
        AnalysisError: the picture is finished, or the writer keeps no cache and so does not step.
    """
    if writer.done or not writer.cached:
        raise AnalysisError("There is no next step to watch", do="step back, or write with the cache")
    own, to_low = _looked(writer, sample)
    step, blocks = writer.written, writer.model.slot_blocks
    slot = step * blocks.canvas.values // writer.model.canvas.values
    canvas = blocks.canvas
    held = blocks.slots(slot) - 1  # what each slot attended to is fed last; −1: the start
    weights = np.stack(own)
    maps = np.zeros((*weights.shape[:2], canvas.height, canvas.width, canvas.channels))
    seen = held >= 0
    maps[(slice(None), slice(None), *blocks.places[held[seen]].T)] = weights[:, :, seen]
    written = np.zeros(maps.shape[2:], bool)
    written[tuple(blocks.places[:slot].T)] = True
    low = None
    if to_low:
        low = np.stack(to_low).reshape(len(to_low), weights.shape[1], *writer.model.low)  # type: ignore[attr-defined]
    row, column, channel = (int(coordinate) for coordinate in writer.model.blocks.places[step])
    return StepAttention(
        step=step,
        place=(row, column, channel),
        maps=maps,
        on_start=weights[:, :, ~seen].sum(-1),
        memory=blocks.memory_mask(slot),
        written=written,
        enlarged=low,
    )


@torch.inference_mode()
def sequence_weights(writer: Sampler, *, sample: int = 0) -> list[Float[np.ndarray, "layers heads _"]]:
    """What `step_attention` spreads over the canvas, of every slot of a finished picture: the weights of its query on the
    slots that it attends to. One parallel pass, which is watched, gives those of all.

    Raises:
        AnalysisError: the picture is not finished, or is enlarged from another.
    """
    if not writer.done or writer.low is not None:
        raise AnalysisError("Only a finished picture, written from nothing, has all its attention")
    one, blocks = slice(sample, sample + 1), writer.model.slot_blocks
    watch = Watch(wanted=lambda call: True)
    with watch:
        writer.model(writer.values[one], None if writer.labels is None else writer.labels[one])
    # Of full attention, slots x slots; else a block's queries x its memory, the blocks one after the other.
    layers = torch.stack([call.weights().flatten(0, -3) for call in watch.calls]).double().cpu().numpy()
    by_block = layers.reshape(len(layers), len(blocks.spans), -1, *layers.shape[-2:])
    return [
        by_block[:, block, :, slot - start, : len(past) + slot - start + 1]
        for block, ((start, stop), past) in enumerate(zip(blocks.spans, blocks.past, strict=True))
        for slot in range(start, stop)
    ]


def _looked(writer: Sampler, sample: int) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Of each layer, heads x keys on the values written, and on the picture that is enlarged if there is one."""
    watch = Watch(wanted=lambda call: True)
    writer.look(watch)
    own = [_of_sample(call.weights(), writer.samples, sample) for call in watch.calls]
    # Each layer of a model that enlarges attends to what is written, then to the small picture.
    return (own, []) if writer.low is None else (own[0::2], own[1::2])


def _of_sample(weights: Tensor, samples: int, sample: int) -> np.ndarray:
    """Heads x keys of the last query, whether the call had its heads on an axis of their own or not."""
    last = weights[..., -1, :]
    return last.reshape(samples, -1, last.shape[-1])[sample].double().cpu().numpy()


def surprise(
    model: PictureSampler,
    picture: Int[np.ndarray, "height width channels"],
    *,
    label: int | None = None,
    low: Int[np.ndarray, "low_height low_width channels"] | None = None,
) -> Surprise:
    """The surprise map of one picture, in one parallel pass. Values below 0 are not written yet; they must be
    the last in the order of writing.

    Raises:
        AnalysisError: the picture is not of the model's size, or has holes.
    """
    places = model.blocks.places
    canvas = model.canvas
    if picture.shape != (canvas.height, canvas.width, canvas.channels):
        raise AnalysisError(f"The model writes pictures of {canvas.height} x {canvas.width}")
    written = int((picture[tuple(places.T)] >= 0).sum())
    if (picture[tuple(places[:written].T)] < 0).any():
        raise AnalysisError("The picture has holes", why="a value costs what it does given all before it")
    labels = None if label is None else np.array([label])
    bits = surprises(
        model, np.maximum(picture, 0)[None], labels=labels, low=None if low is None else low[None]
    )[0]
    return Surprise(np.where(picture >= 0, bits, np.nan), model.palette.pixels(picture))


@torch.inference_mode()
def surprises(
    model: PictureSampler,
    pictures: Integer[np.ndarray, "pictures height width channels"],
    *,
    labels: Integer[np.ndarray, " pictures"] | None = None,
    low: Integer[np.ndarray, "pictures low_height low_width channels"] | None = None,
    batch: int = 50,
) -> Float[np.ndarray, "pictures height width channels"]:
    """Bits that each value costs; their mean is the bits per dimension."""
    device = next(model.parameters()).device  # type: ignore[attr-defined]
    places = model.blocks.places
    out = np.empty(pictures.shape, np.float32)
    for start in range(0, len(pictures), batch):
        part = slice(start, start + batch)
        values = torch.from_numpy(pictures[(part, *places.T)].astype(np.int64)).to(device)
        classes = None if labels is None else torch.from_numpy(labels[part].astype(np.int64)).to(device)
        small = None if low is None else torch.from_numpy(low[part].astype(np.int64)).to(device)
        logits = model(values, classes, small).float()
        nats = -logits.log_softmax(-1).gather(-1, values[..., None])[..., 0]
        out[(part, *places.T)] = (nats / np.log(2)).cpu().numpy()
    return out
