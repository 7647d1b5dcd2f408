"""What computes shards: processes of this machine, or Ray."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Protocol

from explorer.errors import ControlError, ExplorerError
from explorer.sweep.job import Job
from explorer.sweep.shards import write_shard

__all__ = ["ENGINES", "Engine", "LocalEngine", "engine"]

ENGINES = ("local", "ray")


class Engine(Protocol):
    """Computes shards of a job and puts them in a store."""

    def run(self, job: Job, place: str, shards: Sequence[int]) -> Iterator[int]:
        """Each shard's number when it is written, in any order. Whoever stops listening stops the rest."""


@dataclass(frozen=True)
class LocalEngine:
    """Processes, each with one thread: so the numbers are the same however many there are. The only worker is this
    process."""

    workers: int

    def run(self, job: Job, place: str, shards: Sequence[int]) -> Iterator[int]:
        workers = min(self.workers, len(shards))
        return _here(job, place, shards) if workers == 1 else _spread(workers, job, place, shards)


def _here(job: Job, place: str, shards: Sequence[int]) -> Iterator[int]:
    with one_thread():
        for shard in shards:
            yield write_shard(job, place, shard)


@contextmanager
def one_thread() -> Iterator[None]:
    """What torch computes inside is computed by one thread."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def _spread(workers: int, job: Job, place: str, shards: Sequence[int]) -> Iterator[int]:
    context = get_context("spawn")
    end, mine = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(workers, mp_context=context, initializer=_begin, initargs=(end, job, place))
    try:
        for done in as_completed([pool.submit(_work, shard) for shard in shards]):
            yield done.result()
    except BrokenProcessPool as error:
        raise ExplorerError(
            "A worker ended unexpectedly",
            why="the machine may have too little memory for so many",
            do="take fewer --workers; the same command goes on from there",
        ) from error
    except BaseException:
        mine.close()  # ends the workers at once
        raise
    finally:
        pool.shutdown(cancel_futures=True)
        mine.close()
        end.close()


def engine(name: str, workers: int | None = None, *, address: str = "") -> Engine:
    """The engine of that name; without a number of workers, one for each core.

    Raises:
        ControlError: there is none.
    """
    if name not in ENGINES:
        raise ControlError(f"There is no engine called {name!r}", do=f"choose among {', '.join(ENGINES)}")
    if workers is not None and workers < 1:
        raise ControlError("A sweep needs a worker", do="take --workers 1 or more")
    if name == "local":
        return LocalEngine(workers or os.cpu_count() or 1)
    make: Callable[..., Engine] = import_module("explorer.sweep.ray_engine").RayEngine
    return make(workers, address)


_JOB: tuple[Job, str] | None = None
"""What this process is a worker of."""


def _begin(end: Connection, job: Job, place: str) -> None:
    """In a worker, before its first shard."""
    global _JOB
    threading.Thread(target=_leave_with, args=(end,), daemon=True).start()
    os.environ["OMP_NUM_THREADS"] = "1"
    import signal

    import torch

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all, and the first process ends the others
    torch.set_num_threads(1)
    _JOB = job, place


def _leave_with(end: Connection) -> None:
    """End this process when the one that started it stops or is killed, which closes its end of the pipe."""
    try:
        end.recv()
    except (EOFError, OSError):
        os._exit(0)


def _work(shard: int) -> int:
    assert _JOB is not None
    job, place = _JOB
    return write_shard(job, place, shard)
