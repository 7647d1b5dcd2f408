"""The numbers of a drawing as CSV and NPZ."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from explorer.errors import ExportError
from explorer.export.drawing import Drawing

__all__ = ["LARGEST_TABLE", "as_csv", "as_npz"]

LARGEST_TABLE = 1_000_000
"""Numbers in a CSV; a spreadsheet holds no more lines."""
AXES = ("row", "column", "channel", "axis_4", "axis_5", "axis_6")


def as_csv(drawing: Drawing, *, recipe: str) -> bytes:
    """A table with comment lines (#) before its header.

    Lists of one length stand side by side. Maps are in long form: row, column, then one value of each map of
    that shape. Arrays of different shapes stand below each other: array, row, column, value.

    Raises:
        ExportError: nothing is drawn that is a number, or too much.
    """
    arrays = {name: np.atleast_1d(array) for name, array in drawing.data.items()}
    if not arrays:
        raise ExportError("This figure has no table", do="export it as PNG, SVG, PDF or HTML")
    count = sum(array.size for array in arrays.values())
    if count > LARGEST_TABLE:
        raise ExportError(
            "The data are too many for a table",
            why=f"they are {count:,} numbers and a CSV takes {LARGEST_TABLE:,}",
            do="export them as NPZ",
        )
    written = io.StringIO(newline="")
    written.write(f"# explorer: {recipe}\r\n# caption: {' '.join(drawing.caption.split())}\r\n")
    table = csv.writer(written)
    if len({array.shape for array in arrays.values()}) == 1:
        table.writerows(_side_by_side(arrays, drawing.units))
    else:
        table.writerows(_below_each_other(arrays, drawing.units))
    return written.getvalue().encode()


def as_npz(drawing: Drawing, *, recipe: str) -> bytes:
    """The arrays as they are, and as text the recipe ("explorer"), the units (JSON) and the caption.

    Read with `numpy.load(file)`; nothing in it is pickled.
    """
    written = io.BytesIO()
    texts = {"explorer": recipe, "units": json.dumps(dict(drawing.units)), "caption": drawing.caption}
    arrays: dict[str, Any] = {**drawing.data, **{name: np.array(text) for name, text in texts.items()}}
    np.savez_compressed(written, **arrays)
    return written.getvalue()


def _side_by_side(arrays: Mapping[str, np.ndarray], units: Mapping[str, str]) -> Iterator[list[str]]:
    shape = next(iter(arrays.values())).shape
    axes = AXES[: len(shape)] if len(shape) > 1 else ()
    yield [*axes, *(_heading(name, units) for name in arrays)]
    places = [place.ravel().astype(str) for place in np.indices(shape)] if axes else []
    yield from _rows([*places, *(_text(array) for array in arrays.values())])


def _below_each_other(arrays: Mapping[str, np.ndarray], units: Mapping[str, str]) -> Iterator[list[str]]:
    depth = max(array.ndim for array in arrays.values())
    yield ["array", *AXES[:depth], "value"]
    for name, array in arrays.items():
        places = [place.ravel().astype(str) for place in np.indices(array.shape)]
        places += [np.full(array.size, "")] * (depth - array.ndim)
        yield from _rows([np.full(array.size, _heading(name, units)), *places, _text(array)])


def _rows(columns: list[np.ndarray]) -> Iterator[list[str]]:
    return (list(row) for row in zip(*(column.tolist() for column in columns), strict=True))


def _text(array: np.ndarray) -> np.ndarray:
    """The shortest text that reads back as the same number of the array's own type."""
    return array.ravel().astype(str)


def _heading(name: str, units: Mapping[str, str]) -> str:
    unit = units.get(name, "")
    return name if unit in ("", "1") else f"{name} [{unit}]"
