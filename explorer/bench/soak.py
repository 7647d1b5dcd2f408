"""A server for a term, in an hour: many visitors over all views, hostile ones among them, memory and times by minute."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from explorer.bench.server import Server, serve
from explorer.bench.session import Session
from explorer.bench.visitors import Followed, Script, follow, lab, quantile, show_home
from explorer.views import VIEWS
from explorer.views.controls import controls_of

__all__ = ["run", "slope"]

LIGHT = 1.0
"""Seconds of a lone visitor's rerun below which it is light."""
WARM = 10
"""Minutes in which caches fill."""
HOSTILE = (
    "", "nan", "1e309", "-1", "²", "9" * 5000, "../../etc/passwd", "/dev/zero", "\x00\u202e", "<script>alert(1)</script>", "🙂" * 500,
    "scene-" + "9" * 60, "vit_so400m_patch14_siglip_gap_896", "convnext_xxlarge", "own-000000000000",
)  # fmt: skip


@dataclass
class Minute:
    """What was measured in one minute."""

    light: list[float] = field(default_factory=list)
    """Seconds of light reruns."""
    reruns: int = 0
    megabytes: float = 0.0


@dataclass
class Soak:
    """What has been measured so far."""

    minutes: list[Minute]
    began: float = 0.0
    compared: int = 0
    hostile: int = 0
    different: list[str] = field(default_factory=list)
    """The figures that differ, each with where it was seen."""
    errors: list[str] = field(default_factory=list)

    @property
    def minute(self) -> Minute:
        at = int((time.monotonic() - self.began) / 60)
        return self.minutes[min(at, len(self.minutes) - 1)]

    def compare(self, script: Script, visit: Followed, alone: Followed) -> None:
        """A visit's figures and sentences with a lone visitor's, and how long its light reruns took."""
        for at, rerun in enumerate(visit.reruns):
            self.minute.reruns += 1
            self.errors += rerun.errors
            if at >= len(alone.reruns):
                break
            self.compared += len(visit.figures[at])
            self.different += visit.different(script, at, alone)
            self.errors += visit.told_alone(at, alone)
            if at and alone.reruns[at].seconds < LIGHT:
                self.minute.light.append(rerun.seconds)


def run(
    *,
    minutes: float = 60.0,
    visitors: int = 64,
    hostile: int = 8,
    moves: int = 3,
    pause: float = 10.0,
    scripts: int = 40,
    idle: float = 20.0,
) -> Mapping[str, Any]:
    """So many visitors on one server of this machine, for so many minutes; `hostile` of them send what nobody should.

    The server has shown Home for `idle` seconds before they come. First a lone visitor follows each of the `scripts`: a view,
    a tab, a picture and `moves` slider moves. Then all follow them in turn, with `pause` seconds between visits. `different`
    are figures that are not the lone visitor's (the first of them by name in `different_in`), `errors` broken connections,
    sentences that only one of many is told, and tracebacks of the server; `p95` are seconds of the reruns that take a lone
    visitor less than one. The memory's slope leaves out the first ten minutes, or half of fewer.
    """
    return asyncio.run(_run(minutes, visitors, hostile, moves, pause, scripts, idle))


async def _run(
    minutes: float, visitors: int, hostile: int, moves: int, pause: float, scripts: int, idle: float
) -> Mapping[str, Any]:
    paths = [lab(number, moves=moves) for number in range(scripts)]
    with serve(guarded=True) as server:
        alone = [await follow(server.port, path, time.monotonic() + 3600) for path in paths]
    with tempfile.TemporaryDirectory() as folder, serve(guarded=True, log=Path(folder) / "log") as server:
        await show_home(server, idle)
        soak = Soak([Minute() for _ in range(max(1, round(minutes)))], time.monotonic())
        end = soak.began + 60 * minutes
        await asyncio.gather(
            *(
                _visitor(server, number, paths, alone, soak, end, pause)
                for number in range(visitors - hostile)
            ),
            *(_hostile(server, number, soak, end, pause) for number in range(hostile)),
            _memory(server, soak, end),
        )
        log = (Path(folder) / "log").read_text(encoding="utf-8", errors="replace")
    light = [seconds for minute in soak.minutes for seconds in minute.light]
    warm = min(WARM, len(soak.minutes) // 2)
    by_minute = [round(quantile(minute.light, 0.95), 3) for minute in soak.minutes]
    worst = {"minute": by_minute.index(max(by_minute)) + 1, "p95": max(by_minute)}
    tracebacks = log.count("Traceback (most recent call last)")
    return {
        "bench": "soak",
        "minutes": minutes,
        "visitors": visitors,
        "hostile_inputs": soak.hostile,
        "reruns": sum(minute.reruns for minute in soak.minutes),
        "compared": soak.compared,
        "different": len(soak.different),
        "errors": len(soak.errors) + tracebacks,
        "tracebacks": tracebacks,
        "p95": round(quantile(light, 0.95), 3),
        "worst_minute": worst,
        "memory_slope_mb_per_hour": round(slope([minute.megabytes for minute in soak.minutes[warm:]]), 1),
        "by_minute": [
            {
                "p50": round(quantile(minute.light, 0.5), 3),
                "p95": p95,
                "reruns": minute.reruns,
                "memory_mb": minute.megabytes,
            }
            for minute, p95 in zip(soak.minutes, by_minute, strict=True)
        ],
        **({"said": soak.errors[:5]} if soak.errors else {}),
        **({"different_in": soak.different[:5]} if soak.different else {}),
    }


async def _visitor(
    server: Server,
    number: int,
    paths: Sequence[Script],
    alone: Sequence[Followed],
    soak: Soak,
    end: float,
    pause: float,
) -> None:
    chance = random.Random(number)
    turn = number
    await asyncio.sleep(chance.random() * pause)
    while time.monotonic() < end:
        at = turn % len(paths)
        soak.compare(paths[at], await follow(server.port, paths[at], end), alone[at])
        turn += 1
        await asyncio.sleep(pause * (0.5 + chance.random()))


async def _hostile(server: Server, number: int, soak: Soak, end: float, pause: float) -> None:
    """Opens pages with values that cannot be; leaves in the middle every other time."""
    chance = random.Random(-1 - number)
    while time.monotonic() < end:
        view = chance.choice(list(VIEWS.values()))
        names = [control.name for control in controls_of(view.controls)]
        query = urlencode({chance.choice(names): chance.choice(HOSTILE) for _ in range(3)})
        soak.hostile += 1
        with suppress(OSError, TimeoutError):
            async with Session(server.port) as session:
                visit = asyncio.create_task(session.open(view.path, query))
                if chance.random() < 0.5:
                    await asyncio.sleep(chance.random())
                    visit.cancel()
                    with suppress(asyncio.CancelledError):
                        await visit
                else:
                    soak.errors += [f"{view.name}?{query[:80]}: {error}" for error in (await visit).errors]
        await asyncio.sleep(pause * chance.random())


async def _memory(server: Server, soak: Soak, end: float) -> None:
    while (left := end - time.monotonic()) > 0:
        await asyncio.sleep(min(5.0, left))
        soak.minute.megabytes = server.megabytes


def slope(megabytes: Sequence[float]) -> float:
    """Megabytes an hour by least squares, of one value a minute; 0 of fewer than two."""
    count = len(megabytes)
    if count < 2:
        return 0.0
    middle, mean = (count - 1) / 2, sum(megabytes) / count
    spread = sum((at - middle) ** 2 for at in range(count))
    return 60 * sum((at - middle) * (value - mean) for at, value in enumerate(megabytes)) / spread
