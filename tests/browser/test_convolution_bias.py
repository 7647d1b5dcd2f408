"""A picture moved, scrambled and with regions swapped, on the page."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visit import figure, open_page, settled, slide, tab

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
CURVES, ANSWERS = "Equivariance error by layer", "Predictions"


def numbers(page: Page, title: str) -> list[list[float]]:
    shown = figure(page, title)
    expect(shown).to_be_visible()
    return list(shown.evaluate("plot => plot._fullData.map(t => Array.from(t.type === 'bar' ? t.x : t.y))"))


def changed(page: Page, title: str, before: list[list[float]]) -> list[list[float]]:
    last = before
    for _ in range(180):
        settled(page)
        now = numbers(page, title)
        if now == last != before:
            return now
        last = now
        page.wait_for_timeout(500)
    raise AssertionError(f"{title} has not changed")


def test_a_move_by_the_slider_changes_the_curves_and_a_link_brings_them_back(page: Page, server: str):
    open_page(page, f"{server}/Convolution_bias?padding=circular")
    first = numbers(page, CURVES)
    slide(page, "Moved right (px)", -1)
    page.wait_for_url(re.compile("right=7"))
    second = changed(page, CURVES, first)
    page.reload()
    settled(page)
    assert numbers(page, CURVES) == second
    for title in ("Equivariance error by place", "Aliasing"):
        expect(figure(page, title)).to_be_visible()
    expect(page.get_by_test_id("stAlert")).to_have_count(0)


def test_a_scrambled_an_occluded_and_a_swapped_picture_are_answered(page: Page, server: str):
    open_page(page, f"{server}/Convolution_bias")
    for name in ("Scramble", "Occlude", "Swap"):
        tab(page, name)
        bars = numbers(page, ANSWERS)
        assert len(bars) == 2
        if name != "Swap":
            curves = numbers(page, "Over many photographs")
            assert all(0 < share < 1 for curve in curves for share in curve)
        expect(page.get_by_test_id("stAlert")).to_have_count(0)
    before = numbers(page, ANSWERS)
    slide(page, "Second region, row", -3)
    page.wait_for_url(re.compile("second_row=3"))
    assert changed(page, ANSWERS, before)[0] == before[0]
