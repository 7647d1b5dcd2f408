"""A view opened and drawn as the page and the command line do it, from what an address would say."""

from typing import Any

from explorer.export.drawing import Drawing
from explorer.views.controls import resolve
from explorer.views.scope import Scope, find_picture, open_scope
from explorer.views.view import View


def opened(view: View, **raw: Any) -> tuple[Any, Scope, tuple[str, ...]]:
    """Its controls, its scope, and what was said of values that cannot be."""
    scope, refused = open_scope(view.controls, raw, find_picture, device="cpu", own={})
    controls, more = resolve(view.controls, {**raw, **scope.chosen}, scope)
    return controls, scope, (*refused, *more)


def drawn(view: View, name: str, **raw: Any) -> Drawing:
    """One of its panels, of values that can be."""
    controls, scope, refused = opened(view, **raw)
    assert refused == ()
    return view.draw(view.panel(name), controls, scope)
