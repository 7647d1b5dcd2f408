"""What writing a figure costs, by format: the first file of a process and the later ones."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

__all__ = ["run"]

FORMATS = ("png", "svg", "pdf", "html", "csv", "npz", "json")


def run(*, formats: Sequence[str] = FORMATS, starts: int = 2, repeats: int = 5) -> Mapping[str, Any]:
    """A photograph under a map of 32 x 32 cells, each format in `starts` fresh processes.

    first: the median seconds of a process's first file, the start of Chromium in it. next: the median seconds
    of the `repeats` files after it.
    """
    rows = []
    for format in formats:
        taken = [_fresh(format, repeats) for _ in range(starts)]
        rows.append(
            {
                "format": format,
                "first": round(statistics.median(run["first"] for run in taken), 3),
                "next": round(statistics.median(s for run in taken for s in run["next"]), 3),
                "kilobytes": round(taken[0]["bytes"] / 1024, 1),
            }
        )
    return {
        "bench": "export",
        "device": "cpu",
        "threads": 1,
        "rows": rows,
        "ratios": {which: {row["format"]: row[which] for row in rows} for which in ("first", "next")},
    }


def _fresh(format: str, repeats: int) -> dict[str, Any]:
    program = f"from explorer.bench.export import _child; _child({format!r}, {repeats})"
    done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True, check=True)
    return dict(json.loads(done.stdout))


def _child(format: str, repeats: int) -> None:
    """In a process of its own: write the figure again and again, and tell the seconds."""
    from explorer.export import write
    from explorer.provenance import Provenance

    drawing = _drawing()
    origin = Provenance("bench", "export", {"cells": 32}, picture="cat")
    seconds = []
    size = 0
    for _ in range(repeats + 1):
        began = time.perf_counter()
        size = len(write(drawing, origin, format))
        seconds.append(time.perf_counter() - began)
    json.dump({"first": seconds[0], "next": seconds[1:], "bytes": size}, sys.stdout)


def _drawing() -> Any:
    import numpy as np
    import plotly.graph_objects as go

    from explorer import gallery
    from explorer.export import Drawing
    from explorer.figures.photo import photo_figure
    from explorer.figures.style import styled
    from explorer.geometry import Frame

    picture = gallery.picture("cat")
    cells = np.random.default_rng(0).random((32, 32))
    frame = Frame.fit((picture.height, picture.width), (128, 128))
    figure = styled(photo_figure(picture.pixels, frame), height=480)
    figure.add_trace(
        go.Heatmap(
            z=cells,
            x0=picture.width / 64,
            dx=picture.width / 32,
            y0=picture.height / 64,
            dy=picture.height / 32,
            opacity=0.6,
        )
    )
    return Drawing.of(
        figure, {"weight": cells}, {}, "A map of 32 × 32 cells over a photograph.", "A map over a cat"
    )
