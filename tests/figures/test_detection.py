"""What is drawn of a DETR lies where it should."""

import dataclasses

import numpy as np
import pytest

from explorer.analysis.assignment import assign
from explorer.analysis.average_precision import AveragePrecision
from explorer.analysis.detection_results import Predictions, Trajectory
from explorer.analysis.query_attention import CellMaps, QueryAttention
from explorer.analysis.recall import RecallCurve
from explorer.analysis.slots import Slots
from explorer.analysis.true_objects import true_objects
from explorer.errors import ControlError
from explorer.figures.assignment import PARTS, matrix_figure, pairs_figure
from explorer.geometry import Box, Cell, Frame, Grid

CLASSES = ("circle", "house", "fish")
PHOTO = np.zeros((60, 80, 3), np.uint8)
FRAME = Frame.fit((60, 80), (60, 80), how="squash")


def predictions(threshold: float = 0.5) -> Predictions:
    probs = np.array([[0.9, 0.05, 0.02, 0.03], [0.1, 0.2, 0.1, 0.6], [0.1, 0.1, 0.7, 0.1]], np.float32)
    boxes_cxcywh = np.array([[0.25, 0.5, 0.2, 0.2], [0.5, 0.5, 0.1, 0.1], [0.75, 0.5, 0.3, 0.4]], np.float32)
    low, high = boxes_cxcywh[:, :2] - boxes_cxcywh[:, 2:] / 2, boxes_cxcywh[:, :2] + boxes_cxcywh[:, 2:] / 2
    return Predictions(
        probs=probs,
        scores=probs[:, :-1].max(-1),
        labels=probs[:, :-1].argmax(-1),
        boxes=np.concatenate([low, high], 1) * np.array([80, 60, 80, 60], np.float32),
        boxes_cxcywh=boxes_cxcywh,
        selected=probs[:, :-1].max(-1) > threshold,
        threshold=threshold,
        layer=1,
        classes=CLASSES,
    )


def rectangles(figure) -> list[tuple[float, float, float, float]]:
    return [(shape.x0, shape.y0, shape.x1, shape.y1) for shape in figure.layout.shapes]


def test_kept_boxes_are_drawn_where_they_are() -> None:
    figure = predictions().figure(picture=PHOTO, frame=FRAME)
    drawn = {tuple(round(side, 3) for side in rectangle) for rectangle in rectangles(figure)}
    assert drawn == {(12.0, 24.0, 28.0, 36.0), (48.0, 18.0, 72.0, 42.0)}
    message = " ".join(note.text for note in figure.layout.annotations)
    assert "circle 0.90" in message
    assert "fish 0.70" in message


def test_no_detection_is_said_on_the_figure() -> None:
    figure = predictions(threshold=0.95).figure(picture=PHOTO, frame=FRAME)
    assert rectangles(figure) == []
    assert "nothing above 0.95" in figure.layout.annotations[0].text


def test_all_queries_and_the_chosen_one_can_be_drawn() -> None:
    every = predictions().figure(picture=PHOTO, frame=FRAME, all_queries=True, chosen=1)
    assert len(rectangles(every)) == 6


def maps(layers: int = 2) -> CellMaps:
    weights = np.zeros((layers, 4, 6, 8), np.float32)
    weights[..., 2, 5] = 1.0
    return CellMaps(weights, tuple(range(layers)), Grid(6, 8, 60, 80), "query 0", query=0)


def test_attention_is_drawn_on_its_cell() -> None:
    figure = maps().figure(picture=PHOTO, frame=FRAME, layer=1)
    heat = next(trace for trace in figure.data if trace.type == "heatmap")
    row, column = np.unravel_index(np.argmax(np.array(heat.z)), (6, 8))
    assert (heat.x[column], heat.x[column + 1]) == (50, 60)
    assert (heat.y[row], heat.y[row + 1]) == (20, 30)


def test_layers_and_heads_are_panels_of_one_scale() -> None:
    layers = maps(3).figure(picture=PHOTO, frame=FRAME)
    assert sum(trace.type == "heatmap" for trace in layers.data) == 3
    heads = maps(3).figure(picture=PHOTO, frame=FRAME, layer=0, heads=True)
    assert sum(trace.type == "heatmap" for trace in heads.data) == 4
    assert {trace.coloraxis for trace in heads.data} == {"coloraxis"}


