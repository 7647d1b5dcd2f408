import numpy as np
import pytest
import timm
import torch
from torch import Tensor, nn

from explorer.analysis.attribution import Attribution
from explorer.analysis.faithfulness import baselines
from explorer.analysis.sanity import parts_from_the_top, sanity, scramble
from explorer.geometry import Grid
from tests.analysis.written_out import pictures, small_vit

GRID = Grid(3, 4, 24, 32)


def edges(module: nn.Module, x: Tensor, target: int) -> Attribution:
    """What does not look at the model at all."""
    return Attribution("edges", "Edges", baselines(x, GRID)["edges"], GRID, False, None, "1", {})


def test_a_map_that_ignores_the_model_stays_and_those_that_do_not_go():
    model, x = small_vit(1), pictures(1)
    before = {name: tensor.clone() for name, tensor in model.state_dict().items()}
    result = sanity(
        model, x, ("relevance", "saliency", "rollout"), target=1, grid=GRID, ways={"Edges": edges}
    )
    assert result.parts == ("none", "head", "norm", "blocks.2", "blocks.1", "blocks.0", "patch_embed")
    np.testing.assert_allclose(result.correlations["Edges"], 1)
    for title in ("Relevance", "Saliency", "Rollout"):
        assert result.correlations[title][0] == pytest.approx(1)
        assert abs(result.correlations[title][-1]) < 0.7
    # Rollout does not look at the head, which no attention depends on; relevance does.
    assert result.correlations["Rollout"][2] == pytest.approx(1)
    assert result.correlations["Relevance"][1] < 0.999
    assert all(torch.equal(tensor, before[name]) for name, tensor in model.state_dict().items())


def test_parts_hold_every_weight_once_and_end_with_what_sees_the_pixels():
    for module in (small_vit(5), timm.create_model("resnet18"), timm.create_model("convnext_atto")):
        parts = list(parts_from_the_top(module))
        held = [id(weight) for _, weights in parts for weight in weights]
        assert sorted(held) == sorted(id(parameter) for parameter in module.parameters())
        first = next(iter(module.named_parameters(recurse=True)))[0].split(".")[0]
        assert parts[0][0].startswith(("head", "fc"))
        assert parts[-1][0] in (first, "patch_embed")


def test_new_weights_have_the_spread_of_the_old():
    weights = [nn.Parameter(3 + 2 * torch.randn(200, 200)), nn.Parameter(torch.ones(1))]
    old = weights[0].clone()
    scramble(weights, torch.Generator().manual_seed(0))
    assert float(weights[0].mean()) == pytest.approx(3, abs=0.05)
    assert float(weights[0].std()) == pytest.approx(2, rel=0.02)
    assert abs(float(torch.corrcoef(torch.stack([weights[0].flatten(), old.flatten()]))[0, 1])) < 0.02
