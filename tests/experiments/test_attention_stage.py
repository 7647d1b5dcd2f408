"""Where attention pays, measured on networks of random weights as they would ship."""

import json
import math
from itertools import pairwise

import cv2
import numpy as np
import pytest
import torch

from explorer.analysis.head_offsets import offsets_by_layer
from explorer.cli import main
from explorer.errors import WeightsNotFound
from explorer.experiments.attention_stage import measure
from explorer.models.stage_net import PLACES, StageNet
from explorer.tap import observe
from explorer.training.stages import MEAN, STD
from explorer.zoo.cards import read_card
from tests.experiments.shipped import ship, ship_stage


def test_the_command_says_mean_and_spread_of_the_trainings_that_ship(things, capsys):
    nets = {place: [ship_stage(place)] for place in PLACES}
    nets["third"].append(ship_stage("third", seed=1))
    ship("vit")
    assert (
        main(["measure", "attention-stage", "--data", str(things), "--workers", "1", "--json", "--record"])
        == 0
    )
    result = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    with np.load(things / "cifar10.npz") as file:
        starts = file["test_offsets"]
        pictures = [
            cv2.imdecode(file["test_bytes"][a:b], cv2.IMREAD_COLOR)[..., ::-1] for a, b in pairwise(starts)
        ]
    x = (torch.tensor(np.stack(pictures)) / 255.0 - torch.tensor(MEAN)) / torch.tensor(STD)
    for place, item in nets.items():
        with torch.no_grad():
            shares = [
                float((net(x.permute(0, 3, 1, 2)).argmax(-1) == torch.arange(30) % 10).double().mean())
                for net in item
            ]
        measured = result["values"][place]
        assert measured["right"] == pytest.approx(
            [sum(shares) / len(shares), min(shares), max(shares)], abs=1e-4
        )
        assert measured["trainings"] == len(item)
        names = [f"stage-{place}", f"stage-{place}-2"][: len(item)]
        assert [read_card(name).figures["right"].value for name in names] == pytest.approx(shares, abs=1e-4)
        assert measured["parameters"] == sum(one.numel() for one in item[0].parameters())
        assert measured["milliseconds a picture"] > 0
    assert list(result["near"]["stage-all"]) == [f"stage {s}, block {b}" for s in (1, 2, 3) for b in (1, 2)]
    assert list(result["near"]["vit"]) == ["layer 1", "layer 2"]
    for layers in result["near"].values():
        for layer in layers.values():
            for one, two in layer.values():
                assert 0 < one < two <= 1 or math.isclose(two, 1)


def test_networks_that_do_not_ship_are_a_sentence(things):
    with pytest.raises(WeightsNotFound, match="explorer train stage-none"):
        measure(data=things)


def test_the_share_near_a_query_is_counted_pair_by_pair():
    torch.manual_seed(0)
    net = StageNet(PLACES["all"]).eval().requires_grad_(False)
    seen = observe(net, torch.randn(2, 3, 32, 32))
    results = offsets_by_layer(seen)
    assert [result.by_offset.shape[-1] for result in results] == [31, 31, 15, 15, 7, 7]
    for call, result in zip(seen.calls[2:], results[2:], strict=True):
        side = 8 if call.tokens == 64 else 4
        down, across = (torch.arange(side * side) // side, torch.arange(side * side) % side)
        for cells, share, even in (
            (1, result.within_one, result.uniform_one),
            (2, result.within_two, result.uniform_two),
        ):
            near = ((down[:, None] - down).abs() <= cells) & ((across[:, None] - across).abs() <= cells)
            wanted = (call.weights() * near).sum(-1).mean((0, 2))
            np.testing.assert_allclose(share[0], wanted, rtol=1e-5)
            assert even == pytest.approx(float(near.double().mean()))
