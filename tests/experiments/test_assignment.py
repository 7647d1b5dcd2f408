"""Average precision from rows, against a loop over the scenes; by two processes."""

import numpy as np
import pytest
import torch

from explorer.analysis.average_precision import average_precision
from explorer.experiments.assignment import measure
from explorer.experiments.detr_answers import DetrAnswers, answers_of, true_of
from explorer.scenes import drawn_scenes, random_scene
from explorer.sweep.engines import LocalEngine
from explorer.sweep.measurement import here, kept
from explorer.zoo import load

MODEL = "detr-scenes"


def test_two_workers_find_the_precision_of_a_loop_over_the_scenes(tmp_path):
    model = load(MODEL, device="cpu")
    predicted, true = [], []
    for seed in range(17):
        (pixels,), ((labels, corners),) = drawn_scenes(
            [random_scene(seed, height=224, width=224, held_out=True)]
        )
        with torch.no_grad():
            output = model.module(model.prepare(pixels))
        probs, (centre, size) = output.logits[0].softmax(-1)[:, :-1], output.pred_boxes[0].split(2, -1)
        boxes = torch.cat([centre - size / 2, centre + size / 2], -1)
        predicted.append({"scores": probs.amax(-1), "labels": probs.argmax(-1), "boxes": boxes})
        true.append({"labels": torch.from_numpy(labels), "boxes": torch.from_numpy(corners)})
    expected = average_precision(predicted, true)
    rows = kept(LocalEngine(2), str(tmp_path / "out"))
    values = measure(model=MODEL, scenes=17, device="cpu", rows=rows)["values"]
    assert values["pictures"] == 17
    for name, value in expected.items():
        assert values[name] == pytest.approx(value, abs=1e-3), name
    assert values["cost above the optimum"] < 1e-6


def test_scenes_of_so_many_objects_have_so_many():
    answers = DetrAnswers(models=(MODEL,), scenes=1, objects=(1, 3), device="cpu")
    columns = here(answers)[MODEL]
    assert [len(truth["labels"]) for truth in true_of(columns)] == [1, 3]
    outputs = answers_of(columns, load(MODEL, device="cpu").classes)
    np.testing.assert_allclose(outputs.probs.sum(-1), 1, rtol=1e-5)
