"""A recipe opened again: the view, its figure and its controls as they were."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from explorer.errors import ExplorerError
from explorer.images import Picture
from explorer.provenance import Provenance
from explorer.views import view as view_named
from explorer.views.controls import read
from explorer.views.scope import Scope, open_scope
from explorer.views.view import Panel, View

__all__ = ["Reopened", "reopen"]


@dataclass(frozen=True)
class Reopened:
    """What a recipe speaks of, ready to be drawn."""

    view: View
    panel: Panel
    controls: Any
    scope: Scope
    notes: tuple[str, ...]
    """A sentence for each thing that is not what the recipe was made with."""


def reopen(
    recipe: Provenance, pictures: Callable[[str], Picture], *, device: str = "auto", picture: str = ""
) -> Reopened:
    """The figure of a recipe; `picture` takes the place of the recipe's own.

    Raises:
        ExplorerError: its view, figure, picture or models are not to be had, or a control cannot be so.
    """
    view = view_named(recipe.view)
    panel = view.panel(recipe.figure)
    raw = dict(recipe.controls)
    if picture:
        raw["picture"] = picture
    if panel.tab:
        raw["tab"] = panel.tab
    scope, _ = open_scope(view.controls, raw, pictures, device=device, strict=True)
    controls = read(view.controls, {**raw, **scope.chosen}, scope)
    return Reopened(view, panel, controls, scope, tuple(_others(recipe, view, panel, controls, scope)))


def _others(recipe: Provenance, view: View, panel: Panel, controls: Any, scope: Scope) -> list[str]:
    try:
        now = Provenance.of(view, panel, controls, scope)
    except ExplorerError:
        return []  # drawing it will say why
    notes = []
    if recipe.picture_digest and now.picture_digest != recipe.picture_digest:
        notes.append("The picture is another than the one of the recipe, so the figure will be too.")
    changed = [name for name, weights in recipe.models.items() if now.models.get(name) != weights]
    if changed:
        notes.append(f"The weights of {', '.join(changed)} are others than those of the recipe.")
    return notes
