"""Two servers that share the folder of reports: nothing is lost or mixed, and the quotas are of both together."""

import os
import traceback
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from filelock import FileLock

from explorer.errors import ExportError
from explorer.report import Kept, Report, Store, store
from explorer.report.session import Session, kept_session, put_session
from tests.test_export import ORIGIN, curve

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="servers are forked")
EACH = 12


def two_servers(what: Callable[[int], None]) -> None:
    """What two processes do at the same time, each told which it is."""
    ready, go = os.pipe()
    servers = []
    for number in range(2):
        server = os.fork()
        if server == 0:
            try:
                os.close(go)
                os.read(ready, 1)  # returns when the parent closes its end
                what(number)
                os._exit(0)
            except BaseException:
                traceback.print_exc()
                os._exit(1)
        servers.append(server)
    os.close(ready)
    os.close(go)
    assert [os.waitstatus_to_exitcode(os.waitpid(server, 0)[1]) for server in servers] == [0, 0]


def test_a_report_that_is_open_on_both_keeps_what_both_add(tmp_path: Path):
    token = Store(tmp_path).begin()

    def collect(number: int) -> None:
        here = Store(tmp_path)
        for at in range(EACH):
            figure = here.add(token, Kept(curve(), ORIGIN), title=f"{number} {at}")
            here.change(token, partial(Report.said, figure=figure, note=f"note {number} {at}"))

    two_servers(collect)
    after = Store(tmp_path)
    entries = after.open(token).entries
    assert all(entry.note == f"note {entry.title}" for entry in entries)
    for number in range(2):
        titles = [entry.title for entry in entries if entry.title.startswith(f"{number} ")]
        assert titles == [f"{number} {at}" for at in range(EACH)]
    assert all(after.figure(token, entry.figure).provenance == ORIGIN for entry in entries)


def test_a_session_that_is_open_on_both_keeps_what_either_changed(tmp_path: Path):
    token = Store(tmp_path).begin()
    start = Session({"depth": 1, "model": "vit"}, {f"upload-{0:016x}": "first.png"})
    put_session(Store(tmp_path), token, start)

    def visit(number: int) -> None:
        here, before = Store(tmp_path), start
        for at in range(EACH):
            own = {f"setting {number}": at, "depth": before.settings["depth"]}
            picture = {f"upload-{1 + number:08x}{at % 4:08x}": f"{number} {at % 4}"}
            session = Session(before.settings | own, before.pictures | picture)
            put_session(here, token, session, since=before)
            before = session
        if number:
            put_session(here, token, Session(before.settings | {"depth": 9}, before.pictures), since=before)

    two_servers(visit)
    session = kept_session(Store(tmp_path), token)
    last = EACH - 1
    assert session.settings == {"depth": 9, "model": "vit", "setting 0": last, "setting 1": last}
    assert set(session.pictures.values()) == {
        "first.png",
        *(f"{n} {at}" for n in range(2) for at in range(4)),
    }


def test_quotas_are_of_both_together(tmp_path: Path):
    token, most = Store(tmp_path).begin(), 6

    def fill(number: int) -> None:
        here = Store(tmp_path, figures=9, reports=most)
        for _ in range(EACH):
            try:
                here.add(token, Kept(curve(), ORIGIN), title="")
            except ExportError as error:
                assert "full" in str(error)  # noqa: PT017
            here.add(here.begin(), Kept(curve(), ORIGIN), title="")

    two_servers(fill)
    kept = [place for place in tmp_path.iterdir() if place.is_dir()]
    assert len(kept) == most
    named = [len(Report.from_json((place / "report.json").read_text()).entries) for place in kept]
    assert sorted(named) == sorted(len(list(place.glob("*.figure"))) for place in kept)
    assert max(named) <= 9


def test_a_folder_that_another_holds_too_long_is_one_sentence_and_can_be_read(tmp_path: Path, monkeypatch):
    monkeypatch.setattr(store, "PATIENCE", 0.1)
    here = Store(tmp_path)
    token = here.begin()
    here.add(token, Kept(curve(), ORIGIN), title="a")
    with FileLock(tmp_path / ".lock"):
        with pytest.raises(ExportError, match="busy"):
            here.add(token, Kept(curve(), ORIGIN), title="b")
        assert [entry.title for entry in here.open(token).entries] == ["a"]
    here.add(token, Kept(curve(), ORIGIN), title="b")
