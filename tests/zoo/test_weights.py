"""Files of weights from anywhere: the good are loaded, everything else is one sentence."""

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save_file
from timm.models import save_for_hf
from torch import nn

from explorer import zoo
from explorer.errors import CheckpointError
from explorer.zoo.weights import read_state

SIZE = 160


def network(**options: Any) -> nn.Module:
    return timm.create_model("test_vit", **options).eval()


@pytest.fixture(scope="module")
def net() -> nn.Module:
    return network()


def saved(net: nn.Module, path: Path) -> Path:
    save_file({name: tensor.contiguous() for name, tensor in net.state_dict().items()}, path)
    return path


def same(model: zoo.Model, net: nn.Module) -> bool:
    x = torch.randn(1, 3, *model.input_size)
    return torch.equal(model.module(x), net(x))


def test_a_safetensors_file_fills_the_architecture_named(net: nn.Module, tmp_path: Path):
    model = zoo.load("test_vit", file=saved(net, tmp_path / "mine.safetensors"))
    assert same(model, net)
    assert model.entry.source == "file"
    assert model.checkpoint.startswith("sha256:")
    assert zoo.at_hand(model.entry)


def test_a_head_of_other_classes_is_taken_as_it_is(tmp_path: Path):
    tuned = network(num_classes=7)
    model = zoo.load("test_vit", file=saved(tuned, tmp_path / "tuned.safetensors"))
    assert same(model, tuned)
    assert model.classes == tuple(f"class {number}" for number in range(7))


def test_weights_without_a_head_give_features(tmp_path: Path):
    headless = network(num_classes=0)
    model = zoo.load("test_vit", file=saved(headless, tmp_path / "headless.safetensors"))
    assert same(model, headless)
    assert model.classes == ()


def test_half_precision_is_read_as_single(net: nn.Module, tmp_path: Path):
    path = tmp_path / "half.safetensors"
    save_file({name: tensor.half() for name, tensor in net.state_dict().items()}, path)
    model = zoo.load("test_vit", file=path)
    assert {weight.dtype for weight in model.module.parameters()} == {torch.float32}
    torch.testing.assert_close(model.module.pos_embed, net.pos_embed, atol=1e-3, rtol=0)


def test_a_folder_of_the_hubs_layout_says_its_own_architecture(tmp_path: Path):
    tuned = timm.create_model("test_vit", num_classes=3, img_size=(96, 64)).eval()
    tuned.pretrained_cfg |= {"mean": (0.1, 0.2, 0.3), "input_size": (3, 96, 64)}
    save_for_hf(
        tuned,
        tmp_path / "hub",
        model_config={"label_names": ["cat", "dog", "cow"]},
        model_args={"img_size": (96, 64)},
        safe_serialization=True,
    )
    model = zoo.load(zoo.local(tmp_path / "hub"))
    assert model.input_size == (96, 64)
    assert model.mean == (0.1, 0.2, 0.3)
    assert model.classes == ("cat", "dog", "cow")
    assert same(model, tuned)
    with pytest.raises(CheckpointError, match="holds weights for test_vit, not for resnet18"):
        zoo.load("resnet18", file=tmp_path / "hub")


@pytest.mark.parametrize("wrap", [lambda state: state, lambda state: {"state_dict": state, "epoch": 3}])
def test_a_pickle_of_tensors_alone_is_read(net: nn.Module, tmp_path: Path, wrap: Any):
    path = tmp_path / "mine.pth"
    torch.save(wrap(net.state_dict()), path)
    assert same(zoo.load("test_vit", file=path), net)


class Hostile:
    def __reduce__(self) -> tuple[Any, ...]:
        return Path.write_text, (MARK, "run")


MARK = Path("/tmp/explorer-hostile-pickle-was-run")


@pytest.mark.parametrize("name", ["mine.pth", "mine.bin", "mine.pt", "mine.ckpt"])
def test_a_pickle_that_could_run_a_program_is_not_opened(tmp_path: Path, name: str):
    MARK.unlink(missing_ok=True)
    path = tmp_path / name
    torch.save({"head.weight": Hostile()}, path)
    with pytest.raises(CheckpointError, match="pickle that holds more than tensors"):
        zoo.load("test_vit", file=path)
    path.write_bytes(pickle.dumps(Hostile()))
    with pytest.raises(CheckpointError):
        zoo.load("test_vit", file=path)
    assert not MARK.exists()


