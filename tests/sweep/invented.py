"""A sweep of numbers that no model made, for questions about them."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from explorer.sweep.job import RECIPE
from explorer.sweep.questions import Sweep, open_sweep
from explorer.sweep.table import as_parquet

PICTURES = 60
NUMBER = 'it\'s "odd"'


def made(folder: Path, name: str, shift: float = 0.0) -> tuple[Sweep, pd.DataFrame]:
    """A sweep of invented numbers, in two shards, with a few failures; and the same as a frame."""
    random = np.random.default_rng(1)
    rows = [
        {
            "row": at * 4 + number,
            "picture": f"{'ab'[at % 2]}/{at}.png",
            "class": "ab"[at % 2],
            "digest": f"d{at}",
            "layer": layer,
            "head": head,
            "error": "It is broken." if at == 7 else None,
            'it\'s "odd"': None if at == 7 else random.normal() + layer + shift * random.random(),
        }
        for at in range(PICTURES)
        for number, (layer, head) in enumerate((layer, head) for layer in (1, 2) for head in ("1", "mean"))
    ]
    place = folder / name
    place.mkdir()
    settings = [{"layer": str(layer), "head": head} for layer in (1, 2) for head in ("1", "mean")]
    sweep = {"count": PICTURES, "settings": settings, "pictures": "gallery", "digest": "0"}
    (place / RECIPE).write_text(
        json.dumps(
            {
                "view": "vision-transformer",
                "figure": "attention",
                "models": {"vit": "sha256:0"},
                "versions": {"explorer": "0"},
                "sweep": sweep,
            }
        )
    )
    for shard in range(2):
        data = as_parquet(
            [
                {column: (value, "px" if "odd" in column else "") for column, value in row.items()}
                for row in rows[shard * 120 : shard * 120 + 120]
            ]
        )
        (place / f"part-{shard:06d}.parquet").write_bytes(data)
    return open_sweep(place), pd.DataFrame(rows)
