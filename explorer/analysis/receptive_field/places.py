"""Where the places of the picture are in a tensor, and what they see."""

from dataclasses import dataclass, replace
from math import prod

from explorer.analysis.receptive_field.reach import Reach

__all__ = ["Lost", "Places", "merged"]

Shape = tuple[int, ...]


class Lost(ValueError):
    """The rows and columns of the picture can no longer be told apart from other dimensions."""


@dataclass(frozen=True, eq=False)
class Places:
    """A tensor that depends on the picture.

    `axes` names each dimension: "r" rows of places, "c" columns, "rc" both, row by row, "" anything else. An
    axis that is in no dimension was summed up: its reach is None and every number depends on all of it.
    """

    axes: tuple[str, ...]
    rows: Reach | None
    columns: Reach | None
    everywhere: tuple[str, ...] = ()
    """The operations so far that carry something from the whole picture to every place."""

    @property
    def local(self) -> bool:
        """Whether there are still rows and columns."""
        return self.rows is not None and self.columns is not None

    def noted(self, operation: str) -> "Places":
        """With one more operation that sees everything."""
        if operation in self.everywhere:
            return self
        return replace(self, everywhere=(*self.everywhere, operation))

    def without(self, dims: set[int], operation: str, *, keep: bool = False) -> "Places":
        """After a sum, mean or maximum over `dims`; with `keep` they stay, with one entry."""
        gone = "".join(self.axes[dim] for dim in dims)
        axes = tuple(
            "" if dim in dims else axis for dim, axis in enumerate(self.axes) if keep or dim not in dims
        )
        if not gone:
            return replace(self, axes=axes)
        rows = None if "r" in gone else self.rows
        columns = None if "c" in gone else self.columns
        return Places(axes, rows, columns, self.everywhere).noted(operation)

    def whole(self, dims: int, operation: str) -> "Places":
        """After an operation by which every number of the result depends on every place."""
        return Places(("",) * dims, None, None, self.everywhere).noted(operation)

    def permuted(self, order: list[int]) -> "Places":
        return replace(self, axes=tuple(self.axes[dim] for dim in order))

    def reshaped(self, old: Shape, new: Shape, operation: str) -> "Places":
        """After a view of `old` dimensions as `new` ones.

        Raises:
            Lost: places are mixed with other dimensions in a way that is none of a CNN's.
        """
        if old == new:
            return self
        if not any(self.axes):
            return replace(self, axes=("",) * len(new))
        axes = [""] * len(new)
        rows, columns = self.rows, self.columns
        for olds, news in _groups(old, new):
            tags = [self.axes[dim] for dim in olds]
            if not any(tags):
                continue
            sizes = [new[dim] for dim in news]
            if len(olds) == len(news) == 1:
                axes[news[0]] = tags[0]
            elif tags == ["r", "c"] and len(news) == 1:
                axes[news[0]] = "rc"
            elif tags == ["rc"] and rows and columns and sizes == [len(rows), len(columns)]:
                axes[news[0]], axes[news[1]] = "r", "c"
            elif len(olds) == 1 and tags[0] in ("r", "c"):
                # Space to depth: blocks of neighbours become one place with more channels.
                block = prod(sizes[1:])
                axes[news[0]] = tags[0]
                if tags == ["r"] and rows:
                    rows = rows.window(block, stride=block, units=sizes[0])
                elif columns:
                    columns = columns.window(block, stride=block, units=sizes[0])
            elif len(news) == 1:
                # Channels and places in one dimension: the flattening before a classifier.
                gone = "".join(tags)
                rows, columns = (None if "r" in gone else rows), (None if "c" in gone else columns)
            else:
                raise Lost(f"{old} is seen as {new}")
        remaining = "".join(axes)
        rows, columns = (rows if "r" in remaining else None), (columns if "c" in remaining else None)
        after = Places(tuple(axes), rows, columns, self.everywhere)
        lost_one = (self.rows is not None and rows is None) or (self.columns is not None and columns is None)
        return after.noted(operation) if lost_one else after


def merged(values: list[tuple[Places, Shape]], out: Shape) -> Places:
    """Tensors met number by number, small ones spread over the others as usual (broadcasting).

    Raises:
        Lost: a dimension is rows in one of them and columns in another.
        OutOfLine: the branches do not step alike.
    """
    axes = [""] * len(out)
    rows: Reach | None = None
    columns: Reach | None = None
    everywhere: dict[str, None] = {}
    for places, shape in values:
        everywhere |= dict.fromkeys(places.everywhere)
        spread = ""
        for dim, (axis, size) in enumerate(zip(places.axes, shape, strict=True)):
            at = dim + len(out) - len(shape)
            if axis and size != out[at]:
                spread += axis  # one place for all: it is seen everywhere
            elif axis:
                if axes[at] not in ("", axis):
                    raise Lost("rows meet columns")
                axes[at] = axis
        if places.rows and "r" not in spread:
            rows = rows.joined(places.rows) if rows else places.rows
        if places.columns and "c" not in spread:
            columns = columns.joined(places.columns) if columns else places.columns
    return Places(tuple(axes), rows, columns, tuple(everywhere))


def _groups(old: Shape, new: Shape) -> list[tuple[list[int], list[int]]]:
    """The smallest runs of old and new dimensions of equal product; dimensions of one entry are left out."""
    olds = [dim for dim, size in enumerate(old) if size != 1]
    news = [dim for dim, size in enumerate(new) if size != 1]
    groups = []
    while olds and news:
        left, right = [olds.pop(0)], [news.pop(0)]
        while (one := prod(old[dim] for dim in left)) != (other := prod(new[dim] for dim in right)):
            if one < other:
                left.append(olds.pop(0))
            else:
                right.append(news.pop(0))
        groups.append((left, right))
    return groups
