"""Recall on answers whose worth is known, and the queries' places."""

import numpy as np
import pytest

from explorer.analysis.recall import found_objects, recall_by_count, recall_by_size
from explorer.analysis.slots import Answers, slots
from explorer.errors import AnalysisError

FAR = np.array([[0.0, 0.0, 0.1, 0.1], [0.5, 0.5, 0.7, 0.7], [0.8, 0.1, 0.9, 0.3]])


def test_an_object_needs_a_query_of_its_own() -> None:
    twice = FAR[[0, 0]]
    assert found_objects(np.array([1]), FAR[:1], np.array([1, 1]), twice).sum() == 1
    assert found_objects(np.array([1, 1]), FAR[[0, 0]], np.array([1, 1]), twice).sum() == 2


def test_class_and_place_must_both_be_right() -> None:
    labels = np.array([0, 1, 2])
    assert found_objects(labels, FAR, labels, FAR).all()
    assert found_objects(labels, FAR, np.array([0, 2, 2]), FAR).tolist() == [True, False, True]
    moved = FAR + np.array([0.06, 0, 0.06, 0])
    assert found_objects(labels, moved, labels, FAR).tolist() == [False, True, False]


def test_assignment_finds_as_many_as_possible() -> None:
    """The first prediction overlaps both objects, the second only the first: a greedy choice finds one."""
    predicted = np.array([[0.0, 0.0, 0.2, 0.1], [0.0, 0.0, 0.15, 0.1]])
    true = np.array([[0.0, 0.0, 0.18, 0.1], [0.06, 0.0, 0.24, 0.1]])
    same = np.zeros(2, int)
    assert found_objects(same, predicted, same, true).all()


def answers_for(counts: list[int], queries: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, list]:
    """Perfect answers, as far as the queries go."""
    scores, labels = np.zeros((len(counts), queries)), np.zeros((len(counts), queries), int)
    boxes, truths = np.zeros((len(counts), queries, 4)), []
    for i, count in enumerate(counts):
        left = np.arange(count) / max(1, count)
        true = np.stack([left, left * 0, left + 0.5 / max(1, count), left * 0 + 0.1], 1)
        told = min(count, queries)
        scores[i, :told], boxes[i, :told] = 0.9, true[:told]
        truths.append((np.zeros(count, int), true))
    return scores, labels, boxes, truths


def test_recall_past_the_number_of_queries_is_its_bound() -> None:
    curve = recall_by_count(*answers_for([1, 2, 4, 8, 8, 0], queries=4))
    assert curve.at.tolist() == [1, 2, 4, 8]
    assert curve.recall.tolist() == [1, 1, 1, 0.5]
    assert curve.bound.tolist() == [1, 1, 1, 0.5]
    assert curve.objects.tolist() == [1, 2, 4, 16]


def test_recall_by_size_puts_objects_into_their_group() -> None:
    scores, labels, boxes, truths = answers_for([2, 10], queries=10)
    scores[1] = 0.0
    curve = recall_by_size(scores, labels, boxes, truths, edges=(0.0, 0.1, 0.3))
    # Two of sqrt(0.25 x 0.1) = 0.16, ten of sqrt(0.05 x 0.1) = 0.07.
    assert curve.objects.tolist() == [10, 2]
    assert curve.recall.tolist() == [0, 1]


def test_nothing_to_find_is_a_sentence() -> None:
    with pytest.raises(AnalysisError, match="no object"):
        recall_by_count(*answers_for([0, 0], queries=2))


def test_slots_know_where_each_query_looks() -> None:
    rng = np.random.default_rng(0)
    pictures, queries = 200, 3
    boxes_cxcywh = np.full((pictures, queries, 4), 0.1)
    boxes_cxcywh[:, 0, :2] = 0.2 + 0.01 * rng.normal(size=(pictures, 2))
    boxes_cxcywh[:, 1, :2] = 0.8 + 0.01 * rng.normal(size=(pictures, 2))
    boxes_cxcywh[:, 2, :2] = rng.random((pictures, 2))
    probs = np.tile([0.9, 0.05, 0.05], (pictures, queries, 1))
    probs[::2, 2] = [0.05, 0.05, 0.9]
    made = slots(Answers(probs, boxes_cxcywh, ("a", "b")), threshold=0.5)
    np.testing.assert_allclose(made.uses, [1, 1, 0.5])
    np.testing.assert_allclose(made.centre[:2], [[0.2, 0.2], [0.8, 0.8]], atol=0.01)
    assert made.spread[2].min() > 10 * made.spread[:2].max()
    np.testing.assert_allclose(made.size, 0.1)
    assert 0.5 < made.specialised < 1.0
