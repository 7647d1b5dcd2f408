"""DETR through the zoo's one door: the hub's cache, a folder, a file; and pictures made ready for it."""

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from safetensors.torch import save_file
from transformers import DetrConfig, DetrForObjectDetection, DetrImageProcessor

from explorer import zoo
from explorer.errors import CheckpointError, ControlError
from explorer.images import Picture
from explorer.models.small_detr import small_detr
from explorer.zoo.curated import HUB
from explorer.zoo.detr import build_detr, input_frame, local_detr, preprocess
from explorer.zoo.modules import build_timm


def tiny(seed: int = 0, **said: object) -> DetrForObjectDetection:
    torch.manual_seed(seed)
    config = DetrConfig(
        **{
            "num_labels": 3,
            "encoder_layers": 1,
            "decoder_layers": 2,
            "num_queries": 5,
            "d_model": 32,
            "encoder_attention_heads": 4,
            "decoder_attention_heads": 4,
            "encoder_ffn_dim": 32,
            "decoder_ffn_dim": 32,
            "id2label": {0: "cat", 1: "dog", 2: "N/A"},
            "backbone": "resnet18",
        }
        | said
    )
    return DetrForObjectDetection(config).eval()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("hub") / "some-detr"
    tiny().save_pretrained(place)
    DetrImageProcessor(size={"shortest_edge": 96, "longest_edge": 160}).save_pretrained(place)
    return place


def picture(height: int = 60, width: int = 80) -> Picture:
    rng = np.random.default_rng(0)
    return Picture.from_array(rng.integers(0, 255, (height, width, 3), np.uint8))


def test_folder_of_the_hubs_layout_loads_with_equal_answers(folder: Path) -> None:
    model = zoo.load("", file=folder)
    assert model.entry.family == "detr"
    assert model.classes == ("cat", "dog", "N/A")
    x = torch.randn(1, 3, 96, 128)
    with torch.no_grad():
        theirs, ours = tiny()(x), model.module(x)
    assert torch.equal(ours.logits, theirs.logits)
    assert torch.equal(ours.pred_boxes, theirs.pred_boxes)


def test_picture_is_prepared_as_its_processor_does(folder: Path) -> None:
    model = zoo.load("", file=folder)
    given = picture(60, 80)
    ready = preprocess(model, given)
    # Asked to resize as we do: its own habit is bilinear, which is another picture where it enlarges.
    processor = DetrImageProcessor.from_pretrained(folder, resample=Image.Resampling.BICUBIC)
    theirs = processor(images=given.pixels.copy(), return_tensors="pt")
    assert ready.x.shape == theirs["pixel_values"].shape
    # Two implementations of bicubic differ by a rounding: one of 255 grey values, in units of a deviation.
    step = 1 / 255 / 0.224
    assert float((ready.x - theirs["pixel_values"]).abs().max()) < 1.6 * step
    assert ready.mask is None


