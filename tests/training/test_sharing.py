import math

import pytest
import torch

from explorer.training.run import follow
from explorer.training.sharing import Standing, next_name, standing
from tests.training.tiny import Spirals, recipe

NEW = -math.inf


def test_the_farthest_from_its_target_is_next():
    assert next_name({"a": Standing(0.5, 0.8, 0.88), "b": Standing(0.5, 0.5, 0.75)}) == "b"
    assert next_name({"a": Standing(0.5, 0.3, 0.88), "b": Standing(0.5, 0.5, 0.75)}) == "a"


def test_losses_count_downwards_as_scores_do():
    """Scores are higher when better, so a loss of 0.70 nats with a target of 0.62 is −0.70 and −0.62."""
    assert Standing(0.5, -0.70, -0.62).distance == pytest.approx(0.08 / 0.62)
    assert Standing(0.5, -0.60, -0.62).distance == 0


def test_what_a_recipe_needs_comes_before_it():
    needy = Standing(0.0, NEW, 0.75, needs=("cnn",))
    assert next_name({"vit": needy, "cnn": Standing(0.9, 0.87, 0.88)}) == "cnn"
    assert next_name({"vit": needy, "cnn": Standing(1.0, 0.80, 0.88)}) == "vit"


def test_recipes_at_their_target_wait_and_finished_ones_are_left():
    there, far = Standing(0.5, 0.9, 0.88), Standing(0.99, 0.7, 0.75)
    assert next_name({"there": there, "far": far}) == "far"
    assert next_name({"there": there}) == "there"
    assert next_name({"done": Standing(1.0, 0.1, 0.88)}) is None


def test_untouched_recipes_take_turns():
    assert next_name({"a": Standing(0.1, NEW, 1), "b": Standing(0.0, NEW, 1)}) == "b"


def test_a_standing_is_read_from_the_state_a_run_left(tmp_path):
    path = tmp_path / "state.pt"
    assert standing(recipe(), path) == Standing(0.0, NEW, 1.0)
    run = follow(recipe(steps=30), Spirals(), path, device=torch.device("cpu"))
    assert standing(recipe(steps=60), path) == Standing(0.5, run.best_score, 1.0)
