"""Controls are said once; whatever is asked of them, a valid value or a sentence comes out."""

import math
from dataclasses import dataclass
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import ControlError
from explorer.views.controls import choice, controls_of, describe, read, real, resolve, switch, text, whole
from explorer.views.values import as_text

SCOPE = SimpleNamespace(layers=6, tokens=("class", "patch"))


@dataclass(frozen=True)
class Controls:
    layer: int = whole("Layer", lambda scope: scope.layers, low=1, high=lambda scope: scope.layers)
    discard: float = real("Discard", 0.0, low=0.0, high=0.95)
    token: str = choice("Token", "class", lambda scope: scope.tokens)
    trained: bool = switch("Trained", True)
    words: str = text("Words", "the robots are cool", longest=20)


DEFAULTS = Controls(layer=6, discard=0.0, token="class", trained=True, words="the robots are cool")

anything = st.one_of(
    st.text(max_size=30),
    st.integers(),
    st.floats(),
    st.booleans(),
    st.none(),
    st.binary(max_size=8),
    st.lists(st.integers(), max_size=2),
)


def test_defaults_come_from_the_scope():
    assert resolve(Controls, {}, SCOPE) == (DEFAULTS, ())


@given(st.dictionaries(st.sampled_from([c.name for c in controls_of(Controls)]), anything))
def test_hostile_values_become_defaults_with_a_sentence_each(raw):
    controls, refused = resolve(Controls, raw, SCOPE)
    assert type(controls.layer) is int
    assert 1 <= controls.layer <= 6
    assert 0 <= controls.discard <= 0.95
    assert controls.token in SCOPE.tokens
    assert type(controls.trained) is bool
    assert len(controls.words) <= 20
    assert controls.words.isprintable()
    assert all(sentence.endswith(".") and "default" in sentence for sentence in refused)


@given(
    st.integers(1, 6),
    st.floats(0, 0.95),
    st.sampled_from(SCOPE.tokens),
    st.booleans(),
    st.text(st.characters(categories=["L", "N"]), max_size=20),
)
def test_written_values_read_back_the_same(layer, discard, token, trained, words):
    asked = Controls(layer, discard, token, trained, words)
    raw = {name: as_text(value) for name, value in vars(asked).items()}
    back = read(Controls, raw, SCOPE)
    assert math.isclose(back.discard, discard, rel_tol=1e-11, abs_tol=1e-300)
    assert (back.layer, back.token, back.trained, back.words) == (layer, token, trained, words)


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        ({"layer": "7"}, "1 to 6"),
        ({"layer": "2.5"}, "1 to 6"),
        ({"layer": "nan"}, "1 to 6"),
        ({"discard": "inf"}, "0 to 0.95"),
        ({"token": "register 1"}, "class, patch"),
        ({"trained": "perhaps"}, "on or off"),
        ({"words": "x" * 21}, "20"),
        ({"words": "a\x00b"}, "printable"),
        ({"colour": "red"}, "layer"),
    ],
)
def test_strict_reading_says_what_a_control_takes(raw, word):
    with pytest.raises(ControlError, match=word):
        read(Controls, raw, SCOPE)


def test_captions_name_controls_in_words():
    assert describe(DEFAULTS, ("layer", "discard")) == "layer 6, discard 0"