def test_hub_cache_is_found_without_a_network(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from huggingface_hub import constants

    repository = tmp_path / "models--facebook--detr-resnet-50"
    snapshot = repository / "snapshots" / "0123456789abcdef"
    snapshot.mkdir(parents=True)
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(snapshot.name)
    for file in folder.iterdir():
        (snapshot / file.name).write_bytes(file.read_bytes())
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    entry = HUB[0]
    assert zoo.at_hand(entry)
    built = build_detr(entry, zoo.hub.cached_weights(entry))
    x = torch.randn(1, 3, 96, 96)
    with torch.no_grad():
        assert torch.equal(built.module(x).logits, tiny()(x).logits)


def test_single_file_is_taken_for_the_published_architecture(tmp_path: Path) -> None:
    torch.manual_seed(1)
    module = DetrForObjectDetection(DetrConfig(num_labels=4)).eval()
    file = tmp_path / "weights.safetensors"
    save_file({name: each.contiguous() for name, each in module.state_dict().items()}, file)
    entry = local_detr(file)
    assert entry.parameters > 41_000_000
    built = build_detr(entry, file)
    x = torch.randn(1, 3, 64, 96)
    with torch.no_grad():
        torch.testing.assert_close(built.module(x).logits, module(x).logits)
    assert len(built.classes) == 4


def test_published_size_has_the_published_number_of_parameters(tmp_path: Path) -> None:
    with torch.device("meta"):
        module = DetrForObjectDetection(DetrConfig(num_labels=91))
    assert sum(each.numel() for each in module.parameters()) == pytest.approx(HUB[0].parameters, rel=0.002)


def test_config_as_the_hub_has_it_is_understood(folder: Path, tmp_path: Path) -> None:
    """facebook/detr-resnet-50 names its backbone by the old words, and asks for pretrained weights of it."""
    place = tmp_path / "old"
    place.mkdir()
    for file in folder.iterdir():
        (place / file.name).write_bytes(file.read_bytes())
    config = json.loads((place / "config.json").read_text())
    config.pop("backbone_config")
    config |= {
        "use_timm_backbone": True,
        "backbone": "resnet18",
        "use_pretrained_backbone": True,
        "dilation": False,
    }
    (place / "config.json").write_text(json.dumps(config))
    built = build_detr(local_detr(place), place / "model.safetensors")
    x = torch.randn(1, 3, 96, 96)
    with torch.no_grad():
        assert torch.equal(built.module(x).logits, tiny()(x).logits)


def test_small_detr_of_a_folder_loads_through_the_same_lines(tmp_path: Path) -> None:
    torch.manual_seed(0)
    detr = small_detr(classes=("a", "b"), queries=4, width=32, layers=1).eval()
    detr.save_pretrained(tmp_path)
    built = build_detr(local_detr(tmp_path), tmp_path / "model.safetensors")
    x = torch.randn(1, 3, 64, 64)
    with torch.no_grad():
        assert torch.equal(built.module(x).logits, detr(x).logits)


def test_other_architectures_are_refused_in_a_sentence(folder: Path, tmp_path: Path) -> None:
    foreign = tmp_path / "foreign.safetensors"
    save_file({"fc.weight": torch.zeros(3, 3)}, foreign)
    with pytest.raises(CheckpointError, match="not those of a DETR"):
        build_detr(local_detr(foreign), foreign)
    other = tmp_path / "bert"
    other.mkdir()
    (other / "config.json").write_text(json.dumps({"model_type": "bert"}))
    (other / "model.safetensors").write_bytes(foreign.read_bytes())
    with pytest.raises(CheckpointError, match="no DETR"):
        local_detr(other)
    mixed = tmp_path / "mixed"
    mixed.mkdir()
    (mixed / "config.json").write_bytes((folder / "config.json").read_bytes())
    (mixed / "model.safetensors").write_bytes(foreign.read_bytes())
    with pytest.raises(CheckpointError, match="the architecture has"):
        build_detr(local_detr(mixed), mixed / "model.safetensors")
    wider = tmp_path / "wider"
    tiny(d_model=64).save_pretrained(wider)
    (wider / "config.json").write_bytes((folder / "config.json").read_bytes())
    with pytest.raises(CheckpointError, match="shape"):
        build_detr(local_detr(wider), wider / "model.safetensors")
    (wider / "config.json").write_text("{")
    with pytest.raises(CheckpointError, match="damaged"):
        local_detr(wider)
    with pytest.raises(CheckpointError):
        build_timm(zoo.entry("resnet18"), foreign, seed=0)


def test_random_weights_repeat_with_their_seed() -> None:
    one, same = (build_detr(HUB[0], None, seed=3).module.state_dict() for _ in range(2))
    name = "model.query_position_embeddings.weight"
    assert torch.equal(one[name], same[name])


@given(st.integers(1, 2048), st.integers(1, 2048))
def test_published_models_take_their_own_sides(height: int, width: int) -> None:
    frame = input_frame(HUB[0], height, width)
    assert max(frame.input_height, frame.input_width) <= 1333
    assert frame.seen.height == pytest.approx(height)
    assert frame.seen.width == pytest.approx(width)
    if max(height, width) / min(height, width) < 1333 / 800:
        assert min(frame.input_height, frame.input_width) == 800


@pytest.mark.parametrize(("height", "width"), [(100, 100), (60, 80), (1, 2048), (480, 640)])
def test_small_models_keep_shape_and_area(height: int, width: int) -> None:
    entry = zoo.Entry("x", "X", "detr", "shipped", "", 0, "", (160, 160))
    frame = input_frame(entry, height, width)
    assert frame.input_height % 8 == frame.input_width % 8 == 0
    assert frame.input_height * frame.input_width == pytest.approx(160 * 160, rel=0.12)
    if max(height, width) < 3 * min(height, width):
        assert frame.input_height / frame.input_width == pytest.approx(height / width, rel=0.1)


def test_letterbox_masks_its_margins(folder: Path) -> None:
    model = zoo.load("", file=folder, input_size=(128, 128))
    ready = preprocess(model, picture(60, 120), fit="letterbox")
    assert ready.x.shape == (1, 3, 128, 128)
    assert ready.mask is not None
    assert ready.mask[0].sum() == 128 * 64
    assert bool((ready.mask[0, :32] == 0).all())
    with pytest.raises(ControlError, match="fitting"):
        preprocess(model, picture(), fit="stretch")  # type: ignore[arg-type]
