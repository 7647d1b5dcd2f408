"""A panel is one function: decorated with what it is called and depends on, it returns what is drawn."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from explorer.bounds import is_bounded
from explorer.export.drawing import Drawing
from explorer.views.controls import controls_of
from explorer.views.scope import Scope
from explorer.views.values import Value
from explorer.zoo.cost import require_passes

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from explorer.analysis.result import Arrays, Numbers, Result
    from explorer.views.lens import Lens
    from explorer.zoo.model import Model

__all__ = ["Drawing", "Panel", "Scope", "draw", "panel", "panels_of", "without_figures"]

Draw = Callable[[Any, Scope], Drawing]
FIGURES = ContextVar("figures", default=True)
"""Whether results are drawn."""


@dataclass(frozen=True)
class Panel:
    """One figure of a view."""

    name: str
    title: str
    function: Draw
    uses: tuple[str, ...]
    """The controls it depends on. It is drawn with all others at their defaults, so a figure cannot depend on
    a control it does not name, and its recipe, link and cache key hold no others."""
    tab: str = ""
    click: tuple[str, ...] = ()
    """The controls a click on the figure sets, in the order of the clicked marker's customdata."""
    click_also: Mapping[str, Value] = dataclasses.field(default_factory=dict)
    """Controls that a click sets to a fixed value, such as the kind of token."""
    first: int = 1
    """What the clicked controls count from; figures count from 0."""
    wide: bool = False
    """Its text stands below it, not beside it."""
    rows: str = ""
    """The control that a chosen row sets. The page then shows the panel's data as a table, one array a column,
    and the figure is for export."""
    heavy: bool = False
    """It takes long whatever is set, so it waits in a queue. What takes long only now and then does so once it has, if
    it reports its progress."""
    own: bool = False
    """It is drawn from what its visitor alone has, and so for nobody before he asks."""
    lens: Lens | None = None
    """What the page shows in its place: the browser draws it while the pointer moves, and the figure is for export."""
    passes: Callable[[Any, Scope], tuple[Model, int]] | None = None
    """How many passes of which model it takes, where that grows with what is set: the app refuses too many before the
    first."""
    weights: Callable[[Any, Scope], Mapping[str, str]] | None = None
    """The models it is drawn from that no control names: their names and checkpoints."""
    subject: Callable[[Any, Scope], str] | tuple[str, ...] | None = None
    """What the end of the caption names: a function's words, or the models of some slots and the picture; by default
    the models and the picture that are used."""

    def lens_for(self, controls: Any, scope: Scope) -> Lens | None:
        """Its lens, where it can show what these controls ask for."""
        return self.lens if self.lens and self.lens.shows(controls, scope) else None

    def other_weights(self, controls: Any, scope: Scope) -> dict[str, str]:
        """What `weights` says; nothing where all models are controls."""
        return dict(self.weights(controls, scope)) if self.weights else {}

    def draw(self, controls: Any, scope: Scope) -> Drawing:
        """What its function draws, the caption ended with the subject: "ViT, untrained, on “cat” (crop)"."""
        if self.passes and is_bounded():
            model, passes = self.passes(controls, scope)
            require_passes(model.entry, model.input_size, passes, do="choose less of it, or a smaller model")
        drawing = self.function(controls, scope)
        subject = self._subject(controls, scope)
        if not subject:
            return drawing
        return dataclasses.replace(
            drawing, caption=f"{drawing.caption} {subject[0].upper()}{subject[1:].rstrip('.')}."
        )

    def _subject(self, controls: Any, scope: Scope) -> str:
        if callable(self.subject):
            return self.subject(controls, scope)
        used = {control.name: control for control in controls_of(type(controls)) if control.name in self.uses}
        slots = [name for name, control in used.items() if control.kind == "model"]
        models = [scope.model(slot) for slot in (slots if self.subject is None else self.subject)]
        who = " and ".join(
            f"{model.entry.title}{'' if model.trained else ', untrained,'}" for model in models
        )
        picture = f"“{scope.picture.name}”" if "picture" in used else ""
        fit = next((f" ({getattr(controls, name)})" for name in ("fit", "shape") if name in used), "")
        return " on ".join(filter(None, (who, picture + fit if picture else "")))


def panel(name: str, title: str, *, uses: tuple[str, ...] = (), **options: Any) -> Callable[[Draw], Panel]:
    """The decorated function as a panel of its module; the options are the fields of `Panel`."""
    return lambda function: Panel(name, title, function, uses, **options)


def panels_of(package: str, *modules: str) -> Callable[[], tuple[Panel, ...]]:
    """What finds the panels of some modules, in the order they are written. They are imported when first asked for:
    they bring torch and Plotly, which a list of views can do without."""
    return partial(_panels_of, package, modules)


def _panels_of(package: str, modules: tuple[str, ...]) -> tuple[Panel, ...]:
    written = (vars(import_module(f"{package}.{module}")).values() for module in modules)
    return tuple(value for values in written for value in values if isinstance(value, Panel))


def draw(
    result: Result | None,
    caption: str,
    *,
    figure: go.Figure | None = None,
    arrays: Arrays | None = None,
    numbers: Numbers | None = None,
    alt: str = "",
    **options: Any,
) -> Drawing:
    """A result as it says of itself, drawn by `figure`, else by its own with these options; what is given here takes
    the place of what it says."""
    if result is not None:
        figure = _figure(result, options) if figure is None else figure
        arrays = result.arrays() if arrays is None else arrays
        numbers = result.numbers() if numbers is None else numbers
        alt = alt or result.alt()
    if figure is None or arrays is None:
        raise TypeError("a drawing without a result needs its figure and its arrays")
    return Drawing.of(
        figure=figure,
        data={name: array for name, (array, _) in arrays.items()},
        units={name: unit for name, (_, unit) in arrays.items() if unit},
        caption=caption,
        alt=alt,
        numbers=numbers or {},
    )


@contextmanager
def without_figures() -> Iterator[None]:
    """Within it results are not drawn: the numbers of many pictures need no figure."""
    token = FIGURES.set(False)
    try:
        yield
    finally:
        FIGURES.reset(token)


def _figure(result: Result, options: Mapping[str, Any]) -> go.Figure:
    if FIGURES.get():
        return result.figure(**options)
    import plotly.graph_objects as go

    return go.Figure()
