"""What a visitor waits for, in a real browser: Chromium, driven by Playwright."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.bench.server import Server
from explorer.errors import ExportError

__all__ = ["QUIET", "Drawn", "browser", "clicked", "home", "moved", "open_page", "quiet", "typed"]

QUIET = 700
"""Milliseconds in which nothing runs and nothing is drawn: a slider waits for 200 before it tells the server."""


@dataclass(frozen=True)
class Drawn:
    """Seconds from a pressed key until the first, and until the last, of the figures that changed was drawn, or a lens painted."""

    first: float
    last: float


@contextmanager
def browser() -> Iterator[Any]:
    """A tab of Chromium that takes notes of what is drawn.

    Raises:
        ExportError: Playwright is not installed.
    """
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise ExportError("This benchmark drives a browser", do="pip install playwright first") from error
    executable = next(
        filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
    )
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"])
        page = chromium.new_page(viewport={"width": 1280, "height": 720})
        page.set_default_timeout(120_000)
        page.add_init_script(path=Path(__file__).with_name("drawn.js"))
        yield page
        chromium.close()


def home(page: Any, server: Server, *, idle: float) -> float:
    """Seconds from a server that is up until Home is painted, where the browser then stays for `idle` seconds."""
    page.goto(server.url)
    page.get_by_role("heading", level=1).first.wait_for()
    seconds = time.monotonic() - server.up
    page.wait_for_timeout(1000 * idle)
    return seconds


def typed(page: Any, address: str) -> float:
    """Seconds from a page's address, typed, until a figure is drawn or a lens painted."""
    start = time.monotonic()
    page.goto(address)
    page.wait_for_function("bench.first", polling="raf")
    return time.monotonic() - start


def clicked(page: Any, title: str) -> float:
    """Seconds from a click on the link of a page that shows no figure until one is drawn or a lens painted."""
    page.evaluate("bench.arm()")
    page.get_by_role("link", name=title, exact=True).first.click()
    page.wait_for_function("bench.first", polling="raf")
    return float(page.evaluate("bench.first - bench.pressed")) / 1000


def open_page(page: Any, address: str) -> None:
    """Open it and wait until it is quiet."""
    page.goto(address)
    page.evaluate("bench.pressed = 0")
    quiet(page)


def quiet(page: Any) -> None:
    """Wait until nothing runs and nothing is drawn."""
    page.wait_for_function(f"bench.quiet({QUIET})", polling=50)


def moved(page: Any, label: str, *, times: int, forward: bool) -> Sequence[Drawn]:
    """Press an arrow key on the slider so many times; moves that changed no figure are left out."""
    drawn = []
    for _ in range(times):
        slider = page.get_by_role("group", name=label, exact=True).get_by_role("slider").first
        slider.focus()
        at = slider.input_value()
        if at == slider.get_attribute("max" if forward else "min"):
            forward = not forward
        page.evaluate("bench.arm()")
        page.keyboard.press("ArrowRight" if forward else "ArrowLeft")
        quiet(page)
        pressed, first, last = page.evaluate("[bench.pressed, bench.first, bench.last]")
        if last:
            drawn.append(Drawn((first - pressed) / 1000, (last - pressed) / 1000))
    return drawn
