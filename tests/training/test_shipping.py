import dataclasses
import math
import subprocess
import sys

import pytest
import torch
from timm.models.resnet import BasicBlock, ResNet

from explorer.errors import CheckpointError, ControlError
from explorer.training import train
from explorer.training.recipe import Part
from explorer.training.run import Run, follow
from explorer.training.shipping import ship, take_up
from explorer.zoo.cards import Figure, read_card, read_weights, write_card
from tests.training.tiny import Spirals, recipe

OPTIONS = {"layers": [1, 1, 1, 1], "channels": [4, 4, 4, 8], "stem_width": 4, "num_classes": 2}
CPU = torch.device("cpu")
SIDE = 32
"""Its strides leave at least 2 x 2 cells to stride over: of one cell, oneDNN's bfloat16 gradient of a strided 3 x 3 kernel
is memory that nobody has written (seen with torch 2.15 on a CPU with AMX)."""


class Pictures(Spirals):
    """The same two classes, as pictures."""

    def loss(self, module, step):
        return super().loss(
            lambda points: module(points.view(-1, 2, 1, 1)[:, [0, 1, 0]].expand(-1, -1, SIDE, SIDE)), step
        )

    def score(self, module):
        return super().score(
            lambda points: module(points.view(-1, 2, 1, 1)[:, [0, 1, 0]].expand(-1, -1, SIDE, SIDE))
        )


def small(**said):
    said = {
        "architecture": "timm.models.resnet:ResNet",
        "options": {"block": "timm.models.resnet:BasicBlock"} | OPTIONS,
        "build": lambda: ResNet(BasicBlock, **OPTIONS),
        "input_size": (SIDE, SIDE),
        "mean": (0.0,) * 3,
        "std": (1.0,) * 3,
        "steps": 10,
    } | said
    return recipe(**said)


@pytest.fixture(autouse=True)
def checkpoints(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_CHECKPOINTS", str(tmp_path / "checkpoints"))


def test_what_ships_is_the_best_and_loads_as_the_model_it_was(tmp_path):
    run = follow(small(), Pictures(), tmp_path / "s.pt", device=CPU)
    card = ship(run)
    assert card == read_card("tiny")
    assert card.steps == run.best_step
    assert card.parameters == sum(p.numel() for p in run.module.parameters())
    assert card.classes == ("same", "other")
    again = ResNet(BasicBlock, **OPTIONS).eval()
    again.load_state_dict(read_weights("tiny"))
    x = torch.randn(2, 3, SIDE, SIDE)
    assert torch.equal(again(x), run.best(x))


def test_half_precision_halves_the_file_and_moves_the_output_little(tmp_path):
    run = follow(small(), Pictures(), tmp_path / "s.pt", device=CPU)
    ship(run, tmp_path / "whole")
    whole = (tmp_path / "whole" / "tiny.safetensors").stat().st_size
    ship(Run_with(run, half=True))
    half = (tmp_path / "checkpoints" / "tiny.safetensors").stat().st_size
    assert half < 0.75 * whole  # the header stays
    for name, tensor in read_weights("tiny").items():
        torch.testing.assert_close(tensor, run.best.state_dict()[name], atol=1e-3, rtol=1e-3)


def Run_with(run, **changes):  # noqa: N802
    run.recipe = dataclasses.replace(run.recipe, **changes)
    return run


def test_figures_measured_on_the_same_weights_stay_and_on_others_go(tmp_path):
    run = follow(small(), Pictures(), tmp_path / "s.pt", device=CPU)
    figure = Figure(0.5, "share", "explorer measure")
    write_card(dataclasses.replace(ship(run), figures={"accuracy": figure}))
    assert ship(run).figures == {"accuracy": figure}
    with torch.no_grad():
        run.best.conv1.weight.add_(1)
    assert ship(run).figures == {}


def test_a_state_of_a_changed_recipe_is_refused_in_a_sentence(tmp_path):
    follow(small(), Pictures(), tmp_path / "s.pt", device=CPU)
    wider = small(build=lambda: ResNet(BasicBlock, **OPTIONS | {"num_classes": 3}))
    with pytest.raises(CheckpointError, match="has changed since"):
        follow(wider, Pictures(), tmp_path / "s.pt", device=CPU)


def test_a_recipe_that_does_not_exist_is_refused_in_a_sentence(tmp_path):
    with pytest.raises(ControlError, match="cnn-128, vit-128, hybrid-128"):
        train("cnm", data=tmp_path)


def test_a_run_without_a_score_has_nothing_to_ship():
    run = Run(small(), CPU)
    run.advance(Pictures())
    assert run.best_score == -math.inf
    assert run.best_step == 0


def test_what_ships_is_gone_on_from_by_a_recipe_that_has_got_a_further_part(tmp_path):
    first, second = (Part(10, peak_rate=rate, warm_up=2) for rate in (1e-3, 1e-4))
    made = ship(follow(small(parts=(first,)), Pictures(), tmp_path / "1.pt", device=CPU))
    assert made.parts == 1
    longer = small(parts=(first, second), average=0.5)
    run = Run(longer, CPU)
    take_up(run, Pictures())
    assert (run.step, run.best_step, run.seconds) == (10, made.steps, made.seconds)
    assert run.best_score == Pictures().score(run.best)
    for name, tensor in read_weights("tiny").items():
        assert torch.equal(run.best.state_dict()[name], tensor)

    def begin(run):
        take_up(run, Pictures())

    ended = follow(longer, Pictures(), tmp_path / "2.pt", device=CPU, begin=begin)
    assert ended.step == 20
    assert ended.best_score >= run.best_score
    # All parts followed, left within one, and a recipe of more steps: the command makes it from the beginning.
    for message in ({"parts": 2}, {"parts": 0}, {"steps": 16}):
        write_card(dataclasses.replace(made, **message))
        untouched = Run(longer, CPU)
        take_up(untouched, Pictures())
        assert untouched.step == 0


def test_a_card_says_what_the_module_is_built_with_in_the_part_that_made_it(tmp_path):
    def widened(module):
        if module.fc.out_features == 2:
            module.fc = torch.nn.Linear(8, 3)

    narrow = Part(5, peak_rate=1e-3, warm_up=2, options={"num_classes": 2})
    wide = Part(5, peak_rate=1e-3, warm_up=2, prepare=widened)
    both = small(parts=(narrow, wide), options=small().options | {"num_classes": 3}, score_every=5)
    run, message = Run(both, CPU), []
    while run.step < 10:
        run.advance(Pictures())
        if run.step % 5 == 0:
            run.judge(Pictures())
            message.append(ship(run).options["num_classes"])
            assert read_weights("tiny")["fc.weight"].shape == (message[-1], 8)
    assert message == [2, 3]


WITHOUT = """
import sys
for name in ("captum", "matplotlib", "networkx", "plotly", "streamlit"):
    sys.modules[name] = None
from explorer.cli import main
sys.argv = ["explorer", *sys.argv[1:]]
main()
"""


def test_training_needs_nothing_that_draws(tmp_path):
    messages = [
        "--data",
        str(tmp_path),
        "--minutes",
        "0.001",
        "--state",
        str(tmp_path),
        "--out",
        str(tmp_path),
    ]
    ran = subprocess.run(
        [sys.executable, "-c", WITHOUT, "train", "pixels-digits", *messages], capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "pixels-digits.pt").is_file()
