"""Weights and configs that failed once, and their kin: each is one sentence, whatever it claims, and nothing is built for it."""

import json
import resource
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import timm
import torch
from safetensors.torch import save_file
from timm.models import save_for_hf

from explorer import zoo
from explorer.errors import CheckpointError, ModelError
from explorer.zoo.headers import header_of
from explorer.zoo.hub_words import adopt_words
from explorer.zoo.weights import read_state
from tests.zoo.test_readers import files_of, folder  # noqa: F401


def one_sentence(error: pytest.ExceptionInfo[ModelError]) -> None:
    assert "\n" not in str(error.value)
    assert len(str(error.value)) < 400


def file_of(header: Any, data: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


def tensor(dtype: str = "F32", shape: Any = (1,), offsets: Any = (0, 4), name: str = "w") -> dict[str, Any]:
    return {name: {"dtype": dtype, "shape": shape, "data_offsets": offsets}}


HEADERS: dict[str, bytes] = {
    "10^19 numbers": file_of(tensor(shape=[10**19]), bytes(4)),
    "10^19 numbers that overflow to none": file_of(tensor(shape=[2**32, 2**32], offsets=[0, 0])),
    "10^19 rows of nothing": file_of(tensor(shape=[10**19, 0], offsets=[0, 0])),
    "8-bit floats": file_of(tensor("F8_E4M3", [4]), bytes(4)),
    "4-bit floats": file_of(tensor("F4", [8]), bytes(4)),
    "a type of no name": file_of(tensor("x" * 10_000), bytes(4)),
    "a negative side": file_of(tensor(shape=[-1]), bytes(4)),
    "a side that is true": file_of(tensor(shape=[True]), bytes(4)),
    "a side in words": file_of(tensor(shape=["1"]), bytes(4)),
    "offsets past the end": file_of(tensor(shape=[2], offsets=[0, 8]), bytes(4)),
    "offsets that run back": file_of(tensor(offsets=[4, 0]), bytes(4)),
    "one offset": file_of(tensor(offsets=[4]), bytes(4)),
    "no tensor but a number": file_of({"w": 1}),
    "a list": file_of([]),
    "nested too deep": file_of(b"[" * 100_000),
    "a header of 2^63 bytes": (2**63).to_bytes(8, "little") + b"{}",
    "a header longer than the file": (100).to_bytes(8, "little") + b"{}",
    "a long name": file_of(tensor("F8_E5M2", name="n" * 100_000), bytes(4)),
    "not UTF-8": file_of(b"\xff\xfe{}"),
    "eight bytes": bytes(8),
    "7 bytes": bytes(7),
}


@pytest.mark.parametrize("held", HEADERS.values(), ids=list(HEADERS))
def test_a_header_is_not_believed(tmp_path: Path, held: bytes):
    path = tmp_path / "w.safetensors"
    path.write_bytes(held)
    for read in (header_of, read_state, lambda path: zoo.load("test_vit", file=path)):
        with pytest.raises(CheckpointError) as error:
            read(path)
        one_sentence(error)


def test_the_header_says_what_safetensors_reads(tmp_path: Path):
    tensors = {"a": torch.zeros(2, 3), "b": torch.ones(4, dtype=torch.float16), "c": torch.tensor(7)}
    save_file(tensors, tmp_path / "w.safetensors", metadata={"format": "pt"})
    header = header_of(tmp_path / "w.safetensors")
    assert {name: held.shape for name, held in header.items()} == {
        name: tuple(held.shape) for name, held in tensors.items()
    }


@pytest.mark.parametrize(
    "name", ["convnext_xxlarge", "vit_giant_patch14_224", "eva02_enormous_patch14_clip_224"]
)
def test_a_large_name_with_a_small_file_builds_nothing(tmp_path: Path, name: str):
    path = tmp_path / "w.safetensors"
    path.write_bytes(file_of(tensor(), bytes(4)))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(ModelError, match=r"too large|holds 1 numbers and the architecture has") as error:
        zoo.adopt(name, path.read_bytes(), name=path.name)
    one_sentence(error)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 500 << 10  # kilobytes


def test_a_head_of_few_numbers_may_not_ask_for_a_wide_one(tmp_path: Path):
    state = dict(timm.create_model("test_vit").state_dict()) | {"head.weight": torch.zeros(1_000_000, 1)}
    save_file(state, tmp_path / "w.safetensors")
    with pytest.raises(CheckpointError, match="the architecture has") as error:
        zoo.load("test_vit", file=tmp_path / "w.safetensors")
    one_sentence(error)


def rows(count: int) -> torch.Tensor:
    return torch.zeros(1).expand(count)


PICKLED: dict[str, Callable[[], torch.Tensor]] = {
    "sparse": lambda: torch.eye(3).to_sparse(),
    "sparse rows": lambda: torch.eye(3).to_sparse_csr(),
    "meta": lambda: torch.zeros(10**12, device="meta"),
    "expanded": lambda: rows(10**9),
    "empty": lambda: torch.zeros(10**9, 0),
    "complex": lambda: torch.zeros(3, dtype=torch.complex64),
    "8-bit floats": lambda: torch.zeros(3).to(torch.float8_e4m3fn),
    "quantised": lambda: torch.quantize_per_tensor(torch.zeros(3), 0.1, 0, torch.qint8),
    "nested": lambda: torch.nested.nested_tensor([torch.zeros(2), torch.zeros(3)]),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("make", PICKLED.values(), ids=list(PICKLED))
def test_a_pickle_of_tensors_that_are_no_plain_arrays_is_refused(
    tmp_path: Path, make: Callable[[], torch.Tensor]
):
    torch.save({"w": make()}, tmp_path / "w.pth")
    with pytest.raises(CheckpointError) as error:
        read_state(tmp_path / "w.pth")
    one_sentence(error)


def test_an_archive_that_unpacks_to_more_than_it_holds_is_refused(tmp_path: Path):
    torch.save({"w": torch.zeros(1_000_000)}, tmp_path / "w.pth")
    with (
        zipfile.ZipFile(tmp_path / "w.pth") as plain,
        zipfile.ZipFile(tmp_path / "bomb.pth", "w", zipfile.ZIP_DEFLATED) as bomb,
    ):
        for name in plain.namelist():
            bomb.writestr(name, plain.read(name))
    with pytest.raises(CheckpointError, match="unpacks to more") as error:
        read_state(tmp_path / "bomb.pth")
    one_sentence(error)


CONFIGS: dict[str, Any] = {
    "-1 heads": {"num_attention_heads": -1},
    "no heads": {"num_attention_heads": 0},
    "heads that do not divide": {"num_attention_heads": 5},
    "heads in words": {"num_attention_heads": "3"},
    "a width of true": {"hidden_size": True},
    "more words than it has": {"vocab_size": 200_000},
    "fewer words than it has": {"vocab_size": 3},
    "an inner width of a billion": {"intermediate_size": 10**9},
    "a billion places": {"max_position_embeddings": 10**9},
    "no places": {"max_position_embeddings": 0},
    "no kinds of sentence": {"type_vocab_size": 0},
    "a padding past the words": {"pad_token_id": 10**6},
    "an activation of no name": {"hidden_act": "x" * 10_000},
    "a number that is none": {"layer_norm_eps": "nan"},
    "an infinite number": {"layer_norm_eps": float("inf")},
    "a program": {"auto_map": {"AutoConfig": "evil.Config"}, "model_type": "evil"},
    "classes without end": {"num_labels": 10**9},
}


@pytest.mark.parametrize("change", CONFIGS.values(), ids=list(CONFIGS))
def test_a_config_of_a_bert_is_not_believed(folder: Path, change: dict[str, Any]):  # noqa: F811
    given = files_of(folder)
    given["config.json"] = json.dumps(json.loads(given["config.json"]) | change).encode()
    with pytest.raises(CheckpointError) as error:
        adopt_words(given)
    one_sentence(error)


WORDS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "no words": lambda said: said["model"].update(vocab={}),
    "a word past the embedding": lambda said: said["model"]["vocab"].update(the=10**6),
    "no model": lambda said: said.pop("model"),
    "no kind": lambda said: said["model"].update(type="x"),
}


@pytest.mark.parametrize("change", WORDS.values(), ids=list(WORDS))
def test_words_that_do_not_fit_are_refused(folder: Path, change: Callable[[dict[str, Any]], Any]):  # noqa: F811
    given = files_of(folder)
    said = json.loads(given["tokenizer.json"])
    change(said)
    given["tokenizer.json"] = json.dumps(said).encode()
    with pytest.raises(CheckpointError) as error:
        adopt_words(given)
    one_sentence(error)


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json"])
@pytest.mark.parametrize(
    "text", [b"", b"[" * 200_000, b"[]", b"\xff", b"null"], ids=["none", "deep", "list", "bytes", "null"]
)
def test_a_file_of_no_sense_is_refused(folder: Path, name: str, text: bytes):  # noqa: F811
    given = files_of(folder) | {name: text}
    given.pop("vocab.txt")
    with pytest.raises(CheckpointError) as error:
        adopt_words(given)
    one_sentence(error)


@pytest.mark.parametrize(
    "args",
    [
        {"depth": 10**6},
        {"embed_dim": 10**9},
        {"depth": "x" * 10_000},
        {"img_size": [10**6] * 2},
        {"nothing": 1},
    ],
)
def test_a_config_of_timm_is_not_believed(tmp_path: Path, args: dict[str, Any]):
    save_for_hf(timm.create_model("test_vit"), tmp_path, model_args={}, safe_serialization=True)
    config = json.loads((tmp_path / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps(config | {"model_args": args}))
    with pytest.raises(CheckpointError) as error:
        zoo.load(zoo.local(tmp_path))
    one_sentence(error)


@pytest.mark.parametrize(
    "change",
    [
        {"decoder_layers": 10**6},
        {"d_model": -1},
        {"d_model": 10**9},
        {"num_queries": 10**8},
        {"backbone": "../x"},
        {"encoder_attention_heads": 0},
    ],
)
def test_a_config_of_a_detr_is_not_believed(tmp_path: Path, change: dict[str, Any]):
    save_file({"w": torch.zeros(3)}, tmp_path / "model.safetensors")
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "detr", "num_labels": 3} | change))
    with pytest.raises(CheckpointError) as error:
        zoo.load(zoo.local(tmp_path))
    one_sentence(error)
