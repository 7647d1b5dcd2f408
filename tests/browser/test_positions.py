"""Positions on the page: a grid of grids clicked, patches shuffled, a link, a photograph."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visit import changed, choose, data_of, figure, open_page, settled, slide, tab

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
GRID, ONE, PATCHES, ANSWERS = (
    "Similarity of every position to every other",
    "Similarity to one position",
    "The same patches at other places",
    "Predictions before and after",
)


def bars(page: Page) -> list[list[float]]:
    return figure(page, ANSWERS).evaluate("plot => plot._fullData.map(t => Array.from(t.x))")


def test_a_position_is_clicked_patches_are_shuffled_and_a_link_finds_it_again(page: Page, server: str):
    open_page(page, f"{server}/Positions")
    before = data_of(figure(page, ONE))
    chart = figure(page, GRID)
    box = chart.evaluate(
        "plot => { const l = plot._fullLayout, r = plot.getBoundingClientRect();"
        " return [r.x + l.xaxis._offset + l.xaxis.d2p(6 * 9 + 3.5), r.y + l.yaxis._offset + l.yaxis.d2p(4 * 9 + 3.5)] }"
    )
    page.mouse.click(*box)
    page.wait_for_url("**row=5**")
    assert "column=7" in page.url
    one = changed(page, ONE, before)
    assert one[4][6] == pytest.approx(1)
    page.reload()
    settled(page)
    assert data_of(figure(page, ONE)) == one

    tab(page, "Shuffled patches")
    shuffled = data_of(figure(page, PATCHES))
    after = bars(page)
    assert after[1][0] == pytest.approx(after[0][0], abs=1e-5)  # no positions: nothing is noticed
    assert max(abs(a - b) for a, b in zip(after[0][1:], after[1][1:], strict=True)) > 0.05
    slide(page, "Share shuffled", -20)
    page.wait_for_url(re.compile(r"share=0(&|$)"))
    expect(page.get_by_text(re.compile(r"(?<!\d)0.0 % of its patches shuffled"))).to_be_visible()
    settled(page)
    assert bars(page)[1] == pytest.approx(after[0])
    assert data_of(figure(page, PATCHES)) == shuffled  # the digit itself
    choose(page, "Positional encoding", "none")
    expect(page.get_by_text("No positions, training 1.")).to_be_visible()
    for name in ("Accuracy", "On a photograph"):
        tab(page, name)
        expect(page.locator(".js-plotly-plot").first).to_be_visible()
    expect(page.get_by_test_id("stAlert")).to_have_count(0)
