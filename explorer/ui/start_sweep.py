"""A small sweep started from the page: the command itself, in a process of its own, which can be cancelled."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from explorer.errors import ControlError, ExplorerError
from explorer.settings import settings
from explorer.sweep.grid import read_over
from explorer.sweep.job import RECIPE
from explorer.sweep.pictures import GALLERY, Pictures, pictures_of
from explorer.sweep.plan import Plan, plan
from explorer.sweep.questions import read_recipe, sweeps
from explorer.sweep.shards import numbers_in
from explorer.sweep.store import store
from explorer.ui.many_pictures import CHOSEN
from explorer.ui.progress import within_bounds
from explorer.views import VIEWS

__all__ = ["start_sweep"]

ROWS = 5000
"""Of a sweep from the page; the command has no bound."""
NAME = re.compile(r"[A-Za-z0-9][\w.-]{0,59}")
LOG = "_log.txt"


@dataclass(frozen=True)
class _Run:
    """The one sweep that this server computes for its visitors."""

    name: str
    sweep: Plan
    process: subprocess.Popen[bytes]


_lock = threading.Lock()
_runs: list[_Run] = []


def start_sweep() -> None:
    """What is to be swept over which pictures, or the progress of the sweep that runs."""
    if not settings().sweep_pictures:
        return
    st.subheader("Start a sweep", anchor=False)
    if _runs:
        _progress()
        return
    subjects = [
        f"{view.name}/{panel.name}"
        for view in VIEWS.values()
        for panel in view.panels
        if "picture" in panel.uses
    ]
    with st.form("sweep", border=False):
        with st.container(horizontal=True, vertical_alignment="bottom"):
            what = st.selectbox(
                "Figure", subjects, index=subjects.index("vision-transformer/rollout"), format_func=_titled
            )
            over = st.text_input(
                "Over", "depth=1..12", help="Every combination of these: layer=1..6 head=all model=vit,hybrid"
            )
            name = st.text_input("Name", "rollout-by-depth", max_chars=60)
            source = st.selectbox("Pictures", _sources(), format_func=lambda place: Path(place).name)
        begun = st.form_submit_button("Start", type="primary", icon=":material/play_arrow:")
    if begun:
        try:
            _start(what, over, name.strip(), source)
        except ExplorerError as error:
            st.error(str(error), icon=":material/error:")
            return
        st.rerun()
    if failure := st.session_state.pop("sweep failed", ""):
        st.error(failure, icon=":material/error:")


def _titled(subject: str) -> str:
    name, _, figure = subject.partition("/")
    return f"{VIEWS[name].title}: {VIEWS[name].panel(figure).title}"


def _sources() -> list[str]:
    """The gallery, and the pictures of sweeps that are here. A visitor's own would be shown to all others."""
    places = {GALLERY: None}
    for name in sweeps(settings().runs):
        recipe = read_recipe(settings().runs / name)
        if recipe["count"] <= settings().sweep_pictures:
            places[recipe["pictures"]] = None
    return list(places)


def _start(what: str, over: str, name: str, source: str) -> None:
    """Begin, after everything is checked that the command would refuse.

    Raises:
        ExplorerError: something cannot be, is too much, or another sweep runs.
    """
    if not NAME.fullmatch(name):
        raise ControlError("That name cannot be", do="take letters, digits, points and hyphens")
    out = settings().runs / name
    pictures = pictures_of(source)
    with within_bounds():
        sweep = plan(what, pictures, read_over(over.split()))
    _check_size(pictures, sweep)
    if (out / RECIPE).is_file():  # one that was cancelled goes on
        sweep.check((out / RECIPE).read_bytes(), name)
    command = [sys.executable, "-m", "explorer", "sweep", what, "--pictures", source, "--out", str(out)]
    with _lock:
        if _runs:
            raise ControlError("Another sweep is being computed", do="wait for its end, or cancel it")
        out.mkdir(parents=True, exist_ok=True)
        with (out / LOG).open("wb") as log:
            process = subprocess.Popen(
                [*command, "--workers", "1", *(["--over", *over.split()] if over.split() else [])],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        _runs.append(_Run(name, sweep, process))
    end = threading.Timer(settings().sweep_seconds, process.terminate)
    end.daemon = True
    end.start()


def _check_size(pictures: Pictures, sweep: Plan) -> None:
    if len(pictures) > (most := settings().sweep_pictures) or sweep.count > ROWS:
        raise ControlError(
            f"{len(pictures):,} pictures at {len(sweep.settings):,} settings are too many for the page",
            why=f"it takes {most:,} pictures and {ROWS:,} rows",
            do="use `explorer sweep`, which has no bound",
        )


@st.fragment(run_every=1.0)
def _progress() -> None:
    with _lock:
        run = _runs[0] if _runs else None
        ended = run is not None and run.process.poll() is not None
        if ended:
            _runs.clear()
    if run is None:
        st.rerun()
        return
    if ended:
        if run.process.returncode > 0:
            st.session_state["sweep failed"] = _last_line(settings().runs / run.name / LOG)
        st.session_state.pop(CHOSEN, None)  # shown is the latest
        st.rerun()
    written = numbers_in(store(str(settings().runs / run.name)))
    done = sum(len(run.sweep.shard(shard)) for shard in written)
    count = len(run.sweep.pictures)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.progress(done / count, f"{run.name}: {done:,} of {count:,} pictures")
        if st.button("Cancel", icon=":material/stop:"):
            run.process.terminate()


def _last_line(log: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").replace("\r", "\n").splitlines()
    return lines[-1].removeprefix("explorer: ") if lines else "The sweep ended unexpectedly."
