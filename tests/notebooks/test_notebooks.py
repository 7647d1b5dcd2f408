"""The notebooks run from top to bottom on the public names alone, and are kept without outputs."""

import ast
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

import explorer

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
LIBRARIES = {"explorer", "numpy", "plotly.graph_objects", "torch"}


def read(path: Path) -> nbformat.NotebookNode:
    book = nbformat.read(path, as_version=4)
    nbformat.validate(book)
    return book


def code_of(book: nbformat.NotebookNode) -> ast.Module:
    return ast.parse("\n".join(cell.source for cell in book.cells if cell.cell_type == "code"))


def test_there_are_four():
    assert len(NOTEBOOKS) == 4


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_is_kept_without_outputs(path: Path):
    for cell in read(path).cells:
        if cell.cell_type == "code":
            assert (cell.outputs, cell.execution_count) == ([], None)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_uses_public_names_alone(path: Path):
    tree = code_of(read(path))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            assert {alias.name for alias in node.names} <= LIBRARIES
        assert not isinstance(node, ast.ImportFrom)
        if (
            isinstance(node, ast.Attribute)
            and isinstance(node.value, ast.Name)
            and node.value.id == "explorer"
        ):
            assert node.attr in explorer.__all__


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_it_runs_and_shows_its_figures(path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    book = read(path)
    NotebookClient(
        book,
        timeout=900,  # seconds a cell may take, on a machine that is busy with other tests
        startup_timeout=600,
        kernel_name="python3",
        resources={"metadata": {"path": FOLDER}},
    ).execute()
    shown = [
        output.data["application/vnd.plotly.v1+json"]
        for cell in book.cells
        if cell.cell_type == "code"
        for output in cell.outputs
        if "application/vnd.plotly.v1+json" in output.get("data", {})
    ]
    assert len(shown) >= 3
    for figure in shown:
        assert figure["data"] or figure["layout"]["images"]
