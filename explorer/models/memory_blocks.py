"""In which order a picture's values are written, and which of them each value may look back at.

Parmar et al., "Image Transformer" (ICML 2018), section 3.3 and figure 1. The values are cut into *query
blocks*; all queries of a block share one *memory block*: the query block itself and some values around it
that have been written before. Nothing here depends on weights; steps, blocks and slots are plain integers.

Step t writes value t. Slot t is the position of the sequence that predicts value t and is fed value t − 1
(slot 0: nothing yet); to attend to value v is therefore to attend to slot v + 1.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Bool, Int

from explorer.errors import ControlError

__all__ = ["KINDS", "Canvas", "MemoryBlocks"]

KINDS = ("full", "1d", "2d")


@dataclass(frozen=True)
class Canvas:
    """The picture to be written: pixels of one channel or more."""

    height: int
    width: int
    channels: int

    @property
    def values(self) -> int:
        """Number of values, and of steps."""
        return self.height * self.width * self.channels


@dataclass(frozen=True)
class MemoryBlocks:
    """An order of writing, its query blocks and their memory blocks.

    `kind` "full": one query block, so that every value sees all before it. "1d": the sequence cut into runs of
    `query[0]` values; memory is the run and the `memory[0]` values before it. "2d": rectangles of `query` =
    (rows, columns) pixels; memory extends the rectangle by `memory[0]` rows above and `memory[1]` columns on
    either side, of which only what has been written counts. `order_block` says that the picture is written in
    rectangles of (rows, columns), each in raster order, instead of row by row; "2d" always is, by its queries.
    """

    canvas: Canvas
    kind: str = "full"
    query: tuple[int, ...] = ()
    memory: tuple[int, ...] = ()
    order_block: tuple[int, int] | None = None

    def __post_init__(self) -> None:
        wanted = {"full": (0, 0), "1d": (1, 1), "2d": (2, 2)}
        if self.kind not in wanted:
            raise ControlError(f"There is no attention called {self.kind!r}", do="choose full, 1d or 2d")
        sizes = (len(self.query), len(self.memory))
        if sizes != wanted[self.kind]:
            raise ControlError(
                f"{self.kind} attention needs {wanted[self.kind][0]} numbers for its query block "
                f"and {wanted[self.kind][1]} for its memory, not {sizes[0]} and {sizes[1]}"
            )
        if any(side < 1 for side in (*self.query, *(self.order_block or ()))):
            raise ControlError("A block has at least one row and one column")
        if any(side < 0 for side in self.memory):
            raise ControlError("A memory block cannot be smaller than its query block", do="give 0 or more")
        if self.kind == "2d" and self.order_block not in (None, self.query):
            raise ControlError(
                "2-D local attention writes the picture in the order of its query blocks",
                why="a block's memory must be complete before the block is begun",
                do=f"leave the order as it is, {self.query[0]} x {self.query[1]}, or choose 1-D attention",
            )

    @cached_property
    def places(self) -> Int[np.ndarray, "steps 3"]:
        """Row, column and channel of every step, in the order of writing; channels of a pixel follow at once."""
        canvas = self.canvas
        rows, columns = self._rectangle
        steps = [
            (row, column, channel)
            for top in range(0, canvas.height, rows)
            for left in range(0, canvas.width, columns)
            for row in range(top, min(top + rows, canvas.height))
            for column in range(left, min(left + columns, canvas.width))
            for channel in range(canvas.channels)
        ]
        return np.array(steps)

    @cached_property
    def steps(self) -> Int[np.ndarray, "height width channels"]:
        """The step at which each value is written."""
        canvas = self.canvas
        steps = np.empty((canvas.height, canvas.width, canvas.channels), np.int64)
        steps[tuple(self.places.T)] = np.arange(canvas.values)
        return steps

    @cached_property
    def spans(self) -> tuple[tuple[int, int], ...]:
        """First step and end of every query block, in order."""
        total = self.canvas.values
        if self.kind == "full":
            return ((0, total),)
        if self.kind == "1d":
            return tuple(
                (start, min(start + self.query[0], total)) for start in range(0, total, self.query[0])
            )
        rows, columns = self.query
        corner = (self.places[:, 0] // rows) * self.canvas.width + self.places[:, 1] // columns
        starts = [0, *(np.flatnonzero(np.diff(corner)) + 1).tolist()]
        return tuple(zip(starts, [*starts[1:], total], strict=True))

    def of_pixels(self) -> "MemoryBlocks":
        """The same where a slot writes a whole pixel: steps and slots count pixels.

        Raises:
            ControlError: a block of 1-D attention ends within a pixel.
        """
        canvas, sizes = self.canvas, (self.query, self.memory)
        if self.kind == "1d":
            if any(size % canvas.channels for (size,) in sizes):
                raise ControlError(
                    "A block of whole pixels cannot end within one",
                    do=f"choose multiples of {canvas.channels} values",
                )
            sizes = tuple((size // canvas.channels,) for (size,) in sizes)  # type: ignore[assignment]
        pixels = Canvas(canvas.height, canvas.width, 1)
        return MemoryBlocks(pixels, self.kind, *sizes, self.order_block)

    def block_of(self, step: int) -> int:
        """The query block that writes the value of this step."""
        return int(self._block_of_step[step])

    @cached_property
    def past(self) -> tuple[Int[np.ndarray, " slots"], ...]:
        """For each query block the slots of earlier blocks that its memory holds, ascending.

        A block's own slots are besides these always in its memory, the first of them included, which is fed
        the last value before the block.
        """
        return tuple(self._past(start, stop) for start, stop in self.spans)

    def slots(self, step: int) -> Int[np.ndarray, " slots"]:
        """The slots that the query of this step attends to, ascending, itself the last."""
        block = self.block_of(step)
        return np.concatenate([self.past[block], np.arange(self.spans[block][0], step + 1)])

    def memory_mask(self, step: int) -> Bool[np.ndarray, "height width"]:
        """Pixels of the memory block of this step: its query block, and what lies around it and was written
        before."""
        start, stop = self.spans[self.block_of(step)]
        inside = np.zeros((self.canvas.height, self.canvas.width), bool)
        seen = np.concatenate([self._around(start, stop), np.arange(start, stop)])
        inside[tuple(self.places[seen, :2].T)] = True
        return inside

    @cached_property
    def last_needed(self) -> Int[np.ndarray, " slots"]:
        """For each slot the last query block whose past holds it; −1 if none does."""
        needed = np.full(self.canvas.values, -1)
        for block, slots in enumerate(self.past):
            needed[slots] = block
        return needed

    @cached_property
    def shelves(self) -> Int[np.ndarray, " slots"]:
        """Where each slot is kept between its own block and the last that needs it; −1 if it is not.

        A shelf is used again as soon as what lay on it is needed no more, so that as few are needed as there
        are slots waiting at any one time: that, not the number of values written, bounds the cache.
        """
        shelf, free, used = np.full(self.canvas.values, -1), list[int](), 0
        held: list[int] = []
        for block, (start, stop) in enumerate(self.spans):
            # These are put away when the next block begins: what only this block needed is free by then.
            free += [int(shelf[slot]) for slot in held if self.last_needed[slot] <= block]
            held = [slot for slot in held if self.last_needed[slot] > block]
            for slot in range(start, stop):
                if self.last_needed[slot] > block:
                    if not free:
                        free.append(used)
                        used += 1
                    shelf[slot] = free.pop()
                    held.append(slot)
        return shelf

    @property
    def largest_memory(self) -> int:
        """The most slots that any query attends to."""
        return max(
            len(slots) + stop - start for slots, (start, stop) in zip(self.past, self.spans, strict=True)
        )

    def tables(
        self,
    ) -> tuple[
        Int[np.ndarray, "blocks query"],
        Int[np.ndarray, "blocks memory"],
        Bool[np.ndarray, "blocks query memory"],
    ]:
        """For a parallel pass: queries and memory of every block as slots, filled up to equal length, and which
        query may see which of its memory. A row that fills up a block sees one slot, and counts for nothing."""
        longest = max(stop - start for start, stop in self.spans)
        queries = np.zeros((len(self.spans), longest), np.int64)
        memory = np.full((len(self.spans), self.largest_memory), -1)
        for block, (start, stop) in enumerate(self.spans):
            queries[block] = np.minimum(np.arange(start, start + longest), stop - 1)
            slots = np.concatenate([self.past[block], np.arange(start, stop)])
            memory[block, : len(slots)] = slots
        seen = (memory[:, None] >= 0) & (memory[:, None] <= queries[:, :, None])
        return queries, np.maximum(memory, 0), seen

    @property
    def _rectangle(self) -> tuple[int, int]:
        if self.kind == "2d":
            return self.query[0], self.query[1]
        return self.order_block or (self.canvas.height, self.canvas.width)

    @cached_property
    def _block_of_step(self) -> Int[np.ndarray, " steps"]:
        return np.repeat(np.arange(len(self.spans)), [stop - start for start, stop in self.spans])

    def _past(self, start: int, stop: int) -> Int[np.ndarray, " slots"]:
        values = self._around(start, stop)
        return (
            values[values < start - 1] + 1
        )  # the value before the block is fed to the block's own first slot

    def _around(self, start: int, stop: int) -> Int[np.ndarray, " values"]:
        """Values of the memory block that were written before the query block."""
        if self.kind == "full":
            return np.zeros(0, np.int64)
        if self.kind == "1d":
            return np.arange(max(0, start - self.memory[0]), start)
        top, left = self.places[start, :2] - self.memory
        bottom, right = self.places[stop - 1, :2] + (1, 1 + self.memory[1])
        rows, columns, _ = self.places[:start].T
        return np.flatnonzero((rows >= top) & (rows < bottom) & (columns >= left) & (columns < right))
