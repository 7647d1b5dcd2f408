"""Several drawings beside each other in one."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence

import plotly.graph_objects as go

from explorer.export.chromium import CHROMIUM
from explorer.export.drawing import Drawing
from explorer.export.layout import lay_out
from explorer.export.style import PAPER, PaperStyle

__all__ = ["beside_each_other"]

TITLE, GAP = 26, 10
"""Pixels above a figure for its title, and between two."""


def beside_each_other(
    drawings: Sequence[Drawing], titles: Sequence[str], *, label: str, caption: str, alt: str
) -> Drawing:
    """The drawings in two or three columns, each under the label and its title, with the data of all.

    Raises:
        ExportError: there is no Chromium to draw them.
    """
    columns = min(len(drawings), 2 if len(drawings) <= 4 else 3)
    style = PaperStyle(width=PAPER.width_mm / columns, caption=False)
    sheets = [lay_out(drawing, style) for drawing in drawings]
    wide = max(sheet.width for sheet in sheets)
    rows = math.ceil(len(sheets) / columns)
    heights = [max(sheet.height for sheet in sheets[at * columns :][:columns]) + TITLE for at in range(rows)]
    width, height = columns * (wide + GAP) - GAP, sum(heights) + (rows - 1) * GAP
    figure = go.Figure(
        layout={
            "template": "explorer",
            "width": width,
            "height": height,
            "margin": dict.fromkeys("lrtb", 0),
            "xaxis": {"visible": False},
            "yaxis": {"visible": False},
        }
    )
    for at, (title, sheet) in enumerate(zip(titles, sheets, strict=True)):
        row, column = divmod(at, columns)
        left, top = column * (wide + GAP), sum(heights[:row]) + row * GAP
        drawn = base64.b64encode(CHROMIUM.draw(sheet, "svg", scale=1)).decode()
        figure.add_layout_image(
            source=f"data:image/svg+xml;base64,{drawn}",
            x=left / width,
            y=1 - (top + TITLE) / height,
            sizex=sheet.width / width,
            sizey=sheet.height / height,
            xref="paper",
            yref="paper",
            sizing="stretch",
            layer="above",
        )
        figure.add_annotation(
            text=f"<b>{label} {title}</b>",
            x=left / width,
            y=1 - top / height,
            xref="paper",
            yref="paper",
            xanchor="left",
            yanchor="top",
            showarrow=False,
        )
    named = [(f"{title}: ", drawing) for title, drawing in zip(titles, drawings, strict=True)]
    return Drawing.of(
        figure=figure,
        data={place + name: array for place, drawing in named for name, array in drawing.data.items()},
        units={place + name: unit for place, drawing in named for name, unit in drawing.units.items()},
        caption=caption,
        alt=alt,
    )
