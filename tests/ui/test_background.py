"""What is made in the background is made once, in turn, and no longer than somebody waits."""

import threading
import time
from collections.abc import Callable

from explorer.errors import ExplorerError
from explorer.ui import background
from explorer.ui.background import Background


def until(done: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not done():
        assert time.monotonic() < end, "it never happened"
        time.sleep(0.01)


def test_asking_twice_makes_it_once():
    made, go = [], threading.Event()

    def make(keep_on: Callable[[float], None]) -> None:
        go.wait(30)
        made.append("it")

    work = Background()
    assert [work.ask("it", make) for _ in range(3)] == ["", "", ""]
    go.set()
    until(lambda: bool(made))
    time.sleep(0.05)
    assert made == ["it"]


def test_what_cannot_be_made_is_said_and_not_tried_again():
    tries = []

    def make(keep_on: Callable[[float], None]) -> None:
        tries.append(1)
        raise ExplorerError("The layer has no units")

    work = Background()
    work.ask("it", make)
    until(lambda: "no units" in work.ask("it", make))
    assert len(tries) == 1


def test_it_ends_once_nobody_waits_and_begins_again_when_asked(monkeypatch):
    monkeypatch.setattr(background, "PATIENCE", 0.05)
    ended, begun = threading.Event(), []

    def make(keep_on: Callable[[float], None]) -> None:
        begun.append(1)
        try:
            while True:
                keep_on(0.5)
                time.sleep(0.01)
        finally:
            ended.set()

    work = Background()
    work.ask("it", make)
    assert ended.wait(30)

    def again() -> bool:
        work.ask("it", make)
        return len(begun) > 1

    until(again)
