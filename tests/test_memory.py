import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event, Lock
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.bench.resident import resident
from explorer.errors import ControlError, WeightsNotFound
from explorer.memory import CHURN, Budget, LRUCache, machine_bytes, resident_bytes, wanted
from explorer.settings import variable
from explorer.work import LIGHT


class Thing:
    def __init__(self, nbytes: int) -> None:
        self.nbytes = nbytes


def test_a_value_is_made_once_and_then_remembered():
    memory, made = LRUCache(Budget(100)), []
    for _ in range(3):
        assert memory.get("key", lambda: made.append(1) or "value") == "value"
    assert made == [1]


def test_threads_that_ask_at_once_wait_for_one_making():
    memory, made, start = LRUCache(Budget(100)), [], Barrier(16)

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
    memory = LRUCache(Budget(5))
    memory.get("small", lambda: Thing(4))
    assert memory.get("large", lambda: Thing(6)).nbytes == 6
    assert "small" in memory
    assert "large" not in memory


def test_what_is_dropped_goes_back_to_the_system():
    memory, others = LRUCache(Budget(CHURN)), []

    def fill() -> None:
        for number in range(CHURN // 100_000):
            memory.get(number, lambda: bytearray(b"1") * 100_000)
            others.append(bytearray(5_000))  # stays, so that no end of the heap is free

    with ThreadPoolExecutor(1) as pool:
        pool.submit(fill).result()
    before = resident()
    memory.get("all there is room for", lambda: Thing(CHURN))
    assert before - resident() > 0.8 * CHURN


WEIGHED_DOWN = """
from explorer.memory import CHURN, Budget, LRUCache, resident_bytes

budget = Budget(4 * CHURN, room=resident_bytes() + CHURN)
cache, made = LRUCache(budget), 0

def fill():
    global made
    sizes = []
    for _ in range(6 * CHURN >> 20):
        made += 1
        cache.get(made, lambda: bytearray(b"1") * (1 << 20))
        sizes.append(budget.nbytes / CHURN)
    late = sizes[-2 * CHURN >> 20 :]
    print(min(late), max(late), made in cache)

fill()
for churns in (2, 4, 0):
    ballast = bytearray(b"1") * (churns * CHURN)
    fill()
    del ballast
"""
"""Prints the least and the most that the caches hold, beside nothing, beside two sizes of ballast, and beside nothing."""


@pytest.mark.skipif(not resident_bytes(), reason="this system does not say what a process holds")
def test_caches_give_way_to_the_rest_of_the_process_down_to_half_and_grow_again():
    done = subprocess.run([sys.executable, "-c", WEIGHED_DOWN], capture_output=True, text=True, check=True)
    rows = [line.split() for line in done.stdout.splitlines()]
    (alone, _), (beside, _), (least, most), (again, _) = [(float(low), float(high)) for low, high, _ in rows]
    # Of four times CHURN. There is room for one more: ballast of two wants one back, ballast of four wants three and
    # gets two. What comes between two looks is one.
    assert alone > 3.9
    assert 2.5 < beside < 3.5
    assert 2 <= least < 2.1
    assert most < 3.1
    assert again > 3.9
    assert {newest for *_, newest in rows} == {"True"}


def test_a_value_larger_than_what_the_caches_never_give_up_stays():
    """A process that is always too large does not load its model again and again."""
    memory = LRUCache(Budget(4 * CHURN, room=-4 * CHURN))
    memory.get("model", lambda: Thing(3 * CHURN))
    for number in range(8):
        memory.get("model", lambda: Thing(0))
        memory.get(number, lambda: Thing(CHURN // 2))
    assert "model" in memory
    assert len(memory) < 4


def test_the_least_recently_used_is_forgotten_first():
    memory = LRUCache(Budget(30))
    for key in "abc":
        memory.get(key, lambda: Thing(10))
    memory.get("a", lambda: Thing(10))
    memory.get("d", lambda: Thing(10))
    assert [key in memory for key in "abcd"] == [True, False, True, True]


@given(
    asked=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 9), st.integers(0, 40)), max_size=60),
)
def test_memories_share_one_budget_and_forget_what_was_used_longest_ago(asked: list[tuple[int, int, int]]):
    """Against a list written out: the latest use last, from the front forgotten until all fits."""
    budget = Budget(100)
    memories, expected = [LRUCache(budget) for _ in range(3)], []
    for at, key, size in asked:
        memories[at].get(key, lambda size=size: Thing(size))
        known = next((item for item in expected if item[:2] == (at, key)), (at, key, size))
        expected = [item for item in expected if item[:2] != (at, key)] + [known]
        while sum(size for _, _, size in expected) > 100:
            expected.pop(0)
        assert budget.nbytes == sum(size for _, _, size in expected)
        for place, memory in enumerate(memories):
            inside = {key for key in range(10) if key in memory}
            assert inside == {key for owner, key, _ in expected if owner == place}
            assert len(memory) == len(inside)


