import numpy as np
import pytest

from explorer.analysis.recall_finding import finding
from explorer.zoo.sequence_models import build_recall

DISTANCES = (1, 8, 16, 64, 256)


@pytest.mark.parametrize(
    ("kind", "shares", "held", "outcome"),
    [
        ("rnn", [1, 1, 1, 1, 1], 256, "better"),
        ("lstm", [1, 1, 0.95, 0.89, 0.2], 16, "as expected"),
        ("cnn", [1, 1, 0.05, 0.06, 0.07], 8, "as expected"),  # at 16 the marker lies out of its field
        ("cnn", [1, 0.5, 0.05, 0.06, 0.07], 1, "worse"),
        ("dilated", [1, 1, 1, 1, 0.9], 256, "better"),
        ("dilated", [1, 1, 1, 0.3, 0.9], 16, "worse"),  # held again farther off does not count
        ("transformer", [1, 1, 1, 1, 0.97], 256, "as expected"),
        ("transformer", [1, 1, 1, 0.5, 0.4], 16, "worse"),
        ("gru", [0.06, 0.07, 0.05, 0.06, 0.06], 0, "not learnt"),
    ],
)
def test_what_is_said_is_judged_by_the_numbers(kind, shares, held, outcome):
    result = finding(kind, build_recall(kind), DISTANCES, np.array([shares], float))
    assert (result.held, result.outcome, result.farthest) == (held, outcome, 256)
    assert outcome in str(result) or outcome == "not learnt"
    assert (f"{100 * shares[-1]:.1f} % at 256" in str(result)) == (0 < held < 256)


def test_it_is_the_mean_of_the_trainings_that_counts():
    shares = np.array([[1.0, 1.0, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 0.7, 1.0], [1.0, 1.0, 1.0, 0.9, 0.9]])
    assert finding("GRU", build_recall("gru"), DISTANCES, shares).held == 16
    assert finding("GRU", build_recall("gru"), DISTANCES, shares[::2]).held == 256
