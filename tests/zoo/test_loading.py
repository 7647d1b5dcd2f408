import dataclasses
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from torch import nn

from explorer import zoo
from explorer.errors import CheckpointError, ControlError, ModelError, OutOfMemory
from explorer.tap import observe
from explorer.zoo import cards
from explorer.zoo.devices import choose, out_of_memory
from explorer.zoo.loading import _try_out
from explorer.zoo.pixel_models import PixelModel
from explorer.zoo.readers import MaskedLM

TINY = {"img_size": 32, "patch_size": 8, "embed_dim": 24, "depth": 2, "num_heads": 3, "num_classes": 5}


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> nn.Module:
    """A folder of checkpoints in which one tiny ViT ships, under the name "tiny"."""
    monkeypatch.setenv("EXPLORER_CHECKPOINTS", str(tmp_path))
    card = cards.Card(
        name="tiny",
        title="Tiny ViT",
        family="vit",
        architecture="timm.models.vision_transformer:VisionTransformer",
        options=TINY,
        input_size=(32, 32),
        mean=(0.1, 0.2, 0.3),
        std=(0.5, 0.25, 1.0),
        classes=("tench", "church", "horn", "pump", "ball"),
        parameters=0,
        data="nothing",
        recipe="no recipe",
        seed=0,
        steps=0,
        hardware="none",
        seconds=0.0,
    )
    net = timm.models.VisionTransformer(**TINY).eval()
    cards.write_checkpoint(net, card, tmp_path)
    return net


def test_what_ships_is_loaded_as_its_card_says(shipped: nn.Module, tmp_path: Path):
    model = zoo.load("tiny", device="cpu")
    x = torch.randn(2, 3, 32, 32)
    assert torch.equal(model.module(x), shipped(x))
    assert model.checkpoint == f"sha256:{cards.sha256(tmp_path / 'tiny.safetensors')}"
    assert model.classes == ("tench", "church", "horn", "pump", "ball")
    assert model.attention_names == ("blocks.0.attn", "blocks.1.attn")
    assert model.tokens is not None
    assert (model.tokens.grid.rows, model.tokens.grid.columns) == (4, 4)
    assert model.trained
    assert zoo.entries()[0].name == "tiny"
    assert zoo.entries()[0].parameters == sum(weight.numel() for weight in shipped.parameters())


def test_weights_that_are_not_the_cards_are_refused(shipped: nn.Module, tmp_path: Path):
    path = tmp_path / "tiny.safetensors"
    held = bytearray(path.read_bytes())
    held[-1] ^= 1
    path.write_bytes(held)
    with pytest.raises(CheckpointError, match="not those of its card"):
        zoo.load("tiny")


def test_a_changed_file_is_not_answered_from_memory(shipped: nn.Module, tmp_path: Path):
    before = zoo.load("tiny")
    other = timm.models.VisionTransformer(**TINY)
    cards.write_checkpoint(other, dataclasses.replace(cards.read_card("tiny"), steps=1), tmp_path)
    after = zoo.load("tiny")
    assert after.checkpoint != before.checkpoint
    assert torch.equal(after.module.pos_embed, other.pos_embed)


def test_a_loaded_model_is_ready_and_still():
    model = zoo.load("test_vit", trained=False)
    assert not model.module.training
    assert not any(weight.requires_grad for weight in model.module.parameters())
    assert not any(part._forward_hooks or part._forward_pre_hooks for part in model.module.modules())
    assert model.nbytes == sum(
        parameter.numel() * parameter.element_size()
        for parameter in [*model.module.parameters(), *model.module.buffers()]
    )


def test_random_weights_are_the_seeds_and_nothing_elses():
    torch.manual_seed(5)
    undisturbed = torch.rand(3)
    torch.manual_seed(5)
    first = zoo.load("test_vit", trained=False, seed=1)
    assert torch.equal(torch.rand(3), undisturbed)
    zoo.loading.MODELS.clear()
    again, other = zoo.load("test_vit", trained=False, seed=1), zoo.load("test_vit", trained=False, seed=2)
    assert first is not again
    assert torch.equal(first.module.patch_embed.proj.weight, again.module.patch_embed.proj.weight)
    assert not torch.equal(first.module.patch_embed.proj.weight, other.module.patch_embed.proj.weight)
    assert first.checkpoint == again.checkpoint == "random:1"
    assert not first.trained


def test_threads_share_one_model():
    zoo.loading.MODELS.clear()
    with ThreadPoolExecutor(8) as pool:
        models = list(pool.map(lambda _: zoo.load("test_resnet", trained=False, seed=7), range(8)))
    assert len({id(model) for model in models}) == 1


def test_an_untrained_resnet_is_more_than_its_shortcuts():
    """With timm's own start at zero, one place of the last feature map sees 11 pixels of the input."""
    model = zoo.load("resnet18", trained=False)
    x = torch.randn(1, 3, 96, 96, requires_grad=True)
    features = model.module.forward_features(x)
    (gradient,) = torch.autograd.grad(features[0, :, 1, 1].sum(), x)
    assert int((gradient[0].abs().sum(0) > 0).any(1).sum()) > 60


def test_pixels_are_normalised_as_the_model_was_trained(shipped: nn.Module):
    model = zoo.load("tiny")
    pixels = np.zeros((32, 32, 3), dtype=np.uint8)
    pixels[4, 9] = (255, 51, 0)
    x = model.prepare(pixels)
    assert x.shape == (1, 3, 32, 32)
    expected = [(1.0 - 0.1) / 0.5, (0.2 - 0.2) / 0.25, (0.0 - 0.3) / 1.0]
    torch.testing.assert_close(x[0, :, 4, 9], torch.tensor(expected))
    torch.testing.assert_close(x[0, :, 0, 0], torch.tensor([-0.2, -0.8, -0.3]))


