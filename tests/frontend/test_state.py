"""The frontend's own unit tests."""

from pathlib import Path

import pytest

from tests.frontend.node import FRONTEND, node


@pytest.mark.parametrize("file", sorted((FRONTEND / "tests").glob("*.test.ts")), ids=lambda file: file.name)
def test_in_node(file: Path, tmp_path: Path):
    out = tmp_path / f"{file.stem}.mjs"
    node("tests/bundle.mjs", file, out)
    assert "# fail 0" in node("--test", "--test-reporter=tap", out)
