"""Figures of three pages in one report, put in order, written and opened; links that show the same elsewhere."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.visit import export, open_page, settled

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
PLACES = (
    ("Vision_Transformer?tab=rollout&discard=0.5", "Attention rollout"),
    ("Receptive_field?tab=designer", "Receptive field of each layer"),
    ("Long_range?models=rnn,cnn", "Gradient of the answer by input position"),
)


def add(page: Page, title: str) -> None:
    export(page, title)
    page.get_by_role("button", name="Add to report").click()
    expect(page.get_by_text("Added to the report.").first).to_be_visible()
    page.keyboard.press("Escape")
    settled(page)


def lists(page: Page, wanted: list[str]) -> None:
    """Wait until the report has these figures in this order."""
    boxes = page.get_by_role("textbox", name="Title of figure")
    expect(boxes).to_have_count(len(wanted))
    for box, title in zip(boxes.all(), wanted, strict=True):
        expect(box).to_have_value(title)


def test_three_figures_from_three_pages_become_a_report(
    page: Page, server: str, browser: Browser, tmp_path: Path
):
    for address, title in PLACES:
        open_page(page, f"{server}/{address}")
        add(page, title)
    open_page(page, f"{server}/Report")
    lists(page, [title for _, title in PLACES])
    page.get_by_role("button", name="Up").nth(2).click()
    wanted = [PLACES[0][1], PLACES[2][1], PLACES[1][1]]
    lists(page, wanted)
    settled(page)
    page.get_by_role("textbox", name="Note to figure 1").fill("It forgets.")
    page.get_by_role("textbox", name="Note to figure 1").blur()
    settled(page)
    page.reload()
    lists(page, wanted)
    settled(page)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="HTML", exact=True).click()
    waiting.value.save_as(tmp_path / "report.html")

    elsewhere = browser.new_context(offline=True)
    opened = elsewhere.new_page()
    opened.goto((tmp_path / "report.html").as_uri())
    expect(opened.locator(".js-plotly-plot")).to_have_count(3)
    heads = opened.locator("h2").all_inner_texts()
    assert heads == [f"{at}. {title}" for at, title in enumerate(wanted, 1)]
    expect(opened.get_by_text("It forgets.")).to_be_visible()
    elsewhere.close()

    other = browser.new_context()
    stranger = other.new_page()
    stranger.set_default_timeout(60_000)
    open_page(stranger, f"{server}/Report")
    expect(stranger.get_by_text("The report is empty.")).to_be_visible()
    open_page(stranger, page.url)
    expect(stranger.get_by_text("opened by its link")).to_be_visible()
    lists(stranger, wanted)
    other.close()


def test_an_address_shows_the_same_in_another_browser(page: Page, server: str, browser: Browser):
    open_page(
        page, f"{server}/Vision_Transformer?tab=attention&picture=coffee&layer=3&head=2&token=patch&row=4"
    )
    expect(page.locator(".lens .values").first).to_contain_text("bits")
    seen = page.locator(".lens .values").first.inner_text()
    other = browser.new_context(viewport={"width": 1280, "height": 720})
    second = other.new_page()
    second.set_default_timeout(60_000)
    open_page(second, page.url)
    expect(second.locator(".lens .values").first).to_have_text(seen, use_inner_text=True)
    other.close()
