"""Average precision of parts, against torchmetrics on all pictures at once."""

import numpy as np
import pytest
import torch

from explorer.analysis.average_precision import average_precision
from explorer.analysis.matched_boxes import matched_boxes, precision_of_parts


def pictures(count, *, seed, classes=3, crowd=False):
    """True boxes of every size, and predictions near some of them."""
    rng = np.random.default_rng(seed)
    predicted, true = [], []
    for _ in range(count):
        objects = int(rng.integers(0, 7))
        corners = rng.uniform(0, 0.7, (objects, 2))
        boxes = np.concatenate([corners, corners + rng.uniform(0.01, 0.3, (objects, 2))], 1).astype("f4")
        labels = rng.integers(0, classes, objects)
        near = np.concatenate([boxes, boxes[::2]]) + rng.normal(0, 0.02, (objects + len(boxes[::2]), 4))
        true.append({"labels": torch.from_numpy(labels), "boxes": torch.from_numpy(boxes)})
        if crowd:
            true[-1]["iscrowd"] = torch.from_numpy((rng.random(objects) < 0.2).astype(np.int64))
        predicted.append(
            {
                "labels": torch.from_numpy(
                    np.concatenate([labels, rng.integers(0, classes, len(boxes[::2]))])
                ),
                "boxes": torch.from_numpy(near.astype("f4")),
                "scores": torch.from_numpy(rng.random(len(near)).round(1).astype("f4")),  # some of them equal
            }
        )
    return predicted, true


@pytest.mark.parametrize(("seed", "crowd"), [(0, False), (1, False), (2, True)])
def test_the_precision_of_parts_is_that_of_torchmetrics_for_all_pictures(seed, crowd):
    predicted, true = pictures(30, seed=seed, crowd=crowd)
    parts = [matched_boxes(predicted[at : at + 7], true[at : at + 7]) for at in range(0, 30, 7)]
    assert precision_of_parts(parts) == average_precision(predicted, true)


def test_a_part_without_objects_counts_its_wrong_predictions():
    predicted, true = pictures(8, seed=3)
    nothing = {"labels": torch.zeros(0, dtype=torch.int64), "boxes": torch.zeros(0, 4)}
    parts = [matched_boxes(predicted, true), matched_boxes(predicted, [nothing] * 8)]
    assert precision_of_parts(parts) == average_precision(predicted * 2, [*true, *[nothing] * 8])


def test_without_any_object_there_is_no_precision():
    nothing = {"labels": torch.zeros(0, dtype=torch.int64), "boxes": torch.zeros(0, 4)}
    empty = matched_boxes([nothing | {"scores": torch.zeros(0)}], [nothing])
    assert set(precision_of_parts([empty]).values()) == {-1.0}
