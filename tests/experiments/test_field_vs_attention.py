"""The numbers of A3 on the models that ship."""

import numpy as np
import pytest

from explorer.experiments.effective_field import photographs
from explorer.experiments.field_vs_attention import measure
from explorer.tap import observe
from explorer.zoo import load


@pytest.fixture(scope="module")
def found():
    return measure(images=("cat",), draws=1, device="cpu")


def test_attention_distance_is_the_mean_of_weight_times_distance(found):
    model = load("vit", device="cpu")
    weights = observe(model, photographs(model, ["cat"]), maps=[2]).calls[2].weights()[0].double().numpy()
    tokens = model.tokens
    side = np.arange(tokens.grid.rows) * tokens.grid.cell_height
    rows, columns = (item.ravel() for item in np.meshgrid(side, side, indexing="ij"))
    apart = np.hypot(rows[:, None] - rows, columns[:, None] - columns)
    patches = weights[:, tokens.prefix :, tokens.prefix :]
    wanted = ((patches * apart).sum(-1) / patches.sum(-1)).mean(-1)
    np.testing.assert_allclose(found["values"]["layers"][2]["attention distance"], wanted, atol=0.01)


def test_layers_are_paired_by_their_share_of_the_depth(found):
    layers = found["values"]["layers"]
    assert [layer["layer"] for layer in layers] == list(range(1, len(layers) + 1))
    assert layers[-1]["depth"] == 1
    assert layers[-1]["cnn layer"] == "blocks.6.0"
    assert all(layer["cnn half"] < layer["cnn radius"] for layer in layers)


def test_the_first_layer_of_the_vit_reaches_farther_than_the_cnns(found):
    first = found["values"]["layers"][0]
    assert max(first["attention distance"]) > first["cnn half"]
    assert 0 < found["values"]["even attention"] < 224
