"""Home's thumbnails: the first figure of every view, or its lens in a browser: `python -m explorer.ui.thumbnails`."""

from __future__ import annotations

import dataclasses
import io
from typing import Any

from PIL import Image

from explorer.bench.browser import QUIET, browser
from explorer.bench.server import Server, serve
from explorer.export import PaperStyle, write
from explorer.figures.ready import to_json
from explorer.provenance import Provenance
from explorer.ui.shell import ROOT
from explorer.views import VIEWS
from explorer.views.controls import resolve
from explorer.views.scope import find_picture, open_scope
from explorer.views.view import View

__all__ = ["main", "open_lens"]

SIZE = (480, 300)
WINDOW = {"width": 960, "height": 600}
"""Of which a picture of a lens is taken."""
PENDING = ".lens .pane-text:has-text('being computed'), .lens .panes:has-text('being loaded')"
"""What a lens shows of what has not come yet."""


def main() -> None:
    """Write one picture of every view, as small as it is shown."""
    with serve() as server, browser() as page:
        page.set_viewport_size(WINDOW)
        for view in VIEWS.values():
            drawn = _lens(page, server, view) if view.panels[0].lens else _figure(view)
            drawn.thumbnail(SIZE)
            card = Image.new("RGB", SIZE, "white")
            card.paste(drawn, ((SIZE[0] - drawn.width) // 2, (SIZE[1] - drawn.height) // 2))
            if view.panels[0].lens:  # a photograph: a third of the bytes
                card = card.quantize(
                    256, Image.Quantize.FASTOCTREE
                )  # which keeps a strong colour of few pixels
            card.save(ROOT / "pages" / "thumbnails" / f"{view.name}.png", optimize=True)


def open_lens(page: Any, address: str) -> None:
    """Open a page and wait for what its lens shows; more may be in the making in the background."""
    page.goto(address)
    page.locator(".lens").wait_for()
    page.locator(PENDING).first.wait_for(state="hidden")
    page.wait_for_timeout(2 * QUIET)


def _lens(page: Any, server: Server, view: View) -> Image.Image:
    open_lens(page, f"{server.url}/{view.path}?embed=true&panel={view.panels[0].name}")
    return Image.open(io.BytesIO(page.screenshot())).convert("RGB")


def _figure(view: View) -> Image.Image:
    scope, _ = open_scope(view.controls, {}, find_picture)
    controls, _ = resolve(view.controls, scope.chosen, scope)
    panel = view.panels[0]
    drawing = view.draw(panel, controls, scope)
    # A legend of the size that can be read would leave no room for the figure.
    plain = drawing.figure.update_layout(showlegend=False)
    provenance = Provenance.of(view, panel, controls, scope)
    style = PaperStyle(column="single", caption=False, dpi=200)
    drawing = dataclasses.replace(drawing, json=to_json(plain))
    return Image.open(io.BytesIO(write(drawing, provenance, "png", style=style))).convert("RGB")


if __name__ == "__main__":
    main()
