"""DETR's loss against transformers' own, and its assignment against every permutation."""

from itertools import permutations

import numpy as np
import pytest
import torch
from transformers import DetrConfig
from transformers.loss.loss_for_object_detection import (
    ForObjectDetectionLoss,
    HungarianMatcher,
    generalized_box_iou,
)

from explorer.data.targets import Targets
from explorer.training.set_loss import corners, giou_loss, match, set_loss

CLASSES, QUERIES = 5, 7


def predictions(layers: int, groups: int, batch: int, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(layers, groups, batch, QUERIES, CLASSES + 1, generator=generator)
    boxes = torch.rand(layers, groups, batch, QUERIES, 4, generator=generator) * 0.5 + 0.2
    return logits, boxes


def truths(counts: list[int], seed: int = 1) -> Targets:
    generator = torch.Generator().manual_seed(seed)
    labels = [torch.randint(0, CLASSES, (count,), generator=generator) for count in counts]
    boxes = [torch.rand(count, 4, generator=generator) * 0.4 + 0.3 for count in counts]
    return Targets.of(labels, boxes)


def as_transformers_wants(targets: Targets) -> list[dict[str, torch.Tensor]]:
    return [
        {"class_labels": targets.labels[i, :count], "boxes": targets.boxes[i, :count]}
        for i, count in enumerate(targets.counts)
    ]


@pytest.mark.parametrize("counts", [[3, 1], [7, 2], [0, 4], [1, 1]])
def test_loss_equals_transformers_with_auxiliary_losses(counts: list[int]) -> None:
    logits, boxes = predictions(layers=3, groups=1, batch=2)
    targets = truths(counts)
    config = DetrConfig(num_labels=CLASSES, auxiliary_loss=True, decoder_layers=3)
    theirs, _, _ = ForObjectDetectionLoss(
        logits[-1, 0],
        as_transformers_wants(targets),
        torch.device("cpu"),
        boxes[-1, 0],
        config,
        logits[:, 0],
        boxes[:, 0],
    )
    assert float(set_loss(logits, boxes, targets)) == pytest.approx(float(theirs), rel=1e-5)


def test_loss_without_any_object_is_the_loss_of_saying_so() -> None:
    logits, boxes = predictions(layers=1, groups=1, batch=2)
    expected = -logits.log_softmax(-1)[..., -1].mean()
    assert float(set_loss(logits, boxes, truths([0, 0]))) == pytest.approx(float(expected), rel=1e-5)


def test_each_group_is_matched_by_itself() -> None:
    logits, boxes = predictions(layers=1, groups=3, batch=2)
    targets = truths([2, 5])
    alone = [float(set_loss(logits[:, g : g + 1], boxes[:, g : g + 1], targets)) for g in range(3)]
    # The class term weighs queries over all groups together, so groups mix by their weights; here they are equal.
    assert float(set_loss(logits, boxes, targets)) == pytest.approx(float(np.mean(alone)), rel=1e-5)


def test_matching_equals_transformers_matcher() -> None:
    logits, boxes = predictions(layers=1, groups=1, batch=4)
    targets = truths([4, 0, 7, 1])
    theirs = HungarianMatcher(class_cost=1, bbox_cost=5, giou_cost=2)(
        {"logits": logits[0, 0], "pred_boxes": boxes[0, 0]}, as_transformers_wants(targets)
    )
    which, query, truth = match(logits[0, 0], boxes[0, 0], targets)
    expected = [(i, int(q), int(t)) for i, (qs, ts) in enumerate(theirs) for q, t in zip(qs, ts, strict=True)]
    assert list(zip(which.tolist(), query.tolist(), truth.tolist(), strict=True)) == expected


def test_matching_is_the_cheapest_of_all_permutations() -> None:
    logits, boxes = predictions(layers=1, groups=1, batch=1, seed=3)
    targets = truths([4], seed=4)
    chance, box = logits[0, 0, 0].softmax(-1), boxes[0, 0, 0]

    def cost(queries: tuple[int, ...]) -> float:
        total = 0.0
        for truth, query in enumerate(queries):
            true = targets.boxes[0, truth]
            giou = generalized_box_iou(corners(box[query])[None], corners(true)[None])[0, 0]
            named = chance[query, targets.labels[0, truth]]
            total += float(-named + 5 * (box[query] - true).abs().sum() - 2 * giou)
        return total

    _, query, truth = match(logits[0, 0], boxes[0, 0], targets)
    result = tuple(int(query[truth == t]) for t in range(4))
    best = min(permutations(range(QUERIES), 4), key=cost)
    assert cost(result) == pytest.approx(cost(best), rel=1e-6)


def test_the_loss_of_overlap_is_that_of_transformers() -> None:
    _, boxes = predictions(layers=1, groups=1, batch=2)
    one, other = boxes[0, 0]
    theirs = 1 - generalized_box_iou(corners(one), corners(other)).diagonal()
    torch.testing.assert_close(giou_loss(one, other, reduction="none"), theirs)
