"""A job from its beginning, or from where it was stopped, to its end."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass

from explorer.errors import ControlError
from explorer.sweep.engines import Engine
from explorer.sweep.job import RECIPE, Job
from explorer.sweep.shards import finish, numbers_in
from explorer.sweep.store import store

__all__ = ["Share", "run"]


@dataclass(frozen=True)
class Share:
    """What one of several computers takes: every `of`-th shard from `at`, which counts from 1."""

    at: int = 1
    of: int = 1

    @classmethod
    def read(cls, text: str) -> Share:
        """The share of `--share 3/8`.

        Raises:
            ControlError: it is not of that form.
        """
        at, _, of = text.partition("/")
        if not (at.isdecimal() and of.isdecimal() and 1 <= int(at) <= int(of)):
            raise ControlError(f"--share cannot be {text!r}", do="write it as 3/8, counted from 1")
        return cls(int(at), int(of))


def run(
    job: Job,
    place: str,
    engine: Engine,
    *,
    share: Share | None = None,
    on_progress: Callable[[int, bool], None] = lambda pictures, before: None,
) -> bool:
    """Compute what is not there yet, and whether all of it is there now. `on_progress` is told of pictures that are done,
    and whether they were before.

    Raises:
        ControlError: the place holds another job's rows.
    """
    share = share or Share()
    files = store(place)
    if RECIPE in files.names():
        job.check(files.read(RECIPE), place)
    else:
        files.write(RECIPE, json.dumps(job.recipe, indent=1, ensure_ascii=False).encode())
    written = numbers_in(files)
    mine = range(share.at - 1, job.shards, share.of)
    on_progress(sum(len(job.shard(shard)) for shard in mine if shard in written), True)
    if missing := [shard for shard in mine if shard not in written]:
        for shard in engine.run(job, place, missing):
            on_progress(len(job.shard(shard)), False)
    if len(numbers_in(files)) < job.shards:
        return False
    finish(job, files)
    return True
