"""Slow, obvious references: attention and rollout from a model's weights, in double precision, by loops."""

import math
from collections.abc import Sequence

import numpy as np
import torch
from timm.models.deit import VisionTransformerDistilled
from timm.models.vision_transformer import VisionTransformer

from explorer.experiments.rollout import written_out
from explorer.geometry import Grid, TokenLayout
from explorer.tap import AttentionCall, Observation

PREFIXES = {
    0: (),
    1: ("class",),
    2: ("class", "distillation"),
    5: ("class", *(f"register {i}" for i in (1, 2, 3, 4))),
}
SIZE = {"img_size": (24, 32), "patch_size": 8, "embed_dim": 16, "depth": 3, "num_heads": 2, "num_classes": 4}


def small_vit(prefix: int) -> torch.nn.Module:
    """A random transformer with so many prefix tokens and 3 x 4 patches, whose attention is far from even."""
    torch.manual_seed(prefix)
    if prefix == 0:
        model = VisionTransformer(**SIZE, class_token=False, global_pool="avg")
    elif prefix == 2:
        model = VisionTransformerDistilled(**SIZE)
    else:
        model = VisionTransformer(**SIZE, reg_tokens=prefix - 1)
    for block in model.blocks:
        block.attn.qkv.weight.data.normal_(std=0.6)
    return model.double().eval().requires_grad_(False)


def pictures(count: int = 2) -> torch.Tensor:
    return torch.randn(count, 3, 24, 32, dtype=torch.float64, generator=torch.Generator().manual_seed(7))


def weights_of(model: torch.nn.Module, x: torch.Tensor) -> list[np.ndarray]:
    """Each layer's attention, batch x heads x N x N, from what enters the layer and its matrices."""
    entered: list[np.ndarray] = []
    handles = [
        block.attn.register_forward_pre_hook(lambda part, given: entered.append(given[0].numpy()))
        for block in model.blocks
    ]
    model(x)
    for handle in handles:
        handle.remove()
    return [_attention(block.attn, given) for block, given in zip(model.blocks, entered, strict=True)]


def _attention(layer: torch.nn.Module, entered: np.ndarray) -> np.ndarray:
    batch, tokens, width = entered.shape
    heads, size = layer.num_heads, width // layer.num_heads
    projected = entered @ layer.qkv.weight.numpy().T + layer.qkv.bias.numpy()
    result = np.zeros((batch, heads, tokens, tokens))
    for b in range(batch):
        for h in range(heads):
            queries = projected[b, :, h * size : (h + 1) * size]
            keys = projected[b, :, width + h * size : width + (h + 1) * size]
            for i in range(tokens):
                raised = [math.exp(queries[i] @ keys[j] / math.sqrt(size)) for j in range(tokens)]
                result[b, h, i] = np.array(raised) / sum(raised)
    return result


def rollout_of(
    weights: Sequence[np.ndarray],
    *,
    fusion: str,
    discard: float,
    residual: float,
    prefix: int,
    start: int = 0,
    stop: int | None = None,
) -> np.ndarray:
    """The whole product after each layer, batch x layers x N x N."""
    chosen = weights[start : len(weights) if stop is None else stop + 1]
    message = {"fusion": fusion, "discard": discard, "residual": residual, "prefix": prefix}
    return np.array([written_out([layer[b] for layer in chosen], **message) for b in range(len(chosen[0]))])


def observed(weights: Sequence[np.ndarray], tokens: TokenLayout | None = None) -> Observation:
    """An observation of given attention maps, batch x heads x N x N each."""
    calls = []
    for number, weight in enumerate(weights):
        batch, heads, count, keys = weight.shape
        queries, others = (torch.zeros(batch, heads, n, 1, dtype=torch.float64) for n in (count, keys))
        name = f"layer {number}"
        calls.append(AttentionCall(name, queries, others, others, 1.0, cached=torch.tensor(weight)))
    return Observation(torch.zeros(1, 2), tuple(calls), {}, tokens)


def random_maps(
    layers: int, batch: int, heads: int, tokens: int, *, sharpness: float = 1.0, seed: int = 0
) -> list[np.ndarray]:
    """Softmax of Gaussian scores."""
    random = np.random.default_rng(seed)
    raised = np.exp(sharpness * random.standard_normal((layers, batch, heads, tokens, tokens)))
    return list(raised / raised.sum(-1, keepdims=True))


def layout(rows: int, columns: int, prefix: int = 1, *, cell: tuple[int, int] = (8, 8)) -> TokenLayout:
    return TokenLayout(PREFIXES[prefix], Grid(rows, columns, rows * cell[0], columns * cell[1]), "token")
