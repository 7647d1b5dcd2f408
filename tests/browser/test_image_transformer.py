"""A picture written on the page: played, stopped, gone back in, changed by hand and written on."""

import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from tests.browser.visit import figure, open_page, settled, tab

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def subject(page: Page) -> Locator:
    return page.locator(".lens .subject")


def canvas(page: Page) -> str:
    return str(page.locator(".lens .generated").evaluate("canvas => canvas.toDataURL()"))


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def at(page: Page, step: int) -> None:
    """The address and the lens say this step."""
    page.wait_for_url(re.compile(rf"written={step}\b"))
    settled(page)
    expect(page.locator(".lens .slider output")).to_have_text(f"{step} of 64")


def test_moving_and_playing_send_nothing_until_let_go(page: Page, server: str):
    sent: list[int] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(len(frame))))
    open_page(page, f"{server}/Image_Transformer?written=2&seed=4")
    expect(subject(page)).to_have_text("Value 3, row 1, column 3, grey")
    place = page.get_by_role("slider", name="Step").last
    box = place.bounding_box()
    assert box is not None
    y = box["y"] + box["height"] / 2
    sent.clear()
    page.mouse.move(box["x"] + 8 + 2 / 64 * (box["width"] - 16), y)
    page.mouse.down()
    shown = set()
    for part in range(5, 60, 5):
        page.mouse.move(box["x"] + part / 64 * box["width"], y)
        page.wait_for_timeout(60)
        shown.add(subject(page).inner_text())
    page.wait_for_timeout(800)
    assert len(shown) > 8
    assert not sent
    page.mouse.up()
    page.wait_for_url(re.compile(r"written=5\d"))
    settled(page)

    press(page, "Start")
    at(page, 0)
    page.locator(".lens select").select_option("10/s")
    sent.clear()
    press(page, "Play")
    expect(subject(page)).to_contain_text("row 2")
    page.wait_for_timeout(700)
    assert not sent
    press(page, "Pause")
    page.wait_for_url(re.compile(r"written=[12]\d"))
    settled(page)
    stopped = subject(page).inner_text()
    page.wait_for_timeout(700)
    assert subject(page).inner_text() == stopped
    address = page.url
    page.goto(address)
    settled(page)
    expect(subject(page)).to_have_text(stopped)


def test_a_change_of_the_past_goes_to_the_server(page: Page, server: str):
    open_page(page, f"{server}/Image_Transformer?written=18&seed=4")
    page.locator(".lens").focus()
    page.keyboard.press("ArrowRight")
    at(page, 19)
    before = canvas(page)
    press(page, "End")
    at(page, 64)
    finished = canvas(page)
    page.locator(".lens").focus()
    for _ in range(45):
        page.keyboard.press("ArrowLeft")
    at(page, 19)
    assert canvas(page) == before

    page.get_by_role("spinbutton", name="Override the next value").fill("16")
    page.keyboard.press("Enter")
    settled(page)
    press(page, "Apply")
    page.wait_for_url("**edits=19**")
    at(page, 20)
    press(page, "End")
    at(page, 64)
    changed = canvas(page)
    assert changed != finished
    page.reload()
    at(page, 64)
    expect(page.locator(".lens .subject")).to_have_text("The picture is finished")
    page.wait_for_timeout(200)
    assert canvas(page) == changed
    press(page, "Undo")
    expect(page.get_by_text("Overridden values")).to_have_count(0)
    settled(page)
    page.wait_for_timeout(200)
    assert canvas(page) == finished


def test_a_click_goes_to_a_pixel_and_the_film_comes_home(page: Page, server: str, tmp_path: Path):
    open_page(page, f"{server}/Image_Transformer?written=64")
    box = page.locator(".lens .generated").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] / 2 + 5, box["y"] + box["height"] / 2 + 5)
    at(page, 36)  # row 5, column 5
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Animation of the generation, GIF").click()
    file = tmp_path / "film.gif"
    waiting.value.save_as(file)
    with Image.open(file) as film:
        assert film.n_frames == 37


def test_every_tab_draws(page: Page, server: str):
    open_page(page, f"{server}/Image_Transformer")
    expect(page.locator(".lens .bars")).to_be_visible()
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