def test_timms_own_normalisation_and_classes_are_taken():
    vit, resnet = zoo.load("vit_tiny_patch16_224", trained=False), zoo.load("test_resnet", trained=False)
    assert vit.mean == (0.5, 0.5, 0.5)
    assert resnet.mean == timm.get_pretrained_cfg("test_resnet").mean
    assert len(vit.classes) == 1000
    assert "tench" in vit.classes[0]
    assert "toilet tissue" in vit.classes[999]


def test_pixels_of_another_size_are_refused(shipped: nn.Module):
    with pytest.raises(ModelError, match="32 x 32 x 3"):
        zoo.load("tiny").prepare(np.zeros((32, 31, 3), dtype=np.uint8))


@pytest.mark.parametrize("size", [(48, 80), (32, 24)])
def test_another_input_size_gives_another_grid(shipped: nn.Module, size: tuple[int, int]):
    model = zoo.load("tiny", input_size=size)
    assert model.tokens is not None
    assert (model.tokens.grid.rows, model.tokens.grid.columns) == (size[0] // 8, size[1] // 8)
    seen = observe(model, torch.randn(1, 3, *size))
    assert seen.calls[0].tokens == 1 + size[0] * size[1] // 64
    assert seen.calls[0].name == "blocks.0.attn"
    resized = timm.models.VisionTransformer(**TINY)
    resized.load_state_dict(shipped.state_dict())
    resized.set_input_size(size)
    assert torch.equal(model.module.pos_embed, resized.pos_embed)


@pytest.mark.parametrize("size", [(0, 32), (32, -1), (5000, 32)])
def test_input_sizes_out_of_reason_are_refused(size: tuple[int, int]):
    with pytest.raises(ControlError, match="cannot be had"):
        zoo.load("test_vit", trained=False, input_size=size)


def test_an_input_smaller_than_a_patch_is_refused():
    with pytest.raises(ModelError, match="does not take an input of 5 x 7"):
        zoo.load("test_vit", trained=False, input_size=(5, 7))


@pytest.mark.parametrize(
    "name", ["pixels-digits", "pixels-natural", "words", "recall-lstm", "positions-none"]
)
def test_what_reads_no_photographs_is_refused_in_a_sentence(name: str):
    with pytest.raises(ModelError, match="cannot be shown a photograph"):
        zoo.load(name, kind=zoo.Model, device="cpu")


@pytest.mark.parametrize("entry", zoo.entries(source="shipped"), ids=lambda entry: entry.name)
def test_whatever_ships_is_loaded_by_its_name(entry: zoo.Entry):
    model = zoo.load(entry, device="cpu")
    assert (model.name, model.title, model.device, model.trained) == (entry.name, entry.title, "cpu", True)
    assert model.parameters == entry.parameters
    assert model.checkpoint == f"sha256:{cards.read_card(entry.name).sha256}"
    assert zoo.load(entry.name, device="cpu").module is model.module


def test_a_kind_is_what_its_family_makes():
    assert isinstance(zoo.load("words", kind=MaskedLM, device="cpu"), MaskedLM)
    assert zoo.load("pixels-digits", kind=PixelModel, device="cpu").module.canvas.height == 8
    assert zoo.load("recall-rnn", trained=False, seed=4, device="cpu").checkpoint == "random:4"
    with pytest.raises(ModelError, match="cannot be used here"):
        zoo.load("vit", kind=MaskedLM, device="cpu")
    with pytest.raises(ControlError, match="has the size it has"):
        zoo.load("words", input_size=(1, 9), device="cpu")


def test_what_no_machine_should_hold_for_one_visitor_is_refused():
    with pytest.raises(ModelError, match="too large"):
        zoo.load("vit_gigantic_patch14_clip_224", trained=False)


def test_attention_that_cannot_be_shown_has_no_names():
    model = zoo.load("swin_tiny_patch4_window7_224", trained=False)
    assert model.tokens is None
    assert model.attention_names == ()


def test_an_unknown_device_is_refused():
    with pytest.raises(ControlError, match="no device 'abacus'"):
        zoo.load("test_vit", trained=False, device="abacus")
    assert choose("auto") == zoo.devices()[0]
    assert zoo.devices()[-1] == "cpu"


class Greedy(nn.Module):
    """Fits on the CPU only; the meta device, which every machine has, stands for a small GPU."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        if x.device.type != "cpu":
            raise torch.OutOfMemoryError("Tried to allocate 20.00 GiB")
        return x


def test_a_device_that_is_too_small_gives_way_to_the_cpu():
    where, _, notes = _try_out(Greedy(), "meta", (8, 8), zoo.entry("test_vit"))
    assert where == "cpu"
    assert notes == ("meta has not enough memory for test_vit. It runs on the CPU.",)


class Insatiable(nn.Module):
    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return torch.empty(1 << 60) + x


def test_running_out_of_memory_in_a_pass_is_a_sentence():
    with pytest.raises(OutOfMemory, match="not enough memory"):
        observe(Insatiable().eval(), torch.zeros(1, 3, 8, 8))
    with pytest.raises(OutOfMemory, match="not enough memory"):
        _try_out(Insatiable().eval(), "cpu", (8, 8), zoo.entry("test_vit"))
    assert out_of_memory(RuntimeError("MPS backend out of memory (MPS allocated: 9 GB)"))
    assert not out_of_memory(RuntimeError("shape mismatch"))


def test_what_is_not_named_in_checkpoints_does_not_ship(shipped: nn.Module, tmp_path: Path):
    shutil.copy(tmp_path / "tiny.safetensors", tmp_path / "stray.safetensors")
    with pytest.raises(ModelError, match="no model called 'stray'"):
        zoo.load("stray")
