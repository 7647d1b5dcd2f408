"""What the page *Positional encoding* draws, against the models themselves."""

from functools import partial

import numpy as np
import pytest
import torch

from explorer.analysis.moved_patches import right_answers, shuffled
from explorer.data.digits import held_out_digit, held_out_inputs
from explorer.errors import AnalysisError, WeightsNotFound
from explorer.memory import LRUCache
from explorer.models.position_vit import CODES, PositionViT
from explorer.recorded import digits
from explorer.recorded.digits import Question, accuracy, accuracy_of, questions, shipped_accuracy
from explorer.views import view
from explorer.views.controls import controls_of
from explorer.views.positions import compare
from explorer.views.scope import find_picture, open_scope
from explorer.zoo.cards import folder, hashes, read_card
from explorer.zoo.measured import result
from explorer.zoo.position_models import POSITION_SEEDS, load_positions, positions_name
from tests.views import without_browser

VIEW = view("positions")
drawn = partial(without_browser.drawn, VIEW)


def digit(number: int) -> torch.Tensor:
    values, _ = held_out_digit(number)
    return torch.from_numpy(values[..., 0] / 8 - 1).float()[None, None]


@pytest.mark.parametrize("code", ["none", "rotary"])
def test_attention_before_and_after_is_what_a_hook_finds(code):
    message = {
        "encoding": code,
        "digit": 5,
        "row": 2,
        "column": 7,
        "layer": 2,
        "head": 3,
        "trained": "off",
        "shuffle": 4,
    }
    drawing = drawn("patches", **message)
    module, query = load_positions(code, trained=False).module, 8 + 6
    caught = {}
    handle = module.layers[1].qkv.register_forward_hook(lambda m, i, o: caught.update(qkv=o[0]))
    with torch.no_grad():
        before = module(digit(5))
    handle.remove()
    if (
        code == "none"
    ):  # its weights are those of the plain product, and the shuffled ones are the same, moved
        q, k, _ = caught["qkv"].unflatten(-1, (3, 4, 12)).permute(1, 2, 0, 3)
        weights = (q[2, query] @ k[2].T / 12**0.5).softmax(-1).reshape(8, 8).numpy()
        np.testing.assert_allclose(drawing.data["attention_before"], weights, atol=1e-5)
        np.testing.assert_allclose(
            np.sort(drawing.data["attention_after"].ravel()), np.sort(weights.ravel()), atol=1e-5
        )
    np.testing.assert_allclose(
        np.sort(drawing.data["before"].ravel()), np.sort(drawing.data["after"].ravel())
    )
    assert drawing.numbers["prediction before"][0] == str(int(before.argmax()))


def test_only_models_that_are_told_nothing_do_not_notice():
    data = drawn("answers", digit=3, trained="off").data
    still = data["positions"][data["largest_change"] <= data["rounding"]]
    assert still.tolist() == ["no positions", "relative bias"]  # a bias begins as zeros
    level = drawn("answers", digit=3, trained="off", share=0.0).data
    np.testing.assert_array_equal(level["before"], level["after"])


def test_probabilities_are_the_models_own():
    data = drawn("answers", digit=3, trained="off", seed=2).data
    _, label = held_out_digit(3)
    for at, code in enumerate(("none", "learned-1d")):
        with torch.no_grad():
            expected = load_positions(code, trained=False, seed=1).module(digit(3)).softmax(-1)[0, label]
        assert data["before"][at] == pytest.approx(float(expected), abs=1e-6)


def test_without_positions_right_answers_do_not_fall_with_disorder():
    data = drawn("shuffled", trained="off").data
    level = data["accuracy_mean"][:5]
    assert np.ptp(level) <= 1 / 120  # one answer may hang on rounding


def test_each_answer_is_asked_for_once(monkeypatch):
    monkeypatch.setattr(digits, "MEASURED", LRUCache())
    monkeypatch.setattr(compare, "FEWER", 12)
    asked = []

    def counted(module, x, labels, **said):
        asked.append(said)
        return right_answers(module, x, labels, **said)

    monkeypatch.setattr(digits, "right_answers", counted)
    first = drawn("shuffled", trained="off", shuffle=7)
    assert len(asked) == len(CODES) * 3 * 5
    asked.clear()
    drawn("shuffled", trained="off", shuffle=8)
    assert len(asked) == len(CODES) * 3 * 4  # nothing shuffled is the same for every order
    asked.clear()
    from_memory = without_browser.opened(VIEW, trained="off", shuffle=7)
    again = compare.shuffled_panel.draw(*from_memory[:2])
    assert asked == []
    np.testing.assert_array_equal(first.data["accuracy_mean"], again.data["accuracy_mean"])
    module, (x, labels) = load_positions("rotary", trained=False, seed=1).module, held_out_inputs(12)
    with torch.no_grad():
        guesses = [int(module(row[None], order=shuffled(64, 0.5, seed=7)).argmax()) for row in x]
    shares = compare._accuracies(*from_memory[:2], [Question(12, share=0.5, shuffle=7)])
    assert shares[CODES["rotary"]][1, 0] == pytest.approx(np.mean(np.array(guesses) == labels.numpy()))


SHIPPED = [positions_name(code, seed) for code in CODES for seed in range(POSITION_SEEDS)]