def test_a_pickle_named_safetensors_is_refused(tmp_path: Path):
    path = tmp_path / "mine.safetensors"
    torch.save({"head.weight": Hostile()}, path)
    with pytest.raises(CheckpointError, match="no safetensors file"):
        zoo.load("test_vit", file=path)
    assert not MARK.exists()


def test_weights_of_another_network_are_refused_with_a_count(tmp_path: Path):
    other = saved(timm.create_model("test_resnet"), tmp_path / "other.safetensors")
    with pytest.raises(CheckpointError, match=r"not those of test_vit\. \d+ missing tensors such as"):
        zoo.load("test_vit", file=other)


def test_weights_of_another_width_are_refused(tmp_path: Path):
    wide = saved(network(embed_dim=96, num_heads=3), tmp_path / "wide.safetensors")
    with pytest.raises(CheckpointError, match=r"tensors of another shape"):
        zoo.load("test_vit", file=wide)


def test_weights_that_are_not_finite_are_refused(net: nn.Module, tmp_path: Path):
    state = {name: tensor.clone() for name, tensor in net.state_dict().items()}
    state["blocks.0.attn.qkv.bias"][3] = float("nan")
    path = tmp_path / "broken.safetensors"
    save_file(state, path)
    with pytest.raises(CheckpointError, match=r"blocks\.0\.attn\.qkv\.bias holds values that are not finite"):
        zoo.load("test_vit", file=path)


@pytest.mark.parametrize("share", [0.0, 0.3, 0.999])
def test_a_truncated_file_is_refused(net: nn.Module, tmp_path: Path, share: float):
    path = saved(net, tmp_path / "cut.safetensors")
    held = path.read_bytes()
    path.write_bytes(held[: int(len(held) * share)])
    with pytest.raises(CheckpointError, match="damaged"):
        zoo.load("test_vit", file=path)


@given(held=st.binary(max_size=200), name=st.sampled_from(["any.safetensors", "any.pth", "any.bin"]))
def test_any_bytes_are_refused_in_a_sentence(
    tmp_path_factory: pytest.TempPathFactory, held: bytes, name: str
):
    path = tmp_path_factory.mktemp("bytes") / name
    path.write_bytes(held)
    with pytest.raises(CheckpointError):
        read_state(path)


def test_a_file_of_nothing_is_refused(tmp_path: Path):
    path = tmp_path / "empty.safetensors"
    save_file({}, path)
    with pytest.raises(CheckpointError, match="holds no weights"):
        zoo.load("test_vit", file=path)


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("{", "is damaged"),
        ("[]", "is damaged"),
        ("{}", "names no architecture"),
        ('{"architecture": "lenet"}', "lenet"),
    ],
)
def test_a_folder_whose_config_is_not_timms_is_refused(
    net: nn.Module, tmp_path: Path, config: str, said: str
):
    saved(net, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text(config)
    with pytest.raises(CheckpointError, match=said):
        zoo.local(tmp_path)


def test_a_file_that_says_nothing_needs_an_architecture(net: nn.Module, tmp_path: Path):
    path = saved(net, tmp_path / "mine.safetensors")
    with pytest.raises(CheckpointError, match="Nothing says which architecture"):
        zoo.local(path)
    with pytest.raises(CheckpointError, match="no architecture called lenet"):
        zoo.load("lenet", file=path)


@pytest.mark.parametrize("name", ["nowhere.safetensors", "notes.txt", "folder"])
def test_what_is_no_file_of_weights_is_refused(tmp_path: Path, name: str):
    (tmp_path / "notes.txt").write_text("not weights")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "config.json").write_text(json.dumps({"architecture": "test_vit"}))
    with pytest.raises(CheckpointError):
        zoo.load("test_vit", file=tmp_path / name)
