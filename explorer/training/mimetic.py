"""A transformer that begins with the look of a trained one."""

from __future__ import annotations

import math

import torch
from timm.layers import build_sincos2d_pos_embed
from torch import Tensor, nn

__all__ = ["mimetic"]


def mimetic(model: nn.Module) -> nn.Module:
    """timm's VisionTransformer, its attention and positions set before training as in Trockman & Kolter,
    "Mimetic Initialization of Self-Attention Layers" (2023), section 3.

    In each head W_q^T W_k is near 0.7 I, so that a token first looks at those like it; W_v^T W_proj^T is near
    -0.4 I. Positions begin as sines of two axes, so that those like it are its neighbours. All stays learnable.
    """
    for block in model.blocks:  # type: ignore[union-attr]
        attention = block.attn
        size, heads = attention.qkv.in_features, attention.num_heads
        width = size // heads
        with torch.no_grad():
            queries, keys, values = attention.qkv.weight.split(size)
            for at in range(0, size, width):
                left, right = _factors(size, random=0.7, identity=0.7)
                queries[at : at + width], keys[at : at + width] = left.T[:width], right[:width]
            left, right = _factors(size, random=0.4, identity=-0.4)
            values.copy_(left.T)
            attention.proj.weight.copy_(right.T)
    with torch.no_grad():
        shape = list(model.patch_embed.grid_size)  # type: ignore[union-attr]
        model.pos_embed[:, -math.prod(shape) :] = build_sincos2d_pos_embed(shape, model.embed_dim)  # type: ignore
    return model


def _factors(size: int, *, random: float, identity: float) -> tuple[Tensor, Tensor]:
    """U sqrt(S) and sqrt(S) V^T of random Z + identity I, Z of size x size with variance 1 / size."""
    wanted = random * torch.randn(size, size) / math.sqrt(size) + identity * torch.eye(size)
    left, strength, right = torch.linalg.svd(wanted)
    return left * strength.sqrt(), strength.sqrt()[:, None] * right
