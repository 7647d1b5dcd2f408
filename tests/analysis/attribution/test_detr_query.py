"""Relevance of an object query against the paper's rules, written out with whole matrices in double precision."""

import numpy as np
import pytest
import torch
from torch import nn
from transformers import DetrForObjectDetection

from explorer.analysis.attribution.detr_query import query_relevance
from explorer.analysis.detection import MaskedPass, watch_pass
from explorer.errors import AnalysisError, ControlError, UnsupportedModel
from explorer.geometry import Frame
from explorer.models.small_detr import small_detr
from explorer.tap import observe_with_gradients

LAYERS = 3


def small(seed: int = 0) -> DetrForObjectDetection:
    torch.manual_seed(seed)
    detr = small_detr(classes=("circle", "house", "fish"), queries=5, width=32, layers=LAYERS)
    with torch.no_grad():
        for name, parameter in detr.named_parameters():
            if "norm" in name or name.endswith("bias"):
                parameter.add_(0.3 * torch.randn_like(parameter))
    return detr.double().eval().requires_grad_(False)


def picture(height: int = 40, width: int = 56, seed: int = 1) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(1, 3, height, width, dtype=torch.float64, generator=generator)


def letterbox(height: int, width: int) -> torch.Tensor:
    mask = torch.ones(1, height, width)
    mask[:, :, -16:] = 0
    return mask


def averaged(relevance: np.ndarray) -> np.ndarray:
    """Equations 8 and 9, a row at a time."""
    result = np.eye(len(relevance))
    for i, row in enumerate(relevance - np.eye(len(relevance))):
        if row.sum() > 0:
            result[i] += row / row.sum()
    return result


def by_the_rules(detr: nn.Module, x: torch.Tensor, mask: torch.Tensor, query: int, target: int) -> np.ndarray:
    """Every relevance matrix whole, updated layer by layer in the order in which the model computes."""
    seen = observe_with_gradients(MaskedPass(detr, mask), x)
    weights = [call.weights() for call in seen.calls]
    gradients = torch.autograd.grad(seen.output.logits[0, query, target], weights)
    positive = []
    for attention, gradient in zip(weights, gradients, strict=True):
        heads = (attention * gradient)[0].detach().numpy()
        positive.append(np.mean([np.where(head > 0, head, 0.0) for head in heads], axis=0))
    of_picture = np.eye(len(positive[0]))
    for layer in range(LAYERS):
        of_picture = of_picture + positive[layer] @ of_picture
    among = np.eye(5)
    across = np.zeros((5, len(of_picture)))
    for layer in range(LAYERS):
        own, cross = positive[LAYERS + 2 * layer], positive[LAYERS + 2 * layer + 1]
        among, across = among + own @ among, across + own @ across
        across = across + averaged(among).T @ cross @ averaged(of_picture)
    return across[query]


@pytest.mark.parametrize("margin", [False, True])
@pytest.mark.parametrize(("query", "target"), [(0, 0), (3, 2), (4, 1)])
def test_relevance_follows_the_papers_rules(query: int, target: int, margin: bool):
    detr, x = small(), picture()
    mask = letterbox(40, 56) if margin else torch.ones(1, 40, 56)
    result = query_relevance(detr, x, query, target=target, mask=mask if margin else None)
    wanted = by_the_rules(detr, x, mask, query, target).reshape(5, 7)
    assert wanted.max() > 0
    np.testing.assert_allclose(result.values[0], wanted, atol=1e-10 * wanted.max(), rtol=1e-8)
    assert result.targets == (target,)
    if margin:
        assert not result.values[0, :, 5:].any()


def test_the_class_is_the_querys_own_and_the_grid_that_of_the_feature_map():
    detr, x = small(), picture(44, 60)
    sight = watch_pass(
        detr, x, frame=Frame.fit((44, 60), (44, 60), how="squash"), classes=("circle", "house", "fish")
    )
    for query in range(5):
        result = query_relevance(detr, x, query)
        assert result.targets == (int(sight.predictions().labels[query]),)
        assert result.grid == sight.grid


def test_queries_and_classes_have_different_maps():
    detr, x = small(), picture()
    maps = [query_relevance(detr, x, query, target=target).values for query in (0, 1) for target in (0, 1)]
    for i, one in enumerate(maps):
        for other in maps[i + 1 :]:
            assert not np.allclose(one / one.max(), other / other.max(), rtol=1e-3)


def test_a_query_for_which_nothing_speaks_has_an_empty_map_and_no_nan():
    detr = small()
    detr.class_labels_classifier.weight.data.zero_()
    result = query_relevance(detr, picture(), 2, target=0)
    assert (result.values == 0).all()


def test_single_precision_and_the_shared_model():
    detr = small()
    wanted = query_relevance(detr, picture(), 1, target=2).values
    single = detr.float()
    before = {name: tensor.clone() for name, tensor in single.state_dict().items()}
    result = query_relevance(single, picture().float(), 1, target=2).values
    np.testing.assert_allclose(result, wanted, rtol=0.01, atol=0.001 * wanted.max())
    assert all(torch.equal(before[name], tensor) for name, tensor in single.state_dict().items())
    assert not any(part._forward_hooks or part.training for part in single.modules())


def test_what_cannot_be_asked_is_a_sentence():
    detr, x = small(), picture()
    with pytest.raises(ControlError, match="no query 5"):
        query_relevance(detr, x, 5)
    with pytest.raises(ControlError, match="no class 3"):
        query_relevance(detr, x, 0, target=3)
    with pytest.raises(AnalysisError, match="one picture"):
        query_relevance(detr, x.expand(2, -1, -1, -1), 0)
    with pytest.raises(UnsupportedModel, match="no DETR"):
        query_relevance(nn.Conv2d(3, 3, 1), x, 0)
