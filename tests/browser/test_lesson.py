"""A lesson is walked with a presenter's remote, a question answered, the path left and found again; one panel fills the
screen."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visit import open_page, settled, slide

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
LESSON = "01-words-that-refer"
SCROLLED = """() => [document.querySelector("[data-testid=stMain]"), document.documentElement]
  .map(each => each.scrollHeight - each.clientHeight)"""


def test_a_lesson_is_walked_by_keys_and_a_question_shows_its_figure(page: Page, server: str):
    open_page(page, f"{server}/Self_attention?layer=3")
    page.get_by_role("link", name="Explorer").first.click()
    page.get_by_role("link", name="Words that refer to each other").click()
    bar = page.locator(".st-key-lesson")
    expect(bar).to_contain_text("step 1 of 12")
    expect(page).to_have_url(re.compile(f"lesson={LESSON}&step=1|step=1.*lesson={LESSON}"))
    page.keyboard.press("PageDown")
    expect(bar).to_contain_text("step 2 of 12")
    settled(page)
    expect(page.locator(".lens")).to_have_count(0)
    page.keyboard.press("1")  # robots, which is wrong
    expect(bar).to_contain_text("By the model's own numbers it is trees, not robots")
    expect(page.locator(".lens").first).to_be_visible()
    settled(page)
    slide(page, "Head", 1)
    expect(page).to_have_url(re.compile("head=3"))
    expect(bar).to_contain_text("step 2 of 12")
    page.reload()
    settled(page)
    expect(bar).to_contain_text("step 2 of 12")
    expect(page).to_have_url(re.compile("head=3"))
    page.get_by_role("button", name="Menu").click()
    page.get_by_role("link", name="DETR").click()
    expect(page.get_by_role("heading", name="DETR", exact=True)).to_be_visible()
    settled(page)
    page.keyboard.press("ArrowRight")
    expect(bar).to_contain_text("step 3 of 12")
    expect(page.get_by_role("heading", name="All steps")).to_be_visible()
    settled(page)
    page.keyboard.press("PageUp")
    expect(bar).to_contain_text("step 2 of 12")
    settled(page)
    page.get_by_role("button", name="Close").click()
    expect(bar).to_have_count(0)
    settled(page)
    assert "lesson" not in page.url


def test_what_the_visitor_had_set_is_there_after_the_lesson(page: Page, server: str):
    open_page(page, f"{server}/Vision_Transformer?picture=coffee")
    page.get_by_role("link", name="Explorer").first.click()
    page.get_by_role("link", name="From picture to patches").click()
    bar = page.locator(".st-key-lesson")
    expect(bar).to_contain_text("step 1 of 11")
    settled(page)
    assert "coffee" not in page.url
    slide(page, "Patch row", 1)
    expect(page).to_have_url(re.compile("row="))
    changed = re.search("row=[0-9]+", page.url)
    assert changed
    page.get_by_role("button", name="Close").click()
    expect(page).to_have_url(re.compile("picture=coffee"))
    assert changed.group() in page.url  # set by the visitor within the lesson, and kept


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080)])
def test_the_presenters_view_shows_one_panel_as_large_as_the_screen(
    page: Page, server: str, width: int, height: int
):
    page.set_viewport_size({"width": width, "height": height})
    open_page(page, f"{server}/Vision_Transformer?present=1")
    heading = page.get_by_role("heading")
    expect(heading).to_have_text("Attention")
    for key, title in (
        (None, "Attention"),
        ("PageDown", "Mean attention distance"),
        ("ArrowRight", "Prediction"),
        ("ArrowUp", "Mean attention distance"),
        ("t", "Attention rollout"),
        ("T", "Attention"),
        ("t", "Attention rollout"),
    ):
        if key:
            page.keyboard.press(key)
        expect(heading).to_have_text(title)
        settled(page)
        lens = title in ("Attention", "Attention rollout")
        shown = ".st-key-presented-lens .lens" if lens else ".st-key-presented .js-plotly-plot"
        chart = page.locator(shown)
        expect(chart).to_have_count(1)
        assert page.evaluate(SCROLLED) == [0, 0]
        place = page.locator("[data-testid=stLayoutWrapper]:has(> [class*=st-key-presented])").bounding_box()
        box = chart.bounding_box()
        assert box is not None
        assert place is not None
        assert box["y"] + box["height"] <= place["y"] + place["height"] + 1
        assert box["x"] + box["width"] <= width
        # It fills the height that is there, or the width.
        assert max(box["height"] / place["height"], box["width"] / place["width"]) > 0.99
        assert place["height"] > height / 2
    box = page.locator(".st-key-presented-lens .photo").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.3)
    page.wait_for_url(re.compile("token=patch.*row="))
    settled(page)
    for _ in range(2):  # the pin, then the focus
        page.keyboard.press("Escape")
    page.keyboard.press("b")
    assert page.evaluate("getComputedStyle(document.body, '::after').backgroundColor") == "rgb(0, 0, 0)"
    page.keyboard.press("b")
    assert page.evaluate("getComputedStyle(document.body, '::after').content") == "none"
    page.keyboard.press("f")
    page.wait_for_function("document.fullscreenElement !== null")
    page.keyboard.press("f")
    page.keyboard.press("p")
    expect(page.get_by_role("heading", name="Vision Transformer")).to_be_visible()
    settled(page)
    assert "present" not in page.url
    page.keyboard.press("p")
    expect(page.locator(".st-key-presented-lens .lens")).to_have_count(1)
