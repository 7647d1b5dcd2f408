"""A sequence of values as it was generated, for the browser: each step's value, distribution, attention and cost.

Rows of a distribution and of attention are 16-bit steps of their largest entry: off by less than 1e-5 of it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch

from explorer.analysis.generation import sequence_weights
from explorer.errors import AnalysisError
from explorer.frontend.wire import encoded
from explorer.models.edits import Edits

if TYPE_CHECKING:
    from explorer.models.memory_blocks import MemoryBlocks
    from explorer.models.sampler import PictureSampler, Sampler

__all__ = ["LARGEST", "generation_bytes", "pack_generation", "sendable"]

LARGEST = 8_000_000
"""Bytes of distributions and attention that are still sent."""
STEPS = 65535


def generation_bytes(blocks: MemoryBlocks, levels: int, maps: int) -> int:
    """Of a generation with so many maps of attention at each step: two distributions, and the attention."""
    steps = range(blocks.canvas.values)
    return 2 * (2 * len(steps) * levels + maps * sum(len(blocks.slots(step)) for step in steps))


def sendable(model: PictureSampler, layer: int | None) -> bool:
    """Whether every generation of that model can be sent: it is not too long, and each of its slots is a value."""
    maps = model.depth if layer is None else model.heads
    return model.slot_blocks == model.blocks and generation_bytes(model.blocks, model.levels, maps) <= LARGEST


def pack_generation(
    writer: Sampler,
    *,
    edits: Edits | None = None,
    layer: int | None = None,
    name: str = "",
    on_progress: Callable[[float], None] = lambda share: None,
) -> bytes:
    """The file of the first sample of a writer, which is written to its end: the attention of every head of one layer,
    or of each layer's mean. `on_progress` is told after each value which share of them is written.

    Raises:
        AnalysisError: the values are too many to be sent, or a slot of the model is a whole pixel.
        ControlError: an overridden value is none of the model's.
    """
    model, blocks, palette = writer.model, writer.model.blocks, writer.model.palette
    if not sendable(model, layer):
        raise AnalysisError(
            "This generation cannot be sent to the browser", why="it is too long, or written in whole pixels"
        )
    by_hand = dict((edits or Edits()).pairs)
    found, drawn = [], []
    writer.rewind(0)
    while not writer.done:
        step = writer.written
        found.append(writer.logits()[:1].cpu())
        if step in by_hand:
            drawn.append(writer.coming())
            writer.set_value(step, by_hand[step])
        else:
            writer.step()
            drawn.append(int(writer.values[0, step]))
        on_progress(writer.written / blocks.canvas.values)
    logits, values = torch.cat(found), writer.values[0].cpu()
    bits = -logits.double().log_softmax(-1).gather(-1, values[:, None])[:, 0] / np.log(2)
    weights = [each.mean(1) if layer is None else each[layer] for each in sequence_weights(writer)]
    rows = {
        "probability": _rows([logits.double().softmax(-1).numpy()]),
        "kept": _rows([writer.sampling.probabilities(logits).numpy()]),
        "attention": _rows(weights),
    }
    colours = [
        [_rgb(palette.colour(value, channel)) for channel in range(blocks.canvas.channels)]
        for value in range(model.levels)
    ]
    arrays: dict[str, np.ndarray] = {
        "places": blocks.places.astype(np.uint16),
        "values": values.numpy().astype(np.uint16),
        "drawn": np.array(drawn, np.uint16),
        "bits": bits.numpy().astype(np.float32),
        "colours": np.array(colours, np.uint8),
        "memory": np.stack([blocks.memory_mask(start) for start, _ in blocks.spans]).astype(np.uint8),
        **{name: steps for name, (steps, _) in rows.items()},
        **{f"{name}.most": most for name, (_, most) in rows.items()},
    }
    header: dict[str, Any] = {
        "height": blocks.canvas.height,
        "width": blocks.canvas.width,
        "channels": [palette.name(channel) for channel in range(blocks.canvas.channels)],
        "spans": blocks.spans,
        "past": [past.tolist() for past in blocks.past],
        "maps": [
            f"layer {number + 1}" if layer is None else f"head {number + 1}"
            for number in range(len(weights[0]))
        ],
        "layer": layer,
    }
    return encoded(header, arrays, name=name)


def _rows(several: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """Rows of any length one after the other, in 16-bit steps of the largest entry of each; and the largest entries."""
    most = [rows.max(-1) for rows in several]
    steps = [
        np.rint(rows / top[:, None] * STEPS).astype(np.uint16).ravel()
        for rows, top in zip(several, most, strict=True)
    ]
    return np.concatenate(steps), np.concatenate(most).astype(np.float32)


def _rgb(colour: str) -> list[int]:
    return list(bytes.fromhex(colour[1:]))
