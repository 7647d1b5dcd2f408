"""The page *Long-range dependencies* without a browser: what is drawn is what the models computed."""

from functools import partial

import numpy as np
import pytest

from explorer.analysis.long_range import DISTANCES, accuracy_by_distance, input_gradient
from explorer.data.recall_task import read_sequence
from explorer.errors import ControlError, WeightsNotFound
from explorer.memory import LRUCache
from explorer.provenance import Provenance
from explorer.recorded import recall
from explorer.views import VIEWS
from explorer.views.long_range import look
from explorer.zoo.answers import read_answers
from explorer.zoo.cards import card_names, hashes
from explorer.zoo.sequence_models import load_recall
from tests.views import without_browser

VIEW = VIEWS["long-range"]
drawn = partial(without_browser.drawn, VIEW)
opened = partial(without_browser.opened, VIEW)
TITLES = ["RNN", "LSTM", "GRU", "1-D CNN", "dilated residual CNN", "Transformer"]


def rows(drawing, model):
    mine = drawing.data["model"] == model
    return {name: column[mine] for name, column in drawing.data.items()}


@pytest.mark.parametrize(("kind", "title"), [("lstm", "LSTM"), ("transformer", "Transformer")])
@pytest.mark.parametrize("trained", ["on", "off"])
def test_the_gradient_drawn_is_the_models_own(kind, title, trained):
    drawing = drawn("gradients", distance=20, places=60, sample=7, trained=trained, models=kind)
    module = load_recall(kind, trained=trained == "on").module
    mine = rows(drawing, title)
    asked = read_sequence("".join(mine["symbol"]))
    assert asked.distances == 20
    seen = []

    def leaf(layer, given, out):
        seen.append(out.detach().requires_grad_())
        return seen[0]

    hook = module.embed.register_forward_hook(leaf)
    try:
        module(asked.numbers)[0, -1, int(asked.answers)].backward()
    finally:
        hook.remove()
    np.testing.assert_allclose(mine["gradient"], seen[0].grad[0].norm(dim=-1), rtol=1e-4, atol=1e-12)


def test_beyond_the_field_the_gradient_is_exactly_nothing():
    mine = rows(drawn("gradients", distance=100), "1-D CNN")
    far = mine["steps_before_the_end"] > 16
    assert far.sum() == 258 - 17
    assert not mine["gradient"][far].any()
    assert mine["gradient"][~far].all()
    assert mine["under_machine_precision"][far].all()
    drawing = drawn("reach", distance=100)
    assert list(drawing.data["model"]) == TITLES
    cnn = rows(drawing, "1-D CNN")
    assert cnn["theoretical_reach"] == 16
    assert cnn["gradient_felt"] <= 16
    assert cnn["gradient_at_the_letter"] == 0


def test_a_sequence_of_ones_own_is_read_and_its_marker_says_the_distance():
    drawing = drawn("gradients", sequence="ab *c DEfgh", distance=200, models="rnn,cnn")
    assert "".join(rows(drawing, "RNN")["symbol"]) == "ab*cdefgh"
    assert drawing.numbers["to be recalled"] == ("c", "")
    assert "9 places, distance 5" in drawing.caption


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ({"sequence": " "}, "is empty"),
        ({"sequence": "*" + "a" * 300}, "301 places"),
        ({"sequence": "ab*cz"}, "'z' is no letter"),
        ({"sequence": "ab*c🙂"}, "no letter"),
        ({"sequence": "שלום"}, "no letter"),
        ({"sequence": "abcdef"}, "has no marker"),
        ({"sequence": "a*bc*def"}, "has 2 markers"),
        ({"sequence": "abc*d"}, "Nothing has to be recalled"),
        ({"places": 30, "distance": 29}, "Of 30 places it can be 1 to 28"),
    ],
)
def test_what_is_no_sequence_is_one_sentence(raw, words):
    controls, scope, refused = opened(**raw)
    assert refused == ()
    for panel in ("gradients", "reach"):
        with pytest.raises(ControlError, match=words):
            VIEW.draw(VIEW.panel(panel), controls, scope)


@pytest.mark.parametrize(
    "raw",
    [
        {"seed": "4"},
        {"models": "bert"},
        {"distance": "0"},
        {"distance": "1e9"},
        {"places": "2"},
        {"sequence": "a" * 401},
        {"sequence": "a\nb"},
        {"sample": "nan"},
        {"trained": "perhaps"},
        {"count": "100000"},
        {"longest": "65536"},
    ],
)
def test_hostile_controls_fall_back_with_a_sentence(raw):
    controls, scope, refused = opened(**raw)
    assert len(refused) == 1
    assert VIEW.address(controls, scope) == {}


def test_shares_are_those_of_each_training():
    drawing = drawn("accuracy", models="cnn", count=20)
    seeds = [seed for seed in range(3) if f"recall-cnn{f'-{seed + 1}' if seed else ''}" in card_names()]
    shares = np.stack(
        [accuracy_by_distance(load_recall("cnn", seed=seed).module, count=20, seed=10_007) for seed in seeds]
    )
    assert list(drawing.data["distance"]) == list(DISTANCES)
    for at, seed in enumerate(shares):
        np.testing.assert_array_equal(drawing.data[f"seed_{at + 1}"], seed)
    for name, row in (("mean", shares.mean(0)), ("lowest", shares.min(0)), ("highest", shares.max(0))):
        np.testing.assert_allclose(drawing.data[name], row)
    result = drawn("findings", models="cnn", count=20)
    assert result.data["held"] == 8
    assert result.data["outcome"] == "as expected"


