"""Models that read one patch only: a method that claims to show what is used puts everything there."""

import numpy as np
import pytest
import torch
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor, nn

from explorer.analysis.attribution import METHODS, attribute
from explorer.geometry import Grid

ROW, COLUMN = 1, 2
GRID = Grid(3, 4, 24, 32)


class ReadsOnePatch(nn.Module):
    """Two logits from the pixels of one patch, by a small network."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.hidden, self.bend, self.out = nn.Linear(192, 8), nn.ReLU(), nn.Linear(8, 2)

    def forward(self, x: Tensor) -> Tensor:
        patch = x[:, :, ROW * 8 : ROW * 8 + 8, COLUMN * 8 : COLUMN * 8 + 8]
        return self.out(self.bend(self.hidden(patch.flatten(1))))


def reads_one_patch() -> nn.Module:
    """A transformer of one layer whose class token attends to one patch and passes on what it sees there.

    Channels 0 to 3 are what a patch shows, channel 6 marks the patch, channel 7 the class token.
    """
    torch.manual_seed(0)
    net = VisionTransformer(
        img_size=(24, 32),
        patch_size=8,
        embed_dim=8,
        depth=1,
        num_heads=1,
        num_classes=2,
        norm_layer=nn.Identity,
    )
    block = net.blocks[0]
    with torch.no_grad():
        net.pos_embed.zero_()
        net.pos_embed[0, 1 + ROW * 4 + COLUMN, 6] = 1
        net.cls_token.zero_()
        net.cls_token[0, 0, 7] = 1
        net.patch_embed.proj.weight[4:].zero_()
        net.patch_embed.proj.bias.fill_(0)
        for part in (block.attn.qkv, block.attn.proj, block.mlp.fc2):
            part.weight.zero_()
            part.bias.zero_()
        block.attn.qkv.weight[0, 7] = 200  # the class token asks
        block.attn.qkv.weight[8, 6] = 1  # the marked patch answers
        for channel in range(4):
            block.attn.qkv.weight[16 + channel, channel] = 1
            block.attn.proj.weight[channel, channel] = 1
    return net.double().eval().requires_grad_(False)


def share_there(values: np.ndarray) -> float:
    return float(abs(values[ROW, COLUMN]) / abs(values).sum())


@pytest.mark.parametrize(
    "method", [name for name, item in METHODS.items() if item.faithful and item.by_pixel]
)
def test_of_a_network_that_reads_one_patch(method: str):
    options = {"window": 1} if method == "occlusion" else {}
    x = torch.randn(1, 3, 24, 32, generator=torch.Generator().manual_seed(2))
    result = attribute(ReadsOnePatch().eval(), x, method, targets=1, **options)
    if method in ("occlusion", "ablation"):  # its cells are 16 a side: each of 1.5 x 2 pixels
        inside = result.values[0][ROW * 8 : ROW * 8 + 8, COLUMN * 8 : COLUMN * 8 + 8]
        assert np.abs(inside).sum() / np.abs(result.values[0]).sum() > 0.8
        far = result.values[0].copy()
        far[ROW * 8 - 2 : ROW * 8 + 10, COLUMN * 8 - 2 : COLUMN * 8 + 10] = 0
        assert np.abs(far).max() < 1e-6  # no more than rounding
    else:
        assert share_there(result.on(GRID)) == pytest.approx(1, abs=1e-9)


@pytest.mark.parametrize(
    "method", [name for name, item in METHODS.items() if item.faithful and name != "deep-lift"]
)
def test_of_a_transformer_that_reads_one_patch(method: str):
    model = reads_one_patch()
    x = torch.randn(1, 3, 24, 32, dtype=torch.float64, generator=torch.Generator().manual_seed(2))
    target = 0 if float(attribute(model, x, "relevance", targets=0).values.max()) > 1e-6 else 1
    options = {"window": 1} if method == "occlusion" else {}
    result = attribute(model, x, method, targets=target, **options)
    assert share_there(result.on(GRID)) == pytest.approx(1, abs=1e-6)
