"""Boxes follow their pictures through cuts; what is ignored neither teaches nor counts."""

import numpy as np
import pytest
import torch

from explorer.analysis.average_precision import ap50_intervals, average_precision
from explorer.data.detection_photos import SHAPES, DetectionPhotos, cut, detection_photos, mosaic, shape_of
from explorer.data.imagenette import Photographs
from explorer.data.targets import Targets
from explorer.training.detr_groups import token_loss
from explorer.training.set_loss import COVERED, NO_OBJECT, covered, set_loss
from tests.training.photographs import archive

CPU = torch.device("cpu")


def painted(count):
    """Black pictures with one white box each."""
    rng = np.random.default_rng(3)
    pictures, boxes = [], []
    for _ in range(count):
        height, width = (int(side) for side in rng.integers(120, 200, 2))
        low = rng.uniform(0.1, 0.4, 2)
        box = np.concatenate([low, low + rng.uniform(0.25, 0.5, 2)])
        left, top, right, bottom = np.rint(box * [width, height, width, height]).astype(int)
        picture = np.zeros((height, width, 3), np.uint8)
        picture[top:bottom, left:right] = 255
        pictures.append(picture)
        boxes.append(np.float32([[left / width, top / height, right / width, bottom / height]]))
    return DetectionPhotos(
        Photographs(pictures, np.full(count, -1)),
        tuple(np.array([4]) for _ in range(count)),
        tuple(boxes),
        tuple(np.array([False]) for _ in range(count)),
    )


def test_a_box_is_where_its_object_is_on_the_cut():
    torch.manual_seed(0)
    part, (rows, columns) = painted(60), (96, 128)
    pixels, targets = cut(part, list(range(60)), (rows, columns), device=CPU)
    assert pixels.shape == (60, 3, rows, columns)
    seen = mirrored = 0
    for picture, label, box in zip(pixels, targets.labels, targets.boxes, strict=True):
        if label[0] != 4:
            continue
        inside = (picture[0] > 127).nonzero()
        top, left = inside.min(0).values.tolist()
        bottom, right = (inside.max(0).values + 1).tolist()
        x, y, wide, tall = box[0].tolist()
        result = [
            (x - wide / 2) * columns,
            (y - tall / 2) * rows,
            (x + wide / 2) * columns,
            (y + tall / 2) * rows,
        ]
        assert result == pytest.approx([left, top, right, bottom], abs=2.0)
        seen += 1
        mirrored += x > 0.5
    assert seen > 40
    assert 5 < mirrored < seen - 5


