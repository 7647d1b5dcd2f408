"""A thousand tokens: the maps are those of whole matrices, which are never made."""

import numpy as np
import pytest
import torch
from timm.models.vision_transformer import VisionTransformer

from explorer.analysis.attribution import attribute
from explorer.tap import observe_with_gradients
from tests.analysis.largest import Largest

TOKENS = 1 + 32 * 32


@pytest.fixture(scope="module")
def seen():
    torch.manual_seed(0)
    net = VisionTransformer(img_size=128, patch_size=4, embed_dim=8, depth=2, num_heads=2, num_classes=3)
    for block in net.blocks:
        block.attn.qkv.weight.data.normal_(std=0.6)
    net = net.double().eval().requires_grad_(False)
    x = torch.randn(1, 3, 128, 128, dtype=torch.float64)
    observation = observe_with_gradients(net, x)
    weights = [call.weights() for call in observation.calls]
    gradients = torch.autograd.grad(observation.output[0, 1], weights)
    return net, x, [(a[0].detach(), g[0]) for a, g in zip(weights, gradients, strict=True)]


def relevance(layers) -> torch.Tensor:
    product = torch.eye(TOKENS, dtype=torch.float64)
    for weights, gradient in layers:
        product = product + (weights * gradient).clamp(min=0).mean(0) @ product
    return product[0, 1:]


def gradient_rollout(layers) -> torch.Tensor:
    product = torch.eye(TOKENS, dtype=torch.float64)
    for weights, gradient in layers:
        mixed = (weights * gradient).mean(0).clamp(min=0) + torch.eye(TOKENS, dtype=torch.float64)
        product = mixed / mixed.sum(-1, keepdim=True) @ product
    return product[0, 1:]


@pytest.mark.parametrize(
    ("method", "wanted"), [("relevance", relevance), ("gradient-rollout", gradient_rollout)]
)
def test_the_carried_vector_is_the_row_of_the_product(seen, method, wanted):
    net, x, layers = seen
    result = attribute(net, x, method, targets=1).values.ravel()
    row = wanted(layers).numpy()
    np.testing.assert_allclose(result, row, atol=1e-9 * row.max())


@pytest.mark.parametrize(
    "method", ["attention", "rollout", "gradient-rollout", "relevance", "legrad", "flow"]
)
def test_no_matrix_of_all_pairs_is_made(seen, method):
    net, x, _ = seen
    if method == "flow":

        def stop(done: int, of: int) -> None:
            if done > 1:
                raise KeyboardInterrupt  # the flow itself is SciPy's; its maps are made by now
    else:
        stop = None
    with Largest() as largest:
        try:
            attribute(net, x, method, targets=1, progress=stop)
        except KeyboardInterrupt:
            assert method == "flow"
    assert 0 < largest.elements < TOKENS * TOKENS
