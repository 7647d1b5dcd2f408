"""The assignment against every permutation, SciPy and transformers' own loss."""

from itertools import permutations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment
from transformers import DetrConfig
from transformers.loss import loss_for_object_detection
from transformers.loss.loss_for_object_detection import ForObjectDetectionLoss, HungarianMatcher

from explorer.analysis.assignment import Assignment, CostWeights, assign
from explorer.analysis.true_objects import TrueObjects, true_objects
from explorer.errors import AnalysisError, ControlError
from explorer.geometry import Box

CLASSES = ("circle", "house", "fish", "cup")


def problem(queries: int, objects: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray, TrueObjects]:
    rng = np.random.default_rng(seed)
    logits = 2 * rng.normal(size=(queries, len(CLASSES) + 1))
    probs = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    boxes_cxcywh = np.concatenate(
        [rng.uniform(0.3, 0.7, (queries, 2)), rng.uniform(0.1, 0.5, (queries, 2))], 1
    )
    true = np.concatenate([rng.uniform(0.3, 0.7, (objects, 2)), rng.uniform(0.1, 0.5, (objects, 2))], 1)
    labels = rng.integers(0, len(CLASSES), objects)
    names = tuple(CLASSES[label] for label in labels)
    return probs, boxes_cxcywh, TrueObjects(labels, true, names, tuple(Box(0, 0, 1, 1) for _ in names))


def solved(queries: int, objects: int, seed: int = 0, **options: object) -> Assignment:
    probs, boxes_cxcywh, truth = problem(queries, objects, seed)
    return assign(probs, boxes_cxcywh, truth, classes=CLASSES, **options)


@given(st.integers(1, 7), st.integers(1, 7), st.integers(0, 1000))
def test_no_permutation_is_cheaper(queries: int, objects: int, seed: int) -> None:
    made = solved(queries, objects, seed)
    cost = made.cost if queries >= objects else made.cost.T
    fewer = min(queries, objects)
    ways = permutations(range(max(queries, objects)), fewer)
    best = min(sum(cost[way[i], i] for i in range(fewer)) for way in ways)
    assert made.total == pytest.approx(best, abs=1e-9)
    assert len({query for query, _ in made.pairs}) == len({thing for _, thing in made.pairs}) == fewer


def test_total_is_scipys_optimum_for_many() -> None:
    for seed in range(20):
        made = solved(100, 40, seed)
        assert made.total == pytest.approx(made.cost[linear_sum_assignment(made.cost)].sum(), abs=1e-9)


@pytest.mark.parametrize(("queries", "objects"), [(10, 4), (5, 5), (4, 9), (6, 1)])
def test_pairs_and_loss_equal_those_of_transformers(queries: int, objects: int) -> None:
    probs, boxes_cxcywh, truth = problem(queries, objects, seed=queries)
    made = assign(probs, boxes_cxcywh, truth, classes=CLASSES)
    logits, boxes = torch.from_numpy(np.log(probs)), torch.from_numpy(boxes_cxcywh)
    targets = [
        {"class_labels": torch.from_numpy(truth.labels), "boxes": torch.from_numpy(truth.boxes_cxcywh)}
    ]
    given = {"logits": logits[None], "pred_boxes": boxes[None]}
    rows, columns = HungarianMatcher(class_cost=1, bbox_cost=5, giou_cost=2)(given, targets)[0]
    assert made.pairs == tuple(zip(rows.tolist(), columns.tolist(), strict=True))
    config = DetrConfig(num_labels=len(CLASSES))
    # Their weights of the classes are single precision.
    loss, _, _ = ForObjectDetectionLoss(
        logits[None].float(),
        [{name: value.float() if value.is_floating_point() else value for name, value in targets[0].items()}],
        torch.device("cpu"),
        boxes[None].float(),
        config,
    )
    assert made.loss == pytest.approx(float(loss), rel=1e-5)


