"""Whatever stands in an address, every view opens: a sentence for each value that cannot be, its default instead."""

import pytest

from explorer.views import VIEWS, View
from explorer.views.controls import controls_of
from tests.views.without_browser import opened

HOSTILE = (
    "",
    "nan",
    "-inf",
    "1e309",
    "-1",
    "99999999999999999999",
    "0x10",
    "１２",
    "<script>alert(1)</script>",
    "../../../etc/passwd",
    "file:///etc/passwd",
    "'; DROP TABLE models; --",
    "\x00\u202e",
    "~" * 70,
    "a," * 3000,
    "scene-" + "9" * 50,
)


@pytest.mark.parametrize("view", VIEWS.values(), ids=list(VIEWS))
def test_hostile_values_fall_back_with_a_sentence_each(view: View):
    usual, _, refused = opened(view)
    assert refused == ()
    names = [control.name for control in controls_of(view.controls)]
    for hostile in HOSTILE:
        controls, scope, text = opened(view, **dict.fromkeys(names, hostile))
        assert all(message.endswith(".") and "\n" not in message for message in text)
        for control in controls_of(view.controls):
            known, value = control.resolved(scope), getattr(controls, control.name)
            if control.kind in ("whole", "real"):
                assert known.low is None or known.low <= value
                assert known.high is None or value <= known.high
            elif control.kind == "choice":
                assert value in known.choices
            elif control.kind in ("model", "picture"):
                assert value == getattr(usual, control.name)
                assert control.kind == "model" or scope.picture.pixels.size
            elif control.kind == "text":
                assert len(value) <= control.longest


@pytest.mark.parametrize("view", VIEWS.values(), ids=list(VIEWS))
def test_a_name_that_is_no_control_is_passed_over(view: View):
    controls, _, _ = opened(view, nothing="1", __class__="x")
    assert controls == opened(view)[0]
