"""Where things are: photograph, model input and token grid, and the exact maps between them.

Every coordinate is continuous and in the order (row, column). The origin is the top-left *corner* of the
top-left pixel, so pixel i covers [i, i + 1) and its centre is i + 0.5. A point of the photograph, a point
of the model's input and a cell of a grid are different types, so that none is taken for another.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

from explorer.errors import AnalysisError, ControlError, UnsupportedModel

__all__ = ["FITS", "Box", "Cell", "Fit", "Frame", "Grid", "InputPoint", "PhotoPoint", "TokenLayout", "as_fit"]

Fit = Literal["crop", "squash", "letterbox"]
FITS: tuple[Fit, ...] = get_args(Fit)


def as_fit(word: str) -> Fit:
    """The way of fitting of that name.

    Raises:
        ControlError: there is none.
    """
    for fit in FITS:
        if fit == word:
            return fit
    raise ControlError(f"There is no way of fitting called {word!r}", do=f"choose one of {', '.join(FITS)}")


@dataclass(frozen=True, order=True)
class PhotoPoint:
    """A point of the photograph, in its pixels."""

    row: float
    column: float


@dataclass(frozen=True, order=True)
class InputPoint:
    """A point of the model's input, in its pixels."""

    row: float
    column: float


@dataclass(frozen=True, order=True)
class Cell:
    """A cell of a token or feature grid, counted from 0 at the top left."""

    row: int
    column: int


@dataclass(frozen=True)
class Box:
    """An axis-aligned box, its sides in pixels of whatever it lies in; bottom and right are exclusive."""

    top: float
    left: float
    bottom: float
    right: float

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def width(self) -> float:
        return self.right - self.left

    def shares(self, height: float, width: float) -> tuple[float, float, float, float]:
        """Centre column, centre row, width, height as shares of a picture of height x width."""
        centre = (self.left + self.right) / 2, (self.top + self.bottom) / 2
        return centre[0] / width, centre[1] / height, self.width / width, self.height / height

    def clipped(self, height: float, width: float) -> Box:
        """The part inside a picture of height x width; a box wholly outside becomes one of no area."""
        top, bottom = (min(max(edge, 0.0), height) for edge in (self.top, self.bottom))
        left, right = (min(max(edge, 0.0), width) for edge in (self.left, self.right))
        return Box(top, left, bottom, right)


