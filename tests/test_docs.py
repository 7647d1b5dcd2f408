"""The reference is built without a warning, and leaves out no public name."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import explorer

ROOT = Path(__file__).resolve().parents[1]


def test_every_public_name_is_in_the_reference():
    pages = "\n".join(page.read_text(encoding="utf-8") for page in (ROOT / "docs").glob("*.md"))
    message = {item.rpartition(".")[2] for item in re.findall(r"^::: (explorer\.\S+)$", pages, re.MULTILINE)}
    # All errors stand on the first page.
    assert set(explorer.__all__) - message == {"ExplorerError"}


def test_it_is_built_without_a_warning(tmp_path: Path):
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", tmp_path],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    assert 'id="explorer.analysis.rollout.rollout"' in (tmp_path / "attention.html").read_text()


def test_the_readme_says_what_each_dependency_is_for():
    output = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    table = (
        (ROOT / "README.md").read_text(encoding="utf-8").partition("## Dependencies")[2].partition("\n## ")[0]
    )
    rows = [line.split("|")[1] for line in table.splitlines() if line.startswith("| ")][1:]
    named = [name.strip() for row in rows for name in row.split(",")]
    assert sorted(named) == sorted(re.split("[>=]", message)[0] for message in output)
