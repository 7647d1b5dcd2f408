"""The lens in Jupyter, by anywidget: `explorer.lens(model, picture)`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from explorer.errors import ControlError
from explorer.frontend.page import BUNDLE
from explorer.geometry import Cell

if TYPE_CHECKING:
    from explorer.images import Picture
    from explorer.zoo.model import Model

__all__ = ["lens"]


def lens(model: Model, picture: Picture, *, fit: str = "", height: str = "560px", **state: Any) -> Any:
    """A widget that shows the attention of a vision transformer or a DETR under the pointer.

    `fit` is how the picture is brought into the model's input, "" the way that is usual for the model. Further arguments are
    what it opens with: `layer` and `head` (counted from 0; head −1 is all of them fused), `mode` ("attention", "attended"
    or "rollout"), `fusion`, `discard`, `residual`. The widget's `pinned` are the pinned patches as cells, `layer` and
    `head` what is shown; all change when the visitor clicks or presses a key.

    Raises:
        ControlError: anywidget is not installed, or there is no such way of fitting.
        UnsupportedModel, AnalysisError: the model's attention cannot be shown.
    """
    from explorer.frontend.pack import pack_model
    from explorer.frontend.wire import described

    kind = _widget()
    buffer = pack_model(model, picture, fit=fit)
    said = described(buffer)
    return kind(buffer=buffer, state=state, height=height, prefix=len(said["prefix"]), grid=said["grid"])


@cache
def _widget() -> Any:
    try:
        import anywidget
        import traitlets
    except ImportError as error:
        raise ControlError(
            "A lens in a notebook needs anywidget", do="pip install 'explorer[notebook]' first"
        ) from error

    class Lens(anywidget.AnyWidget):
        """The lens as a widget."""

        _esm = BUNDLE.read_text(encoding="utf-8")
        buffer = traitlets.Bytes().tag(sync=True)
        state = traitlets.Dict().tag(sync=True)
        height = traitlets.Unicode().tag(sync=True)
        prefix = traitlets.Int()
        grid = traitlets.Dict()

        @property
        def pinned(self) -> tuple[Cell, ...]:
            """The pinned patches, in the order they were pinned."""
            pins = self.state.get("pins", [])
            return tuple(Cell(*divmod(pin - self.prefix, self.grid["columns"])) for pin in pins)

        @property
        def layer(self) -> int | None:
            """The layer shown, counted from 0; None until the visitor has done something."""
            return self.state.get("layer")

        @property
        def head(self) -> int | None:
            """The head shown, counted from 0; −1 for all, None until the visitor has done something."""
            return self.state.get("head")

    return Lens
