"""Conditions over arrays: the same as NumPy's own for what is allowed, refused for everything else."""

import contextlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import LessonError
from explorer.lessons.expressions import check, holds

ARRAYS = {
    "weights": np.array([[0.1, 0.7, 0.2], [0.5, 0.25, 0.25]], dtype=np.float32),
    "no object": np.array([0.9, 0.1]),
    "model": np.array(["RNN", "Transformer"]),
    "right": np.array([True, False]),
    "class": np.array(["cat"]),
}


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("argmax(weights[0]) == 1", True),
        ("argmax(weights[:, 0]) == 1", True),
        ("weights[1, 0] == max(weights[1])", True),
        ("0.6 < weights[0, 1] < 0.8", True),
        ("0.6 < weights[0, 1] < 0.65", False),
        ("no_object[0] > 2 * no_object[1] and not right[1]", True),
        ("mean(weights) > 1 or min(weights) < -1", False),
        ('model[argmax(no_object)] == "RNN"', True),
        ('mean(no_object[model == "RNN"]) > 0.8', True),
        ('all(right[model != "RNN"])', False),
        ("count(weights > 0.2) == 4", True),
        ("len(model) == 2", True),
        ('class_[0] == "cat"', True),
        ("sum(weights[0]) - 1 < 0.001", True),
        ("abs(weights[0, 0] - weights[0, 1]) / 2 > 0.2", True),
        ("median(no_object) == 0.5", True),
        ("weights[-1, ::2][0] == 0.5", True),
    ],
)
def test_a_condition_holds_as_numpy_says(text: str, wanted: bool):
    assert holds(text, ARRAYS) is wanted


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true')",
        "().__class__.__bases__[0].__subclasses__()",
        "weights.tofile('x') == 1",
        "weights.__class__ == 1",
        "(lambda: 1)() == 1",
        "[x for x in weights] == 1",
        "max(weights, weights) == 1",
        "max(values=weights) == 1",
        "eval('1') == 1",
        "open('x') == 1",
        "f'{weights}' == ''",
        "2 ** 1000000 == 1",
        "10 // 1 == 1",
        "1 << 100 == 1",
        "(x := 1) == 1",
        "{1: 2} == 1",
        "*weights == 1",
        "weights is 1",
        "1 in weights",
        "None == 1",
        "b'x' == 1",
        "1j == 1",
        "max == 1 if right else 0",
        "",
        "weights ==",
        "x = 1",
        "9" * 301,
        "(" * 200 + "1" + ")" * 200,
        "-" * 299 + "1",
    ],
)
def test_what_is_not_allowed_is_refused_in_a_sentence(text: str):
    with pytest.raises(LessonError):
        holds(text, ARRAYS)


@pytest.mark.parametrize(
    "text",
    [
        "weights",
        "weights[0] > 0.2",  # three truths
        "argmax(weights)",  # a number
        "nothing == 1",
        "weights[5] == 1",
        "weights[weights] == 1",
        "weights[0.5] == 1",
        "model[right, right] == 1",
        "'a' * 60 * 1000000000 == 'a'",
        "model + model == 1",
        "weights['os'] == 1",
        "max('abc') == 'c' * 3",
    ],
)
def test_what_gives_no_truth_is_refused_in_a_sentence(text: str):
    with pytest.raises(LessonError):
        holds(text, ARRAYS)


@given(st.text(alphabet="weights[]()0123456789.,:<>=+-*/ andornotmaxmin'\"", max_size=60))
def test_any_text_is_computed_or_refused(text: str):
    with contextlib.suppress(LessonError):
        assert holds(text, ARRAYS) in (True, False)


def test_a_condition_is_checked_without_arrays():
    assert check("argmax(whatever) == 1") is not None
    with pytest.raises(LessonError, match="argmax"):
        check("whatever.size == 1")
