"""Every step of every lesson that ships leads where it says: in the app, one session for all of its steps."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from explorer.lessons import Lesson, lessons
from explorer.lessons.checking import open_step, right_answer, troubles
from explorer.lessons.shelf import lesson_in
from explorer.lessons.template import new_lesson
from explorer.ui import panel as panels

APP = str(Path(__file__).resolve().parents[2] / "app.py")
NUMPY = {
    name: getattr(np, name) for name in ("abs", "all", "any", "argmax", "argmin", "max", "mean", "min", "sum")
}
each_lesson = pytest.mark.parametrize("lesson", lessons().values(), ids=list(lessons()))


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_file(APP, default_timeout=300)


def opened(app: AppTest, lesson: Lesson, number: int, **beside: str) -> AppTest:
    app.query_params.clear()
    for name, value in {"lesson": lesson.name, "step": str(number), **beside}.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception
    assert [error.value for error in (*app.error, *app.warning)] == []
    assert any(lesson.steps[number - 1].heading in text.value for text in app.markdown)
    return app


def test_there_are_ten_of_8_to_15_steps_that_ask_and_name_their_source():
    assert len(lessons()) == 10
    for lesson in lessons().values():
        assert 8 <= len(lesson.steps) <= 15
        assert sum(step.question is not None for step in lesson.steps) >= 3
        assert lesson.source


@each_lesson
def test_each_step_opens_a_page_that_has_its_panel(
    app: AppTest, lesson: Lesson, monkeypatch: pytest.MonkeyPatch
):
    shown: list[str] = []

    def note(view: Any, panel: Any, *_: Any, **__: Any) -> None:
        shown.append(f"{view.name} {panel.name}")

    monkeypatch.setattr(panels, "show", note)
    monkeypatch.setattr(panels, "waits", lambda *_, behind: False)
    for number, step in enumerate(lesson.steps, 1):
        shown.clear()
        opened(app, lesson, number)
        if step.question:
            assert shown == []
            app.button(key="lesson answer 1").click().run()
        assert f"{step.view} {step.panel}" in shown


def figures(app: AppTest) -> int:
    """How many charts and lenses are shown; a lens's files are components, too."""
    lenses = [each for each in app.get("bidi_component") if each.proto.component_name == "explorer_lens"]
    return len(app.get("plotly_chart")) + len(lenses)


@each_lesson
def test_each_step_draws_its_panel_and_the_answer_is_the_models(app: AppTest, lesson: Lesson):
    right_ones = set()
    for number, step in enumerate(lesson.steps, 1):
        opened(app, lesson, number, present="1")
        if step.question is None:
            assert figures(app) == 1
            continue
        answers = [answer.text for answer in step.question.answers]
        place = open_step(step)
        arrays = {
            name.replace(" ", "_"): trace
            for name, trace in place.view.draw(place.panel, place.controls, place.scope).data.items()
        }
        arrays["class_"] = arrays.get("class")
        known = NUMPY | {"count": np.count_nonzero, "len": len} | arrays
        true = [
            answer.text
            for answer in step.question.answers
            if eval(answer.condition, {"__builtins__": {}}, known)
        ]
        assert true == [right_answer(step, place)]
        right_ones.add(answers.index(true[0]))
        if app.session_state["lesson"].chosen.get(number) is None:
            assert figures(app) == 0
            app.button(key=f"lesson answer {answers.index(true[0]) + 1}").click().run()
        assert not app.exception
        assert figures(app) == 1
    assert len(right_ones) > 1  # who always takes the same place is not always right


def test_a_new_lesson_leads_where_it_says_and_a_bad_step_is_told_by_its_line(tmp_path: Path):
    file = new_lesson(tmp_path, "mine")
    assert list(troubles(lesson_in(tmp_path, "mine"))) == []
    text = file.read_text()
    for old, new, word in (
        ("panel: look", "panel: nothing", "no figure called 'nothing'"),
        ("view: self-attention", "view: nothing", "no view called 'nothing'"),
        ("layer=2", "layer=9", "cannot be '9'"),
        ("head=2", "hat=2", "no control called 'hat'"),
        ("argmax(weights) == 1", "argmax(weights) == 4", "'robots' and 'trees' is right"),
        ("argmax(weights) == 4", "argmax(weights) == 3", "no answer is right"),
        ("argmax(weights) == 4", "argmax(weight) == 4", "no array called 'weight'"),
        ("panel: look", "panel: look\ntab: steps", "not on 'steps'"),
    ):
        (tmp_path / "bad.md").write_text(text.replace(old, new))
        results = list(troubles(lesson_in(tmp_path, "bad")))
        assert results
        assert all(result.startswith("bad.md, line ") for result in results)
        assert any(word in result for result in results), results
