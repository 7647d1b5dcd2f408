"""The README's pictures of the app, taken in a browser: `python -m explorer.ui.recording`."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

from PIL import Image

from explorer.bench.browser import QUIET, browser, open_page, quiet
from explorer.bench.server import serve
from explorer.ui.shell import ROOT
from explorer.ui.thumbnails import open_lens

__all__ = ["main"]

FOLDER = ROOT / "pages" / "thumbnails"
WINDOW = {"width": 1280, "height": 720}
SIZE = (960, 540)
COLOURS = 96
"""More would take twice the bytes."""
SHORT, LONG = 500, 900
"""Milliseconds a frame is shown."""
LAYERS = (1, 4, 8, 12)
PATCHES = ((0.25, 0.3), (0.33, 0.42), (0.42, 0.52), (0.52, 0.6), (0.62, 0.52), (0.7, 0.4), (0.6, 0.28))
"""Where the pointer goes, in parts of the photograph's width and height."""


def main() -> None:
    """Write the picture of one page, and the recording of another."""
    with serve() as server, browser() as page:
        page.set_viewport_size(WINDOW)
        open_lens(page, f"{server.url}/Receptive_field?depth=8")
        _shot(page).quantize(256, Image.Quantize.FASTOCTREE).save(FOLDER / "compare-page.png", optimize=True)
        open_page(page, f"{server.url}/Vision_Transformer")
        frames = list(_frames(page))
    # One palette for all frames, so that what does not move has the same colours in each; the octree keeps the few
    # pixels of a strong colour, which the median cut gives up for one more grey.
    sheet = Image.new("RGB", (SIZE[0], SIZE[1] * len(frames)))
    for at, (frame, _) in enumerate(frames):
        sheet.paste(frame, (0, at * SIZE[1]))
    palette = sheet.quantize(COLOURS, Image.Quantize.FASTOCTREE)
    images = [frame.quantize(palette=palette, dither=Image.Dither.NONE) for frame, _ in frames]
    durations = [duration for _, duration in frames]
    images[0].save(
        FOLDER / "app.gif", save_all=True, append_images=images[1:], duration=durations, loop=0, optimize=True
    )


def _frames(page: Any) -> Iterator[tuple[Image.Image, int]]:
    """The lens turned through its layers, then the pointer over the photograph; each with its milliseconds."""
    tiles = page.locator(".lens .strip").filter(has_text="Layers").locator(".tile")
    for layer in LAYERS:
        tiles.nth(layer - 1).click()
        page.wait_for_timeout(QUIET)  # a lens waits before it tells the server
        quiet(page)
        yield _shot(page), LONG
    box = page.locator(".lens .photo").bounding_box()
    for across, down in PATCHES:
        page.mouse.move(box["x"] + across * box["width"], box["y"] + down * box["height"])
        page.wait_for_timeout(SHORT)
        yield _shot(page), SHORT


def _shot(page: Any) -> Image.Image:
    shot = Image.open(io.BytesIO(page.screenshot())).convert("RGB")
    return shot.resize(SIZE, Image.Resampling.LANCZOS)


if __name__ == "__main__":
    main()
