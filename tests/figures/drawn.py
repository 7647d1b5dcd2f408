"""What a figure would show, read back from it."""

import base64
import io

import numpy as np
import plotly.graph_objects as go
from PIL import Image

from explorer.geometry import Box


def image_of(source: str) -> np.ndarray:
    """The pixels of an image in a string."""
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(source.split(",", 1)[1]))))


def heatmaps(figure: go.Figure) -> list[go.Heatmap]:
    return [trace for trace in figure.data if isinstance(trace, go.Heatmap)]


def boxes(figure: go.Figure, panel: str = "x") -> list[Box]:
    """The outlined (not filled) boxes of a panel."""
    return [
        Box(shape.y0, shape.x0, shape.y1, shape.x1)
        for shape in figure.layout.shapes
        if shape.xref == panel and not shape.fillcolor
    ]
