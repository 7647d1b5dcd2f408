"""The receptive fields of a CNN for the browser: the boxes of all layers in one file, the maps of each layer in another."""

from dataclasses import asdict
from typing import Any

from explorer.analysis.field_places import FieldPlaces, cells_of
from explorer.analysis.receptive_field import LayerField, ReceptiveField
from explorer.analysis.receptive_field.reach import Reach
from explorer.frontend.wire import encoded, photograph
from explorer.geometry import Frame
from explorer.images import Picture

__all__ = ["pack_boxes", "pack_maps"]


def pack_boxes(field: ReceptiveField, picture: Picture, *, frame: Frame, title: str, name: str = "") -> bytes:
    """The theoretical field of every unit of the layers that follow each other through the depth: the first and the
    last pixel of each row and column of units, as if the picture had no edges. A layer that sums them up has none."""
    header = {
        "title": title,
        "parts": [_part(layer) for layer in field.along_depth],
        "frame": asdict(frame),
        "grid": asdict(cells_of(field.input_size)),
    }
    return encoded(header, {"photograph": photograph(picture)}, name=name)


def pack_maps(places: FieldPlaces, *, part: int, name: str = "") -> bytes:
    """The effective fields of one layer, which is a part of the network."""
    header = {
        "part": part,
        "rows": places.rows.tolist(),
        "columns": places.columns.tolist(),
    }
    arrays = {"steps": places.steps, "scale": places.scale, "radius_90": places.radius_90}
    return encoded(header, arrays, name=name)


def _part(layer: LayerField) -> dict[str, Any]:
    return {"name": layer.name, "rows": _spans(layer.rows), "columns": _spans(layer.columns)}


def _spans(reach: Reach | None) -> list[tuple[int, int]] | None:
    return None if reach is None else [reach.span(unit) for unit in range(len(reach))]
