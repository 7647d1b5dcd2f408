"""Every combination of some values, and sentences for what cannot be."""

import itertools

import pytest

from explorer.errors import ControlError
from explorer.sweep.grid import read_over, settings_of
from explorer.sweep.plan import subject
from explorer.zoo import load


def test_settings_are_the_product_of_the_values_with_what_each_model_has():
    view, panel = subject("vision-transformer/attention")
    over = read_over(["layer=1..2", "head=all", "model=vit-128,vit"])
    settings = settings_of(view, panel, over, device="cpu")
    expected = set()
    for name in ("vit-128", "vit"):
        heads = load(name, device="cpu").module.blocks[0].attn.num_heads
        choices = [*(str(head + 1) for head in range(heads)), "mean", "max", "min"]
        expected |= set(itertools.product((1, 2), choices, (name,)))
    assert len(settings) == len(expected)
    assert {(each["layer"], each["head"], each["model"]) for each in settings} == expected


@pytest.mark.parametrize(
    "words",
    [
        ["layer=9..9999999"],
        ["layer=99"],
        ["layer"],
        ["nothing=1"],
        ["layer=1", "layer=2"],
        ["picture=cat"],
        ["head=7 up"],
    ],
)
def test_what_cannot_be_is_said(words: list[str]):
    view, panel = subject("vision-transformer/attention")
    with pytest.raises(ControlError):
        settings_of(view, panel, read_over([*words, "model=vit-128"]), device="cpu")


@pytest.mark.parametrize("what", ["nothing", "vision-transformer/filters", "nowhere/rollout", "distance"])
def test_a_figure_that_is_not_of_one_picture_is_no_subject(what: str):
    with pytest.raises(ControlError):
        subject(what)
