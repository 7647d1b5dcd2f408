"""A figure at every value of one slider, as an animation."""

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from explorer.errors import ControlError
from explorer.export.gif import as_frame, as_gif
from explorer.provenance import Provenance
from explorer.views.controls import Control, controls_of
from explorer.views.grid import draw_at, joined
from explorer.views.scope import Scope
from explorer.views.values import as_text
from explorer.views.view import Panel, View

__all__ = ["FRAMES", "animated", "sliders", "values_of"]

FRAMES = 40
"""Frames of an animation: of a longer slider, values at even distances."""
PAUSE = 500
"""Milliseconds a frame is shown."""


def sliders(view: View, panel: Panel) -> dict[str, Control]:
    """The controls that the figure may be animated over."""
    return {
        control.name: control
        for control in controls_of(view.controls)
        if control.name in panel.uses and control.kind in ("whole", "real")
    }


def values_of(control: Control, scope: Scope) -> list[str]:
    """The slider's values, as text."""
    known = control.resolved(scope)
    low, high = float(known.low or 0), float(known.high or 0)
    step = float(control.step or (1 if control.kind == "whole" else 0.05))
    count = math.floor((high - low) / step + 1e-9) + 1
    places = np.unique(np.linspace(0, count - 1, min(count, FRAMES)).round().astype(int))
    whole = control.kind == "whole"
    return [as_text(round(low + at * step) if whole else round(low + at * step, 9)) for at in places.tolist()]


def animated(
    view: View,
    panel: Panel,
    controls: Any,
    scope: Scope,
    over: str,
    values: Sequence[str] = (),
    *,
    on_progress: Callable[[float], None] = lambda share: None,
) -> bytes:
    """A GIF of the figure at each of these values of the slider `over`, at all of them by default. Its recipe is the comment.

    Raises:
        ControlError: the figure does not depend on that slider, or a value cannot be.
        ExportError: there is no Chromium.
    """
    known = sliders(view, panel)
    if over not in known:
        can = ", ".join(known)
        raise ControlError(
            f"{panel.title} cannot be animated over {over!r}",
            do=f"choose among {can}" if can else "choose another figure: none of its controls is a slider",
        )
    values = list(values) or values_of(known[over], scope)
    if not 2 <= len(values) <= FRAMES:
        raise ControlError(f"An animation cannot have {len(values)} frames", do=f"take 2 to {FRAMES} values")
    unit = f" {known[over].unit}" if known[over].unit else ""
    frames = []
    for at, value in enumerate(values):
        on_progress(at / len(values))
        drawing = draw_at(view, panel, controls, scope, over, value)
        frames.append(as_frame(drawing, f"{known[over].label} {value}{unit}"))
    provenance = Provenance.of(view, panel, controls, scope, over=joined(over, values))
    return as_gif(frames, milliseconds=PAUSE, comment=f"explorer: {provenance.as_json()}")
