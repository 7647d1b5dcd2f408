"""The boxes and maps of a CNN that the browser shows are the library's."""

import json
from pathlib import Path

import numpy as np
import pytest

from explorer import gallery, zoo
from explorer.analysis.field import effective_field, field_pass
from explorer.analysis.field_places import field_places
from explorer.analysis.receptive_field import receptive_field
from explorer.frontend.fields import pack_boxes, pack_maps
from explorer.geometry import Cell, InputPoint
from tests.frontend.node import node


@pytest.fixture(scope="module")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("fields") / "fields.mjs"
    node("tests/bundle.mjs", "tests/fields.ts", out)
    return out


@pytest.mark.parametrize("name", ["cnn-128", "efficientnet-lite0"])
def test_units_boxes_and_maps_are_the_librarys(name: str, script: Path):
    model, picture = zoo.load(name), gallery.picture("macaw")
    x, field = model.see(picture), receptive_field(model)
    part = len(field.depth) - 2
    layer = field.along_depth[part]
    places = field_places(field_pass(model, x, layers=(layer.name,)), layer.name)
    height, width = field.input_size
    points = [
        (each, row * height, column * width)
        for each in range(len(field.depth))
        for row, column in ((0.0, 0.0), (0.31, 0.77), (0.5, 0.5), (0.999, 0.4))
    ]
    folder = script.parent
    (folder / "boxes").write_bytes(pack_boxes(field, picture, frame=model.frame(picture), title=name))
    (folder / "maps").write_bytes(pack_maps(places, part=part))
    (folder / "points").write_text(json.dumps(points))
    node(script, folder / "boxes", folder / "maps", folder / "points", folder / "out")
    for (each, row, column), found in zip(points, json.loads((folder / "out").read_text()), strict=True):
        known = field.along_depth[each]
        cell = known.cell_at(InputPoint(row, column))
        assert found["unit"] == {"row": cell.row, "column": cell.column}
        if known.rows is not None and known.columns is not None:
            box = known.box(cell, clipped=False)
            assert found["box"] == {"rows": [box.top, box.bottom], "columns": [box.left, box.right]}
        if each != part:
            assert found["field"] is None
            continue
        unit = Cell(found["field"]["unit"]["row"], found["field"]["unit"]["column"])
        exact = effective_field(model, x, layer=layer.name, at=unit, draws=1)
        cells = np.array(found["field"]["shares"]).reshape(places.grid.rows, places.grid.columns)
        blocks = (places.grid.rows, height // places.grid.rows, places.grid.columns, -1)
        np.testing.assert_allclose(cells, exact.map.reshape(blocks).sum((1, 3)), atol=cells.max() / 255)
        assert abs(cells.sum() - 1) < 0.01
        assert found["field"]["radius90"] == pytest.approx(exact.radius_90, rel=1e-3)


def test_the_places_are_spread_over_the_layers_units():
    model = zoo.load("cnn-128")
    field = receptive_field(model)
    layer = field.along_depth[0]
    seen = field_pass(model, model.see(gallery.picture("cat")), layers=(layer.name,))
    places = field_places(seen, layer.name)
    assert len(places.rows) == min(14, layer.grid[0])
    gaps = np.diff(places.rows)
    assert gaps.max() - gaps.min() <= 1
    assert abs(places.rows[0] - (layer.grid[0] - 1 - places.rows[-1])) <= 1
