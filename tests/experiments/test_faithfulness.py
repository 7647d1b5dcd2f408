"""Areas by shards, against one call for all photographs."""

import numpy as np
import pytest
import torch

from explorer.analysis.attribution import METHODS, attribute, why_not
from explorer.analysis.faithfulness import baselines, faithfulness_curves
from explorer.data.imagenette import normalised
from explorer.data.imagenette import photographs as read
from explorer.experiments.faithfulness import Areas, measure
from explorer.zoo import load
from tests.experiments.shipped import ship


def test_shards_change_no_area_and_random_orders_are_those_of_all_photographs(photographs, monkeypatch):
    ship("vit-128")
    model = load("vit-128", device="cpu")
    chosen = torch.linspace(0, 39, 7).round().long()
    x = normalised(
        read(photographs / "imagenette-test.npz").centred(32)[chosen], mean=model.mean, std=model.std
    )
    grid, targets = model.tokens.grid, model.module(x).argmax(-1).tolist()
    title = METHODS["saliency"].title
    maps = baselines(x, grid)
    maps[title] = np.stack(
        [
            attribute(model, x[at : at + 1], "saliency", targets=targets[at : at + 1]).on(grid)
            for at in range(7)
        ]
    )
    monkeypatch.setattr(Areas, "batch", 3)
    options = {"models": ("vit-128",), "methods": ("saliency", "grad-cam"), "pictures": 7, "steps": 2}
    values = measure(data=photographs, device="cpu", **options)["values"]["vit-128"]
    for name, attribution_map in maps.items():
        for order in ("deletion", "insertion"):
            area = faithfulness_curves(model, x, attribution_map, grid, targets, order=order, steps=2).area
            assert values["methods"][name][order][0] == pytest.approx(area.mean(), abs=1e-4)
    assert values["methods"][title]["seconds"] > 0
    left_out = why_not(model, "grad-cam")
    assert (METHODS["grad-cam"].title in values["methods"]) == (left_out is None)
