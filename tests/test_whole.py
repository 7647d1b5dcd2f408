"""A file is the old or the new and never neither, whenever its writer dies and whatever the disk says."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from explorer.errors import ExportError
from explorer.report import Kept, Store
from explorer.whole import PART, replacing, sweep, write_whole
from tests.test_export import ORIGIN, curve

KILLS = int(os.environ.get("KILLS", "300"))
"""`KILLS=1000 pytest tests/test_whole.py` kills as many writers."""
SIZES = (1, 200_000)


def content(number: int) -> bytes:
    """A file that shows where it was cut or mixed with another: one letter, in a size of its own."""
    return bytes([65 + number % 26]) * (SIZES[number % 2] + number)


def is_whole(data: bytes) -> bool:
    """Every size belongs to one number, and the number has one letter."""
    number = next(len(data) - size for size in reversed(SIZES) if len(data) >= size)
    return data == content(number)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="writers are forked")
def test_a_writer_killed_at_any_moment_leaves_the_old_or_the_new(tmp_path: Path):
    path, chance, seen = tmp_path / "file", random.Random(0), set()
    write_whole(path, content(0))
    for number in range(1, KILLS + 1):
        begun, begins = os.pipe()
        writer = os.fork()
        if writer == 0:  # writes again and again until it is killed
            try:
                os.write(begins, b"!")
                step = number
                while True:
                    write_whole(path, content(step % 4000))
                    step += 1
            finally:
                os._exit(1)
        os.read(begun, 1)  # a large process forks slowly
        time.sleep(chance.random() * 0.004)
        os.kill(writer, signal.SIGKILL)
        os.waitpid(writer, 0)
        os.close(begun)
        os.close(begins)
        data = path.read_bytes()
        assert is_whole(data)
        seen.add(len(data))
    assert len(seen) > KILLS / 10  # writers did get to write


def test_what_killed_writers_left_is_swept_when_nobody_can_be_writing_it(tmp_path: Path):
    old, new = tmp_path / f".a.1{PART}", tmp_path / f".a.2{PART}"
    old.touch()
    new.touch()
    os.utime(old, (0, 0))
    sweep(tmp_path)
    assert (old.exists(), new.exists()) == (False, True)


def full_disk(path: Path) -> None:
    """Nothing beyond a thousand bytes can be written, as on a full disk."""
    code = (
        "import resource, signal, sys; from pathlib import Path; from explorer.whole import write_whole\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try: write_whole(Path(sys.argv[1]), b'n' * 5000)\n"
        "except OSError: sys.exit(7)\n"
    )
    assert subprocess.run([sys.executable, "-c", code, str(path)], check=False).returncode == 7


def test_a_full_disk_leaves_the_old_and_no_part(tmp_path: Path):
    write_whole(tmp_path / "file", b"old")
    full_disk(tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_what_fails_while_writing_leaves_the_old_and_no_part(tmp_path: Path, failure: BaseException):
    write_whole(tmp_path / "file", b"old")

    def write() -> None:
        with replacing(tmp_path / "file") as part:
            part.write_bytes(b"half")
            raise failure

    with pytest.raises(type(failure)):
        write()
    assert (tmp_path / "file").read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["file"]


@pytest.fixture
def as_nobody():
    """Permissions do not hold for root, so what tries them is run as somebody else."""

    def run(what: Callable[[], None]) -> int:
        child = os.fork()
        if child == 0:
            try:
                if os.getuid() == 0:
                    os.setuid(65534)
                what()
                os._exit(0)
            except BaseException:
                os._exit(1)
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])

    return run


def test_a_read_only_folder_is_one_sentence_and_its_reports_can_be_read(tmp_path: Path, as_nobody):
    tmp_path.chmod(0o755)
    for parent in tmp_path.parents[:3]:
        if str(parent).startswith("/tmp/pytest"):
            parent.chmod(0o755)
    store = Store(tmp_path / "reports")
    token = store.begin()
    store.add(token, Kept(curve(), ORIGIN), title="first")
    for folder in (tmp_path / "reports", *(tmp_path / "reports").rglob("*")):
        folder.chmod(0o555 if folder.is_dir() else 0o444)

    def visit() -> None:
        assert [entry.title for entry in store.open(token).entries] == ["first"]
        for change in (
            lambda: store.add(token, Kept(curve(), ORIGIN), title="second"),
            lambda: store.change(token, lambda report: report),
        ):
            with pytest.raises(ExportError, match="cannot be kept"):
                change()
        assert [entry.title for entry in store.open(token).entries] == ["first"]

    assert as_nobody(visit) == 0
    for folder in (tmp_path / "reports", *(tmp_path / "reports").rglob("*")):
        folder.chmod(0o755)


def test_a_report_is_whole_though_its_writer_is_killed(tmp_path: Path):
    """Every figure that a report names is there, and what was added before stays."""
    store, chance = Store(tmp_path), random.Random(1)
    token, figure = store.begin(), Kept(curve(), ORIGIN)
    store.add(token, figure, title="0")
    before = 1
    for number in range(40):
        writer = os.fork()
        if writer == 0:
            try:
                store.add(token, figure, title=str(number))
            finally:
                os._exit(0)
        time.sleep(chance.random() * 0.02)
        os.kill(writer, signal.SIGKILL)
        os.waitpid(writer, 0)
        entries = store.open(token).entries
        assert before <= len(entries) <= before + 1
        before = len(entries)
        for entry in entries[-2:]:
            store.figure(token, entry.figure)


def test_tokens_are_of_128_bits_and_never_alike(tmp_path: Path):
    store = Store(tmp_path)
    tokens = {store.begin() for _ in range(1000)}
    assert len(tokens) == 1000
    assert {len(token) for token in tokens} == {22}  # 22 letters of 64 hold 128 bits
