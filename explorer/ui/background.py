"""What is made in the background, one after the other, while somebody waits for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import cachetools

from explorer.errors import ExplorerError
from explorer.work import PLACES

__all__ = ["Background"]

PATIENCE = 5.0
"""Seconds without being asked after which nobody waits."""
TROUBLES = 256
"""Sentences remembered of what could not be made."""


class NobodyWaits(Exception):
    """Ends work that nobody asks about any more."""


@dataclass
class Job:
    """Something being made."""

    asked: float = field(default_factory=time.monotonic)

    def keep_on(self, share: float) -> None:
        """Called by the work now and then."""
        if time.monotonic() - self.asked > PATIENCE:
            raise NobodyWaits


class Background:
    """One thread that makes what is asked for, in the order it is first asked."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "background")
        self._lock = threading.Lock()
        self._jobs: dict[str, Job] = {}
        self._troubles: cachetools.LRUCache[str, str] = cachetools.LRUCache(TROUBLES)

    def ask(self, name: str, make: Callable[[Callable[[float], None]], object]) -> str:
        """Have it made, if it is not being made already; what keeps it is `make`'s own affair. Gives the sentence that
        says why it cannot be made, if it was tried."""
        with self._lock:
            if trouble := self._troubles.get(name):
                return trouble
            if job := self._jobs.get(name):
                job.asked = time.monotonic()
                return ""
            self._jobs[name] = job = Job()
        self._pool.submit(self._run, name, job, make)
        return ""

    def _run(self, name: str, job: Job, make: Callable[[Callable[[float], None]], object]) -> None:
        trouble = ""
        try:
            with PLACES.telling(lambda place: job.keep_on(0.0)), PLACES.heavy():
                job.keep_on(0.0)
                make(job.keep_on)
        except NobodyWaits:
            pass
        except ExplorerError as error:
            trouble = str(error)
        finally:
            with self._lock:
                self._jobs.pop(name)
                if trouble:
                    self._troubles[name] = trouble
