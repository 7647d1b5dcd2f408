import math

import numpy as np
import pytest
import torch

from explorer.data.pixels import NATURAL, Pictures
from explorer.models.position_vit import CODES
from explorer.training.positions import ReadDigits, positions
from explorer.training.recall import RecallLetters, recall
from explorer.training.stages import NameThings
from explorer.training.words import WORDS, FillIn

CPU = torch.device("cpu")


def descend(module, loss, rate):
    """A step by the signs of the gradients, Adam's first step; torch.optim would take seconds to import."""
    module.zero_grad()
    loss.backward()
    with torch.no_grad():
        for parameter in module.parameters():
            if parameter.grad is not None:
                parameter -= rate * parameter.grad.sign()


class Uniform(torch.nn.Module):
    """Says nothing of the answer."""

    def forward(self, numbers):
        return torch.zeros(*numbers.shape, 16)


@pytest.mark.parametrize("step", [0, 500, 1999])
def test_the_loss_of_knowing_nothing_is_that_of_sixteen_letters(step):
    assert float(RecallLetters(CPU).loss(Uniform(), step)) == pytest.approx(math.log(16), rel=1e-5)


def test_six_models_have_three_seeds_each_under_names_of_their_own():
    every = recall()
    assert len({recipe.name for recipe in every}) == 18
    assert {recipe.seed for recipe in every} == {0, 1, 2}


@pytest.mark.parametrize("recipe", [WORDS, *recall()[:6]], ids=lambda item: item.name)
def test_a_few_steps_of_each_recipe_lower_its_loss(recipe):
    torch.manual_seed(0)
    module = recipe.build()
    task = FillIn(CPU, scored=20, batch=16) if recipe is WORDS else RecallLetters(CPU)
    losses = []
    for step in range(25):
        torch.manual_seed(step)
        loss = task.loss(module, 0 if recipe is not WORDS else step)
        descend(module, loss, recipe.parts[0].peak_rate)
        losses.append(float(loss.detach()))
    assert sum(losses[-5:]) < sum(losses[:5])


def few_things():
    """Ten kinds of noise, each of its own brightness."""
    labels = np.arange(60) % 10
    pictures = np.random.default_rng(0).integers(0, 50, (60, 32, 32, 3)) + 20 * labels[:, None, None, None]
    pictures = pictures.astype(np.uint8)
    return Pictures(pictures, labels, pictures[:0], labels[:0], NATURAL, "noise")


def test_codes_have_equal_budgets_and_three_seeds_on_digits_and_on_photographs():
    every = positions()
    assert len({recipe.name for recipe in every}) == 36
    for learnt in (every[:18], every[18:]):
        assert [recipe.seed for recipe in learnt] == [0] * 6 + [1] * 6 + [2] * 6
        assert (
            len({(recipe.parts, recipe.data, recipe.average, recipe.weight_decay) for recipe in learnt}) == 1
        )
        assert {recipe.options["code"] for recipe in learnt[:6]} == set(CODES)
        assert len({str({**recipe.options, "code": ""}) for recipe in learnt}) == 1


@pytest.mark.parametrize("recipe", [*positions()[:6], *positions()[18:24]], ids=lambda item: item.name)
def test_every_code_learns(recipe):
    torch.manual_seed(0)
    on_things = recipe.options["size"] == 32
    module = recipe.build()
    task = NameThings(few_things(), CPU, batch=16) if on_things else ReadDigits(CPU, batch=16)
    losses = []
    for step in range(8):
        torch.manual_seed(0)
        loss = task.loss(module, step)
        descend(module, loss, recipe.parts[0].peak_rate)
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0]
    assert 0 <= task.score(module) <= 1
