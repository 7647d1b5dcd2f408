"""A view that `explorer new view` writes is one that the checks accept, and CONTRIBUTING names every file of it."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from explorer.cli.new import LONGEST, files_of
from explorer.errors import ControlError

ROOT = Path(__file__).resolve().parents[2]
MOST = 8
"""Files that a new view may touch."""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """The tree without what is large or made."""
    for folder in ("explorer", "pages", "tests"):
        made = shutil.ignore_patterns("__pycache__", "thumbnails")
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=made)
    for file in ("pyproject.toml", "CONTRIBUTING.md"):
        shutil.copy(ROOT / file, tmp_path)
    return tmp_path


def run(copy: Path, *words: str) -> None:
    environment = {
        **os.environ,
        "PYTHONPATH": str(copy),
        "PYTHONDONTWRITEBYTECODE": "1",
        "OMP_NUM_THREADS": "1",
        "EXPLORER_CHECKPOINTS": str(ROOT / "checkpoints"),
    }
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=copy, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, f"{words}: {done.stdout}{done.stderr}"


def contents(copy: Path) -> dict[str, bytes]:
    return {str(path.relative_to(copy)): path.read_bytes() for path in copy.rglob("*") if path.is_file()}


def listed() -> list[str]:
    """The files that CONTRIBUTING's list for a new view names."""
    section = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## Adding a view")[2]
    return re.findall(r"^\d\. `(.+?)`", section.partition("\n## ")[0], re.MULTILINE)


def test_a_new_view_passes_the_checks_and_touches_the_listed_files_alone(copy: Path):
    before = contents(copy)
    run(copy, "explorer", "new", "view", "toy-view")
    after = contents(copy)
    changed = [path for path in after if after[path] != before.get(path)]
    general = [re.sub("toy.view", "NAME", path).replace("map.md", "PANEL.md") for path in changed]
    general = [re.sub(r"\d+_Toy_view", "N_Name", path) for path in general]
    assert before.keys() <= after.keys()
    assert sorted(general) == sorted(listed())
    assert len(changed) <= MOST

    # Views of the shortest and of the longest name, so that lines of every length are seen.
    run(copy, "explorer", "new", "view", "q")
    run(copy, "explorer", "new", "view", "z" * LONGEST)
    run(copy, "ruff", "check", "--no-cache", ".")
    run(copy, "ruff", "format", "--no-cache", "--check", ".")

    modules = [path for path in changed if path.startswith("explorer/") and path not in before]
    run(copy, "mypy", "--follow-imports=silent", "--cache-dir", os.devnull, *modules)
    tests = ("tests/test_layers.py", "tests/views/test_views.py", "tests/views/test_toy_view.py")
    chosen = "layers or toy_view or toy-view or page_for_every_view"
    run(copy, "pytest", "-p", "no:cacheprovider", "-k", chosen, *tests)


@pytest.mark.parametrize(
    "name", ["Toy", "toy_view", "../toy", "", "9", "z" * (LONGEST + 1), "rollout", "detr"]
)
def test_a_name_that_cannot_be_is_refused_in_a_sentence(name: str):
    with pytest.raises(ControlError, match="Choose"):
        files_of(name)
