"""Who computes, who waits, and who goes first. Threads meet at events; nothing here depends on how fast they are."""

import os
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

import pytest

from explorer import work
from explorer.memory import Budget, LRUCache
from explorer.work import Places

PATIENCE = 30
"""Seconds after which a test has failed."""


class Gone(BaseException):
    """The visitor has left."""


class Visitor:
    """Work in a thread of its own, which begins, goes on until told, and notes its places in the queue."""

    def __init__(self, pool: ThreadPoolExecutor, places: Places, *, heavy: bool) -> None:
        self.begun, self.go, self.waits, self.left = Event(), Event(), Event(), False
        self.queue: list[int] = []
        self.places = places
        self.done: Future[None] = pool.submit(self._work, places.heavy if heavy else places.computing)

    def _on_progress(self, place: int) -> None:
        self.queue.append(place)
        self.waits.set()
        if self.left:
            raise Gone

    def _work(self, enter: Callable) -> None:
        with self.places.telling(self._on_progress), enter():
            self.begun.set()
            assert self.go.wait(PATIENCE)

    def finish(self) -> None:
        self.go.set()
        self.done.result(PATIENCE)


@pytest.fixture
def pool():
    with ThreadPoolExecutor(40) as threads:
        yield threads


@pytest.fixture
def places() -> Places:
    return Places(light=2, heavy=1)


def test_light_work_gets_a_place_whatever_heavy_work_waits(pool, places):
    heavy = [Visitor(pool, places, heavy=True) for _ in range(20)]
    light = [Visitor(pool, places, heavy=False) for _ in range(2)]
    assert all(task.begun.wait(PATIENCE) for task in light)
    for task in [*light, *heavy]:
        task.go.set()
    for task in [*light, *heavy]:
        task.done.result(PATIENCE)


def test_never_more_at_once_than_there_are_places(pool, places):
    lock, now, most = threading.Lock(), {"light": 0, "heavy": 0}, {"light": 0, "heavy": 0}

    def compute(kind: str) -> None:
        with places.heavy() if kind == "heavy" else places.computing():
            with lock:
                now[kind] += 1
                most[kind] = max(most[kind], now[kind])
            Event().wait(0.002)
            with lock:
                now[kind] -= 1

    list(pool.map(compute, ["light", "heavy", "light"] * 30))
    assert most == {"light": 2, "heavy": 1}


def test_one_is_told_ones_place_in_the_queue_and_the_first_to_come_goes_first(pool, places):
    first = Visitor(pool, places, heavy=True)
    assert first.begun.wait(PATIENCE)
    second = Visitor(pool, places, heavy=True)
    assert second.waits.wait(PATIENCE)
    third = Visitor(pool, places, heavy=True)
    assert third.waits.wait(PATIENCE)
    assert (first.queue, second.queue[0], third.queue[0]) == ([], 1, 2)
    third.waits.clear()
    first.finish()
    assert second.begun.wait(PATIENCE)
    assert third.waits.wait(PATIENCE)
    assert third.queue[-1] == 1
    assert not third.begun.is_set()
    second.finish()
    third.finish()


def test_who_leaves_the_queue_gives_up_the_place_in_it(pool, places, monkeypatch):
    monkeypatch.setattr(work, "LOOK", 0.01)
    first = Visitor(pool, places, heavy=True)
    assert first.begun.wait(PATIENCE)
    second = Visitor(pool, places, heavy=True)
    assert second.waits.wait(PATIENCE)
    third = Visitor(pool, places, heavy=True)
    assert third.waits.wait(PATIENCE)
    second.left = True
    with pytest.raises(Gone):
        second.done.result(PATIENCE)
    assert not second.begun.is_set()
    assert places.waiting("heavy") == 1
    first.finish()
    third.finish()


def test_work_that_ends_with_an_error_gives_its_place_back(places):
    for _ in range(5):
        with pytest.raises(Gone), places.heavy():
            raise Gone
        with pytest.raises(Gone), places.computing():
            raise Gone


def test_a_place_may_be_entered_again(places):
    for _ in range(5):
        with places.computing(), places.computing():
            assert places.mine == "light"
        with places.heavy(), places.computing():
            assert places.mine == "heavy"
        assert places.mine is None


def test_work_that_takes_long_becomes_heavy_at_its_next_report(pool, places, monkeypatch):
    with places.computing():
        places.report()
        assert places.mine == "light"
    monkeypatch.setattr(work, "PATIENCE", 0.0)
    heavy = Visitor(pool, places, heavy=True)
    assert heavy.begun.wait(PATIENCE)

    def long() -> str | None:
        with places.computing():
            places.report()
            return places.mine

    became = [pool.submit(long) for _ in range(4)]
    light = [Visitor(pool, places, heavy=False) for _ in range(2)]
    assert all(task.begun.wait(PATIENCE) for task in light)  # though four long works had the places before
    assert not any(task.done() for task in became)
    for task in [*light, heavy]:
        task.finish()
    assert [task.result(PATIENCE) for task in became] == ["heavy"] * 4


def test_what_two_need_does_not_hold_up_either_where_its_maker_waits_for_a_place(pool, monkeypatch):
    """The maker becomes heavy and queues behind a heavy work that then needs what it makes."""
    places = Places(light=2, heavy=1)
    monkeypatch.setattr("explorer.memory.PLACES", places)
    monkeypatch.setattr(work, "PATIENCE", 0.0)
    memory, making, has_heavy = LRUCache(Budget(1000)), Event(), Event()

    def make() -> int:
        making.set()
        assert has_heavy.wait(PATIENCE)
        places.report()
        return 7

    def heavy() -> int:
        with places.heavy():
            has_heavy.set()
            return memory.get("shared", make)

    maker = pool.submit(memory.get, "shared", make)
    assert making.wait(PATIENCE)
    assert [pool.submit(heavy).result(PATIENCE), maker.result(PATIENCE)] == [7, 7]


@pytest.mark.skipif(sys.platform != "linux", reason="threads have priorities of their own on Linux")
def test_heavy_work_lets_others_go_first(pool, places):
    def niceness() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    def compute() -> tuple[int, int]:
        before = niceness()
        with places.heavy():
            return before, niceness()

    before, within = pool.submit(compute).result(PATIENCE)
    assert within == max(before, work.NICENESS) > 0
    assert niceness() == before  # of other threads, nothing has changed
