"""The .tex of a figure compiles, and its tables are the figure's numbers."""

import csv
import re
import shutil
import subprocess
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import pytest

from explorer.errors import ExportError
from explorer.export import Drawing, write
from tests.test_export import CELLS, ORIGIN, curve, mosaic

TABLE = re.compile(
    r"\\begin\{filecontents\*\}\[overwrite\]\{([^}]*)\}\n(.*?)\n\\end\{filecontents\*\}", re.DOTALL
)


def tables(text: str) -> dict[str, list[list[str]]]:
    return {name: list(csv.reader(rows.splitlines())) for name, rows in TABLE.findall(text)}


def words() -> Drawing:
    """Bars with words for places, and signs that mean something to TeX."""
    figure = go.Figure(go.Bar(x=[0.5, 1e-3], y=["a_b & 50%", "c, d"], orientation="h", name="α_1 <b>#</b>"))
    figure.update_layout(xaxis={"title": "share × 10² in % {of} $x$", "type": "log"})
    return Drawing.of(
        figure, {"share": np.array([0.5, 1e-3])}, {}, "Caption with ~ \\ ^ and “signs”.", "Bars"
    )


def compiles(text: bytes, place: Path) -> None:
    """By pdfLaTeX where there is one; else braces and environments must close."""
    if shutil.which("pdflatex") is None:
        plain = re.sub(r"\\[{}]", "", TABLE.sub("", text.decode()))
        assert plain.count("{") == plain.count("}")
        opened = re.findall(r"\\begin\{([^}]*)\}", plain)
        assert sorted(opened) == sorted(re.findall(r"\\end\{([^}]*)\}", plain))
        return
    (place / "figure.tex").write_bytes(text)
    done = subprocess.run(
        ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "figure.tex"],
        cwd=place,
        capture_output=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout[-2000:].decode(errors="replace")
    assert (place / "figure.pdf").read_bytes().startswith(b"%PDF")


def even() -> Drawing:
    """Maps of one value, of one column, and with a gap."""
    figure = go.Figure([go.Heatmap(z=[[1, 1], [1, 1]]), go.Heatmap(z=[[1], [2]], xaxis="x2", yaxis="y2")])
    figure.add_heatmap(z=[[1, None], [3, 4]], xaxis="x3", yaxis="y3")
    figure.update_layout({f"{letter}axis{at}": {} for letter in "xy" for at in (2, 3)})
    return Drawing.of(figure, {"ones": np.ones((2, 2))}, {}, "Ones.", "Ones")


@pytest.mark.parametrize(
    "drawing", [curve(), mosaic(), words(), even()], ids=["curve", "map", "bars", "few values"]
)
def test_a_figure_s_tex_compiles(drawing: Drawing, tmp_path: Path):
    compiles(write(drawing, ORIGIN, "tex"), tmp_path)


def test_its_tables_are_the_numbers(tmp_path: Path):
    (rows,) = tables(write(curve(), ORIGIN, "tex").decode()).values()
    assert rows[0] == ["x", "y"]
    np.testing.assert_allclose(np.array(rows[1:], float)[:, 1], curve().data["radius"])
    (rows,) = tables(write(mosaic(), ORIGIN, "tex").decode()).values()
    found = np.full(CELLS.shape, np.nan)
    for x, y, value in rows[1:]:
        found[int(float(y)), int(float(x))] = float(value)
    np.testing.assert_array_equal(found, CELLS)


def test_what_pgfplots_cannot_draw_is_refused():
    nothing = Drawing.of(go.Figure(go.Table()), {}, {}, "A table.", "A table")
    with pytest.raises(ExportError, match="no curves, bars or maps"):
        write(nothing, ORIGIN, "tex")
    z = np.random.default_rng(0).random((200, 200))
    much = Drawing.of(go.Figure(go.Heatmap(z=z)), {"z": z}, {}, "Much.", "Much")
    with pytest.raises(ExportError, match="too much for LaTeX"):
        write(much, ORIGIN, "tex")
