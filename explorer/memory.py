"""A bounded memory for what is dear to make: visitors share one process, and each thing is made once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, TypeVar

__all__ = ["COMPUTATIONS_AT_ONCE", "Memory", "computing"]

T = TypeVar("T")

COMPUTATIONS_AT_ONCE = 2
"""A forward pass uses every core and much memory: more at once would only slow each other down."""

_slots = threading.BoundedSemaphore(COMPUTATIONS_AT_ONCE)
_thread = threading.local()


@contextmanager
def computing() -> Iterator[None]:
    """Wait for one of the few places of heavy computation; a thread that has one may enter again."""
    if getattr(_thread, "computing", False):
        yield
        return
    with _slots:
        _thread.computing = True
        try:
            yield
        finally:
            _thread.computing = False


class Memory:
    """Values by key, the least recently used forgotten first. Safe to share between threads.

    Values are shared, not copied: keep only what nobody changes.
    """

    def __init__(self, *, max_bytes: int | None = None, max_items: int | None = None) -> None:
        if max_bytes is None and max_items is None:
            raise ValueError("a memory needs a bound: max_bytes, max_items or both")
        self.max_bytes, self.max_items = max_bytes, max_items
        self._kept: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._underway: dict[Hashable, Future[Any]] = {}
        self._bytes = 0
        self._lock = threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T], *, size: int | Callable[[T], int] | None = None) -> T:
        """The value kept for `key`, else `make()`, which runs once however many threads ask at the same time.

        `size` is the value's bytes, or says them of the value; without it the value's own `nbytes` count, or
        none. A value larger than the whole memory is returned and not kept. A failure is not kept either: it
        is raised to everyone who waited for it, and the next to ask tries again.
        """
        while True:
            found, value = self._look(key)
            if found:
                return value
            with self._lock:
                waited_for = self._underway.get(key)
            if waited_for is not None:
                try:
                    return waited_for.result()
                except _MakerLeftError:
                    continue
            with computing():
                mine = self._claim(key)
                if mine is not None:
                    return self._make(key, make, size, mine)

    def __len__(self) -> int:
        with self._lock:
            return len(self._kept)

    def __contains__(self, key: Hashable) -> bool:
        with self._lock:
            return key in self._kept

    @property
    def nbytes(self) -> int:
        """Bytes of everything kept."""
        with self._lock:
            return self._bytes

    def clear(self) -> None:
        """Forget everything; what is being made is still handed to those who wait."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0

    def _look(self, key: Hashable) -> tuple[bool, Any]:
        with self._lock:
            if key not in self._kept:
                return False, None
            self._kept.move_to_end(key)
            return True, self._kept[key][0]

    def _claim(self, key: Hashable) -> Future[Any] | None:
        """The right to make the value; None if it was made, or another began, while this thread waited.

        Claimed only with a place of computation in hand: who makes a value never waits for who needs it.
        """
        with self._lock:
            if key in self._kept or key in self._underway:
                return None
            return self._underway.setdefault(key, Future())

    def _make(
        self, key: Hashable, make: Callable[[], T], size: int | Callable[[T], int] | None, mine: Future[Any]
    ) -> T:
        try:
            value = make()
            self._keep(key, value, _bytes_of(value, size))
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
        with self._lock:
            del self._underway[key]

    def _keep(self, key: Hashable, value: Any, size: int) -> None:
        if self.max_bytes is not None and size > self.max_bytes:
            return
        with self._lock:
            self._kept[key] = (value, size)
            self._bytes += size
            while self._too_much():
                _, (_, freed) = self._kept.popitem(last=False)
                self._bytes -= freed

    def _too_much(self) -> bool:
        too_heavy = self.max_bytes is not None and self._bytes > self.max_bytes
        return too_heavy or (self.max_items is not None and len(self._kept) > self.max_items)


class _MakerLeftError(Exception):
    """Whoever was making the value stopped without a result."""


def _bytes_of(value: Any, size: Any) -> int:
    if callable(size):
        return int(size(value))
    return int(getattr(value, "nbytes", 0) if size is None else size)
