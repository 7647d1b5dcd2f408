"""Many visitors at once: real sessions on a real server, over Streamlit's own messages."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from explorer import gallery
from explorer.bench.server import Server, serve
from explorer.bench.session import Rerun, Session, differing
from explorer.errors import ControlError
from explorer.views import VIEWS
from explorer.views.controls import controls_of

__all__ = ["follow", "lab", "lecture", "quantile", "run", "show_home"]

MOVES = 10
"""Moves of each visitor in the lecture."""
OWN_MOVES = 5
"""The same in the lab."""
FIRST_PATCH = 1
"""The shipped ViT has one token before its patches."""
SAID = 3
"""So many errors and differing figures are told in words; all are counted."""

TIMED = {("image-transformer", "speed"), ("long-range", "time")}
"""Views and tabs whose figures are times, which are others whenever they are measured."""


@dataclass(frozen=True)
class Script:
    """What a visitor does: opens a link, then moves sliders, the nth by `choose(n, sliders)`."""

    page: str
    query: str
    moves: int
    move: Callable[[int, Session], Awaitable[Rerun | None]]
    """Does the step of that number; None where the page has nothing to move."""


@dataclass
class Followed:
    """What came of a script, step by step."""

    reruns: list[Rerun] = field(default_factory=list)
    figures: list[dict[str, str]] = field(default_factory=list)

    def add(self, rerun: Rerun) -> None:
        self.reruns.append(rerun)
        self.figures.append(rerun.hashes)
        rerun.figures.clear()  # megabytes, of each of many visitors
        rerun.lenses.clear()

    def different(self, script: Script, at: int, alone: Followed) -> list[str]:
        """The figures of that step of the script that are not the lone visitor's, each with where it was seen."""
        keys = differing(self.figures[at], alone.figures[at])
        return [f"{script.page}?{script.query}, rerun {at}, {key}" for key in keys]

    def told_alone(self, at: int, alone: Followed) -> list[str]:
        """The sentences of that step that the lone visitor was not told."""
        return [said for said in self.reruns[at].refusals if said not in alone.reruns[at].refusals]