@pytest.mark.parametrize("weights", [(1, 0, 0), (0, 1, 0), (0, 0, 1), (1, 2, 0), (3, 1, 4)], ids=str)
def test_costs_are_those_that_transformers_matcher_solves(
    weights: tuple[int, int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    probs, boxes_cxcywh, truth = problem(8, 5, seed=5)
    theirs: list[np.ndarray] = []

    def listening(cost: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        theirs.append(np.asarray(cost))
        return linear_sum_assignment(cost)

    monkeypatch.setattr(loss_for_object_detection, "linear_sum_assignment", listening)
    class_cost, l1, giou = weights
    HungarianMatcher(class_cost=class_cost, bbox_cost=l1, giou_cost=giou)(
        {"logits": torch.from_numpy(np.log(probs))[None], "pred_boxes": torch.from_numpy(boxes_cxcywh)[None]},
        [{"class_labels": torch.from_numpy(truth.labels), "boxes": torch.from_numpy(truth.boxes_cxcywh)}],
    )
    made = assign(probs, boxes_cxcywh, truth, classes=CLASSES, weights=CostWeights(class_cost, l1, giou))
    (cost,) = theirs
    np.testing.assert_allclose(made.cost, cost, atol=1e-6)


def test_left_out_queries_and_objects_take_no_part() -> None:
    whole = solved(8, 4)
    query, thing = whole.pairs[0]
    made = solved(8, 4, without_queries=[query], without_objects=[thing])
    assert query not in {pair[0] for pair in made.pairs}
    assert thing not in {pair[1] for pair in made.pairs}
    assert query not in made.free_queries
    assert len(made.pairs) == 3
    reduced = np.delete(np.delete(whole.cost, query, 0), thing, 1)
    assert made.total == pytest.approx(reduced[linear_sum_assignment(reduced)].sum())


def test_more_objects_than_queries_leaves_objects_without() -> None:
    made = solved(3, 5)
    assert len(made.pairs) == 3
    assert len(made.missed_objects) == 2
    assert not made.free_queries
    assert "more objects than queries" in made.sentence


def test_no_object_leaves_every_query_free() -> None:
    made = solved(4, 0)
    assert made.pairs == ()
    assert made.free_queries == (0, 1, 2, 3)
    assert "no object" in made.sentence
    probs, _, _ = problem(4, 0)
    assert made.loss == pytest.approx(-np.log(probs[:, -1]).mean())


def test_true_objects_are_shares_of_the_photograph() -> None:
    truth = true_objects([Box(10, 20, 30, 60)], ["fish"], height=100, width=200, classes=CLASSES)
    np.testing.assert_allclose(truth.boxes_cxcywh, [[0.2, 0.2, 0.2, 0.2]])
    assert truth.labels.tolist() == [2]
    clipped = true_objects([Box(-10, -10, 50, 100)], ["cup"], height=100, width=200, classes=CLASSES)
    np.testing.assert_allclose(clipped.boxes_cxcywh, [[0.25, 0.25, 0.5, 0.5]])
    assert len(true_objects([], [], height=10, width=10, classes=CLASSES)) == 0


@pytest.mark.parametrize(
    ("box", "name", "word"),
    [
        (Box(10, 10, 10, 20), "fish", "area"),
        (Box(10, 30, 20, 20), "fish", "area"),
        (Box(200, 10, 220, 20), "fish", "outside"),
        (Box(0, 0, float("inf"), 20), "fish", "number"),
        (Box(0, 0, 10, 20), "dragon", "kind"),
    ],
)
def test_impossible_boxes_are_refused_in_a_sentence(box: Box, name: str, word: str) -> None:
    with pytest.raises(AnalysisError, match=word):
        true_objects([box], [name], height=100, width=100, classes=CLASSES)


def test_impossible_wishes_are_refused() -> None:
    with pytest.raises(ControlError, match="query 9"):
        solved(4, 2, without_queries=[9])
    with pytest.raises(ControlError, match="weights"):
        CostWeights(class_cost=-1)
