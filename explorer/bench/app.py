"""Seconds that a visitor waits, in a real browser: for the first paint, and from a changed control to the figure."""

from __future__ import annotations

import os
import shutil
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

from explorer.errors import ExportError
from explorer.views import VIEWS

__all__ = ["run"]

ROOT = Path(__file__).resolve().parents[2]
MOVED = {
    "receptive-field": ("part=compare", "Depth"),
    "vision-transformer": ("part=attention", "Layer"),
    "detr": ("part=queries", "Decoder layer"),
}
"""Pages on which a slider is moved: what the address adds, and the slider's name."""
DRAWN = "document.querySelectorAll('.js-plotly-plot .main-svg').length"
QUIET = "[data-testid='stApp'][data-test-script-state='notRunning']"


def run(*, repeats: int = 10) -> dict[str, Any]:
    """Start the server, visit every view, and move a slider of some `repeats` times."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError as error:
        raise ExportError("This benchmark drives a browser", do="pip install playwright first") from error

    found = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    rows: list[dict[str, Any]] = []
    with _server() as (url, up), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 720})
        page.set_default_timeout(120_000)
        page.goto(url)
        page.get_by_role("heading", level=1).first.wait_for()
        rows.append({"page": "home", "what": "server up to first paint", "seconds": time.monotonic() - up})
        for view in VIEWS.values():
            start = time.monotonic()
            page.goto(f"{url}/{quote(view.path)}")
            page.wait_for_function(f"{DRAWN} > 0")
            rows.append({"page": view.name, "what": "first figure", "seconds": time.monotonic() - start})
            if view.name not in MOVED:
                continue
            extra, label = MOVED[view.name]
            page.goto(f"{url}/{quote(view.path)}?{extra}")
            page.wait_for_function(f"{DRAWN} > 0")
            page.locator(QUIET).wait_for(state="attached")
            page.wait_for_timeout(1000)
            times = [_moved(page, label, i) for i in range(repeats)]
            rows.append(
                {
                    "page": view.name,
                    "what": "changed control to new figure",
                    "seconds": statistics.median(times),
                    "seconds_95": sorted(times)[min(len(times) - 1, round(0.95 * len(times)))],
                }
            )
        browser.close()
    told = [row for row in rows if row["page"] == "home" or "seconds_95" in row]
    return {
        "bench": "app",
        "device": "cpu",
        "threads": os.cpu_count(),
        "rows": rows,
        "seconds": {row["page"]: round(row["seconds"], 2) for row in told},
    }


def _moved(page: Any, label: str, turn: int) -> float:
    """Press a key on the slider and wait until a figure's data has changed and all is quiet."""
    numbers = (
        "() => JSON.stringify([...document.querySelectorAll('.js-plotly-plot')].map(p => (p._fullData || [])"
        ".map(t => [t.z && Array.from(t.z[0] || []).slice(0, 8), t.y && Array.from(t.y).slice(0, 8)])))"
    )
    before = page.evaluate(numbers)
    slider = page.get_by_role("slider", name=label).first
    slider.focus()
    start = time.monotonic()
    page.keyboard.press("ArrowLeft" if turn % 2 == 0 else "ArrowRight")
    page.wait_for_function(f"before => ({numbers})() !== before", arg=before)
    return time.monotonic() - start


@contextmanager
def _server() -> Iterator[tuple[str, float]]:
    """A fresh server: its address, and when it was up."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true"]
    process = subprocess.Popen(
        [*command, f"--server.port={port}"], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while True:
            try:
                urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=1).close()
                break
            except OSError:
                time.sleep(0.05)
        yield f"http://localhost:{port}", time.monotonic()
    finally:
        process.terminate()
        process.wait()
