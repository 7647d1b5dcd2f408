"""The numbers of A2 on the model that ships, small and quick."""

import pytest

from explorer.errors import ControlError
from explorer.experiments.effective_field import measure, photographs
from explorer.zoo import load


@pytest.fixture(scope="module")
def found():
    return measure(
        model="cnn-128", images=("cat",), side=128, draws=1, depths=(2, 4, 8), seeds=3, device="cpu"
    )


def test_only_a_fraction_of_the_theoretical_field_is_used(found):
    last = found["values"]["layers"][-1]
    # ResNet-18's 435 pixels, and 4 x 2 x 16 more by the two further blocks of the third stage.
    assert last["theoretical radius"] == (435 + 128) / 2
    for side in ("trained", "untrained"):
        assert 0 < last[side]["share"] < 1
        assert last[side]["half"] < last[side]["radius"]


def test_untrained_residual_branches_are_open(found):
    """With the last norm of each branch at zero, as timm makes them, support would end at 11 pixels."""
    assert found["values"]["layers"][-1]["untrained"]["radius"] > 11


def test_effective_fields_grow_slower_than_theory(found):
    for exponent in found["values"]["exponents"].values():
        low, high = exponent["interval"]
        assert 0.4 < low <= exponent["exponent"] <= high < 0.7
    first, last = found["values"]["layers"][2], found["values"]["layers"][-1]
    assert last["trained"]["share"] < first["trained"]["share"]


def test_what_made_the_numbers_is_told(found):
    trained = load("cnn-128").checkpoint
    assert found["checkpoint"] == ["random:0", trained]
    assert found["data"] == "cat at 128 x 128"


def test_pictures_are_as_the_model_prepares_them():
    from explorer.gallery import picture
    from explorer.images import render

    model = load("cnn-128")
    chelsea = picture("cat")
    wanted = model.prepare(render(chelsea, model.frame(chelsea)))
    assert photographs(model, ["cat"]).equal(wanted)


def test_no_pictures_is_a_sentence():
    with pytest.raises(ControlError, match="No pictures"):
        photographs(load("cnn-128"), [])