@dataclass(frozen=True)
class Grid:
    """rows x columns equal cells over a model input of height x width pixels."""

    rows: int
    columns: int
    height: int
    width: int

    @classmethod
    def of_features(cls, cells: int, height: int, width: int) -> Grid:
        """The cells of a feature map of so many: convolutions of stride 2 left them, and they reach over the edge of
        an input that the stride does not divide.

        Raises:
            UnsupportedModel: no such stride leaves so many.
        """
        stride = 1
        while (rows := -(-height // stride)) * (columns := -(-width // stride)) > cells:
            stride *= 2
        if rows * columns != cells:
            raise UnsupportedModel(
                "The cells of this model's features have no known place",
                why=f"{cells} do not fit an input of {height} x {width}",
            )
        return cls(rows, columns, rows * stride, columns * stride)

    def __len__(self) -> int:
        return self.rows * self.columns

    @property
    def cell_height(self) -> float:
        return self.height / self.rows

    @property
    def cell_width(self) -> float:
        return self.width / self.columns

    def box_of(self, cell: Cell) -> Box:
        """The cell's box in the model input."""
        self._check(cell)
        return Box(
            cell.row * self.cell_height,
            cell.column * self.cell_width,
            (cell.row + 1) * self.cell_height,
            (cell.column + 1) * self.cell_width,
        )

    def centre_of(self, cell: Cell) -> InputPoint:
        self._check(cell)
        return InputPoint((cell.row + 0.5) * self.cell_height, (cell.column + 0.5) * self.cell_width)

    def cell_of(self, point: InputPoint) -> Cell:
        """The cell under a point; a point outside belongs to the nearest cell."""
        row = int(min(max(point.row / self.cell_height, 0), self.rows - 1))
        column = int(min(max(point.column / self.cell_width, 0), self.columns - 1))
        return Cell(row, column)

    def index(self, cell: Cell) -> int:
        """The cell's place in row-major order."""
        self._check(cell)
        return cell.row * self.columns + cell.column

    def cell(self, index: int) -> Cell:
        if not 0 <= index < len(self):
            raise ControlError(f"There is no cell {index}", why=f"the grid has {len(self)} cells")
        return Cell(*divmod(index, self.columns))

    def _check(self, cell: Cell) -> None:
        if not (0 <= cell.row < self.rows and 0 <= cell.column < self.columns):
            raise ControlError(
                f"There is no cell ({cell.row}, {cell.column})",
                why=f"the grid has {self.rows} rows and {self.columns} columns",
            )


@dataclass(frozen=True)
class Frame:
    """The affine map between a photograph and the model's input, exact in both directions.

    input = photo * scale + offset, for rows and columns apart; scales in input pixels per photograph pixel.
    """

    photo_height: int
    photo_width: int
    input_height: int
    input_width: int
    row_scale: float
    column_scale: float
    row_offset: float
    column_offset: float

    @classmethod
    def fit(cls, photo: tuple[int, int], into: tuple[int, int], *, how: Fit = "crop") -> Frame:
        """The frame that brings a photograph of `photo` (height, width) `into` an input of (height, width).

        crop: the largest centred part of the input's shape. squash: all of it, the shape changed.
        letterbox: all of it, the shape kept, the rest filled; the filled margins are whole pixels.
        """
        as_fit(how)
        (height, width), (rows, columns) = photo, into
        if min(height, width, rows, columns) < 1:
            raise AnalysisError("A picture without pixels cannot be shown to a model")
        row_scale, column_scale = rows / height, columns / width
        if how == "squash":
            return cls(height, width, rows, columns, row_scale, column_scale, 0.0, 0.0)
        if how == "crop":
            scale = max(row_scale, column_scale)
            offsets = (rows - height * scale) / 2, (columns - width * scale) / 2
            return cls(height, width, rows, columns, scale, scale, *offsets)
        scale = min(row_scale, column_scale)
        inner = max(1, round(height * scale)), max(1, round(width * scale))
        return cls(
            height,
            width,
            rows,
            columns,
            inner[0] / height,
            inner[1] / width,
            float((rows - inner[0]) // 2),
            float((columns - inner[1]) // 2),
        )

    def to_input(self, point: PhotoPoint) -> InputPoint:
        return InputPoint(
            point.row * self.row_scale + self.row_offset,
            point.column * self.column_scale + self.column_offset,
        )

    def to_photo(self, point: InputPoint) -> PhotoPoint:
        return PhotoPoint(
            (point.row - self.row_offset) / self.row_scale,
            (point.column - self.column_offset) / self.column_scale,
        )

    def box_to_input(self, box: Box) -> Box:
        start, end = (
            self.to_input(PhotoPoint(*corner)) for corner in ((box.top, box.left), (box.bottom, box.right))
        )
        return Box(start.row, start.column, end.row, end.column)

    def box_to_photo(self, box: Box) -> Box:
        start, end = (
            self.to_photo(InputPoint(*corner)) for corner in ((box.top, box.left), (box.bottom, box.right))
        )
        return Box(start.row, start.column, end.row, end.column)

    @property
    def seen(self) -> Box:
        """The part of the photograph that the model is shown, in photograph pixels."""
        whole = self.box_to_photo(Box(0, 0, self.input_height, self.input_width))
        return whole.clipped(self.photo_height, self.photo_width)

    @property
    def inside(self) -> Box:
        """The part of the input that shows the photograph; less than all of it only for a letterbox."""
        whole = self.box_to_input(Box(0, 0, self.photo_height, self.photo_width))
        return whole.clipped(self.input_height, self.input_width)


@dataclass(frozen=True)
class TokenLayout:
    """How a transformer's tokens are ordered: `prefix` tokens that are no patch, then the grid, row by row."""

    prefix_names: tuple[str, ...]
    grid: Grid
    pooling: str
    """How the prediction is read: "token" (the class token), "avg" (mean of the patches), "map" …"""

    @property
    def prefix(self) -> int:
        return len(self.prefix_names)

    def __len__(self) -> int:
        return self.prefix + len(self.grid)

    def index(self, token: Cell | str) -> int:
        """The place of a patch, or of a prefix token by its name, in the sequence."""
        if isinstance(token, Cell):
            return self.prefix + self.grid.index(token)
        if token not in self.prefix_names:
            have = ", ".join(self.prefix_names) or "no token but its patches"
            raise ControlError(f"This model has no {token} token", why=f"it has {have}", do="choose a patch")
        return self.prefix_names.index(token)

    def map(self, values: Any) -> Any:
        """values (…, N) of all tokens -> (…, rows, columns) of the patches; arrays and tensors alike."""
        if values.shape[-1] != len(self):
            raise AnalysisError(f"{values.shape[-1]} values do not fit {len(self)} tokens")
        return values[..., self.prefix :].reshape(*values.shape[:-1], self.grid.rows, self.grid.columns)
