"""A sequence of values as it was generated, for the browser: each step's value, distribution, attention and cost.

Rows of a distribution and of attention are 16-bit steps of their largest entry: off by less than 1e-5 of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.analysis.generation import step_weights
from explorer.errors import AnalysisError
from explorer.frontend.wire import encoded
from explorer.models.edits import Edits

if TYPE_CHECKING:
    from explorer.models.memory_blocks import MemoryBlocks
    from explorer.models.sampler import Sampler

__all__ = ["LARGEST", "generation_bytes", "pack_generation"]

LARGEST = 8_000_000
"""Bytes of distributions and attention that are still sent."""
STEPS = 65535


def generation_bytes(blocks: MemoryBlocks, levels: int, maps: int) -> int:
    """Of a generation with so many maps of attention at each step: two distributions, and the attention."""
    steps = range(blocks.canvas.values)
    return 2 * (2 * len(steps) * levels + maps * sum(len(blocks.slots(step)) for step in steps))


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
        AnalysisError: the values are too many to be sent.
        ControlError: an overridden value is none of the model's.
    """
    model, blocks, palette = writer.model, writer.model.blocks, writer.model.palette
    by_hand = dict((edits or Edits()).pairs)
    said, shares, maps = _Rows(), _Rows(), _Rows()
    drawn, bits = [], []
    writer.rewind(0)
    while not writer.done:
        weights = step_weights(writer)
        step, logits = writer.written, writer.logits()[:1].cpu()  # of the pass whose weights these are
        said.add(logits.double().softmax(-1).numpy())
        shares.add(writer.sampling.probabilities(logits).numpy())
        maps.add(weights.mean(1) if layer is None else weights[layer])
        drawn.append(writer.coming())
        if step in by_hand:
            writer.set_value(step, by_hand[step])
        else:
            writer.step()
        bits.append(-float(logits.double().log_softmax(-1)[0, writer.values[0, step]]) / np.log(2))
        on_progress(writer.written / blocks.canvas.values)
        if maps.nbytes + said.nbytes + shares.nbytes > LARGEST:
            raise AnalysisError("This generation is too long to be sent to the browser")
    colours = [
        [_rgb(palette.colour(value, channel)) for channel in range(blocks.canvas.channels)]
        for value in range(model.levels)
    ]
    arrays: dict[str, np.ndarray] = {
        "places": blocks.places.astype(np.uint16),
        "values": writer.values[0].cpu().numpy().astype(np.uint16),
        "drawn": np.array(drawn, np.uint16),
        "bits": np.array(bits, np.float32),
        "colours": np.array(colours, np.uint8),
        "memory": np.stack([blocks.memory_mask(start) for start, _ in blocks.spans]).astype(np.uint8),
        **said.arrays("probability"),
        **shares.arrays("kept"),
        **maps.arrays("attention"),
    }
    header: dict[str, Any] = {
        "height": blocks.canvas.height,
        "width": blocks.canvas.width,
        "channels": [palette.name(channel) for channel in range(blocks.canvas.channels)],
        "spans": blocks.spans,
        "past": [past.tolist() for past in blocks.past],
        "maps": [
            f"layer {number + 1}" if layer is None else f"head {number + 1}" for number in range(maps.count)
        ],
        "layer": layer,
    }
    return encoded(header, arrays, name=name)


class _Rows:
    """Rows of any length, in 16-bit steps of the largest entry of each."""

    def __init__(self) -> None:
        self.steps: list[np.ndarray] = []
        self.largest: list[np.ndarray] = []
        self.nbytes = 0
        self.count = 0
        """Rows at each step."""

    def add(self, rows: np.ndarray) -> None:
        most = rows.max(-1)
        self.steps.append(np.rint(rows / most[:, None] * STEPS).astype(np.uint16).ravel())
        self.largest.append(most.astype(np.float32))
        self.nbytes += self.steps[-1].nbytes
        self.count = len(rows)

    def arrays(self, name: str) -> dict[str, np.ndarray]:
        return {name: np.concatenate(self.steps), f"{name}.most": np.concatenate(self.largest)}


def _rgb(colour: str) -> list[int]:
    return list(bytes.fromhex(colour[1:]))
