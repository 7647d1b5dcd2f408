"""A figure at every value of one slider, as an animation."""

from __future__ import annotations

import io
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.errors import ControlError
from explorer.export.gif import as_gif
from explorer.provenance import Provenance
from explorer.views.controls import Control, controls_of
from explorer.views.grid import draw_at, joined
from explorer.views.scope import Scope
from explorer.views.values import as_text
from explorer.views.view import Panel, View

if TYPE_CHECKING:
    from PIL.Image import Image

__all__ = ["FRAMES", "animated", "sliders", "values_of"]

FRAMES = 40
"""Frames of an animation: of a longer slider, values at even distances."""
WIDTH, STRIP = 900, 40
"""Pixels: how wide a frame is, and how high the line above the figure that says the value."""
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
        figure = _drawn(view, panel, controls, scope, over, value)
        frames.append(_titled(figure, f"{known[over].label} {value}{unit}"))
    provenance = Provenance.of(view, panel, controls, scope, over=joined(over, values))
    return as_gif(frames, milliseconds=PAUSE, comment=f"explorer: {provenance.as_json()}")


def _drawn(view: View, panel: Panel, controls: Any, scope: Scope, over: str, value: str) -> Image:
    from PIL import Image

    from explorer.export.chromium import CHROMIUM
    from explorer.export.layout import lay_out
    from explorer.export.style import PaperStyle

    drawing = draw_at(view, panel, controls, scope, over, value)
    sheet = lay_out(drawing, PaperStyle(caption=False))
    png = CHROMIUM.draw(sheet, "png", scale=WIDTH / sheet.width)
    return Image.open(io.BytesIO(png)).convert("RGB")


def _titled(figure: Image, title: str) -> Image:
    from PIL import Image, ImageDraw, ImageFont

    frame = Image.new("RGB", (figure.width, figure.height + STRIP), "white")
    frame.paste(figure, (0, STRIP))
    ImageDraw.Draw(frame).text((12, 8), title, fill="#1d2433", font=ImageFont.load_default(22))
    return frame
