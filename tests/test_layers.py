"""The way through the house never runs back, and what is light stays light."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LAYERS = (
    (
        "bounds",
        "errors",
        "formatting",
        "fresh",
        "geometry",
        "glossary",
        "memory",
        "metrics",
        "provenance",
        "rates",
        "settings",
        "weighing",
        "whole",
        "work",
    ),
    ("signatures", "tiff", "decoding", "images", "gallery", "scenes", "true_boxes", "words"),
    ("zoo", "models"),
    ("data",),
    ("tap", "surgery"),
    ("analysis",),
    ("timing", "recorded"),
    ("figures", "frontend"),
    ("export",),
    ("views",),
    ("report", "lessons", "sweep"),
    ("experiments", "bench", "training", "cli", "ui", "__main__"),
)
RANK = {name: rank for rank, names in enumerate(LAYERS) for name in names}
WAY_BACK = ("analysis/result.py", "explorer.figures.plot")
"""`Result.figure()` asks for a drawing: the one import that runs back."""
MODULES = sorted((ROOT / "explorer").rglob("*.py"))


def imported(path: Path, *, everywhere: bool = True) -> set[str]:
    """Modules that a file imports: wherever it does, or only while it is itself imported."""
    tree, result = ast.parse(path.read_text(encoding="utf-8")), set()
    for block in [item for item in tree.body if isinstance(item, ast.If)]:
        if ast.unparse(block.test) == "TYPE_CHECKING":
            tree.body.remove(block)
    for node in ast.walk(tree) if everywhere else tree.body:
        if isinstance(node, ast.Import):
            result |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            result |= {f"{node.module}.{alias.name}" for alias in node.names}
    return result


def layer_of(path: Path) -> str:
    return path.relative_to(ROOT / "explorer").parts[0].removesuffix(".py")


def test_every_module_has_a_layer_and_the_table_for_contributors_names_it():
    tree = {layer_of(path) for path in MODULES} - {"__init__"}
    assert tree == set(RANK)
    lines = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("| layer |")[2].splitlines()
    rows = [re.findall(r"`(\w+)`", line.split("|")[1]) for line in lines if line.startswith("| `")]
    assert [sorted(row) for row in rows] == [sorted(names) for names in LAYERS]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_layer_imports_only_lower_layers(path: Path):
    layer = layer_of(path)
    if layer == "__init__":
        return
    for name in imported(path):
        parts = name.split(".")
        if parts[0] == "explorer" and len(parts) > 1 and parts[1] in RANK:
            way_back = (path.relative_to(ROOT / "explorer").as_posix(), name) == WAY_BACK
            assert RANK[parts[1]] <= RANK[layer] or way_back, f"{layer} imports {name}"


@pytest.mark.parametrize(
    ("library", "layers"),
    [
        ("streamlit", {"ui", "bench"}),
        ("plotly", {"figures", "export", "views", "report", "ui", "bench"}),
        (
            "torch",
            set(RANK)
            - {
                "errors",
                "geometry",
                "images",
                "gallery",
                "figures",
                "export",
                "report",
                "ui",
                "cli",
            },
        ),
    ],
)
def test_libraries_stay_in_their_layers(library: str, layers: set[str]):
    for path in MODULES:
        if any(
            name.split(".")[0] == library
            for name in imported(path, everywhere=library == "streamlit" or layer_of(path) == "figures")
        ):
            assert layer_of(path) in layers, f"{path} imports {library}"


@pytest.mark.parametrize("path", sorted((ROOT / "pages").glob("*.py")), ids=lambda path: path.name)
def test_pages_hold_no_mathematics(path: Path):
    libraries = {name.split(".")[0] for name in imported(path)}
    assert libraries <= {"explorer", "streamlit"}
    arithmetic = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.BinOp)]
    assert not arithmetic


@pytest.mark.parametrize(
    ("module", "heavy"),
    [
        ("explorer", ("torch", "timm", "plotly", "streamlit", "transformers")),
        ("explorer.views", ("torch", "timm", "plotly", "transformers")),
        ("explorer.cli", ("torch", "timm", "plotly", "streamlit", "transformers")),
    ],
)
def test_imports_are_light(module: str, heavy: tuple[str, ...]):
    code = f"import sys, {module}; print(*[m for m in {heavy!r} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.split() == []
