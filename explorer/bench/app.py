"""What a visitor waits for, on every view, tab and slider, over a page that only draws ready-made figures."""

from __future__ import annotations

import asyncio
import os
import statistics
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from explorer.bench.bare_page import FOLDER
from explorer.bench.browser import Drawn, browser, clicked, home, moved, open_page, typed
from explorer.bench.server import Server, serve
from explorer.bench.slider import Timed, tabs_of, timed
from explorer.bench.visitors import quantile
from explorer.views import VIEWS, View, view

__all__ = ["run"]

BARE = Path(__file__).with_name("bare_page.py")
LIGHT = 0.05
"""Seconds of computation below which a rerun's time is what the app adds to the bare page."""
QUICK = 0.4
"""Seconds within which a moved slider should have its new figures."""
NEAR = 0.15
"""Seconds by which it may take longer than the bare page's, beside its own computation."""


def run(*, repeats: int = 5, idle: float = 20.0, views: Sequence[str] = tuple(VIEWS)) -> Mapping[str, Any]:
    """Every slider of every tab of these views, `repeats` times, beside a bare page with the same figures and widgets.

    `seconds.home`: from the server's being up to Home's first paint. `seconds.first_figure`: of the slowest view,
    its address typed where a fresh server has shown Home for `idle` seconds; `seconds.first_figure_clicked`: its link
    clicked there instead. `seconds.slider_p95`: of the slowest slider, from a pressed key until the last figure that it
    changes is drawn in the browser; of `drawn_sliders`, so many are `quick_sliders`, within 0.4 s; so many are
    `near_bare_sliders`, within the bare page's time, their own computation and 0.15 s. `ratios.server`: the
    server's time of a rerun with a new value over the bare page's, the median over all sliders whose own computation
    takes less than 50 ms; a slider's own computation is what a value that was set before does without.

    A slider is moved in the browser when the page has been quiet for 0.7 s, in which the app may have drawn ahead.
    """
    chosen = [view(name) for name in views]
    homes, firsts = _first(chosen, idle)
    with tempfile.TemporaryDirectory() as folder:
        with serve() as app, serve(BARE, environment={FOLDER: folder}) as bare:
            sliders = asyncio.run(_server_times(app, bare, Path(folder), chosen, repeats))
        with serve() as app, serve(BARE, environment={FOLDER: folder}) as bare:
            rows = _in_browser(app, bare, sliders, repeats)
    light = [timing.fresh / timing.bare for timing in sliders if timing.own < LIGHT]
    slowest = [row["p95"] for row in rows if "p95" in row]
    return {
        "bench": "app",
        "device": "cpu",
        "threads": os.cpu_count(),
        "repeats": repeats,
        "rows": [*firsts, *rows],
        "sliders": len(sliders),
        "light_sliders": len(light),
        "drawn_sliders": len(slowest),
        "quick_sliders": sum(seconds <= QUICK for seconds in slowest),
        "near_bare_sliders": sum(_near_bare(row) for row in rows if "bare_p95" in row),
        "errors": sum(len(timing.errors) for timing in sliders),
        "ratios": {"server": round(statistics.median(light), 2)} if light else {},
        "seconds": {
            "home": round(statistics.median(homes), 3),
            "first_figure": max(row["seconds"] for row in firsts),
            "first_figure_clicked": max(row["clicked"] for row in firsts),
            **({"slider_p95": max(slowest)} if slowest else {}),
        },
    }


def _first(views: Sequence[View], idle: float) -> tuple[list[float], list[dict[str, Any]]]:
    homes, rows = [], []
    with browser() as page:
        for view in views:
            with serve() as server:
                homes.append(home(page, server, idle=idle))
                by_address = typed(page, f"{server.url}/{quote(view.path)}")
            with serve() as server:
                homes.append(home(page, server, idle=idle))
                by_link = clicked(page, view.title)
            rows.append(
                {
                    "view": view.name,
                    "what": "first figure",
                    "seconds": round(by_address, 3),
                    "clicked": round(by_link, 3),
                }
            )
    return homes, rows


async def _server_times(
    app: Server, bare: Server, folder: Path, views: Sequence[View], repeats: int
) -> list[Timed]:
    return [
        timing
        for one in views
        for tab in tabs_of(one)
        async for timing in timed(app, bare, folder, one, tab, repeats=repeats)
    ]


def _in_browser(app: Server, bare: Server, sliders: Sequence[Timed], repeats: int) -> list[dict[str, Any]]:
    rows = []
    with browser() as page:
        for timing in sliders:
            ours: Sequence[Drawn] = ()
            plain: Sequence[Drawn] = ()
            if timing.changed:
                open_page(page, f"{app.url}/{quote(timing.view.path)}?{timing.query}")
                ours = moved(page, timing.slider.label, times=repeats, forward=timing.forward)
                open_page(page, f"{bare.url}/?shape={timing.shape}")
                plain = moved(page, "slider 0", times=repeats, forward=True)
            rows.append(_row(timing, ours, plain))
    return rows


def _near_bare(row: Mapping[str, Any]) -> bool:
    own = max(0.0, row["server"] - row["server_again"])
    return bool(row["p95"] <= row["bare_p95"] + own + NEAR)


def _row(timing: Timed, ours: Sequence[Drawn], plain: Sequence[Drawn]) -> dict[str, Any]:
    row = {
        "view": timing.view.name,
        "tab": timing.tab,
        "slider": timing.slider.key.rpartition(":")[2],
        "figures": timing.figures,
        "changed": timing.changed,
        "server": round(timing.fresh, 4),
        "server_again": round(timing.again, 4),
        "server_bare": round(timing.bare, 4),
        "ratio": round(timing.fresh / timing.bare, 2),
        **({"errors": list(timing.errors[:3])} if timing.errors else {}),
    }
    if not ours:
        return row
    last = [drawn.last for drawn in ours]
    return {
        **row,
        "p50": round(quantile(last, 0.5), 3),
        "p95": round(quantile(last, 0.95), 3),
        "first_p95": round(quantile([drawn.first for drawn in ours], 0.95), 3),
        **({"bare_p95": round(quantile([drawn.last for drawn in plain], 0.95), 3)} if plain else {}),
    }
