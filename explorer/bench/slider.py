"""The server's time of a moved slider, beside that of a bare page with the same figures and widgets."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from explorer.bench.server import Server
from explorer.bench.session import Rerun, Session, Slider
from explorer.views import View

__all__ = ["Timed", "bare_of", "tabs_of", "timed"]

PATIENCE = 10.0
"""Seconds after which a slow slider is moved no further."""


@dataclass(frozen=True)
class Timed:
    """A slider of a tab of a view: what it changes, and the server's seconds for it."""

    view: View
    tab: str
    slider: Slider
    figures: int
    """Charts, and what the lens is sent."""
    changed: int
    """Of these, those that a move changes."""
    fresh: float
    """Seconds of a rerun with a value that was not set before."""
    again: float
    """With one that was."""
    bare: float
    """Of the bare page."""
    errors: tuple[str, ...]

    @property
    def own(self) -> float:
        """Seconds of the computation itself: what a value that is set again does without."""
        return max(0.0, self.fresh - self.again)

    @property
    def query(self) -> str:
        return urlencode({"tab": self.tab}) if self.tab else ""

    @property
    def shape(self) -> str:
        """The name of the bare page's figures."""
        return bare_of(self.view, self.tab, self.slider.key)

    @property
    def forward(self) -> bool:
        """Whether there is more room above its first value than below."""
        return self.slider.value - self.slider.low < self.slider.high - self.slider.value


def bare_of(view: View, tab: str, slider: str) -> str:
    """A file's name for the bare page of a slider."""
    return "".join(character if character.isalnum() else "-" for character in f"{view.name} {tab} {slider}")


def tabs_of(view: View) -> tuple[str, ...]:
    return tuple(view.tabs) or ("",)


def _sent(rerun: Rerun) -> dict[str, tuple[str, int]]:
    """A mark and the size of each thing that the lens was sent."""
    return {key: (rerun.hashes[key], len(content)) for key, content in rerun.lenses.items()}


async def timed(
    app: Server, bare: Server, folder: Path, view: View, tab: str, *, repeats: int
) -> AsyncIterator[Timed]:
    """Every slider of that tab, each by a visitor of its own, on the app and then on the bare page."""
    query = urlencode({"tab": tab}) if tab else ""
    async with Session(app.port) as session:
        await session.open(view.path, query)
        keys = list(session.sliders)
    for key in keys:
        async with Session(app.port) as session, Session(bare.port) as other:
            opened = await session.open(view.path, query)
            if key not in session.sliders:
                continue
            slider = session.sliders[key]
            values = sorted(set(slider.values) - {slider.value}, key=lambda value: abs(value - slider.value))
            errors, shape, before = list(opened.errors), bare_of(view, tab, key), opened.hashes
            fresh, again, plain = list[float](), list[float](), list[float]()
            changed, sets = set[str](), (opened, opened)
            end = time.monotonic() + PATIENCE
            for value in values[:repeats]:
                if time.monotonic() > end or key not in session.sliders:
                    break
                there = await session.move(key, value)
                back = await session.move(key, slider.value) if key in session.sliders else there
                fresh.append(there.seconds)
                again.append(back.seconds)
                if not changed:  # the bare page changes over to the first that a move has changed
                    sets = (opened, there)
                changed |= {name for name, content in there.hashes.items() if content != before.get(name)}
                errors += there.errors + back.errors
            contents = {
                "widgets": opened.widgets,
                "figures": [{**opened.figures, **each.figures} for each in sets],
                "lenses": [{**_sent(opened), **_sent(each)} for each in sets],
            }
            (folder / f"{shape}.json").write_text(json.dumps(contents), encoding="utf-8")
            errors += (await other.open("", urlencode({"shape": shape}))).errors
            for position in range(2 * len(fresh)):
                plain.append((await other.move("slider 0", position + 1)).seconds)
        if fresh:
            yield Timed(
                view,
                tab,
                slider,
                figures=len(before),
                changed=len(changed),
                fresh=statistics.median(fresh),
                again=statistics.median(again),
                bare=statistics.median(plain),
                errors=tuple(errors),
            )
