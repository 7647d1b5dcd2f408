"""The curves, bars and maps of a figure for LaTeX: one .tex file that holds its tables as CSV and plots them by pgfplots.

LaTeX writes each table beside the file as CSV, from where another document can plot it, too.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from explorer.errors import ExportError
from explorer.export.drawing import Drawing
from explorer.export.layout import on_white

__all__ = ["as_tex"]

LARGEST = 95_000
"""Characters of all tables of a figure: pdfTeX with its usual memory takes little more."""
PREAMBLE = r"""\documentclass{article}
\usepackage[T1]{fontenc}
\usepackage[margin=15mm]{geometry}
\usepackage{pgfplots}
\pgfplotsset{compat=1.16}
\setlength{\parindent}{0pt}
\pagestyle{empty}
"""
SIGNS = {
    "\\": r"\textbackslash{}",
    **{sign: f"\\{sign}" for sign in "#$%&_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": "$<$",
    ">": "$>$",
    "×": r"$\times$",
    "−": "$-$",
    "·": r"$\cdot$",
    "√": r"$\surd$",
    "≤": r"$\leq$",
    "≥": r"$\geq$",
    "→": r"$\to$",
    "…": r"\dots{}",
    "“": "``",
    "”": "''",
    "’": "'",
    "–": "--",
    "—": "---",
    "½": r"$\frac{1}{2}$",
    "²": "$^2$",
    "³": "$^3$",
    "ᵀ": "$^T$",
    "∞": r"$\infty$",
    "µ": r"$\mu$",
    "\u00a0": "~",
}
"""What pdfLaTeX needs otherwise; letters of Latin alphabets it has."""


def as_tex(drawing: Drawing, *, recipe: str, name: str) -> bytes:
    """A document that compiles by itself with pdfLaTeX; its tables become NAME-1.csv and so on.

    Raises:
        ExportError: nothing is drawn that pgfplots could draw, or too much.
    """
    figure = on_white(drawing.figure)
    axes: dict[tuple[str, str], list[Any]] = {}
    for trace in figure.data:
        if trace.visible is not False and trace.type in DRAWN and _drawn(trace):
            axes.setdefault((trace.xaxis or "x", trace.yaxis or "y"), []).append(trace)
    if not axes:
        raise ExportError(
            "This figure has no curves, bars or maps for pgfplots", do="export it as PDF, and include that"
        )
    tables: list[str] = []
    plots = [
        _axis(figure, place, [_plot(trace, tables, name) for trace in traces], traces)
        for place, traces in axes.items()
    ]
    if (size := sum(map(len, tables))) > LARGEST:
        raise ExportError(
            "This figure is too much for LaTeX",
            why=f"its tables have {size:,} characters, and TeX takes {LARGEST:,}",
            do="export it as PDF, and include that",
        )
    text = [
        f"% explorer: {recipe}",
        *tables,
        PREAMBLE + r"\begin{document}",
        *plots,
        rf"\par\medskip {_escaped(drawing.caption)}",
        r"\end{document}",
        "",
    ]
    return "\n".join(text).encode()


def _drawn(trace: Any) -> bool:
    """Whether it is seen; a layer of marks to click on is not."""
    if trace.opacity == 0 or (trace.type == "scatter" and trace.marker.opacity == 0):
        return False
    return (trace.z if trace.type == "heatmap" else trace.y) is not None


def _scatter(trace: Any) -> tuple[str, list[list[Any]], str]:
    y = list(trace.y)
    x = list(trace.x) if trace.x is not None else list(range(len(y)))
    mode = trace.mode or "lines"
    style = (
        "only marks, mark size=1.5pt"
        if "lines" not in mode
        else "mark=none"
        if "markers" not in mode
        else "mark=*"
    )
    return style, [["x", "y"], *map(list, zip(x, y, strict=True))], "x=x, y=y"


def _bar(trace: Any) -> tuple[str, list[list[Any]], str]:
    across = trace.orientation == "h"
    x = list(trace.x) if trace.x is not None else list(range(len(trace.y)))
    rows = [["x", "y"], *map(list, zip(x, list(trace.y), strict=True))]
    return f"{'xbar' if across else 'ybar'}, fill, fill opacity=0.6", rows, "x=x, y=y"


def _heatmap(trace: Any) -> tuple[str, list[list[Any]], str]:
    z = np.asarray(trace.z, dtype=float)
    columns, rows = _places(trace.x, z.shape[1], trace.dx), _places(trace.y, z.shape[0], trace.dy)
    table = [["x", "y", "value"]]
    table += [[columns[c], rows[r], z[r, c]] for r in range(z.shape[0]) for c in range(z.shape[1])]
    style = f"matrix plot*, mesh/cols={z.shape[1]}"
    if min(z.shape) < 2:  # of one row or column pgfplots makes no map
        style = "scatter, only marks, mark=square*"
    return f"{style}, point meta=explicit", table, "x=x, y=y, meta=value"


DRAWN = {"scatter": _scatter, "scattergl": _scatter, "bar": _bar, "heatmap": _heatmap}


def _plot(trace: Any, tables: list[str], figure: str) -> str:
    style, rows, columns = DRAWN[trace.type](trace)
    name = f"{figure}-{len(tables) + 1}.csv"
    lines = "\n".join(",".join(_cell(cell) for cell in row) for row in rows)
    tables.append(f"\\begin{{filecontents*}}[overwrite]{{{name}}}\n{lines}\n\\end{{filecontents*}}")
    legend = ""
    if trace.type != "heatmap" and trace.name and trace.showlegend is not False:
        legend = f"\n  \\addlegendentry{{{_escaped(trace.name)}}}"
    plus = "" if trace.type == "heatmap" else "+"
    return f"  \\addplot{plus}[{style}] table[{columns}, col sep=comma] {{{name}}};{legend}"


def _axis(figure: Any, place: tuple[str, str], plots: Sequence[str], traces: Sequence[Any]) -> str:
    options = ["width=0.8\\linewidth", "legend pos=outer north east"]
    for letter, name in zip("xy", place, strict=True):
        part = f"{letter}axis{name[1:]}"
        # An axis of which nothing is said is not in a figure that was written.
        figure.update_layout({part: {}})
        axis = figure.layout[part]
        if axis.title.text:
            options.append(f"{letter}label={{{_escaped(axis.title.text)}}}")
        if axis.type == "log":
            options.append(f"{letter}mode=log")
        words = list(dict.fromkeys(str(each) for each in _words(traces, letter)))
        if words:
            options.append(f"symbolic {letter} coords={{{','.join(_plain(word) for word in words)}}}")
            options.append(f"{letter}tick=data")
        if axis.autorange == "reversed" or (axis.range and _less(axis.range[1], axis.range[0])):
            options.append(f"{letter} dir=reverse")
    maps = [np.asarray(trace.z, dtype=float) for trace in traces if trace.type == "heatmap"]
    if maps:
        low, high = min(map(np.nanmin, maps)), max(map(np.nanmax, maps))
        high = high if high > low else low + 1  # of one value pgfplots makes no colour bar
        options += [
            "colorbar",
            "colormap name=viridis",
            f"point meta min={low:.9g}",
            f"point meta max={high:.9g}",
        ]
        options += ["enlargelimits=false", "axis on top", "unbounded coords=jump"]
    body = "\n".join(plots)
    return f"\\begin{{tikzpicture}}\n\\begin{{axis}}[{', '.join(options)}]\n{body}\n\\end{{axis}}\n\\end{{tikzpicture}}\n"


def _words(traces: Sequence[Any], letter: str) -> Iterator[Any]:
    for trace in traces:
        yield from (
            each for each in (trace[letter] if trace[letter] is not None else ()) if isinstance(each, str)
        )


def _places(given: Any, count: int, step: Any) -> list[Any]:
    if given is not None and len(given) == count:
        return list(given)
    first = float(given[0]) if given is not None and len(given) else 0.0
    return [first + at * float(step or 1) for at in range(count)]


def _less(one: Any, other: Any) -> bool:
    return isinstance(one, int | float) and isinstance(other, int | float) and one < other


def _cell(value: Any) -> str:
    """A number as TeX reads it, a word as the axis' coordinates name it."""
    if isinstance(value, str):
        return _plain(value)
    if value is None:
        return "nan"
    number = float(value)
    return f"{number:.9g}" if math.isfinite(number) else "nan"


def _plain(word: str) -> str:
    """A word that may be a coordinate: pgfplots allows no commas and TeX no signs there."""
    return re.sub(r"[^A-Za-z0-9 .+-]", "", _text(word)).strip() or "-"


def _text(words: str) -> str:
    """Plotly's words without its tags."""
    return re.sub(r"<[^<>]*>", " ", words).replace("&nbsp;", " ")


def _escaped(words: str) -> str:
    signs = (
        SIGNS.get(sign, sign if sign.isascii() or (sign.isalpha() and ord(sign) < 0x180) else "?")
        for sign in _text(words)
    )
    return " ".join("".join(signs).split())
