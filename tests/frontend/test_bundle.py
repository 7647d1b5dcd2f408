"""The committed file is what the sources give, and small."""

from pathlib import Path

from explorer.frontend.page import BUNDLE
from tests.frontend.node import node


def test_the_committed_bundle_is_what_the_sources_give(tmp_path: Path):
    node("build.mjs", tmp_path / "lens.js")
    assert (tmp_path / "lens.js").read_bytes() == BUNDLE.read_bytes(), "run `make frontend`"


def test_the_sources_are_typed():
    node("node_modules/typescript/bin/tsc", "--noEmit")


def test_the_bundle_is_small():
    assert BUNDLE.stat().st_size <= 120_000
