import torch

from explorer.models.hybrid import cnn_stem
from explorer.training.classifiers import HYBRID_OPTIONS, TRANSFORMER
from explorer.zoo.building import build


def test_a_token_is_made_of_every_eight_by_eight_pixels():
    torch.manual_seed(0)
    stem = cnn_stem(img_size=64, patch_size=1, embed_dim=24).eval()
    assert stem.grid_size == (8, 8)
    assert stem(torch.zeros(1, 3, 64, 64)).shape == (1, 64, 24)


def test_tokens_keep_their_place_in_the_picture():
    torch.manual_seed(0)
    stem = cnn_stem(img_size=128, patch_size=1, embed_dim=24).eval().requires_grad_(False)
    for part in stem.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            part.weight.fill_(1.0)  # a block's last one begins at 0, which would leave its convolutions out
    x = torch.zeros(1, 3, 128, 128)
    x[..., 88:96, 16:24] = 1.0  # the cell of row 11, column 2
    changed = (stem(x) - stem(torch.zeros_like(x))).norm(dim=-1).view(16, 16)
    row, column = divmod(int(changed.argmax()), 16)
    assert abs(row - 11) <= 1
    assert abs(column - 2) <= 1
    # A cell sees 99 pixels, 49 to either side of its centre: row 4's at most to pixel 8 * 4 + 49 = 81.
    assert float(changed[:5].max()) == 0 < float(changed[8].max())


def test_the_transformer_over_it_is_timms_with_a_token_for_each_cell():
    module = build(TRANSFORMER, HYBRID_OPTIONS)
    assert module.pos_embed.shape == (1, 257, 192)
    assert type(module).__name__ == "VisionTransformer"
