"""How often one session may do something: a sliding minute, kept for the sessions that did it last."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Hashable

__all__ = ["Rate"]

MINUTE = 60.0
REMEMBERED = 10_000
"""Sessions; the one that asked longest ago is forgotten first."""


class Rate:
    """At most so many in any minute, for each key. Safe to share between threads."""

    def __init__(self, per_minute: Callable[[], int]) -> None:
        self._per_minute = per_minute
        self._times: OrderedDict[Hashable, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, key: Hashable) -> float:
        """0 if it may be done now, which counts; else the seconds until it may."""
        now = time.monotonic()
        with self._lock:
            times = self._times.setdefault(key, deque())
            self._times.move_to_end(key)
            while len(self._times) > REMEMBERED:
                self._times.popitem(last=False)
            while times and now - times[0] >= MINUTE:
                times.popleft()
            if len(times) >= self._per_minute():
                return MINUTE - (now - times[0])
            times.append(now)
            return 0.0
