"""Writing a picture value by value: the Image Transformer's bounded cache, over transformers' ImageGPT."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from typing import Any

from explorer.bench.resident import largest_resident

__all__ = ["run"]

SIDE, LEVELS, DEPTH, WIDTH, HEADS = 28, 16, 6, 128, 4
QUERY, MEMORY = 128, 128
SIDES = ("ours", "transformers")


def run(*, repeats: int = 3, threads: int = 2, batch: int = 64) -> Mapping[str, Any]:
    """784 values by 6 layers of width 128, each side in fresh processes, the sides in turns.

    Ours attends to a memory block of 256 values, as local attention does; ImageGPT, of the same depth, width,
    heads and number of grey levels, to all values before, by `generate` with its cache. One picture, and
    `batch` pictures side by side. The medians of milliseconds a value of one picture are told; `cache` is the
    megabytes of keys and values that ours holds after a tenth of the picture and at its end.
    """
    taken: dict[tuple[str, int], list[dict[str, float]]] = {}
    for _ in range(repeats):
        for pictures in (1, batch):
            for side in SIDES:
                code = "from explorer.bench.generation import child; child()"
                done = subprocess.run(
                    [sys.executable, "-c", code, side, str(pictures), str(threads)],
                    capture_output=True,
                    text=True,
                    check=True,
                )
                measured = json.loads(done.stdout.splitlines()[-1])
                taken.setdefault((side, pictures), []).append(measured)
    rows: list[dict[str, Any]] = []
    for (side, pictures), runs in taken.items():
        seconds = statistics.median(measured["seconds"] for measured in runs)
        rows.append(
            {
                "side": side,
                "pictures": pictures,
                "seconds": round(seconds, 4),
                "milliseconds_a_value": round(seconds * 1000 / (SIDE * SIDE * pictures), 4),
                "megabytes": round(statistics.median(measured["megabytes"] for measured in runs), 1),
                **({"cache": runs[0]["cache"]} if side == "ours" else {}),
            }
        )
    by_side = {(row["side"], row["pictures"]): row["seconds"] for row in rows}
    return {
        "bench": "generation",
        "device": "cpu",
        "threads": threads,
        "repeats": repeats,
        "values": SIDE * SIDE,
        "memory_block": QUERY + MEMORY,
        "rows": rows,
        "ratios": {
            "single": round(by_side["ours", 1] / by_side["transformers", 1], 3),
            "batch": round(by_side["ours", batch] / by_side["transformers", batch], 3),
        },
    }


def child() -> None:
    """One side in this process: prints its seconds, its largest resident memory and the size of its cache."""
    import torch

    side, pictures, threads = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    torch.set_num_threads(int(threads))
    torch.manual_seed(0)
    write, cache = (_ours if side == "ours" else _transformers)(pictures)
    write(SIDE)
    start = time.perf_counter()
    write(SIDE * SIDE)
    seconds = time.perf_counter() - start
    megabytes = largest_resident() / 1e6
    sys.stdout.write(json.dumps({"seconds": seconds, "megabytes": megabytes, "cache": cache()}) + "\n")


Side = tuple[Callable[[int], None], Callable[[], Any]]
"""Writes so many values of each picture; and what the cache held."""


def _ours(pictures: int) -> Side:
    from explorer.models.image_transformer import ImageTransformer
    from explorer.models.sampler import Sampler

    model = ImageTransformer(
        height=SIDE,
        width=SIDE,
        levels=LEVELS,
        dim=WIDTH,
        depth=DEPTH,
        heads=HEADS,
        attention="1d",
        query=(QUERY,),
        memory=(MEMORY,),
    )
    model.eval().requires_grad_(False)
    held: list[float] = []

    def write(values: int) -> None:
        writer = Sampler(model, pictures)
        held.clear()
        writer.step(values // 10)
        held.append(writer.cache_bytes / 1e6)
        writer.step(values - values // 10)
        held.append(writer.cache_bytes / 1e6)

    return write, lambda: held


def _transformers(pictures: int) -> Side:
    import torch
    from transformers import ImageGPTConfig, ImageGPTForCausalImageModeling

    config = ImageGPTConfig(
        vocab_size=LEVELS + 1,
        n_positions=SIDE * SIDE,
        n_embd=WIDTH,
        n_layer=DEPTH,
        n_head=HEADS,
        n_inner=4 * WIDTH,
        use_cache=True,
    )
    model = ImageGPTForCausalImageModeling(config).eval().requires_grad_(False)
    begin = torch.full((pictures, 1), LEVELS)

    def write(values: int) -> None:
        with torch.inference_mode():
            written = model.generate(
                begin,
                max_new_tokens=min(values, SIDE * SIDE - 1),
                min_new_tokens=min(values, SIDE * SIDE - 1),
                do_sample=True,
                top_k=0,
                use_cache=True,
                pad_token_id=LEVELS,
                attention_mask=torch.ones_like(begin),
            )
        assert written.shape[1] == 1 + min(values, SIDE * SIDE - 1)

    return write, lambda: None
