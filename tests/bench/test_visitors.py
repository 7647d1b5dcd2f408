"""Sessions without a browser, on a real server."""

import asyncio
import time

import pytest

from explorer.bench.server import serve
from explorer.bench.session import Session, Slider, differing
from explorer.bench.visitors import Script, follow, lab, lecture, quantile
from explorer.glossary import glossary
from explorer.views import VIEWS
from tests.loops import in_a_loop


def test_two_visitors_move_a_slider_and_see_what_a_lone_one_sees():
    async def move(step: int, session: Session):
        return await session.move("receptive-field:row", (20, 40)[step])

    script = Script("Receptive_field", "tab=designer", 2, move)

    async def visit(port: int):
        alone = await follow(port, script, time.monotonic() + 60)
        return alone, await asyncio.gather(*(follow(port, script, time.monotonic() + 60) for _ in range(2)))

    with serve() as server:
        assert server.megabytes > 20
        alone, both = in_a_loop(visit(server.port))
    assert [len(figures) for figures in alone.figures] == [3, 3, 3]
    assert alone.figures[0] != alone.figures[1] != alone.figures[2]
    for item in both:
        assert item.figures == alone.figures
        assert not [error for rerun in item.reruns for error in rerun.errors]


def test_a_turned_lens_sets_the_controls_of_its_page():
    async def visit(port: int):
        async with Session(port) as session:
            opened = await session.open("Vision_Transformer", "tab=attention")
            return opened, await session.turn("lens vision-transformer", layer=4), session.lenses

    with serve() as server:
        opened, turned, lenses = in_a_loop(visit(server.port))
    assert opened.errors == turned.errors == []
    assert lenses["lens vision-transformer"]["state"]["layer"] == 4
    file, shown = (
        {name for name in opened.lenses if name.startswith(start)} for start in ("file of", "lens")
    )
    assert {name for name in opened.lenses if opened.lenses[name] != turned.lenses[name]} == shown
    assert len(file) == len(shown) == 1
    help = lenses["lens vision-transformer"]["help"]  # of its own widgets, as beside those of the page
    assert glossary()["Discard ratio"].meaning in help["Discard ratio"]


def test_a_fault_a_refusal_and_a_fragment_are_told_apart(tmp_path):
    page = tmp_path / "page.py"
    page.write_text(
        "import streamlit as st\n"
        "st.query_params['seen'] = str(st.slider('One', 0, 4, key='one'))\n"
        "@st.fragment\n"
        "def part():\n"
        "    if st.slider('Two', 0, 4, 1, key='two') == 3:\n"
        "        st.error('Three is too many.')\n"
        "part()\n"
        "st.plotly_chart({'data': [{'y': [st.session_state.one]}]}, key='curve')\n"
        "if st.session_state.one == 2:\n"
        "    1 / 0\n"
    )

    async def visit(port: int):
        async with Session(port) as session:
            yield await session.open("")
            assert set(session.sliders) == {"one", "two"}
            assert session.sliders["two"].value == 1
            yield await session.move("two", 3)
            yield await session.move("one", 2)
            assert session.sliders["one"].value == 2

    async def collect(port: int):
        return [item async for item in visit(port)]

    with serve(page) as server:
        opened, refused, broken = in_a_loop(collect(server.port))
    assert opened.widgets == {"slider": 2}
    assert (opened.errors, opened.refusals, set(opened.figures)) == ([], [], {"curve"})
    assert (refused.errors, refused.refusals, refused.figures) == ([], ["Three is too many."], {})
    assert len(broken.errors) == 1
    assert broken.refusals == refused.refusals
    assert differing(opened.hashes, broken.hashes) == ["curve"]


def test_the_lab_visits_every_tab_that_no_clock_draws_and_the_lecture_only_one_link():
    scripts = [lab(visitor) for visitor in range(100)]
    tabs = {(view.path, tab) for view in VIEWS.values() for tab in view.tabs}
    timed = {("Image_Transformer", "speed"), ("Long_range", "time")}  # measured anew by every server
    assert timed <= tabs
    visited = {(script.page, script.query.split("&")[0].removeprefix("tab=")) for script in scripts}
    assert visited == tabs - timed
    assert len({(lecture(visitor).page, lecture(visitor).query) for visitor in range(9)}) == 1


@pytest.mark.parametrize(("low", "high", "step", "count"), [(1, 6, 1, 6), (0, 1, 0.05, 21), (0, 999, 1, 112)])
def test_the_values_of_a_slider_lie_on_its_steps(low, high, step, count):
    values = Slider("", "", low, high, step, low).values
    assert len(values) == count
    assert (values[0], max(values) <= high) == (low, True)
    assert all(abs((value - low) / step - round((value - low) / step)) < 1e-6 for value in values)


def test_a_file_of_a_lens_that_has_not_come_is_no_difference_and_another_file_is():
    lens = {"lens": "a", "file of lens 0": "b"}
    assert differing(lens, {"lens": "a"}) == differing({"lens": "a"}, lens) == []
    assert differing(lens, lens | {"file of lens 0": "c"}) == ["file of lens 0"]
    assert differing(lens, {"file of lens 0": "b"}) == ["lens"]


def test_quantiles():
    assert quantile([], 0.95) == 0
    assert quantile([3.0], 0.5) == 3
    assert quantile(list(range(101)), 0.95) == 95
