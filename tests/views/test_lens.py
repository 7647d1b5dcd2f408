"""The lens's state and the view's controls are each had from the other."""

import dataclasses
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.errors import ControlError
from explorer.geometry import Grid, TokenLayout
from explorer.views.vision_transformer import Controls
from explorer.views.vision_transformer.lens import VIT

TOKENS = TokenLayout(("class", "register 1"), Grid(3, 5, 48, 80), "token")
SCOPE: Any = SimpleNamespace(layout=lambda: TOKENS)
CONTROLS = Controls(
    tab="attention",
    picture="macaw",
    fit="crop",
    model="vit",
    trained=True,
    map="attention",
    second="",
    layer=12,
    head="mean",
    token="class",
    row=2,
    column=3,
    log=False,
    fusion="mean",
    discard=0.0,
    residual=0.5,
    start=1,
    depth=12,
)

states = st.fixed_dictionaries(
    {
        "mode": st.sampled_from(["attention", "attended", "rollout"]),
        "layer": st.integers(0, 11),
        "head": st.integers(-1, 2),
        "fusion": st.sampled_from(["mean", "max", "min"]),
        "discard": st.floats(0, 0.95),
        "residual": st.floats(0, 1),
        "start": st.integers(0, 11),
        "stop": st.integers(0, 11),
        "log": st.booleans(),
        "pins": st.lists(st.integers(2, 16), max_size=2, unique=True),
        "token": st.integers(0, 1),
    }
)


@given(states)
def test_what_the_lens_says_is_what_it_is_shown_again(state: dict[str, Any]):
    controls = dataclasses.replace(CONTROLS, **VIT.controls(state, CONTROLS, SCOPE))
    shown = dict(state)
    if shown["pins"]:  # the token is what is shown when nothing is pinned
        del shown["token"]
    assert VIT.state(controls, SCOPE) == shown


@pytest.mark.parametrize("wrong", [{}, {"mode": "nothing"}, {"layer": "x"}, {"pins": [999]}, {"pins": None}])
def test_what_is_no_state_is_refused_in_a_sentence(wrong: dict[str, Any]):
    state = {**VIT.state(CONTROLS, SCOPE), "fusion": "mean", **wrong} if wrong else {}
    with pytest.raises(ControlError):
        VIT.controls(state, CONTROLS, SCOPE)


@pytest.mark.parametrize("second", ["x", "1", "1,2,3", "9,9", "0,1"])
def test_a_second_patch_that_is_none_is_refused_in_a_sentence(second: str):
    with pytest.raises(ControlError):
        VIT.state(dataclasses.replace(CONTROLS, token="patch", second=second), SCOPE)


def test_a_large_models_rows_are_a_file_of_their_own_for_each_choice(monkeypatch: pytest.MonkeyPatch):
    from explorer.frontend import pack
    from explorer.views import VIEWS
    from explorer.views.controls import resolve
    from explorer.views.scope import find_picture, open_scope

    view = VIEWS["vision-transformer"]

    def files(**raw: str) -> list[str]:
        scope, _ = open_scope(view.controls, raw, find_picture, device="cpu")
        controls, _ = resolve(view.controls, {**raw, **scope.chosen}, scope)
        return [file.name for file in VIT.files(controls, scope)]

    assert len(files()) == 1
    monkeypatch.setattr(pack, "LARGEST", 1000)
    first, second = files(), files(token="patch", row="3", column="4")
    assert len(first) == len(second) == 2
    assert first[0] == second[0]
    assert first[1] != second[1]
    rollouts = [
        files(tab="rollout")[1],
        files(tab="rollout", discard="0.3")[1],
        files(tab="rollout", depth="4")[1],
    ]
    assert len({first[1], *rollouts}) == 3  # every depth is in one file
