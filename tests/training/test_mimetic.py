import numpy as np
import pytest
import torch
from timm.models.vision_transformer import VisionTransformer

from explorer.training.mimetic import mimetic

SIZE, HEADS, SHAPE = 96, 3, (40, 24)


@pytest.fixture(scope="module")
def model():
    torch.manual_seed(0)
    return mimetic(
        VisionTransformer(SHAPE, 4, embed_dim=SIZE, depth=2, num_heads=HEADS, num_classes=3)
    ).eval()


@pytest.mark.parametrize("block", [0, 1])
def test_values_and_projection_together_are_noise_less_a_share_of_the_identity(model, block):
    attention = model.blocks[block].attn
    values = attention.qkv.weight[2 * SIZE :]
    noise = (attention.proj.weight @ values).detach().numpy().T + 0.4 * np.eye(SIZE)
    assert noise.std() == pytest.approx(0.4 / np.sqrt(SIZE), rel=0.03)
    assert abs(noise.diagonal().mean()) < 4 * noise.std() / np.sqrt(SIZE)


@pytest.mark.parametrize("head", range(HEADS))
def test_queries_and_keys_of_a_head_together_are_the_best_of_their_rank(model, head):
    """Eckart and Young: a best approximation has orthogonal factors, whose squared lengths are the largest
    singular values of what it approximates, noise and identity; for those, Weyl's bound."""
    width = SIZE // HEADS
    rows = slice(head * width, (head + 1) * width)
    queries, keys, _ = model.blocks[0].attn.qkv.weight.detach().double().split(SIZE)
    lengths = queries[rows].square().sum(1)
    assert torch.allclose(queries[rows] @ queries[rows].T, lengths.diag(), atol=1e-4)
    assert torch.allclose(keys[rows] @ keys[rows].T, lengths.diag(), atol=1e-4)
    assert (lengths.diff() <= 1e-6).all()
    assert 0.7 < lengths.min() < lengths.max() < 0.7 + 2.1 * 0.7


def test_before_training_a_token_looks_at_its_neighbourhood(model):
    """Not so in a transformer as it is usually begun, where every distance is as likely."""
    torch.manual_seed(1)
    plain = VisionTransformer(SHAPE, 4, embed_dim=SIZE, depth=2, num_heads=HEADS, num_classes=3).eval()
    x = torch.randn(4, 3, *SHAPE)
    chance = float(_distances().mean())
    assert _mean_distance(model, x) < 0.7 * chance
    assert _mean_distance(plain, x) == pytest.approx(chance, rel=0.02)


def _distances() -> torch.Tensor:
    place = torch.cartesian_prod(torch.arange(10.0), torch.arange(6.0))
    return torch.cdist(place, place)


def _mean_distance(model: VisionTransformer, x: torch.Tensor) -> float:
    block = model.blocks[0]
    with torch.inference_mode():
        tokens = block.norm1(model._pos_embed(model.patch_embed(x)))
        parts = block.attn.qkv(tokens).unflatten(-1, (3, HEADS, -1))
        q, k = (parts[:, 1:, at].transpose(1, 2) for at in (0, 1))
        weights = (q @ k.mT / q.shape[-1] ** 0.5).softmax(-1)
    return float((weights * _distances()).sum(-1).mean())
