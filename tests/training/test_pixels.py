import numpy as np
import pytest
import torch

from explorer.data.pixels import halved
from explorer.training.pixels import pixels_fashion
from explorer.training.run import Run
from explorer.training.write_pictures import _smaller
from explorer.zoo.building import build


@pytest.mark.parametrize(("side", "times", "channels"), [(8, 2, 3), (12, 4, 1)])
def test_smaller_pictures_are_the_same_wherever_they_are_made(side, times, channels):
    pictures = np.random.default_rng(0).integers(0, 256, (5, side, side, channels), np.uint8)
    np.testing.assert_array_equal(
        _smaller(torch.from_numpy(pictures), times).numpy(), halved(pictures, times)
    )


def test_the_deeper_and_wider_writer_of_clothes_begins_as_the_smaller_one():
    recipe = pixels_fashion(large=False)
    module, values, labels = recipe.build(), torch.randint(0, 16, (2, 784)), torch.tensor([0, 9])
    wanted = module.log_likelihood(values, labels)
    for part in recipe.parts:
        part.prepare(module)
        built = build(recipe.architecture, recipe.options | dict(part.options))
        assert {n: w.shape for n, w in built.state_dict().items()} == {
            n: w.shape for n, w in module.state_dict().items()
        }
        torch.testing.assert_close(module.log_likelihood(values, labels), wanted)
    assert len(module.layers) == 8
    assert module.layers[7].hidden.out_features == 768


def test_on_a_cpu_local_attention_is_trained_as_plain_products():
    run = Run(pixels_fashion(large=False), torch.device("cpu"))
    assert not run.module.blocked.fused_attn
