import pytest
import torch

from explorer.models.hybrid import cnn_stem, residual_stem
from explorer.training.classifiers import HYBRID_OPTIONS, TRANSFORMER
from explorer.zoo.building import build


@pytest.mark.parametrize("stem", [cnn_stem, residual_stem])
def test_a_token_is_made_of_every_eight_by_eight_pixels(stem):
    torch.manual_seed(0)
    stem = stem(img_size=64, patch_size=1, embed_dim=24).eval()
    assert stem.grid_size == (8, 8)
    assert stem(torch.zeros(1, 3, 64, 64)).shape == (1, 64, 24)


def test_tokens_keep_their_place_in_the_picture():
    torch.manual_seed(0)
    stem = residual_stem(img_size=64, patch_size=1, embed_dim=24).eval()
    x = torch.zeros(1, 3, 64, 64)
    x[..., 40:48, 16:24] = 1.0  # the cell of row 5, column 2
    changed = (stem(x) - stem(torch.zeros_like(x))).norm(dim=-1).view(8, 8)
    assert divmod(int(changed.argmax()), 8) == (5, 2)
    assert float(changed[0].max()) == 0


def test_the_transformer_over_it_is_timms_with_a_token_for_each_cell():
    module = build(TRANSFORMER, HYBRID_OPTIONS)
    assert module.pos_embed.shape == (1, 257, 192)
    assert type(module).__name__ == "VisionTransformer"
