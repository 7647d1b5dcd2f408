"""The page *Attribution methods compared* without a browser: what is drawn is what the methods found and the model answered."""

from functools import partial

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from explorer import zoo
from explorer.analysis.attribution import METHODS, attribute, why_not
from explorer.errors import UnsupportedModel
from explorer.images import render
from explorer.views import VIEWS
from explorer.views.attribution.controls import applicable
from explorer.views.scope import find_picture
from tests.views import without_browser

VIEW = VIEWS["attribution"]
drawn = partial(without_browser.drawn, VIEW)
opened = partial(without_browser.opened, VIEW)
TWO = "rollout,relevance"


def shown(name="vit", picture="jockey"):
    model, photo = zoo.load(name, device="cpu"), find_picture(picture)
    return model, model.prepare(render(photo, model.frame(photo)))


@pytest.mark.parametrize("place", [0, 3, 9])
def test_maps_are_the_methods_own_for_the_class_that_is_asked(place):
    model, x = shown()
    drawing = drawn("maps", methods="relevance,grad-cam", target=model.classes[place], scale="share")
    made = drawing.data
    for method in ("relevance", "grad-cam"):
        wanted = attribute(model, x, method, targets=place).values[0]
        np.testing.assert_allclose(made[method], wanted, atol=1e-6)
        positive = np.maximum(wanted, 0)
        mean = positive.mean() or 1.0  # where nothing speaks for the class, nothing is drawn
        np.testing.assert_allclose(made[f"{method} drawn"], positive / mean, atol=1e-4)
        assert (f"{METHODS[method].title}: nothing speaks" in drawing.caption) == (not wanted.any())


def test_rollout_knows_no_class_and_says_so():
    model, _ = shown()
    one, other = (drawn("maps", methods=TWO, target=model.classes[at]) for at in (1, 2))
    np.testing.assert_array_equal(one.data["rollout"], other.data["rollout"])
    assert np.abs(one.data["relevance"] - other.data["relevance"]).max() > 1e-4
    assert "Rollout: the same for every class" in one.caption


def test_agreement_is_spearmans():
    methods = "rollout,relevance,grad-cam"
    made = drawn("agreement", methods=methods)
    maps = drawn("maps", methods=methods).data
    result = next(trace for trace in made.data.values() if trace.shape == (3, 3))
    wanted = spearmanr(np.stack([maps[name].ravel() for name in methods.split(",")], 1)).statistic
    np.testing.assert_allclose(result, wanted, atol=1e-6)


def test_curves_begin_and_end_with_the_whole_and_the_covered_picture():
    model, x = shown()
    made = drawn("curves", methods=TWO, steps=4)
    with torch.no_grad():
        whole = model.module(x).double().softmax(-1)[0]
        covered = model.module(x.mean((2, 3), keepdim=True).expand_as(x)).double().softmax(-1)[0]
    at = int(whole.argmax())
    for name in ("Rollout", "Relevance", "random order"):
        deletion, insertion = made.data[f"deletion, {name}"], made.data[f"insertion, {name}"]
        np.testing.assert_allclose(deletion[[0, -1]], [whole[at], covered[at]], atol=1e-5)
        np.testing.assert_allclose(insertion[[0, -1]], [covered[at], whole[at]], atol=1e-5)


def test_a_changed_answer_is_that_of_the_hooked_model():
    model, x = shown()
    with torch.no_grad():
        before = model.module(x).softmax(-1)[0].numpy()
    unchanged, silenced = drawn("answers"), drawn("answers", heads="1.1,1.2,1.3")
    names = list(unchanged.data["answer"])
    order = [model.classes.index(name) for name in names]
    np.testing.assert_allclose(unchanged.data["before"], before[order], atol=1e-5)
    np.testing.assert_allclose(unchanged.data["after"], before[order], atol=1e-5)
    # All heads of a layer silenced: what it adds is its projection's bias alone.
    hook = model.module.blocks[0].attn.register_forward_hook(
        lambda part, given, out: part.proj.bias.expand_as(out)
    )
    try:
        with torch.no_grad():
            wanted = model.module(x).softmax(-1)[0].numpy()
    finally:
        hook.remove()
    order = [model.classes.index(name) for name in silenced.data["answer"]]
    np.testing.assert_allclose(silenced.data["after"], wanted[order], atol=1e-5)
    assert np.abs(wanted - before).max() > 1e-4


def test_a_cnn_has_no_attention_to_change_and_its_list_is_shorter():
    cnn, vit = (zoo.load(name, device="cpu") for name in ("cnn-128", "vit"))
    with pytest.raises(UnsupportedModel, match="no attention to change"):
        drawn("answers", model="cnn-128")
    assert {"rollout", "relevance", "legrad"} <= set(applicable(vit)) - set(applicable(cnn))
    for method in set(METHODS) - set(applicable(cnn)):
        assert why_not(cnn, method).endswith(".")
    _, _, refused = opened(model="cnn-128", methods="rollout")
    assert len(refused) == 1


@pytest.mark.parametrize("model", ["vit-128", "cnn-128"])
def test_a_larger_input_has_finer_maps(model):
    small, large = (
        drawn("maps", model=model, methods="grad-cam", side=side).data["grad-cam"] for side in (128, 256)
    )
    assert large.shape == tuple(2 * item for item in small.shape)
    assert np.isfinite(large).all()
