"""One bounded cache for all that is slow to compute: visitors share one process, and each value is computed once."""

from __future__ import annotations

import ctypes
import math
import os
import threading
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any, TypeVar

import cachetools

from explorer.settings import settings
from explorer.weighing import weigh
from explorer.work import PLACES

__all__ = ["BUDGET", "Budget", "LRUCache", "give_back", "machine_bytes", "resident_bytes", "wanted"]

T = TypeVar("T")
CHURN = 64 << 20
"""So many bytes are cached before the C library is told to give back what it holds free."""
PAUSE = 1.0
"""Seconds after which it is told again while the process is too large: what computations have freed counts as well."""
ROOM = 900_000_000
"""Bytes that the process may hold beside the budget, most of them libraries. With what computations hold for a moment, it is
1 GB."""
LEAST = 0.5
"""The share of the budget that the caches never give up, however large the process is for other reasons."""
STATM = Path("/proc/self/statm")
LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
"""Where Linux says what a container may take; of both kinds of control groups."""


class Budget:
    """The bytes that several caches may hold together; the least recently used value of all of them is dropped first.

    While the whole process holds more than the budget and `room`, they give way to the rest of it.
    """

    def __init__(self, most: int | None = None, *, room: float = math.inf) -> None:
        self._most = most
        self._room = room
        self._churned = 0
        self._trimmed = time.monotonic()
        self.lock = threading.Lock()

    @cached_property
    def cached(self) -> cachetools.LRUCache[tuple[int, Hashable], tuple[Any, int]]:
        """By cache and key: values and their bytes."""
        return cachetools.LRUCache(self.most, getsizeof=lambda pair: pair[1])

    @property
    def nbytes(self) -> int:
        return int(self.cached.currsize)

    @cached_property
    def most(self) -> int:
        """Bytes: as said, by the settings, or 2 GB, but no more than a quarter of the machine's memory.

        Raises:
            ControlError: the settings say what cannot be.
        """
        if self._most is not None:
            return self._most
        said = settings().cache_bytes
        return min(2 << 30, machine_bytes() // 4) if said is None else said

    def keep(self, key: tuple[int, Hashable], value: Any) -> None:
        """Keep the value, and forget what it has no room beside; one that is larger than everything is not kept."""
        size = weigh(value, self._known())
        if size > self.most:
            return
        with self.lock:
            self.cached[key] = value, size
            self._churned += size
            due = time.monotonic() - self._trimmed > PAUSE and self._excess > 0
            if not due and self._churned < CHURN:
                return
            churned, self._churned, self._trimmed = self._churned, 0, time.monotonic()
        give_back()
        self._give_way(2 * churned)

    @property
    def _excess(self) -> float:
        """Bytes that the process holds beyond what it may."""
        return resident_bytes() - self.most - self._room

    def _give_way(self, most: int) -> None:
        """Drop as much as the process holds beyond what it may, about `most` bytes of it: a computation that holds much for
        a moment does not empty the caches."""
        if (excess := self._excess) > 0:
            self._drop(min(excess, most))
            give_back()

    def _drop(self, nbytes: float) -> None:
        with self.lock:
            least = LEAST * self.most
            enough = max(self.nbytes - nbytes, least)
            while self.nbytes > enough:
                key, pair = self.cached.popitem()
                if self.nbytes < least:  # a large model, say, which would be loaded again at once
                    self.cached[key] = pair
                    break

    def _known(self) -> set[int]:
        """What is kept already and weighs nothing a second time."""
        with self.lock:
            # Not `.values()`, which would count as a use of them all.
            values = [cachetools.Cache.__getitem__(self.cached, key)[0] for key in self.cached]
        return {id(held) for value in values for held in (value, getattr(value, "module", None))}


BUDGET = Budget(room=ROOM)
"""That of the whole process."""


class LRUCache:
    """Values by key, within a budget that it shares with other caches. Safe to share between threads.

    Values are shared, not copied: keep only what nobody changes.
    """

    def __init__(self, budget: Budget = BUDGET) -> None:
        self.budget = budget
        self._underway: dict[Hashable, _Making] = {}

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """The value kept for `key`, else `make()`, which runs once however many threads ask at the same time.

        A value larger than the whole budget is returned and not kept. A failure is not kept either: it is raised to
        everyone who waited for it, and the next to ask tries again.
        """
        while True:
            result, value = self._look(key)
            if result:
                return value
            with self.budget.lock:
                waited_for = self._underway.get(key)
            if waited_for is not None:
                waited_for.wanted = True
                try:
                    # Who makes it may have given its place to others meanwhile, and be waiting for one.
                    with PLACES.giving_way():
                        return waited_for.result()
                except _MakerLeftError:
                    continue
            with PLACES.computing():
                mine = self._claim(key)
                if mine is not None:
                    return self._make(key, make, mine)

    def __len__(self) -> int:
        with self.budget.lock:
            return sum(owner == id(self) for owner, _ in self.budget.cached)

    def __contains__(self, key: Hashable) -> bool:
        with self.budget.lock:
            return (id(self), key) in self.budget.cached

    def clear(self) -> None:
        """Forget everything; what is being made is still handed to those who wait."""
        with self.budget.lock:
            for key in [pair for pair in self.budget.cached if pair[0] == id(self)]:
                del self.budget.cached[key]

    def _look(self, key: Hashable) -> tuple[bool, Any]:
        with self.budget.lock:
            mine = id(self), key
            if mine not in self.budget.cached:
                return False, None
            return True, self.budget.cached[mine][0]

    def _claim(self, key: Hashable) -> _Making | None:
        """The right to make the value; None if it was made, or another began, while this thread waited.

        Claimed only with a place of computation in hand: who makes a value never waits for who needs it.
        """
        with self.budget.lock:
            if (id(self), key) in self.budget.cached or key in self._underway:
                return None
            return self._underway.setdefault(key, _Making())

    def _make(self, key: Hashable, make: Callable[[], T], mine: _Making) -> T:
        try:
            with mine.by_this_thread():
                value = make()
            self.budget.keep((id(self), key), value)
        except Exception as failure:
            self._finish(key)
            mine.set_exception(failure)
            raise
        except BaseException:
            # The visitor left or pressed Ctrl-C: no reason for others not to have the value.
            self._finish(key)
            mine.set_exception(_MakerLeftError())
            raise
        self._finish(key)
        mine.set_result(value)
        return value

    def _finish(self, key: Hashable) -> None:
        with self.budget.lock:
            del self._underway[key]


class _Making(Future[Any]):
    """A value that a thread makes."""

    wanted = False
    """Whether another thread waits for it."""

    @contextmanager
    def by_this_thread(self) -> Iterator[None]:
        before = _thread.making
        _thread.making = (*before, self)
        try:
            yield
        finally:
            _thread.making = before


class _Thread(threading.local):
    making: tuple[_Making, ...] = ()
    """What this thread makes: a value, what that is made of, and so on."""


_thread = _Thread()


def wanted() -> bool:
    """Whether another thread waits for anything that this one is making."""
    return any(making.wanted for making in _thread.making)


class _MakerLeftError(Exception):
    """Whoever was making the value stopped without a result."""


def give_back() -> None:
    """Hand memory that is free inside the process to the system: the C library keeps what other threads have freed, up to
    a tenth of the process. Takes some hundredths of a second, while which other threads compute on. Elsewhere than on
    glibc it does nothing."""
    with suppress(OSError, TypeError):  # no C library of that kind
        getattr(ctypes.CDLL(None), "malloc_trim", int)(0)


def resident_bytes() -> int:
    """Bytes of the process that lie in memory now; 0 where the system does not say."""
    try:
        return int(STATM.read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0


def machine_bytes(limits: Sequence[Path] = LIMITS) -> int:
    """Bytes of memory of this machine, or of the container where that is less; as much as is needed where neither is
    said."""
    try:
        known = [os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")]
    except (AttributeError, ValueError, OSError):
        known = [8 << 30]
    for limit in limits:
        with suppress(OSError, ValueError):  # of another system, or "max"
            known.append(int(limit.read_text(encoding="ascii")))
    return min(known)
