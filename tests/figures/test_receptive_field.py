"""What is drawn of a receptive field is where it is and how large it is."""

import pytest
from torch import nn

from explorer.analysis.receptive_field import LayerTable, receptive_field
from explorer.figures.receptive_field import boxes_figure, growth_figure
from explorer.geometry import Frame, Grid, InputPoint, PhotoPoint


@pytest.fixture(scope="module")
def field():
    net = nn.Sequential(nn.Conv2d(3, 4, 5, padding=2), nn.Conv2d(4, 4, (3, 7), stride=2), nn.MaxPool2d(2, 2))
    return receptive_field(net, input_size=(32, 32))


def outlines(figure):
    return [
        shape
        for shape in figure.layout.shapes
        if shape.fillcolor is None and not shape.line.color.startswith("rgba")
    ]


def test_the_box_lies_where_the_unit_looks_on_the_photograph(field):
    frame = Frame.fit((64, 128), (32, 32))  # the middle square, each input pixel two of the photograph
    at = frame.to_input(PhotoPoint(10.0, 64.0))
    layer = field.layer("1")
    figure = boxes_figure(layer, at, None, frame)
    box = layer.box(layer.cell_at(at))
    (outline,) = outlines(figure)
    assert (outline.y0, outline.y1) == (2 * box.top, 2 * box.bottom)
    assert (outline.x0, outline.x1) == (32 + 2 * box.left, 32 + 2 * box.right)
    assert "7 × 11" in figure.layout.annotations[0].text
    assert box.top < at.row < box.bottom


def test_boxes_grow_with_depth_and_the_chosen_one_is_named(field):
    figure = boxes_figure(field.along_depth, InputPoint(16, 16), chosen="1", click=Grid(4, 4, 32, 32))
    heights = sorted(shape.y1 - shape.y0 for shape in outlines(figure))
    assert heights == sorted(
        layer.box(layer.cell_at(InputPoint(16, 16))).height for layer in field.along_depth
    )
    assert [note.text for note in figure.layout.annotations] == ["1: 7 × 11"]
    assert figure.data[-1].name == "cells"
    assert len(figure.data[-1].customdata) == 16


def test_growth_shows_sizes_of_rows_and_columns_and_the_jump(field):
    traces = {trace.name: list(trace.y) for trace in growth_figure(field, chosen="1").data}
    assert traces == {"field, rows": [5, 7, 9], "field, columns": [5, 11, 13], "jump": [1, 2, 4]}


def test_square_fields_need_one_curve():
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Conv2d(4, 4, 3))
    traces = {
        trace.name: list(trace.y) for trace in growth_figure(receptive_field(net, input_size=(16, 16))).data
    }
    assert traces == {"side of the field": [3, 5], "jump": [1, 1]}


def test_the_table_has_a_row_for_each_layer_with_its_cost():
    net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))
    field = receptive_field(net, input_size=(10, 10))
    table = LayerTable(field.layers, field).figure(chosen="0").data[0]
    columns = {
        head[3:-4]: list(values)
        for head, values in zip(table.header["values"], table.cells["values"], strict=True)
    }
    assert columns["layer"] == ["0", "1", "2", "3"]
    assert columns["field (px)"] == ["3 × 3", "whole picture", "whole picture", "whole picture"]
    assert columns["output"][0] == "4×8×8"
    assert columns["parameters"] == ["112", "0", "0", "10"]
    assert columns["MFLOPs"][0] == f"{2 * 27 * 4 * 64 / 1e6:.2f}"
