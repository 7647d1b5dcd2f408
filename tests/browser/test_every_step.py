"""Every step of every lesson, walked in Chromium with a presenter's remote: it opens without a refusal, its panel is drawn,
and the answer it gives is the model's."""

import pytest
from playwright.sync_api import Page, expect

from explorer.lessons import Lesson, lessons
from explorer.lessons.checking import open_step, right_answer
from tests.browser.visit import open_page, settled

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.mark.parametrize("lesson", lessons().values(), ids=list(lessons()))
def test_every_step_opens_draws_and_answers(page: Page, server: str, lesson: Lesson):
    bar = page.locator(".st-key-lesson")
    for number, step in enumerate(lesson.steps, 1):
        if number == 1:
            open_page(page, f"{server}/?lesson={lesson.name}&step=1")
        else:
            page.keyboard.press("PageDown")
        expect(bar).to_contain_text(f"step {number} of {len(lesson.steps)}")
        panel = page.locator(f".st-key-panel-{step.view}-{step.panel}")
        if step.question:
            expect(panel.get_by_text("Choose an answer below")).to_be_visible()
            right = right_answer(step, open_step(step))
            wrong = next(at for at, answer in enumerate(step.question.answers, 1) if answer.text != right)
            page.keyboard.press(str(wrong))
            expect(bar).to_contain_text(f"By the model's own numbers it is {right}, not")
        settled(page)
        assert f"step={number}" in page.url
        drawn = panel.locator(".stPlotlyChart .main-svg, .stDataFrame canvas, [class*=st-key-lens-]")
        expect(drawn.first).to_be_visible()
        for kind in ("Warning", "Error"):
            expect(page.get_by_test_id(f"stAlertContent{kind}")).to_have_count(0)