def test_the_setting_says_the_budget_and_nonsense_is_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv(variable("cache_bytes"), "1000")
    assert Budget().most == 1000
    monkeypatch.setenv(variable("cache_bytes"), "2 GB")
    with pytest.raises(ControlError, match="EXPLORER_CACHE_BYTES cannot be '2 GB'"):
        LRUCache(Budget()).get("key", lambda: 5)
    monkeypatch.delenv(variable("cache_bytes"))
    assert 0 < Budget().most <= 2 << 30


def test_a_failure_is_raised_and_not_remembered():
    memory = LRUCache(Budget(100))

    def fail() -> Any:
        raise WeightsNotFound("No weights")

    with pytest.raises(WeightsNotFound):
        memory.get("key", fail)
    assert memory.get("key", lambda: 5) == 5


def test_those_who_waited_for_a_failure_get_its_sentence():
    memory, begun, go = LRUCache(Budget(100)), Event(), Event()

    def fail() -> Any:
        begun.set()
        go.wait()
        raise WeightsNotFound("No weights")

    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(memory.get, "key", fail)
        begun.wait()
        second = pool.submit(memory.get, "key", fail)
        go.set()
        for item in (first, second):
            with pytest.raises(WeightsNotFound, match="No weights"):
                item.result()


def test_a_visitor_who_leaves_does_not_take_the_value_from_those_who_wait():
    memory, begun, go = LRUCache(Budget(100)), Event(), Event()

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
    memory, lock, now, most = LRUCache(Budget(100)), Lock(), 0, 0
    full = Barrier(LIGHT)

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
        list(pool.map(lambda key: memory.get(key, make), range(4 * LIGHT)))
    assert most == LIGHT


def test_making_one_value_may_need_another():
    """Every place is taken by someone who needs a second value: nobody waits for a place again."""
    memory, start = LRUCache(Budget(100)), Barrier(LIGHT)

    def outer(key: int) -> int:
        start.wait()
        return memory.get("model", lambda: 1) + key

    with ThreadPoolExecutor(LIGHT) as pool:
        futures = [pool.submit(memory.get, key, lambda key=key: outer(key)) for key in range(LIGHT)]
        assert [future.result(timeout=60) for future in futures] == [1 + key for key in range(LIGHT)]


def test_clearing_forgets_everything():
    memory = LRUCache(Budget(100))
    memory.get("key", lambda: Thing(10))
    memory.clear()
    assert len(memory) == memory.budget.nbytes == 0
    assert memory.get("key", lambda: Thing(20)).nbytes == 20


def test_a_container_s_memory_counts_where_it_is_less_than_the_machine_s(tmp_path: Path):
    machine = machine_bytes(())
    small, none, nothing = (tmp_path / name for name in ("small", "none", "nothing"))
    small.write_text("50000000\n")
    none.write_text("max\n")
    assert machine > 50_000_000
    assert machine_bytes((none, nothing)) == machine
    assert machine_bytes((none, small)) == 50_000_000


def test_a_thread_knows_whether_another_waits_for_what_it_makes_or_for_a_part_of_it():
    memory, begun, enough = LRUCache(Budget(100)), Event(), Event()
    known = list[bool]()

    def part() -> str:
        known.append(wanted())
        begun.set()
        assert enough.wait(60)
        known.append(wanted())
        return "part"

    def whole() -> str:
        value = memory.get("part", part) + ", whole"
        known.append(wanted())
        return value

    with ThreadPoolExecutor(2) as pool:
        maker = pool.submit(memory.get, "whole", whole)
        assert begun.wait(60)
        waiter = pool.submit(memory.get, "part", lambda: "made twice")
        while not any(making.wanted for making in memory._underway.values()):
            assert not waiter.done()
        enough.set()
        assert (maker.result(), waiter.result()) == ("part, whole", "part")
    assert known == [False, True, False]  # the whole is not waited for
    assert not wanted()
