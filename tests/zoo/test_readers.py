"""Models that read words: the shipped one, and tiny random BERTs saved in the hub's own layout."""

import json
import shutil

import numpy as np
import pytest
import torch
from huggingface_hub import constants
from transformers import (
    BertConfig,
    BertForMaskedLM,
    BertModel,
    BertTokenizerFast,
    DistilBertConfig,
    DistilBertForMaskedLM,
)

from explorer.analysis.self_attention import observe_layers, self_attention, steps_of
from explorer.errors import CheckpointError, ControlError
from explorer.tap import Change
from explorer.zoo.hub_words import FOLDERS, adopt_words
from explorer.zoo.readers import load_reader, reader_names

WORDS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "robot", "##s", "are", "cool", "."]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A tiny random BERT under the name `tiny`."""
    torch.manual_seed(5)
    where = tmp_path / "tiny"
    config = BertConfig(
        vocab_size=len(WORDS),
        hidden_size=12,
        num_hidden_layers=2,
        num_attention_heads=3,
        intermediate_size=16,
    )
    save(BertForMaskedLM(config), where)
    monkeypatch.setenv(FOLDERS, str(where))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    return where


def save(model, where):
    model.save_pretrained(where)
    (where / "vocab.txt").write_text("\n".join(WORDS))
    BertTokenizerFast(vocab={word: at for at, word in enumerate(WORDS)}).save_pretrained(where)


def test_a_folder_of_the_hubs_layout_is_read(folder):
    assert reader_names() == ("words", "tiny")
    reader = load_reader("tiny")
    assert (reader.layers, reader.heads, reader.trained) == (2, 3, True)
    read = reader.tokenise("The robots [mask] cool 🙂 .")
    assert read.words == ("[CLS]", "The", "robot", "s", "[MASK]", "cool", "🙂", ".", "[SEP]")
    assert read.numbers == (2, 5, 6, 7, 4, 9, 1, 10, 3)
    assert read.notes
    assert reader.mask == read.numbers[4]
    assert reader.vocabulary == tuple(WORDS)
    own = BertForMaskedLM.from_pretrained(folder).eval()
    x = torch.tensor([read.numbers])
    torch.testing.assert_close(reader.module(x), own(x).logits)
    assert load_reader("tiny") is reader
    assert reader.checkpoint.startswith("sha256:")
    random = load_reader("tiny", trained=False)
    assert random.checkpoint == "random:0"
    assert not torch.allclose(random.module(x), reader.module(x))


@pytest.mark.parametrize("text", ["", "  ", "\t"])
def test_a_text_without_words_is_one_sentence(folder, text):
    with pytest.raises(ControlError, match="no words"):
        load_reader("tiny").tokenise(text)


def test_long_unknown_and_right_to_left_texts(folder):
    reader = load_reader("tiny")
    with pytest.raises(ControlError, match="64 are shown"):
        reader.tokenise("cool " * 500)
    assert "none of these words" in reader.tokenise("xyzzy plugh").notes[0]
    assert reader.tokenise("שלום עולם").right_to_left


@pytest.mark.parametrize("layer", [0, 1])
def test_the_steps_of_a_bert_are_its_own_tensors(folder, layer):
    reader = load_reader("tiny")
    own = BertForMaskedLM.from_pretrained(folder, attn_implementation="eager").eval()
    x = torch.tensor([reader.tokenise("the robots are cool .").numbers])
    kept, attention = {}, own.bert.encoder.layer[layer].attention
    for name, part in (
        ("queries", attention.self.query),
        ("keys", attention.self.key),
        ("output", attention.output.dense),
    ):
        part.register_forward_hook(lambda m, i, o, name=name: kept.update({name: o[0].detach()}))
    attention.self.query.register_forward_pre_hook(lambda m, i: kept.update(embeddings=i[0][0].detach()))
    attention.output.dense.register_forward_pre_hook(lambda m, i: kept.update(joined=i[0][0].detach()))
    with torch.no_grad():
        out = own(x, output_attentions=True)
    found = steps_of(reader.module, x, observe_layers(reader.module, x), layer)
    for name in ("embeddings", "joined", "output"):
        np.testing.assert_allclose(getattr(found, name), kept[name], atol=1e-5)
    for name in ("queries", "keys"):
        np.testing.assert_allclose(
            getattr(found, name), kept[name].unflatten(-1, (3, 4)).transpose(0, 1), atol=1e-5
        )
    np.testing.assert_allclose(found.weights, out.attentions[layer][0], atol=1e-5)
    np.testing.assert_allclose(found.prediction, out.logits[0], atol=1e-5)


def test_a_silenced_head_of_a_bert_is_a_zeroed_part_of_its_projection(folder):
    reader = load_reader("tiny")
    x = torch.tensor([reader.tokenise("the robots are cool .").numbers])
    found = self_attention(reader.module, x, 1, change=Change(heads=(1,)))
    own = BertForMaskedLM.from_pretrained(folder).eval().requires_grad_(False)
    own.bert.encoder.layer[1].attention.output.dense.weight[:, 4:8] = 0
    np.testing.assert_allclose(found.prediction_changed, own(x).logits[0], atol=1e-5)
    assert np.abs(found.prediction_changed - found.prediction).max() > 1e-4


def test_a_distilbert_is_read_too(tmp_path, monkeypatch):
    config = DistilBertConfig(vocab_size=len(WORDS), dim=12, n_layers=2, n_heads=3, hidden_dim=16)
    save(DistilBertForMaskedLM(config), tmp_path / "small")
    monkeypatch.setenv(FOLDERS, str(tmp_path / "small"))
    reader = load_reader("small")
    x = torch.tensor([reader.tokenise("the robots are cool .").numbers])
    found = self_attention(reader.module, x, 1)
    assert found.heads == 3
    np.testing.assert_allclose(found.prediction, reader.module(x)[0], atol=1e-6)


def test_the_cache_of_the_hub_is_found(folder, tmp_path):
    snapshot = tmp_path / "cache" / "models--some--tiny-bert" / "snapshots" / "abc"
    shutil.copytree(folder, snapshot)
    assert reader_names() == ("words", "some/tiny-bert", "tiny")
    assert load_reader("some/tiny-bert").layers == 2
    (snapshot / "model.safetensors").rename(snapshot / "pytorch_model.bin")
    assert "some/tiny-bert" not in reader_names()
    with pytest.raises(ControlError, match="reads words"):
        load_reader("some/tiny-bert")


def files_of(folder):
    return {each.name: each.read_bytes() for each in folder.iterdir()}


def test_a_folder_that_a_visitor_brings_gets_a_name(folder, monkeypatch):
    given = files_of(folder) | {"evil.py": b"raise SystemExit", "pytorch_model.bin": b"\x80"}
    name = adopt_words(given)
    monkeypatch.delenv(FOLDERS)
    assert name.startswith("own-")
    assert name in reader_names()
    assert load_reader(name).heads == 3


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"model.safetensors": None}, "no model.safetensors"),
        ({"vocab.txt": None, "tokenizer.json": None}, "tokenizer.json or vocab.txt"),
        ({"model.safetensors": b"\x80\x04nonsense"}, "no safetensors file"),
        ({"config.json": b"{"}, "names no model"),
        ({"config.json": b'{"model_type": "gpt2"}'}, "names no model"),
        ({"config.json": b'{"model_type": "bert", "hidden_size": 1000000000}'}, "not believed"),
        ({"tokenizer.json": b"[]", "vocab.txt": b""}, "vocab.txt is not read"),
    ],
)
def test_what_cannot_be_read_is_one_sentence_and_not_kept(folder, change, words):
    given = {name: data for name, data in (files_of(folder) | change).items() if data is not None}
    before = reader_names()
    with pytest.raises(CheckpointError, match=words):
        adopt_words(given)
    assert reader_names() == before


def test_a_model_without_a_head_for_words_is_refused(folder):
    config = BertConfig.from_pretrained(folder)
    BertModel(config).save_pretrained(folder)
    said = json.loads((folder / "config.json").read_text())
    assert said["model_type"] == "bert"
    with pytest.raises(CheckpointError, match="cannot guess words"):
        load_reader("tiny")
