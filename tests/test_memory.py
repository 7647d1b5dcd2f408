from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event, Lock
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import NotAtHand
from explorer.memory import COMPUTATIONS_AT_ONCE, Memory, computing


class Thing:
    def __init__(self, nbytes: int) -> None:
        self.nbytes = nbytes


def test_a_value_is_made_once_and_then_remembered():
    memory, made = Memory(max_items=2), []
    for _ in range(3):
        assert memory.get("key", lambda: made.append(1) or "value") == "value"
    assert made == [1]


def test_threads_that_ask_at_once_wait_for_one_making():
    memory, made, start = Memory(max_bytes=100), [], Barrier(16)

    def make() -> Thing:
        made.append(1)
        return Thing(10)

    def ask(_: int) -> Thing:
        start.wait()
        return memory.get("key", make)

    with ThreadPoolExecutor(16) as pool:
        values = list(pool.map(ask, range(16)))
    assert made == [1]
    assert len({id(value) for value in values}) == 1


def test_a_value_larger_than_the_memory_is_handed_out_and_pushes_nothing_out():
    memory = Memory(max_bytes=5)
    memory.get("small", lambda: Thing(4))
    assert memory.get("large", lambda: Thing(6)).nbytes == 6
    assert "small" in memory
    assert "large" not in memory


def test_the_least_recently_used_is_forgotten_first():
    memory = Memory(max_bytes=30)
    for key in "abc":
        memory.get(key, lambda: Thing(10))
    memory.get("a", lambda: Thing(10))
    memory.get("d", lambda: Thing(10))
    assert [key in memory for key in "abcd"] == [True, False, True, True]


def test_sizes_are_said_by_the_caller_a_function_or_the_value():
    memory = Memory(max_bytes=1000)
    memory.get("own", lambda: Thing(7))
    memory.get("said", lambda: Thing(7), size=20)
    memory.get("counted", lambda: "four", size=len)
    memory.get("unknown", lambda: "four")
    assert memory.nbytes == 7 + 20 + 4


@given(asked=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 40)), max_size=60))
def test_the_bounds_always_hold_and_the_bytes_add_up(asked: list[tuple[int, int]]):
    memory, sizes = Memory(max_bytes=50, max_items=4), {}
    for key, size in asked:
        kept = memory.get(key, lambda size=size: Thing(size))
        sizes[key] = kept.nbytes
        inside = [key for key in range(10) if key in memory]
        assert memory.nbytes == sum(sizes[key] for key in inside) <= 50
        assert len(memory) == len(inside) <= 4


def test_a_memory_without_a_bound_cannot_be_made():
    with pytest.raises(ValueError, match="bound"):
        Memory()


def test_a_failure_is_raised_and_not_remembered():
    memory = Memory(max_items=2)

    def fail() -> Any:
        raise NotAtHand("No weights")

    with pytest.raises(NotAtHand):
        memory.get("key", fail)
    assert memory.get("key", lambda: 5) == 5


def test_those_who_waited_for_a_failure_get_its_sentence():
    memory, begun, go = Memory(max_items=2), Event(), Event()

    def fail() -> Any:
        begun.set()
        go.wait()
        raise NotAtHand("No weights")

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(memory.get, "key", fail)
        begun.wait()
        second = pool.submit(memory.get, "key", fail)
        go.set()
        for each in (first, second):
            with pytest.raises(NotAtHand, match="No weights"):
                each.result()


def test_a_visitor_who_leaves_does_not_take_the_value_from_those_who_wait():
    memory, begun, go = Memory(max_items=2), Event(), Event()

    def leave() -> Any:
        begun.set()
        go.wait()
        raise KeyboardInterrupt

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(memory.get, "key", leave)
        begun.wait()
        second = pool.submit(memory.get, "key", lambda: 5)
        go.set()
        assert second.result() == 5
        with pytest.raises(KeyboardInterrupt):
            first.result()


def test_only_a_few_compute_at_once():
    memory, lock, now, most = Memory(max_items=100), Lock(), 0, 0
    full = Barrier(COMPUTATIONS_AT_ONCE)

    def make() -> int:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        full.wait()  # passes only if as many as allowed are here together
        with lock:
            now -= 1
        return 0

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda key: memory.get(key, make), range(4 * COMPUTATIONS_AT_ONCE)))
    assert most == COMPUTATIONS_AT_ONCE


def test_making_one_value_may_need_another():
    """Every place is taken by someone who needs a second value: nobody waits for a place again."""
    memory, start = Memory(max_items=100), Barrier(COMPUTATIONS_AT_ONCE)

    def outer(key: int) -> int:
        start.wait()
        return memory.get("model", lambda: 1) + key

    with ThreadPoolExecutor(COMPUTATIONS_AT_ONCE) as pool:
        futures = [
            pool.submit(memory.get, key, lambda key=key: outer(key)) for key in range(COMPUTATIONS_AT_ONCE)
        ]
        assert [future.result(timeout=60) for future in futures] == [
            1 + key for key in range(COMPUTATIONS_AT_ONCE)
        ]


def test_a_place_may_be_entered_again_and_is_given_back():
    for _ in range(3 * COMPUTATIONS_AT_ONCE):
        with computing(), computing():
            pass


def test_clearing_forgets_everything():
    memory = Memory(max_bytes=100)
    memory.get("key", lambda: Thing(10))
    memory.clear()
    assert len(memory) == memory.nbytes == 0
    assert memory.get("key", lambda: Thing(20)).nbytes == 20
