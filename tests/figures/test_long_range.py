import numpy as np
import torch

from explorer.analysis.long_range import InputGradient, cost
from explorer.analysis.recall_finding import Finding
from explorer.analysis.sequence_comparison import FindingsCompared, GradientsCompared, RecallByDistance
from explorer.analysis.sequence_cost import CostsByLength
from explorer.figures.long_range import colour_of
from explorer.figures.sequence_cost import costs_table
from explorer.timing.sequence_speed import SequenceSpeed, TimesByLength
from explorer.zoo.sequence_models import build_recall


def test_gradients_share_one_logarithmic_axis_and_rounding_is_faint():
    lengths = np.array([0.0, 0.0, 1e-12, 0.5, 1.0], np.float32)
    figure = GradientsCompared([InputGradient(lengths, 0, 0, 3, 2.0, "CNN")], "", "a").figure()
    assert figure.layout.yaxis.type == "log"
    clear, faint = figure.data
    np.testing.assert_array_equal(np.isnan(np.asarray(clear.y, float)), [True, True, True, False, False])
    np.testing.assert_array_equal(np.isnan(np.asarray(faint.y, float)), [True, True, False, True, True])
    assert "0 beyond 2" in clear.name
    assert list(clear.x) == [4, 3, 2, 1, 0]


def test_the_band_holds_every_seed():
    shares = np.array([[1.0, 0.5], [0.8, 0.7], [0.9, 0.3]])
    band, curve = RecallByDistance([1, 256], {"RNN": shares}).figure().data
    np.testing.assert_allclose(band.y, [1.0, 0.7, 0.3, 0.8])
    np.testing.assert_allclose(curve.y, [0.9, 0.5])


def test_a_path_that_does_not_exist_has_no_point():
    torch.manual_seed(0)
    costs = {"CNN": [cost(build_recall("cnn"), length) for length in (8, 4096)]}
    curve = next(trace for trace in CostsByLength(costs).figure().data if trace.xaxis == "x2")
    assert curve.y[0] == 4
    assert np.isnan(curve.y[1])


def test_the_axis_ends_where_nothing_can_be_felt():
    strong = InputGradient(np.array([1e-30, 1e-3, 1.0], np.float32), 0, 0, 1, 9.0, "RNN")
    low, high = GradientsCompared([strong], "", "a").figure().layout.yaxis.range
    assert 10**low < strong.precision < 10**high
    assert low > -12


def test_a_short_sequence_is_spelt_along_the_axis():
    gradient = InputGradient(np.array([0.1, 0.2, 0.4, 0.3]), 0, 0, 1, 9.0, "RNN")
    axis = GradientsCompared([gradient], "a*bc", "b").figure().layout.xaxis
    assert dict(zip(axis.tickvals, axis.ticktext, strict=True)) == {3: "a", 2: "*", 1: "b", 0: "c"}
    assert GradientsCompared([gradient], "", "b").figure().layout.xaxis.ticktext is None


def test_bars_go_as_far_as_found_and_reach_no_farther_than_the_sequence():
    findings = [Finding("RNN", 7, 9, 0.2, np.inf, "better"), Finding("1-D CNN", 3, 9, 0.1, 4.0, "worse")]
    figure = FindingsCompared(findings).figure()
    reach, result = figure.data
    assert list(reach.x) == [9, 4]
    assert list(result.x) == [7, 3]
    assert [note.text for note in figure.layout.annotations] == ["better", "worse"]


def test_a_model_keeps_its_colour_whichever_others_are_shown():
    shares = np.array([[1.0, 0.5]])
    both = RecallByDistance([1, 256], {"RNN": shares, "LSTM": shares}).figure().data
    (alone,) = RecallByDistance([1, 256], {"LSTM": shares}).figure().data
    assert both[1].line.color == alone.line.color == colour_of("LSTM") != both[0].line.color
    assert both[0].line.width > both[1].line.width  # curves that coincide are both seen


def test_times_stand_on_one_scale():
    speed = SequenceSpeed(np.array([32, 64]), np.array([1.0, 2.0]), np.array([3.0, 5.0]), "GRU")
    figure = TimesByLength([speed]).figure()
    assert [list(trace.y) for trace in figure.data] == [[1, 2], [3, 5]]
    assert figure.layout.yaxis2.matches == "y"


def test_the_table_says_where_no_way_leads():
    table = costs_table(CostsByLength({"1-D CNN": [cost(build_recall("cnn"), 4096)]})).data[0]
    assert [column[0] for column in table.cells["values"]][:3] == ["1-D CNN", "4", "none"]
