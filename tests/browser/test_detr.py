"""A lecture on DETR: a query chosen by a click and in the table, a scene edited, a query left out, boxes given."""

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.visit import figure, open_page, settled, tab

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

SCENE = "scene~noise-5~car_0.3_0.3_0.3_d64030_0~cup_0.7_0.7_0.3_3060d6_0"


def centre_of_query(chart: Locator, at: int) -> tuple[int, float, float]:
    """A query with a mark on the chart, and where on the page the mark is."""
    expect(chart).to_be_visible()
    query, x, y = chart.evaluate(
        "(plot, at) => { const t = plot._fullData.find(t => t.name === 'queries'), l = plot._fullLayout,"
        " box = plot.getBoundingClientRect();"
        " return [t.customdata[at][0], box.x + l.xaxis._offset + l.xaxis.l2p(t.x[at]),"
        " box.y + l.yaxis._offset + l.yaxis.l2p(t.y[at])] }",
        at,
    )
    return int(query), float(x), float(y)


def opened(page: Page, server: str, query: str) -> None:
    open_page(page, f"{server}/DETR?model=detr-scenes&{query}")


def test_a_query_is_chosen_by_a_click_and_the_link_keeps_it(page: Page, server: str):
    opened(page, server, f"tab=queries&picture={SCENE}&rejected=on&threshold=0&query=7")
    lens = page.locator(".lens .subject")
    expect(lens).to_contain_text("Query 7, ")
    chart = figure(page, "Queries on the picture")
    chart.scroll_into_view_if_needed()
    query, x, y = centre_of_query(chart, 0)
    if query == 7:
        _, x, y = centre_of_query(chart, 1)
    page.mouse.click(x, y)
    page.wait_for_url(re.compile(rf"tab=queries(?!.*query={7}\b)"))
    # Marks lie close together: the address says which was hit.
    query = int(re.search(r"query=(\d+)", page.url)[1])  # type: ignore[index]
    page.mouse.move(0, 0)
    expect(lens).to_contain_text(f"Query {query}, ")
    page.locator(".lens").first.focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_url("**layer=2**")
    settled(page)
    expect(lens).to_contain_text("decoder layer 2")
    address = page.url
    page.goto(address)
    settled(page)
    assert page.url == address
    expect(lens).to_contain_text(f"Query {query}, ")
    expect(lens).to_contain_text("decoder layer 2")


def test_a_query_left_out_takes_no_part(page: Page, server: str):
    opened(page, server, f"tab=assignment&picture={SCENE}")
    pairs = page.locator(".lens .outline-cell.pair")
    expect(pairs).to_have_count(2)
    page.get_by_role("combobox", name="Exclude objects").click()
    page.keyboard.type("0")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    page.wait_for_url("**without_objects=0**")
    settled(page)
    expect(pairs).to_have_count(1)
    expect(page.get_by_text("1 pair, 15 queries").first).to_be_visible()
    weight = page.get_by_role("slider", name="L1 weight")
    weight.press("ArrowRight")
    weight.press("ArrowRight")
    page.wait_for_url("**l1=6**")


def test_another_scene_is_another_picture_with_its_truth(page: Page, server: str):
    opened(page, server, "picture=scene-3")
    page.get_by_role("button", name="Another scene").click()
    page.wait_for_url("**picture=scene-4**")
    settled(page)
    page.get_by_text("The scene's objects: edit, add, remove").click()
    expect(page.get_by_test_id("stDataFrame").first).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_boxes_are_dragged_on_a_photograph(page: Page, server: str):
    opened(page, server, "tab=assignment&picture=cat")
    expect(page.get_by_text("There is no object to be found").first).to_be_visible()
    page.get_by_text("Ground-truth boxes").click()
    chart = page.locator("details .js-plotly-plot").first
    chart.scroll_into_view_if_needed()
    settled(page)
    area: Any = chart.locator(".nsewdrag").first.bounding_box()
    page.mouse.move(area["x"] + area["width"] * 0.4, area["y"] + area["height"] * 0.3)
    page.mouse.down()
    page.mouse.move(area["x"] + area["width"] * 0.5, area["y"] + area["height"] * 0.5, steps=5)
    page.mouse.move(area["x"] + area["width"] * 0.6, area["y"] + area["height"] * 0.7, steps=5)
    page.mouse.up()
    page.wait_for_url("**boxes=circle_**")
    settled(page)
    expect(page.get_by_text("1 pair,").first).to_be_visible()


def test_the_page_opens_with_a_photograph_and_its_known_objects(page: Page, server: str):
    open_page(page, f"{server}/DETR")
    expect(figure(page, "Detections")).to_be_visible()
    tab(page, "Bipartite matching")
    expect(page.get_by_text("1 pair,").first).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)
    tab(page, "Failure cases")
    expect(figure(page, "Average precision")).to_be_visible()


def test_every_tab_draws(page: Page, server: str):
    opened(page, server, f"picture={SCENE}")
    for title, chart in (
        ("Queries", "Self-attention between queries"),
        ("Bipartite matching", "Loss per matched pair"),
        ("Query specialisation", "Boxes of each query"),
        ("Failure cases", "Average precision"),
        ("Pipeline", "Encoder attention"),
    ):
        tab(page, title)
        expect(figure(page, chart)).to_be_visible()
        expect(page.get_by_test_id("stException")).to_have_count(0)
