"""A cell is clicked, its reach and weights follow; a measurement runs when asked and stops when told."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visit import changed, data_of, figure, open_page, settled, tab

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
CELLS, REACH, WEIGHTS = "The picture as cells", "Receptive field", "Attention weights"


def test_a_clicked_cell_moves_reach_and_weights_and_the_link_reopens_it(page: Page, server: str):
    open_page(page, f"{server}/Attention_layers?side=10")
    reach, weights = data_of(figure(page, REACH)), data_of(figure(page, WEIGHTS))
    chart = figure(page, CELLS)
    box = chart.evaluate(
        "plot => { const a = plot._fullLayout, r = plot.getBoundingClientRect();"
        " return [r.x + a.xaxis._offset + a.xaxis.d2p(2.5), r.y + a.yaxis._offset + a.yaxis.d2p(3.5)] }"
    )
    page.mouse.move(*box)
    page.mouse.click(*box)
    page.wait_for_url(re.compile("row=4"))
    page.wait_for_url(re.compile("column=3"))
    moved = changed(page, REACH, reach)
    assert [sum(map(bool, row)) for row in moved] == [0, 5, 5, 5, 5, 5, 0, 0, 0, 0]
    weighed = changed(page, WEIGHTS, weights)
    page.reload()
    settled(page)
    assert data_of(figure(page, REACH)) == moved
    assert data_of(figure(page, WEIGHTS)) == weighed
    expect(page.get_by_test_id("stAlert")).to_have_count(0)


def test_costs_are_measured_when_asked(page: Page, server: str):
    open_page(page, f"{server}/Attention_layers?tab=cost")
    expect(figure(page, "Cost by formula")).to_be_visible()
    page.get_by_role("button", name="Measure", exact=True).click()
    expect(page.get_by_role("button", name="Measure again")).to_be_visible(timeout=120_000)
    expect(figure(page, "Measured cost")).to_be_visible()


def test_offsets_of_a_vit_are_drawn(page: Page, server: str):
    open_page(page, f"{server}/Attention_layers")
    tab(page, "Offsets in a ViT")
    expect(figure(page, "Attention by offset")).to_be_visible()
    expect(figure(page, "Share of attention near the query")).to_be_visible()
    expect(page.get_by_test_id("stAlert")).to_have_count(0)


def test_where_attention_pays_is_drawn_from_what_was_measured(page: Page, server: str):
    open_page(page, f"{server}/Attention_layers")
    tab(page, "Accuracy by stage")
    page.wait_for_url(re.compile("tab=networks"))
    names = figure(page, "Accuracy by the stage that has attention").evaluate("plot => plot._fullData[0].y")
    assert names == ["no attention", "in stage 1", "in stage 2", "in stage 3", "in all stages"]
    expect(figure(page, "Attention near the query by stage")).to_be_visible()
    expect(figure(page, "The hybrid beside CNN and ViT")).to_be_visible()
    expect(page.get_by_test_id("stAlert")).to_have_count(0)