def test_clicked_cell_is_outlined() -> None:
    clicked = dataclasses.replace(maps(), cell=Cell(1, 2), query=None)
    figure = clicked.figure(picture=PHOTO, frame=FRAME, layer=0, click=True)
    assert (20, 10, 30, 20) in rectangles(figure)
    assert figure.layout.clickmode == "event+select"
    assert [1, 2] in [list(item) for item in figure.data[-1].customdata]


def test_trajectory_has_a_box_a_layer() -> None:
    way = Trajectory(
        query=2,
        boxes=np.array([[0, 0, 40, 30], [10, 10, 40, 30]], np.float32),
        scores=np.array([0.4, 0.9], np.float32),
        no_object=np.array([0.5, 0.05], np.float32),
        labels=np.array([0, 2]),
        classes=CLASSES,
    )
    figure = way.figure(picture=PHOTO, frame=FRAME)
    assert {(0, 0, 40, 30), (10, 10, 40, 30)} <= set(rectangles(figure))
    assert way.agreement == pytest.approx([600 / 1200, 1.0])
    curves = {trace.name: list(trace.y) for trace in way.convergence.figure().data}
    assert curves["“no object”"] == pytest.approx([0.5, 0.05])


def test_vacuous_layer_is_titled_so() -> None:
    even = np.full((3, 3), 1 / 3, np.float32)
    assert "carries no information" in QueryAttention(even, 0, None).figure().layout.title.text
    assert QueryAttention(even, 1, None).figure(chosen=2).layout.title.text is None


def solved(boxes: list[Box], names: list[str]):
    truth = true_objects(boxes, names, height=60, width=80, classes=CLASSES)
    result = predictions()
    return result, truth, assign(result.probs, result.boxes_cxcywh, truth, classes=CLASSES)


def test_assignment_is_drawn_in_the_matrix_and_on_the_photograph() -> None:
    result, truth, made = solved([Box(20, 10, 40, 30), Box(18, 48, 42, 72)], ["circle", "fish"])
    assert made.pairs == ((0, 0), (2, 1))
    for part in PARTS:
        figure = matrix_figure(made, part=part)
        assert (-0.5, -0.5, 0.5, 0.5) in rectangles(figure)
        assert (0.5, 1.5, 1.5, 2.5) in rectangles(figure)
    lines = [
        trace
        for trace in pairs_figure(made, result, truth, PHOTO, FRAME).data
        if trace.mode == "lines+markers"
    ]
    assert [(list(line.x), list(line.y)) for line in lines] == [
        ([pytest.approx(20), 20], [pytest.approx(30), 30]),
        ([pytest.approx(60), 60], [pytest.approx(30), 30]),
    ]
    parts = made.loss_by_pair.figure().data
    assert sum(sum(bar.x) for bar in parts) == pytest.approx(made.loss)
    with pytest.raises(ControlError, match="part"):
        matrix_figure(made, part="colour")  # type: ignore[arg-type]


def test_more_objects_than_queries_and_none_are_drawn() -> None:
    result, truth, made = solved([Box(0, 10 * i, 10, 10 * i + 9) for i in range(5)], ["house"] * 5)
    figure = pairs_figure(made, result, truth, PHOTO, FRAME)
    assert sum("no query" in note.text for note in figure.layout.annotations) == 2
    _, _, nothing = solved([], [])
    assert "nothing to assign" in matrix_figure(nothing).layout.annotations[0].text
    assert sum(sum(bar.x) for bar in nothing.loss_by_pair.figure().data) == pytest.approx(nothing.loss)


def test_slots_have_a_panel_a_query() -> None:
    boxes_cxcywh = np.random.default_rng(0).random((20, 5, 4))
    selected = np.ones((20, 5), bool)
    selected[:, 3] = False
    figure = Slots(boxes_cxcywh, np.zeros((20, 5), int), selected, 0.5, CLASSES).figure()
    points = [trace for trace in figure.data if trace.mode == "markers"]
    assert [len(trace.x) for trace in points] == [20, 20, 20, 0, 20]
    np.testing.assert_allclose(points[1].y, boxes_cxcywh[:, 1, 1])


def test_recall_shows_its_bound_only_where_there_is_one() -> None:
    curve = RecallCurve(
        np.array([4.0, 8.0]), np.array([0.9, 0.4]), np.array([8, 16]), np.array([1.0, 0.5]), "objects"
    )
    assert curve.figure(queries=4).data[0].name.startswith("upper bound")
    free = dataclasses.replace(curve, bound=np.ones(2))
    assert [trace.name for trace in free.figure().data] == ["recall"]
    bars = AveragePrecision({"AP": 0.7, "AP small": -1.0}).figure().data[0]
    assert list(bars.x) == ["AP"]
