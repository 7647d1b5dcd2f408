"""Small networks of every supported family, their random weights strong enough for uneven attention."""

from dataclasses import dataclass, field
from typing import Any

import timm
import torch
from timm.layers import set_fused_attn
from torch import nn

SMALL = {"depth": 3, "embed_dim": 48, "num_heads": 3}


@dataclass(frozen=True)
class Family:
    """How to build a small network of a family, and the tokens it must be found to have."""

    architecture: str
    size: tuple[int, int]
    prefix: tuple[str, ...]
    grid: tuple[int, int]
    options: dict[str, Any] = field(default_factory=dict)

    def build(self, *, seed: int = 0) -> nn.Module:
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            net = timm.create_model(self.architecture, img_size=self.size, **{**SMALL, **self.options})
            with torch.no_grad():
                for weight in net.parameters():
                    weight += 0.3 * torch.randn_like(weight)
        return net.eval().requires_grad_(False)

    def build_unfused(self) -> nn.Module:
        """The same network on timm's other path, which computes its weights in the open."""
        set_fused_attn(False)
        try:
            return self.build()
        finally:
            set_fused_attn(True)

    def pictures(self, count: int = 1, *, seed: int = 1) -> torch.Tensor:
        return torch.randn(count, 3, *self.size, generator=torch.Generator().manual_seed(seed))


REGISTERS = tuple(f"register {number}" for number in (1, 2, 3, 4))

FAMILIES = {
    "ViT, class token": Family("vit_tiny_patch16_224", (64, 96), ("class",), (4, 6)),
    "ViT, patches only": Family("vit_medium_patch16_gap_240", (48, 32), (), (3, 2), {"num_classes": 10}),
    "ViT, read by attention": Family("vit_base_patch16_siglip_224", (48, 80), (), (3, 5)),
    "ViT, q/k norm": Family("vit_tiny_patch16_224", (64, 32), ("class",), (4, 2), {"qk_norm": True}),
    "ViT, parallel block": Family("vit_pwee_patch16_reg1_gap_256", (64, 32), REGISTERS[:1], (4, 2)),
    "DeiT distilled": Family("deit_tiny_distilled_patch16_224", (64, 32), ("class", "distillation"), (4, 2)),
    "DINOv2 with registers": Family("vit_small_patch14_reg4_dinov2", (42, 56), ("class", *REGISTERS), (3, 4)),
    "EVA-02": Family("eva02_tiny_patch14_224", (42, 56), ("class",), (3, 4)),
    "EVA-02, q, k, v apart": Family("eva02_base_patch14_448", (42, 56), ("class",), (3, 4)),
    "DINOv3": Family("vit_small_patch16_dinov3", (48, 32), ("class", *REGISTERS), (3, 2)),
    "BEiT": Family("beit_base_patch16_224", (48, 32), ("class",), (3, 2)),
    "ViT, relative positions": Family("vit_relpos_small_patch16_224", (48, 32), (), (3, 2)),
    "R+ViT": Family("vit_tiny_r_s16_p8_224", (64, 96), ("class",), (2, 3)),
}
