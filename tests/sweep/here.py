"""The sweep of these tests, its rows as they are compared, and how it is killed."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

WHAT = "vision-transformer/rollout"
OVER = {"model": "vit-128", "depth": "1..3"}


def table(folder: Path) -> pa.Table:
    """All rows, in order, as the files have them."""
    return pq.read_table(folder).sort_by("row")


def same_to_the_bit(one: pa.Table, other: pa.Table) -> bool:
    """Arrow's own comparison, which takes no two floats as equal that differ."""
    return one.schema.equals(other.schema, check_metadata=True) and one.equals(other)


def killed(
    command: Sequence[str], *, when: Callable[[], object], environment: Mapping[str, str] = os.environ
) -> None:
    """Start a command, kill it with -9 as soon as that holds, and see its workers end with it."""
    started = subprocess.Popen(
        # At low priority: on a busy machine it else ends before it is looked at.
        ["nice", "-n", "19", *command],
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        env=dict(environment),
    )
    while not when() and started.poll() is None:
        time.sleep(0.01)
    os.kill(started.pid, signal.SIGKILL)
    assert started.wait() == -signal.SIGKILL
    for _ in range(200):
        try:
            os.killpg(started.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    raise AssertionError("its workers outlive it")
