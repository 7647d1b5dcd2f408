"""The image has every file that the app reads, and may write wherever the app writes."""

import fnmatch
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.test_layers import ROOT

LINES = re.sub(r"\\\\\n", " ", (ROOT / "Dockerfile").read_text()).splitlines()
READ = """
from pathlib import Path
from explorer.glossary import glossary
from explorer.lessons.shelf import lessons
from explorer.settings import settings
from explorer.ui.shell import ROOT, TEXTS, THUMBNAILS
from explorer.views import VIEWS
assert ROOT == Path.cwd(), ROOT
glossary()
shown = [ROOT / view.page for view in VIEWS.values()] + [TEXTS / view for view in VIEWS]
needed = [*shown, *(THUMBNAILS / f"{view}.png" for view in VIEWS), settings().checkpoints, ROOT / "app.py"]
assert all(path.exists() for path in needed), [path for path in needed if not path.exists()]
assert len(lessons()) >= 10
"""


def words(instruction: str) -> list[list[str]]:
    return [line.split()[1:] for line in LINES if line.startswith(f"{instruction} ")]


def in_context(name: str) -> bool:
    """Whether .dockerignore, which ignores all and then lets some in, lets it in."""
    let_in = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]
    return any(fnmatch.fnmatch(name, known) for known in let_in)


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """The image's folder of the app, of links to what is copied there."""
    for *sources, target in words("COPY"):
        for source in sources:
            assert in_context(source), source
            place = tmp_path / (target if target != "./" else Path(source).name)
            place.parent.mkdir(parents=True, exist_ok=True)
            if place.name == "explorer":  # a link would lead its modules back to what lies beside it
                subprocess.run(["cp", "-r", ROOT / source, place], check=True)
            elif not place.exists():
                place.symlink_to(ROOT / source)
    return tmp_path


def test_it_has_every_file_that_the_app_reads(image: Path):
    run = subprocess.run(
        [sys.executable, "-c", READ],
        cwd=image,
        env=os.environ | {"PYTHONPATH": str(image)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr


def test_what_the_app_writes_lies_where_it_may():
    variables = dict(word.split("=") for line in words("ENV") for word in line)
    volumes = [word for line in words("VOLUME") for word in line]
    assert variables["HOME"] == "/tmp"
    assert volumes == ["/data"]
    written = {
        name: variables[name] for name in ("EXPLORER_REPORTS", "EXPLORER_RUNS", "HF_HOME", "XDG_CACHE_HOME")
    }
    assert all(place.startswith("/data") for place in written.values()), written
    assert words("USER") == [["10001"]]
