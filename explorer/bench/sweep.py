"""A sweep by one worker, by two and by Ray, over a plain loop in one process."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from explorer.bench.resident import resident

__all__ = ["run"]

SIDES = ("loop", "one worker", "two workers", "ray")
WHAT, OVER = "vision-transformer/rollout", {"model": "vit", "depth": "1..12"}


def run(*, repeats: int = 3, pictures: int = 64, ray: bool = True) -> Mapping[str, Any]:
    """Rollout after each of the 12 layers of the ViT that ships, for photographs of the gallery again and again. Each side
    in a fresh process, in turns, `repeats` times, on the CPU with one thread a worker.

    loop: every picture and setting one after another, in one process, nothing written. The others write their shards; one
    worker is the process itself.
    Pictures a second are counted from when each worker has written its first shard, so no start of a process and no
    loading of a model is in them; `seconds_to_start` is the rest. `ratios`: one_worker over the loop, two_workers over
    one, ray_over_local of two workers; the median of the repeats. Of the loop, `cpu_seconds_a_picture` hardly depends
    on what else the machine does, and `worker_mb` is the resident memory at its end.
    """
    sides = SIDES if ray else SIDES[:-1]
    rounds: dict[str, list[dict[str, float]]] = {side: [] for side in sides}
    for _ in range(repeats):
        for side in sides:
            code = "from explorer.bench.sweep import child; child()"
            done = subprocess.run(
                [sys.executable, "-c", code, side, str(pictures)],
                capture_output=True,
                text=True,
                check=True,
                env={**os.environ, "OMP_NUM_THREADS": "1"},
            )
            rounds[side].append(json.loads(done.stdout.splitlines()[-1]))
    rates = {side: [each["pictures_a_second"] for each in rounds[side]] for side in sides}

    def ratio(over: str, under: str) -> float:
        return round(statistics.median(a / b for a, b in zip(rates[over], rates[under], strict=True)), 3)

    return {
        "bench": "sweep",
        "what": f"{WHAT}, {OVER['depth']}, {OVER['model']}",
        "device": "cpu",
        "cores": os.cpu_count(),
        "repeats": repeats,
        "pictures": pictures,
        "rows": [
            {
                "side": side,
                **{
                    name: round(statistics.median(each[name] for each in rounds[side]), 3)
                    for name in each_name
                },
            }
            for side in sides
            for each_name in [rounds[side][0]]
        ],
        "ratios": {
            "one_worker": ratio("one worker", "loop"),
            "two_workers": ratio("two workers", "one worker"),
            **({"ray_over_local": ratio("ray", "two workers")} if ray else {}),
        },
    }


def child() -> None:
    """One side in this process: prints its rate as JSON."""
    from explorer import gallery
    from explorer.sweep.pictures import GALLERY, Pictures
    from explorer.sweep.plan import plan

    side, count = sys.argv[1], int(sys.argv[2])
    begun = time.perf_counter()
    names = gallery.names()
    pictures = Pictures(GALLERY, tuple(names[at % len(names)] for at in range(count)))
    sweep = plan(WHAT, pictures, OVER)
    if side == "loop":
        sys.stdout.write(json.dumps(_loop(sweep, begun)))
        return
    from explorer.sweep.engines import engine

    workers = 1 if side == "one worker" else 2
    chosen = engine("ray" if side == "ray" else "local", workers)
    with tempfile.TemporaryDirectory() as folder:
        first = done = 0
        start = end = 0.0
        for number, shard in enumerate(chosen.run(sweep, folder, range(sweep.shards))):
            end = time.perf_counter()
            if number < workers:  # every worker is under way
                start, first = end, done + len(sweep.shard(shard))
            done += len(sweep.shard(shard))
        assert len(list(Path(folder).iterdir())) == sweep.shards
    rate = (done - first) / (end - start)
    sys.stdout.write(json.dumps({"pictures_a_second": rate, "seconds_to_start": start - begun}))


def _loop(sweep: Any, begun: float) -> dict[str, float]:
    import torch

    from explorer.sweep.rows import rows_of

    torch.set_num_threads(1)
    for at in sweep.shard(0):
        rows_of(sweep, at)
    start, cpu = time.perf_counter(), time.process_time()
    for shard in range(1, sweep.shards):
        for at in sweep.shard(shard):
            rows_of(sweep, at)
    seconds = time.perf_counter() - start
    count = len(sweep.pictures) - len(sweep.shard(0))
    return {
        "pictures_a_second": count / seconds,
        "seconds_to_start": start - begun,
        "cpu_seconds_a_picture": (time.process_time() - cpu) / count,
        "worker_mb": resident() / 1e6,
    }
