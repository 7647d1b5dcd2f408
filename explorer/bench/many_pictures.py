"""How soon the page Many pictures has its answers from a million rows."""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from explorer.sweep.job import RECIPE
from explorer.sweep.questions import Sweep, open_sweep
from explorer.sweep.shards import name_of

__all__ = ["run"]

LAYERS, HEADS, CLASSES, FILES = 12, 6, 100, 50
NUMBER = "entropy"


def run(*, rows: int = 1_000_000, repeats: int = 3) -> Mapping[str, Any]:
    """Invented numbers of pictures at 12 layers and 6 heads, in 50 files. `milliseconds`: the quickest of the repeats for each
    question; `slowest` of them; `open` reads the files, once a sweep."""
    with tempfile.TemporaryDirectory() as folder:
        places = [Path(folder) / name for name in ("one", "other")]
        for seed, place in enumerate(places):
            _write(place, rows, seed)
        begun = time.perf_counter()
        sweep, other = (open_sweep(place) for place in places)
        opened = 1000 * (time.perf_counter() - begun) / 2
        milliseconds = {name: _quickest(ask, repeats) for name, ask in _questions(sweep, other).items()}
    return {
        "bench": "many-pictures",
        "rows": rows,
        "milliseconds": {name: round(value, 1) for name, value in milliseconds.items()},
        "slowest": round(max(milliseconds.values()), 1),
        "open": round(opened, 1),
    }


def _questions(sweep: Sweep, other: Sweep) -> Mapping[str, Callable[[], Any]]:
    where = {"class": [f"class {at}" for at in range(10)], "head": ["1", "2"]}
    return {
        "count": sweep.count,
        "by layer": lambda: sweep.distribution(NUMBER, "layer"),
        "by class": lambda: sweep.distribution(NUMBER, "class"),
        "filtered": lambda: sweep.distribution(NUMBER, "layer", where),
        "by layer and head": lambda: sweep.medians(NUMBER, ("layer", "head")),
        "highest": lambda: sweep.extremes(NUMBER, "highest"),
        "typical": lambda: sweep.extremes(NUMBER, "typical"),
        "compared": lambda: sweep.compared(other, NUMBER),
        "compared by layer": lambda: sweep.compared(other, NUMBER, "layer"),
    }


def _quickest(ask: Callable[[], Any], repeats: int) -> float:
    seconds = []
    for _ in range(repeats):
        begun = time.perf_counter()
        ask()
        seconds.append(time.perf_counter() - begun)
    return 1000 * min(seconds)


def _write(place: Path, rows: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    number = np.arange(rows)
    picture = number // (LAYERS * HEADS)
    names = np.char.add("picture ", picture.astype(str))
    table = pa.table(
        {
            "row": number,
            "picture": names,
            "class": np.char.add("class ", (picture % CLASSES).astype(str)),
            "digest": names,
            "error": pa.nulls(rows, pa.string()),
            "layer": number // HEADS % LAYERS + 1,
            "head": (number % HEADS + 1).astype(str),
            NUMBER: random.normal(size=rows),
        }
    )
    place.mkdir()
    settings = [{"layer": str(at), "head": str(head)} for at in range(1, 13) for head in range(1, 7)]
    (place / RECIPE).write_text(json.dumps({"sweep": {"count": int(picture[-1]) + 1, "settings": settings}}))
    for shard, part in enumerate(np.array_split(number, FILES)):
        pq.write_table(table.slice(part[0], len(part)), place / name_of(shard))
