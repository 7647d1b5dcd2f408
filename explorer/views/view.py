"""What a view is: its controls, its panels, and how one panel is drawn from them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from explorer.errors import ControlError
from explorer.views.controls import Value, as_text, controls_of, resolve

if TYPE_CHECKING:
    from explorer.export.drawing import Drawing
    from explorer.views.scope import Scope

__all__ = ["Panel", "View"]


@dataclass(frozen=True)
class Panel:
    """One figure of a view."""

    name: str
    title: str
    draw: Callable[[Any, Scope], Drawing]
    uses: tuple[str, ...]
    """The controls it depends on. It is drawn with all others at their defaults, so a figure cannot depend on
    a control it does not name, and its recipe, link and cache key hold no others."""
    part: str = ""
    click: tuple[str, ...] = ()
    """The controls a click on the figure sets, in the order of the clicked marker's customdata."""
    click_also: Mapping[str, Value] = dataclasses.field(default_factory=dict)
    """Controls that a click sets to a fixed value, such as the kind of token."""
    first: int = 1
    """What the clicked controls count from; figures count from 0."""
    rows: str = ""
    """The control that a chosen row sets. The page then shows the panel's data as a table, one array a column,
    and the figure is for export."""
    heavy: bool = False
    """It takes long whatever is set, so it waits in a queue. What takes long only now and then does so once it has, if
    it reports its progress."""
    weights: Callable[[Any, Scope], Mapping[str, str]] | None = None
    """The models it is drawn from that no control names: their names and checkpoints."""

    def other_weights(self, controls: Any, scope: Scope) -> dict[str, str]:
        """What `weights` says; nothing where all models are controls."""
        return dict(self.weights(controls, scope)) if self.weights else {}


@dataclass(frozen=True)
class View:
    """A page's subject: what can be set and what is drawn."""

    name: str
    title: str
    section: str
    icon: str
    summary: str
    controls: type[Any]
    panels: tuple[Panel, ...]
    page: str
    parts: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Parts of the page by name, with their titles; the control `part` chooses one."""

    @property
    def path(self) -> str:
        """The page's path in the app's address, as Streamlit makes it of the file's name."""
        return self.page.removeprefix("pages/").removesuffix(".py").split("_", 1)[1]

    def panel(self, name: str) -> Panel:
        """The panel of that name.

        Raises:
            ControlError: there is none.
        """
        for panel in self.panels:
            if panel.name == name:
                return panel
        names = ", ".join(panel.name for panel in self.panels)
        raise ControlError(f"{self.title} has no figure called {name!r}", do=f"choose among {names}")

    def asked(self, panel: Panel, controls: Any, scope: Scope) -> Any:
        """The controls with everything the panel does not use at its default."""
        defaults, _ = resolve(self.controls, {}, scope)
        kept = {name: getattr(controls, name) for name in panel.uses}
        return dataclasses.replace(defaults, **kept)

    def recipe(self, panel: Panel, controls: Any) -> dict[str, Value]:
        """What the panel was drawn from, by control."""
        return {name: getattr(controls, name) for name in panel.uses}

    def address(self, controls: Any, scope: Scope) -> dict[str, str]:
        """The page's query parameters: every control that is not at its default."""
        defaults, _ = resolve(self.controls, {}, scope)
        return {
            control.name: as_text(getattr(controls, control.name))
            for control in controls_of(self.controls)
            if getattr(controls, control.name) != getattr(defaults, control.name)
        }

    def draw(self, panel: Panel, controls: Any, scope: Scope) -> Drawing:
        """The panel's drawing, from memory if the same was drawn before."""
        asked, key = self._key(panel, controls, scope)

        def make() -> Drawing:
            # Plotly asks whatever pandas there is in sys.modules, even one that another thread is still importing.
            import pandas  # noqa: F401

            return panel.draw(asked, scope)

        return scope.remember(key, make)

    def drawn(self, panel: Panel, controls: Any, scope: Scope) -> bool:
        """Whether the panel's drawing is in memory."""
        return scope.remembers(self._key(panel, controls, scope)[1])

    def _key(self, panel: Panel, controls: Any, scope: Scope) -> tuple[Any, tuple[Any, ...]]:
        """The controls that the panel sees, and the name under which its drawing is remembered."""
        asked = self.asked(panel, controls, scope)
        weights = sorted(panel.other_weights(asked, scope).items())
        values = (getattr(asked, control.name) for control in controls_of(self.controls))
        return asked, ("drawing", self.name, panel.name, *values, *weights)
