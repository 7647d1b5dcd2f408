"""Home's thumbnails, drawn by the app itself: `python -m explorer.ui.thumbnails`."""

from __future__ import annotations

import dataclasses
import io

import plotly.graph_objects as go
from PIL import Image

from explorer.export import PaperStyle, write
from explorer.provenance import Provenance
from explorer.ui.shell import ROOT
from explorer.views import VIEWS
from explorer.views.controls import resolve
from explorer.views.scope import find_picture, open_scope

__all__ = ["main"]

SIZE = (480, 300)


def main() -> None:
    """Write the first figure of every view, as small as it is shown."""
    for view in VIEWS.values():
        scope, _ = open_scope(view.controls, {}, find_picture)
        controls, _ = resolve(view.controls, scope.chosen, scope)
        panel = view.panels[0]
        drawing = view.draw(panel, controls, scope)
        # A legend of the size that can be read would leave no room for the figure.
        plain = go.Figure(drawing.figure).update_layout(showlegend=False)
        provenance = Provenance.of(view, panel, controls, scope)
        style = PaperStyle(column="single", caption=False, dpi=200)
        drawing = dataclasses.replace(drawing, figure=plain)
        drawn = Image.open(io.BytesIO(write(drawing, provenance, "png", style=style)))
        drawn.thumbnail(SIZE)
        card = Image.new("RGB", SIZE, "white")
        card.paste(drawn.convert("RGB"), ((SIZE[0] - drawn.width) // 2, (SIZE[1] - drawn.height) // 2))
        card.save(ROOT / "pages" / "thumbnails" / f"{view.name}.png", optimize=True)


if __name__ == "__main__":
    main()
