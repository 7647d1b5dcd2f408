"""What pages ask beforehand is what they would ask now."""

import dataclasses

import numpy as np
import pytest
import torch

from explorer.data.digits import held_out_inputs
from explorer.experiments import positions_answers, scenes_answers
from explorer.models.position_vit import CODES
from explorer.recorded import scenes
from explorer.recorded.digits import Question, shipped_accuracy
from explorer.views import controls
from explorer.zoo import answers, load, position_models
from explorer.zoo.position_models import load_positions


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path, monkeypatch):
    """Answers are kept in a folder of this test."""
    monkeypatch.setattr(answers, "_file", lambda name: tmp_path / f"{name}.npz")


def test_digits_read_right_are_counted_for_every_question(monkeypatch):
    questions = [Question(12, coded=False), Question(10, side=6)]
    monkeypatch.setattr(positions_answers, "all_questions", lambda: questions)
    monkeypatch.setattr(position_models, "POSITION_SEEDS", 1)
    monkeypatch.setattr(positions_answers.CountedAnswers, "batch", 1)
    values = positions_answers.measure(record=True)["values"]
    assert len(values) == len(CODES)
    x, labels = held_out_inputs(12)
    for code in CODES:
        model, right = load_positions(code), 0
        for question in questions:
            shown = torch.nn.functional.interpolate(x, (question.side,) * 2, mode="bilinear", antialias=True)
            pictures = list(zip(shown, labels.tolist(), strict=True))[: question.digits]
            hits = [
                int(model.module(one[None], coded=question.coded).argmax()) == label
                for one, label in pictures
            ]
            assert shipped_accuracy(model.checkpoint, question) == sum(hits) / len(hits)
            right += sum(hits)
        assert values[model.name] == pytest.approx(right / 22, abs=1e-4)


def test_scenes_are_kept_with_the_answers_and_objects_of_each_part(monkeypatch):
    known = controls.controls_of
    monkeypatch.setattr(
        controls,
        "controls_of",
        lambda kind: [
            dataclasses.replace(each, high=2) if each.name == "scenes" else each for each in known(kind)
        ],
    )
    result = scenes_answers.measure(record=True)
    assert result["data"] == f"{2 + len(scenes.COUNTS)} held-out scenes"
    model = load("detr-scenes", device="cpu")
    stored = scenes._stored(model)
    for crowded in (False, True):
        (part,) = scenes.scenes_of(2, crowded=crowded)
        with monkeypatch.context() as patch:
            patch.setattr(scenes, "ask", None)  # nothing is asked now
            kept, kept_truths = scenes._asked(model, part, stored)
        now, truths = scenes.ask(model, part)
        np.testing.assert_allclose(kept.probs, now.probs, atol=1e-5)
        np.testing.assert_allclose(kept.boxes_cxcywh, now.boxes_cxcywh, atol=1e-5)
        for (labels, corners), (true_labels, true_corners) in zip(kept_truths, truths, strict=True):
            np.testing.assert_array_equal(labels, true_labels)
            np.testing.assert_array_equal(corners, true_corners)