def test_each_quarter_of_a_mosaic_has_its_own_objects():
    torch.manual_seed(0)
    part, (rows, columns) = painted(30), (96, 128)
    pixels, targets = mosaic(part, list(range(30)), (rows, columns), device=CPU)
    assert pixels.shape == (30, 3, rows, columns)
    seen = 0
    for picture, labels, boxes in zip(pixels, targets.labels, targets.boxes, strict=True):
        for x, y, wide, tall in boxes[labels >= 0].tolist():
            top, left = int(y > 0.5) * rows // 2, int(x > 0.5) * columns // 2
            inside = (picture[0, top : top + rows // 2, left : left + columns // 2] > 127).nonzero()
            low, high = inside.min(0).values, inside.max(0).values + 1
            wanted = [left + int(low[1]), top + int(low[0]), left + int(high[1]), top + int(high[0])]
            result = [
                (x - wide / 2) * columns,
                (y - tall / 2) * rows,
                (x + wide / 2) * columns,
                (y + tall / 2) * rows,
            ]
            assert result == pytest.approx(wanted, abs=2.0)
            seen += 1
    assert 80 < seen <= 120


def test_an_ignored_or_hardly_visible_object_does_not_teach():
    part = painted(40)
    every = DetectionPhotos(part.photos, part.labels, part.boxes, tuple(np.array([True]) for _ in range(40)))
    torch.manual_seed(0)
    _, targets = cut(every, list(range(40)), (64, 64), device=CPU)
    assert not targets.present.any()
    assert targets.ignored.shape == (40, 1, 4)


def test_the_file_is_read_as_its_makers_wrote_it(tmp_path):
    rng = np.random.default_rng(0)
    counts = rng.integers(0, 4, 310)
    pictures = [rng.integers(0, 256, (8, 10, 3), dtype=np.uint8) for _ in counts]
    archive(tmp_path / "detection-train.npz", pictures, [0] * 310)
    with np.load(tmp_path / "detection-train.npz") as file:
        encoded = {name: file[name] for name in ("bytes", "offsets")}
    from explorer.data.detection_photos import OBJECTS

    total = counts.sum()
    labels, boxes = rng.integers(0, 20, total).astype(np.uint8), rng.random((total, 4), np.float32)
    ends = np.concatenate([[0], counts.cumsum()])
    np.savez(
        tmp_path / "detection-train.npz",
        **encoded,
        labels=labels,
        boxes=boxes,
        ignore=np.zeros(total, np.uint8),
        box_offsets=ends,
        classes=np.array(OBJECTS),
    )
    train, validation = (detection_photos(tmp_path, part) for part in ("train", "validation"))
    assert (len(train), len(validation)) == (10, 300)
    for at in (0, 9):
        assert np.array_equal(train.labels[at], labels[ends[at] : ends[at + 1]])
        assert np.array_equal(train.photos.pictures[at], pictures[at])
    assert np.array_equal(validation.boxes[-1], boxes[ends[309] : ends[310]])


def test_pictures_are_shown_in_the_nearest_shape():
    for number, (rows, columns) in enumerate(SHAPES):
        assert shape_of(rows * 3, columns * 3) == number
    assert SHAPES[shape_of(100, 400)] == SHAPES[-1]
    sizes = [rows * columns for rows, columns in SHAPES]
    assert max(sizes) / min(sizes) < 1.03


def test_covered_is_the_share_of_the_box_by_counting_points():
    torch.manual_seed(0)
    boxes, ignored = (torch.rand(3, count, 4) * 0.5 + 0.1 for count in (8, 2))
    at = (torch.arange(400) + 0.5) / 400

    def inside(box):
        x, y, wide, tall = box
        return ((at - y).abs() <= tall / 2)[:, None] & ((at - x).abs() <= wide / 2)[None]

    result = covered(boxes, ignored)
    for picture in range(3):
        for number in range(8):
            own = inside(boxes[picture, number])
            shares = [float((own & inside(other)).sum() / own.sum()) for other in ignored[picture]]
            if abs(max(shares) - COVERED) > 0.02:
                assert bool(result[picture, number]) == (max(shares) > COVERED)


def test_queries_on_an_ignored_object_are_left_out_of_the_loss():
    torch.manual_seed(0)
    logits, boxes = torch.randn(1, 1, 1, 3, 3, requires_grad=True), torch.rand(1, 1, 1, 3, 4) * 0.1
    boxes[..., 0, :2], boxes[..., 1, :2], boxes[..., 2, :2] = 0.2, 0.5, 0.8
    boxes[..., 2:] = 0.1
    true = Targets.of(
        [torch.tensor([1])], [torch.tensor([[0.2, 0.2, 0.1, 0.1]])], [torch.tensor([[0.5, 0.5, 0.2, 0.2]])]
    )
    loss = set_loss(logits, boxes, true)
    (gradient,) = torch.autograd.grad(loss, logits)
    assert (gradient[..., 1, :] == 0).all()
    # By hand: the first query is the object, the third none, the second is not counted.
    message = logits.detach()[0, 0, 0].log_softmax(-1)
    named = -(message[0, 1] + NO_OBJECT * message[2, 2]) / (1 + NO_OBJECT)
    assert float(loss.detach()) == pytest.approx(float(named), abs=1e-5), "the object's box is exact"


def test_tokens_in_an_ignored_object_are_left_out_of_the_loss():
    torch.manual_seed(0)
    logits, boxes = torch.randn(1, 16, 3, requires_grad=True), torch.full((1, 16, 4), 0.1)
    boxes[..., :2] = 0.9
    boxes[0, 5, :2] = 0.375
    ignored = Targets.of(
        [torch.zeros(0, dtype=torch.int64)], [torch.zeros(0, 4)], [torch.tensor([[0.375, 0.375, 0.2, 0.2]])]
    )
    (gradient,) = torch.autograd.grad(token_loss(logits, boxes, ignored, (4, 4)), logits)
    silent = (gradient[0] == 0).all(-1)
    assert silent.nonzero()[:, 0].tolist() == [5]


def detected(pictures):
    rng = np.random.default_rng(5)
    result, true = [], []
    for _ in range(pictures):
        boxes = rng.random((4, 4)).astype(np.float32)
        boxes[:, 2:] = boxes[:, :2] + 0.1 + 0.3 * boxes[:, 2:]
        labels = rng.integers(0, 3, 4)
        near = boxes + rng.normal(0, 0.02, boxes.shape).astype(np.float32)
        wrong = rng.random(4) < 0.3
        true.append(
            {
                "labels": torch.from_numpy(labels),
                "boxes": torch.from_numpy(boxes),
                "iscrowd": torch.from_numpy((rng.random(4) < 0.2).astype(np.int64)),
            }
        )
        result.append(
            {
                "labels": torch.from_numpy(np.where(wrong, (labels + 1) % 3, labels)),
                "boxes": torch.from_numpy(near),
                "scores": torch.from_numpy(rng.random(4).astype(np.float32)),
            }
        )
    return result, true


def test_the_interval_is_of_torchmetrics_own_figure_over_resampled_pictures():
    result, true = detected(20)
    intervals = ap50_intervals(result, true, resamples=30, seed=1)
    chance, wanted = np.random.default_rng(1), []
    for _ in range(30):
        order = chance.integers(0, 20, 20)
        again = average_precision([result[at] for at in order], [true[at] for at in order])
        wanted.append(again["AP50"])
    assert intervals[None] == pytest.approx(np.percentile(wanted, (2.5, 97.5)).tolist(), abs=1e-4)
    assert set(intervals) == {None, 0, 1, 2}
