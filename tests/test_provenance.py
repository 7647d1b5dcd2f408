"""Provenance names what made a figure, and a recipe from anywhere is read or refused in a sentence."""

import dataclasses
import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import numpy
import PIL
import plotly
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer import gallery
from explorer.errors import ExportError
from explorer.provenance import Provenance, versions
from explorer.views.controls import picture, switch, text, whole
from explorer.views.scope import Scope
from explorer.views.view import Panel, View


@dataclasses.dataclass(frozen=True)
class Controls:
    picture: str = picture()
    layer: int = whole("Layer", 1, low=1, high=12)
    head: int = whole("Head", 1, low=1, high=12)
    log: bool = switch("Logarithmic", False)
    words: str = text("Words", "")


PANEL = Panel("row", "A row", lambda controls, scope: None, ("picture", "layer", "log", "words"))
VIEW = View(
    "a-view", "A view", "Section", "icon", "Summary", Controls, lambda: (PANEL,), "pages/12_A_view.py"
)


def made():
    scope = Scope({"picture": "coffee"}, gallery.picture)
    return Provenance.of(VIEW, PANEL, Controls("coffee", 7, 5, True, "cats & dogs?"), scope)


def test_it_names_the_controls_the_figure_depends_on_and_no_others():
    assert made().controls == {"picture": "coffee", "layer": 7, "log": True, "words": "cats & dogs?"}
    assert (made().view, made().figure) == ("a-view", "row")


def test_it_names_the_picture_by_its_digest():
    assert made().picture == "coffee"
    assert made().picture_digest == gallery.picture("coffee").digest


def test_the_link_reopens_the_page_as_it_was():
    link = urlsplit(made().link)
    assert link.path == "/A_view"
    asked = {name: values[0] for name, values in parse_qs(link.query).items()}
    assert asked["picture"] == "coffee"
    assert asked["layer"] == "7"
    assert asked["words"] == "cats & dogs?"
    assert "head" not in asked


def test_it_is_dated_in_utc():
    age = datetime.now(UTC) - datetime.fromisoformat(made().date)
    assert timedelta(seconds=-2) < age < timedelta(minutes=10)


def test_the_versions_are_those_that_run():
    message = versions()
    assert message["python"] == sys.version.split()[0]
    assert message["numpy"] == numpy.__version__
    assert message["pillow"] == PIL.__version__
    assert message["plotly"] == plotly.__version__


def test_saying_the_versions_imports_nothing_heavy():
    program = (
        "import sys; from explorer.provenance import Provenance, versions; versions();"
        "print([name for name in ('torch', 'timm', 'plotly', 'streamlit') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


plain = st.one_of(st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text())


@given(
    st.builds(
        Provenance,
        view=st.text(min_size=1),
        figure=st.text(min_size=1),
        controls=st.dictionaries(st.text(), plain),
        models=st.dictionaries(st.text(), st.text()),
        picture=st.text(),
        versions=st.dictionaries(st.text(), st.text()),
    )
)
def test_a_recipe_is_read_back_as_it_was(origin):
    for indent in (None, 2):
        written = origin.as_json(indent=indent)
        assert written.isascii()
        assert Provenance.from_json(written) == origin
    assert "\n" not in origin.as_json()
    assert json.loads(origin.as_json()) == origin.as_dict()


anything = st.recursive(
    st.none() | plain, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=8
)


@given(
    st.dictionaries(
        st.sampled_from(["view", "figure", "controls", "models", "picture", "link", "x"]), anything
    )
)
def test_any_json_is_a_recipe_or_refused(said):
    try:
        read = Provenance.from_json(json.dumps({"explorer": 1, "view": "v", "figure": "f"} | said))
    except ExportError as error:
        assert "no recipe" in str(error)  # noqa: PT017
        return
    assert isinstance(read.view, str)
    assert all(isinstance(value, str | int | float | bool) for value in read.controls.values())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "not json",
        "[1]",
        "null",
        "{}",
        '{"explorer": 2, "view": "v", "figure": "f"}',
        '{"explorer": 1, "view": "v"}',
        '{"explorer": 1, "view": "v", "figure": "f", "controls": {"x": NaN}}',
        b"\xff\xfe\x00",
        "[" * 100_000,
        " " * (2 << 20),
    ],
)
def test_what_is_no_recipe_is_refused(text):
    with pytest.raises(ExportError, match="no recipe"):
        Provenance.from_json(text)