def test_of_more_sequences_only_the_new_ones_are_read(monkeypatch):
    monkeypatch.setattr(recall, "RECALLED", LRUCache())
    read = []

    def counted(module, **said):
        read.append((said["count"], said["seed"]))
        return accuracy_by_distance(module, **said)

    monkeypatch.setattr(recall, "accuracy_by_distance", counted)
    drawn("accuracy", models="rnn", count=20, trained="off")
    assert set(read) == {(20, 10_007)}
    read.clear()
    drawing = drawn("accuracy", models="rnn", count=50, trained="off")
    assert set(read) == {(20, 10_008), (10, 10_009)}
    module = load_recall("rnn", trained=False).module
    parts = [accuracy_by_distance(module, count=n, seed=10_007 + at) for at, n in enumerate((20, 20, 10))]
    np.testing.assert_allclose(drawing.data["seed_1"], np.average(parts, 0, (20, 20, 10)))


def test_both_figures_of_gradients_are_of_one_backward_pass_a_model(monkeypatch):
    passes = []

    def counted(*args, **said):
        passes.append(said["title"])
        return input_gradient(*args, **said)

    monkeypatch.setattr(look, "input_gradient", counted)
    raw = {"models": "rnn,cnn", "distance": 9, "sample": 31}
    drawn("gradients", **raw)
    drawn("reach", **raw)
    assert len(passes) == 2
    drawn("gradients", **raw, trained="off")
    assert len(passes) == 4, "random weights are others"
    drawn("reach", **(raw | {"models": "rnn,cnn,gru"}))
    assert len(passes) == 5, "only the new model's"


def test_random_weights_have_learnt_nothing_and_are_said_so():
    drawing = drawn("findings", models="cnn,transformer", count=20, trained="off")
    assert set(drawing.data["outcome"]) == {"not learnt"}
    assert "3 random weights" in drawing.caption


def test_a_figure_says_which_weights_it_is_drawn_from():
    controls, scope, _ = opened(models="cnn,gru")
    for panel, least in (("gradients", 2), ("accuracy", 2), ("growth", 0)):
        models = Provenance.of(VIEW, VIEW.panel(panel), controls, scope).models
        assert len(models) >= least
        assert all(value.startswith("sha256:") for value in models.values())
    controls, scope, _ = opened(models="cnn,gru", trained="off", seed=3)
    models = Provenance.of(VIEW, VIEW.panel("gradients"), controls, scope).models
    assert models == {"recall-cnn-3": "random:2", "recall-gru-3": "random:2"}


def test_models_that_do_not_ship_are_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_CHECKPOINTS", str(tmp_path))
    for panel in ("gradients", "reach", "accuracy", "findings"):
        with pytest.raises(WeightsNotFound, match="explorer train recall-lstm"):
            drawn(panel, models="lstm", count=20)


def test_a_measurement_that_is_stopped_can_be_begun_again():
    controls, scope, _ = opened(models="cnn", longest="1024", again=9)
    shares: list[float] = []

    def stop(share):
        shares.append(share)
        raise KeyboardInterrupt

    scope.progress = stop
    with pytest.raises(KeyboardInterrupt):
        VIEW.draw(VIEW.panel("times"), controls, scope)
    assert len(shares) == 1
    scope.progress = shares.append
    drawing = VIEW.draw(VIEW.panel("times"), controls, scope)
    assert drawing.data["length"].tolist() == [32, 64, 128, 256, 512, 1024]
    assert shares[-1] == 1
    assert VIEW.draw(VIEW.panel("times"), controls, scope) is drawing


def test_a_table_grows_with_the_length():
    short, long = drawn("costs", length=256), drawn("costs", length=512)
    assert list(short.data["model"]) == TITLES
    ratio = dict(zip(TITLES, long.data["operations"] / short.data["operations"], strict=True))
    assert all(ratio[title] == 2 for title in TITLES[:5])
    assert 2 < ratio["Transformer"] < 4
    np.testing.assert_array_equal(short.data["parameters"], long.data["parameters"])
    for kind, count in zip(("rnn", "transformer"), short.data["parameters"][[0, -1]], strict=True):
        module = load_recall(kind, trained=False).module
        assert count == sum(parameter.numel() for parameter in module.parameters())


def test_sequences_are_the_same_for_the_same_number():
    one, same, other = (drawn("gradients", models="cnn", sample=sample) for sample in (3, 3, 4))
    np.testing.assert_array_equal(one.data["symbol"], same.data["symbol"])
    assert (one.data["symbol"] != other.data["symbol"]).any()


@pytest.mark.parametrize(("kind", "seed", "part"), [("lstm", 1, 19), ("transformer", 2, 7)])
def test_answers_given_beforehand_are_the_models_own(kind, seed, part):
    model = load_recall(kind, seed=seed)
    right = read_answers(recall.RECORDED, model.checkpoint)["right"]
    assert right.shape == (400 // recall.STEP, len(DISTANCES))
    live = accuracy_by_distance(model.module, count=recall.STEP, seed=recall.SEQUENCES + part)
    np.testing.assert_allclose(right[part] / recall.STEP, live)


def test_every_shipped_training_was_asked_beforehand():
    shipped = [name for name in card_names() if name.startswith("recall-")]
    missing = [name for name, key in hashes(shipped).items() if not read_answers(recall.RECORDED, key)]
    assert not missing, "ask them anew: `explorer measure recall-answers --record`"
