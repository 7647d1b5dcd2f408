"""What a view is: its controls, its panels, and how one panel is drawn from them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from explorer.errors import ControlError
from explorer.views.controls import controls_of, resolve
from explorer.views.panel import Panel
from explorer.views.values import Value, as_text

if TYPE_CHECKING:
    from explorer.export.drawing import Drawing
    from explorer.views.scope import Scope

__all__ = ["Panel", "View"]


@dataclass(frozen=True)
class View:
    """A page's subject: what can be set and what is drawn."""

    name: str
    title: str
    section: str
    icon: str
    summary: str
    controls: type[Any]
    find_panels: Callable[[], tuple[Panel, ...]]
    """Asked once, when the first panel is wanted."""
    page: str
    tabs: Mapping[str, str] = dataclasses.field(default_factory=dict)
    """Tabs of the page by name, with their titles; the control `tab` chooses one."""

    @cached_property
    def panels(self) -> tuple[Panel, ...]:
        """Its figures, in the order of their modules."""
        return self.find_panels()

    def panels_on(self, tab: str) -> tuple[Panel, ...]:
        """Those that belong to this tab, and those of every tab."""
        return tuple(panel for panel in self.panels if panel.tab in ("", tab))

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

    def seen_by(self, panel: Panel, controls: Any, scope: Scope) -> Any:
        """The controls with everything the panel does not use at its default."""
        defaults, _ = resolve(self.controls, {}, scope)
        return dataclasses.replace(defaults, **self.recipe(panel, controls))

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
        seen, key = self._key(panel, controls, scope)

        def make() -> Drawing:
            # Plotly asks whatever pandas there is in sys.modules, even one that another thread is still importing.
            import pandas  # noqa: F401

            return panel.draw(seen, scope)

        return scope.remember(key, make)

    def drawn(self, panel: Panel, controls: Any, scope: Scope) -> bool:
        """Whether the panel's drawing is in memory."""
        return scope.remembers(self._key(panel, controls, scope)[1])

    def _key(self, panel: Panel, controls: Any, scope: Scope) -> tuple[Any, tuple[Any, ...]]:
        """The controls that the panel sees, and the name under which its drawing is remembered."""
        seen = self.seen_by(panel, controls, scope)
        weights = sorted(panel.other_weights(seen, scope).items())
        values = (getattr(seen, control.name) for control in controls_of(self.controls))
        return seen, ("drawing", self.name, panel.name, *values, *weights)
