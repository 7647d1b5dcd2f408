"""What is given the input: each may refuse it with an `ExplorerError` and must do nothing else that fails."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import torch
from hypothesis import strategies as st

from explorer.bounds import bounded
from explorer.export.reading import recipes_in
from explorer.images import Picture
from explorer.lessons.reading import read_lesson
from explorer.provenance import Provenance
from explorer.report import Store
from explorer.report.session import read_session
from explorer.scenes import scene_picture
from explorer.views import view as view_named
from explorer.views.recipe import reopen
from explorer.views.scope import find_picture
from explorer.zoo.hub_words import adopt_words
from explorer.zoo.readers import load_reader
from explorer.zoo.weights import read_state
from tests.fuzz import inputs
from tests.views.without_browser import opened

__all__ = ["TARGETS", "Target"]


@dataclass(frozen=True)
class Target:
    """Something that takes what strangers bring."""

    take: Callable[[Any], Any]
    inputs: st.SearchStrategy[Any]
    share: int
    """Of the inputs, relative to the others: what is quick can be tried more often."""
    first: tuple[str, ...] = ()
    """Parts of the sentences that refuse an input at the first look: those show how much of what is made up gets further."""


@cache
def folder() -> Path:
    return Path(tempfile.mkdtemp(prefix="explorer-fuzz-"))


def weights(data: bytes) -> None:
    path = folder() / "w.safetensors"
    path.write_bytes(data)
    read_state(path)


@cache
def bert() -> Mapping[str, bytes]:
    """A tiny random BERT, as the hub lays it out."""
    from transformers import BertConfig, BertForMaskedLM, BertTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "robot", "##s", "are", "cool", "."]
    place = folder() / "bert"
    torch.manual_seed(0)
    BertForMaskedLM(BertConfig(**inputs.BERT)).save_pretrained(place)
    BertTokenizerFast(vocab={word: at for at, word in enumerate(words)}).save_pretrained(place)
    return {file.name: file.read_bytes() for file in place.iterdir()}


def words_model(config: dict[str, Any]) -> None:
    adopt_words({**bert(), "config.json": json.dumps(config).encode("utf-8", "surrogatepass")})


def recipe(data: bytes) -> None:
    with bounded(60, 1 << 30):
        reopen(Provenance.from_json(data), find_picture, device="cpu")


def address(asked: tuple[str, dict[str, str]]) -> None:
    name, values = asked
    with bounded(60, 1 << 30):
        _, _, refused = opened(view_named(name), **values)
    assert all("\n" not in sentence and len(sentence) < 2000 for sentence in refused)


def archive(data: bytes) -> None:
    read_session(Store(folder() / "reports", reports=20), data)


TARGETS: Mapping[str, Target] = {
    "pictures": Target(Picture.from_bytes, inputs.PICTURES, 8, ("is none of", "is empty")),
    "weights": Target(weights, inputs.WEIGHTS, 8, ("no header of a length", "is no JSON")),
    "word-models": Target(words_model, inputs.CONFIGS, 1, ("names no model",)),
    "recipes": Target(recipe, inputs.recipes(), 3, ("not JSON", "not marked", "too long")),
    "addresses": Target(address, inputs.addresses(), 3),
    "opened-figures": Target(recipes_in, inputs.FIGURES, 6, ("no recipe is in it",)),
    "sessions": Target(archive, inputs.SESSIONS, 1),
    "scenes": Target(scene_picture, inputs.SCENES, 3, ("describes no part",)),
    "sentences": Target(lambda text: load_reader().tokenise(text), inputs.SENTENCES, 4),
    "lessons": Target(
        lambda text: read_lesson(text, "lesson"), inputs.LESSONS, 4, ("there is no front matter",)
    ),
}
