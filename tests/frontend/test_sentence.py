"""The lines between words follow scale, temperature and masks as the library's layer does."""

import json
from pathlib import Path

import numpy as np
import torch

from explorer.analysis.self_attention import observe_layers, steps_of
from explorer.frontend.sentence import pack_sentence
from explorer.tap import Change
from explorer.zoo.readers import load_reader
from tests.frontend.node import node

SENTENCE = "the robots near the trees are cool because they are efficient ."
CHANGES = (
    {},
    {"scale": 0.0},
    {"scale": 2.5, "temperature": 0.3},
    {"causal": True},
    {"masked": [1, 4], "temperature": 4.0},
)


def test_rows_of_a_changed_layer_are_the_librarys(tmp_path: Path):
    reader = load_reader("words")
    read = reader.tokenise(SENTENCE)
    x = torch.tensor([read.numbers])
    observation = observe_layers(reader.module, x)
    node("tests/bundle.mjs", "tests/sentence.ts", tmp_path / "sentence.mjs")
    (tmp_path / "file").write_bytes(pack_sentence(observation, read.words))
    plain = {"scale": 1.0, "temperature": 1.0, "causal": False, "masked": []}
    asked = [
        {**plain, **change, "layer": layer} for layer in range(len(observation.calls)) for change in CHANGES
    ]
    (tmp_path / "changes").write_text(json.dumps(asked))
    node(tmp_path / "sentence.mjs", tmp_path / "file", tmp_path / "changes", tmp_path / "out")
    for each, found in zip(asked, json.loads((tmp_path / "out").read_text()), strict=True):
        own = observation.call(each["layer"]).scale
        change = Change(
            tokens=tuple(each["masked"]),
            scale=own * each["scale"],
            temperature=each["temperature"],
            causal=each["causal"],
        )
        exact = steps_of(reader.module, x, observation, each["layer"], change=change).weights
        error = np.abs(np.array(found) - exact).max(-1) / exact.max(-1)
        assert error.max() <= 1e-3