def lecture(visitor: int) -> Script:
    """All visitors the same: one link, and the lecturer's moves in the lens, through the layers and over the patches."""
    view = VIEWS["vision-transformer"]

    async def move(step: int, session: Session) -> Rerun:
        return await session.turn(
            f"lens {view.name}",
            **({"layer": step} if step < MOVES // 2 else {"pins": [FIRST_PATCH + 14 * step]}),
        )

    return Script(view.path, urlencode({"tab": "attention"}), MOVES, move)


def lab(visitor: int, *, moves: int = OWN_MOVES) -> Script:
    """Each visitor on a view, a tab of it, a picture and values of sliders of their own."""
    view = list(VIEWS.values())[visitor % len(VIEWS)]
    turn = visitor // len(VIEWS)
    tabs, pictures = [tab for tab in view.tabs if (view.name, tab) not in TIMED], gallery.names()
    query = {"tab": tabs[turn % len(tabs)]} if tabs else {}
    if any(control.kind == "picture" for control in controls_of(view.controls)):
        query["picture"] = pictures[visitor % len(pictures)]

    async def move(step: int, session: Session) -> Rerun | None:
        lenses = [key for key, shown in session.lenses.items() if "log" in shown["state"]]
        if not (moving := [*session.sliders, *lenses]):
            return None
        key = moving[(visitor + step) % len(moving)]
        if key in session.lenses:
            return await session.turn(key, log=not session.lenses[key]["state"]["log"])
        values = session.sliders[key].values
        return await session.move(key, values[(7 * visitor + 3 * step + 1) % len(values)])

    return Script(view.path, urlencode(query), moves, move)


SCENARIOS: Mapping[str, Callable[[int], Script]] = {"lecture": lecture, "lab": lab}


def run(
    *,
    visitors: Sequence[int] = (1, 8, 64),
    scenarios: Sequence[str] = ("lecture", "lab"),
    visits: int = 0,
    idle: float = 20.0,
    limit: float = 600.0,
) -> Mapping[str, Any]:
    """The lecture and the lab with each number of `visitors`, or the memory after so many `visits`.

    Lecture: all open one link and follow the same ten moves. Lab: each is on a view, a picture and values of
    their own, and does it all a second time (`again`). Nobody waits between moves. Every number of visitors gets a
    fresh server that has shown Home for `idle` seconds. After `limit` seconds nobody makes a further move.

    `p50` and `p95` are seconds of a move, `opened_p95` of opening the link; `reruns_per_second` counts both.
    `different` are figures that are not those of a lone visitor on a server of its own (`different_in` names some); a
    sentence that only one of many is told counts among `errors`. `memory_mb` is the server's.
    """
    if unknown := [name for name in scenarios if name not in SCENARIOS]:
        raise ControlError(
            f"There is no scenario called {unknown[0]!r}", do=f"choose among {', '.join(SCENARIOS)}"
        )
    if min(visitors) < 1:
        raise ControlError("There is at least one visitor")
    if visits:
        return {"bench": "visitors", "visits": asyncio.run(_visit(visits, idle, limit))}
    measured = {
        name: asyncio.run(_scenario(SCENARIOS[name], sorted(visitors), idle, limit, twice=name == "lab"))
        for name in scenarios
    }
    return {
        "bench": "visitors",
        "idle": idle,
        **measured,
        "largest": {name: rows[-1] for name, rows in measured.items()},
    }


async def _scenario(
    script: Callable[[int], Script], visitors: Sequence[int], idle: float, limit: float, *, twice: bool
) -> list[dict[str, Any]]:
    scripts = [script(visitor) for visitor in range(visitors[-1])]
    alone: list[Followed] = []
    with serve() as server:
        end = time.monotonic() + limit
        for visit in scripts:
            # A lecture is the same for all: one visitor tells what everybody must see.
            alone.append(alone[0] if not twice and alone else await follow(server.port, visit, end))
    rows = []
    for count in visitors:
        with serve() as server:
            await show_home(server, idle)
            before = server.megabytes
            row = await _together(server, scripts[:count], alone, limit)
            if twice:
                row["again"] = await _together(server, scripts[:count], alone, limit)
            rows.append(
                {"visitors": count, **row, "memory_mb": {"before": before, "after": server.megabytes}}
            )
    return rows


async def _together(
    server: Server, scripts: Sequence[Script], alone: Sequence[Followed], limit: float
) -> dict[str, Any]:
    start = time.monotonic()
    visits = await asyncio.gather(*(follow(server.port, script, start + limit) for script in scripts))
    seconds = time.monotonic() - start
    moves = [rerun.seconds for visit in visits for rerun in visit.reruns[1:]]
    errors = [error for visit in visits for rerun in visit.reruns for error in rerun.errors]
    compared, different = 0, list[str]()
    for script, visit, other in zip(scripts, visits, alone, strict=False):
        for at in range(min(len(visit.reruns), len(other.reruns))):
            compared += len(visit.figures[at])
            different += visit.different(script, at, other)
            errors += visit.told_alone(at, other)
    return {
        "reruns": sum(len(visit.reruns) for visit in visits),
        "reruns_per_second": round(sum(len(visit.reruns) for visit in visits) / seconds, 3),
        "p50": round(quantile(moves, 0.5), 3),
        "p95": round(quantile(moves, 0.95), 3),
        "opened_p95": round(quantile([visit.reruns[0].seconds for visit in visits], 0.95), 3),
        "compared": compared,
        "different": len(different),
        "errors": len(errors),
        **({"said": errors[:SAID]} if errors else {}),
        **({"different_in": different[:SAID]} if different else {}),
    }


async def follow(port: int, script: Script, end: float) -> Followed:
    """A visitor who does what the script says, and moves nothing after `end`."""
    followed = Followed()
    try:
        async with Session(port) as session:
            followed.add(await session.open(script.page, script.query))
            for step in range(script.moves):
                if time.monotonic() > end or (rerun := await script.move(step, session)) is None:
                    break
                followed.add(rerun)
    except OSError as error:
        followed.add(Rerun(errors=[f"no connection: {error}"]))
    return followed


async def _visit(visits: int, idle: float, limit: float) -> dict[str, Any]:
    """The server's memory while visitors come and go, four at a time, over all views."""
    places, errors = asyncio.Semaphore(4), list[str]()
    with serve() as server:
        await show_home(server, idle)
        before = most = server.megabytes
        start = time.monotonic()

        async def visit(number: int) -> int:
            nonlocal most
            async with places:
                if time.monotonic() > start + limit:
                    return 0
                visit = await follow(server.port, lab(number, moves=1), start + limit)
                errors.extend(error for rerun in visit.reruns for error in rerun.errors)
                most = max(most, server.megabytes)
            return 1

        done = sum(await asyncio.gather(*map(visit, range(visits))))
        return {
            "visits": done,
            "seconds": round(time.monotonic() - start, 1),
            "memory_mb": {"before": before, "after": server.megabytes, "most": most},
            "errors": len(errors),
            **({"said": errors[:SAID]} if errors else {}),
        }


async def show_home(server: Server, seconds: float) -> None:
    """One visitor looks at Home for so long, while the server loads what a lecture needs."""
    async with Session(server.port) as session:
        await session.open("")
        await asyncio.sleep(seconds)


def quantile(values: Sequence[float], share: float) -> float:
    """The smallest value that this share of them does not exceed; of none, 0."""
    if len(values) < 2:
        return sum(values)
    return statistics.quantiles(values, n=100, method="inclusive")[round(share * 100) - 1]