def test_what_ships_is_asked_at_every_value_of_the_sliders():
    checkpoints = hashes(SHIPPED)
    assert list(checkpoints) == SHIPPED
    bounds = {
        control.name: range(control.low, control.high + 1)
        for control in controls_of(VIEW.controls)
        if control.kind == "whole"
    }
    asked = questions(bounds["side"], bounds["shuffle"])
    for checkpoint in checkpoints.values():
        missing = [question for question in asked if shipped_accuracy(checkpoint, question) is None]
        assert not missing, "ask anew: `explorer measure positions-answers --record`"
    assert {question.side for question in asked} >= set(range(6, 17))
    assert {question.shuffle for question in asked} == set(range(21))
    assert (folder() / "positions-answers.npz").stat().st_size < 200_000


@pytest.mark.parametrize(
    ("code", "seed", "question"),
    [
        ("rotary", 0, Question(360, side=6)),
        ("relative", 1, Question(120, share=0.5, shuffle=17)),
        ("sine-2d", 2, Question(120, share=0.1, shuffle=20)),
    ],
    ids=str,
)
def test_the_answers_are_what_the_model_answers(code, seed, question):
    model = load_positions(code, seed=seed)
    share = shipped_accuracy(model.checkpoint, question)
    assert accuracy_of(model, question) == pytest.approx(
        share, abs=1.001 / question.digits
    )  # one may hang on rounding


def test_the_answers_agree_with_what_was_measured_apart_from_it():
    measured = result("measure positions")["values"]
    for code, title in CODES.items():
        names = [positions_name(code, seed) for seed in range(POSITION_SEEDS)]
        asked = {
            "right": Question(360),
            "without its code": Question(360, coded=False),
            "at 12 x 12": Question(360, side=12),
        }
        for what, question in asked.items():
            shares = np.array([shipped_accuracy(digest, question) for digest in hashes(names).values()])
            expected = shares.mean(), shares.min(), shares.max()
            assert measured[title][what] == pytest.approx(expected, abs=1.001 / 360)
            if what == "right":
                cards = [read_card(name).figures["right"].value for name in names]
                assert shares == pytest.approx(cards, abs=1.001 / 360)


def test_moving_a_slider_asks_no_shipped_training(monkeypatch):
    monkeypatch.setattr(digits, "MEASURED", LRUCache())
    calls = []

    def noted(module, *_):
        if isinstance(module, PositionViT):
            calls.append(module)

    handle = torch.nn.modules.module.register_module_forward_hook(noted)
    try:
        right, shares = drawn("accuracy", side=15), drawn("shuffled", shuffle=13)
        assert calls == []
        load_positions("none").module(digit(1))
        assert len(calls) == 1  # the hook counts
    finally:
        handle.remove()
    checkpoint = hashes(SHIPPED)["positions-rotary"]
    at = list(CODES).index("rotary")
    assert (
        right.data["as_trained_max"][at]
        >= shipped_accuracy(checkpoint, Question(360))
        >= right.data["as_trained_min"][at]
    )
    assert shares.data["accuracy_highest"][5 * at + 4] >= shipped_accuracy(
        checkpoint, Question(120, share=1.0, shuffle=13)
    )


def test_weights_that_do_not_ship_are_asked(monkeypatch, tmp_path):
    for name in ("positions-none", "positions-rotary"):
        for path in folder().glob(f"{name}.*"):
            (tmp_path / path.name).symlink_to(path)
    monkeypatch.setenv("EXPLORER_CHECKPOINTS", str(tmp_path))  # no answers there
    monkeypatch.setattr(digits, "MEASURED", LRUCache())
    model, question = load_positions("rotary"), Question(12, share=0.5, shuffle=7)
    assert shipped_accuracy(model.checkpoint, question) is None
    order = shuffled(64, 0.5, seed=7)
    with torch.no_grad():
        rights = [
            int(model.module(digit(n), order=order).argmax()) == held_out_digit(n)[1] for n in range(1, 13)
        ]
    assert accuracy(model, question) == pytest.approx(np.mean(rights))


def test_a_code_that_is_not_added_is_a_sentence_and_a_missing_model_too(tmp_path, monkeypatch):
    with pytest.raises(AnalysisError, match="adds no code"):
        drawn("grid", encoding="rotary", trained="off")
    monkeypatch.setenv("EXPLORER_CHECKPOINTS", str(tmp_path))
    with pytest.raises(WeightsNotFound, match="explorer train positions-learned-2d"):
        drawn("grid")


def test_a_photograph_is_told_otherwise_on_a_copy():
    drawing = drawn("altered", picture="coffee")
    assert list(drawing.data["altered"]) == [
        "as trained",
        "two swapped",
        "all shuffled",
        "no positional encoding",
    ]
    scope, _ = open_scope(VIEW.controls, {"picture": "coffee"}, find_picture, device="cpu")
    look = scope.look()
    own = look.model.module(look.model.prepare(look.shown)).softmax(-1)[0].sort(descending=True).values[:3]
    shown = [float(values[0]) for name, values in drawing.data.items() if name.startswith("p_")]
    np.testing.assert_allclose(shown, own.numpy(), atol=1e-5)


def test_what_was_measured_on_photographs_is_drawn_as_it_was_measured():
    measured = result("measure positions --data DATA")["values"]
    drawing = drawn("cifar")
    assert list(drawing.data["positions"]) == list(CODES.values())
    for at, title in enumerate(CODES.values()):
        bars = [
            (trace.y[at], trace.error_y.array[at], trace.error_y.arrayminus[at])
            for trace in drawing.figure.data
        ]
        asked = ("right", "without its code", "at 48 x 48")
        for (mean, above, below), name in zip(bars, asked, strict=True):
            lowest, highest = mean - below, mean + above
            assert (mean, lowest, highest) == pytest.approx(tuple(measured[title][name]))
