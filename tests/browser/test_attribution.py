"""Maps side by side, another class, a place clicked, the curves measured and stopped, attention interfered with."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visit import becomes, changed, choose, data_of, figure, open_page, settled, tab

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
MAPS = "Attribution maps for this class"


def test_another_class_and_a_click(page: Page, server: str):
    open_page(page, f"{server}/Attribution?methods=rollout,relevance&picture=coffee&scale=share")
    expect(page.get_by_text("Rollout: the same for every class")).to_be_visible()
    rollout = data_of(figure(page, MAPS))
    second = (
        "plot => Array.from(plot._fullData.filter(t => t.type === 'heatmap')[1].z, row => Array.from(row))"
    )
    relevance = figure(page, MAPS).evaluate(second)
    # A thousand classes: the list shows a few, and more of what is typed.
    page.get_by_role("combobox", name="Class").click()
    page.keyboard.type("church")
    page.get_by_role("option", name="church", exact=True).click()
    settled(page)
    page.wait_for_url(re.compile("target=church"))
    expect(page.get_by_text(re.compile("for the class “church")).first).to_be_visible()
    settled(page)
    becomes(page, MAPS, rollout)  # it knows no class
    assert figure(page, MAPS).evaluate(second) != relevance
    where = figure(page, MAPS).evaluate(
        "plot => { const l = plot._fullLayout, b = plot.getBoundingClientRect(), a = l.xaxis, o = l.yaxis;"
        " return [b.x + a._offset + a._length / 4, b.y + o._offset + o._length / 4] }"
    )
    page.mouse.click(*where)
    page.wait_for_url(re.compile("row=(4|5)&column|column=.*row=(4|5)"))
    expect(page.get_by_text(re.compile("Attribution at row (4|5), column"))).to_be_visible()
    choose(page, "Model", "cnn-128")
    expect(page.get_by_text(re.compile("Methods cannot be"))).to_be_visible()
    expect(figure(page, MAPS)).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_the_model_is_asked_which_map_to_believe(page: Page, server: str):
    open_page(page, f"{server}/Attribution?tab=faithful&methods=rollout,relevance&steps=8")
    page.get_by_role("button", name="Measure", exact=True).click()
    plot = figure(page, "Deletion and insertion curves")
    expect(plot).to_be_visible()
    settled(page)
    names = plot.evaluate("plot => plot._fullData.filter(t => t.visible === true).map(t => t.name)")
    assert set(names) == {"Rollout", "Relevance", "random order", "blob in the middle", "edges"}
    ends = plot.evaluate("plot => plot._fullData.map(t => [t.y[0], t.y[t.y.length - 1]])")
    for whole, covered in ends[:5]:
        assert [whole, covered] == pytest.approx(ends[0])  # every order begins and ends alike
    expect(page.get_by_test_id("stException")).to_have_count(0)


def test_a_silenced_head_and_a_hidden_place_change_the_answer(page: Page, server: str):
    open_page(page, f"{server}/Attribution?tab=change&picture=coffee")
    bars = "plot => plot._fullData.map(t => Array.from(t.x))"
    plot = figure(page, "Prediction before and after")
    expect(plot).to_be_visible()
    settled(page)
    before, after = plot.evaluate(bars)
    assert before == after
    choose(page, "Override attention", "uniform")
    page.wait_for_url(re.compile("override=uniform"))
    expect(page.get_by_text(re.compile("attention of all layers overridden: uniform")).first).to_be_visible()
    settled(page)
    before, after = figure(page, "Prediction before and after").evaluate(bars)
    assert before != after
    tab(page, "Side by side")
    first = data_of(figure(page, MAPS))
    page.get_by_role("radiogroup", name="Colours").get_by_text("share").click()
    changed(page, MAPS, first)
