"""A picture written on the page: played, stopped, gone back in, changed by hand and written on."""

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.visit import data_of, figure, open_page, settled, tab

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def written(page: Page) -> int:
    message = page.get_by_text(re.compile(r"^generated \d+ of 64 values")).first.inner_text()
    return int(message.split()[1])


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()
    settled(page)


def canvas(page: Page) -> str:
    return str(figure(page, "Canvas").evaluate("plot => plot.layout.images[0].source"))


def test_play_pause_rewind_edit_and_continue(page: Page, server: str):
    open_page(page, f"{server}/Image_Transformer?written=0&seed=4")
    assert written(page) == 0
    press(page, "+1")
    press(page, "+10")
    press(page, "+ row")
    page.wait_for_url("**written=19**")
    settled(page)
    assert written(page) == 19
    before = canvas(page)

    page.get_by_text("2/s", exact=True).click()
    settled(page)
    page.get_by_role("button", name="Play", exact=True).click()
    pause = page.get_by_role("button", name="Pause", exact=True)
    expect(pause).to_be_visible()
    expect(page.get_by_text(re.compile(r"^generated (2\d|[3-6]\d) of 64"))).to_be_visible()
    for _ in range(3):  # a busy page may lose a press
        pause.click()
        settled(page)
        if pause.is_hidden():
            break
    page.wait_for_url(re.compile(r"written=(2\d|[3-6]\d)"))  # told only while it does not play
    settled(page)
    stopped = written(page)
    assert 19 < stopped < 64
    page.wait_for_timeout(1500)
    assert written(page) == stopped  # stop stops

    page.get_by_text("200/s", exact=True).click()
    page.get_by_role("button", name="Play", exact=True).click()
    expect(page.get_by_text("The picture is finished")).to_be_visible()
    page.wait_for_url("**written=64**")
    page.wait_for_timeout(1500)
    settled(page)
    expect(
        page.get_by_text("generated 64 of 64 values")
    ).to_be_visible()  # nothing sent late has moved it back
    finished = canvas(page)
    thumb = page.get_by_role("slider", name="Step")
    for _ in range(10):  # a busy page may lose some of many presses
        thumb.focus()
        away = written(page) - 19
        for _ in range(abs(away)):
            page.keyboard.press("ArrowLeft" if away > 0 else "ArrowRight")
        settled(page)
        if written(page) == 19:
            break
    expect(page.get_by_text("generated 19 of 64 values")).to_be_visible()
    settled(page)
    assert canvas(page) == before  # the same seed, the same picture

    page.get_by_role("spinbutton", name="Override the next value").fill("16")
    page.keyboard.press("Enter")
    settled(page)
    press(page, "Apply")
    page.wait_for_url("**edits=19**")
    expect(page.get_by_text("generated 20 of 64 values")).to_be_visible()
    press(page, "End")
    expect(page.get_by_text("The picture is finished")).to_be_visible()
    settled(page)
    assert canvas(page) != finished
    page.reload()
    expect(page.get_by_text("generated 64 of 64 values")).to_be_visible()
    settled(page)
    assert "edits=19" in page.url
    press(page, "Undo")
    expect(page.get_by_text("Overridden values")).to_have_count(0)
    settled(page)
    assert canvas(page) == finished


def test_a_click_goes_to_a_pixel_and_the_film_comes_home(page: Page, server: str, tmp_path: Path):
    open_page(page, f"{server}/Image_Transformer?written=64")
    box = figure(page, "Canvas").locator(".nsewdrag").first.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2 + 5, box["y"] + box["height"] / 2 + 5)
    expect(page.get_by_text("generated 36 of 64 values")).to_be_visible()  # row 5, column 5
    settled(page)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Animation of the generation, GIF").click()
    file = tmp_path / "film.gif"
    waiting.value.save_as(file)
    with Image.open(file) as film:
        assert film.n_frames == 37


def test_every_tab_draws(page: Page, server: str):
    open_page(page, f"{server}/Image_Transformer")
    assert data_of(figure(page, "Attention to the values generated so far")) is not None
    for name, title in (
        ("Complete", "Completed pictures"),
        ("Super-resolution", "Super-resolution"),
        ("Likelihood", "Likelihood under each class"),
        ("Parallel and sequential", "Milliseconds per value"),
        ("Receptive field", "Receptive field of a pixel"),
    ):
        tab(page, name)
        expect(figure(page, title)).to_be_visible()
        expect(page.get_by_test_id("stAlert")).to_have_count(0)
