"""Sequences on the page: sampled, written, their distance changed, models chosen, a measurement stopped."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visit import choose, figure, open_page, settled, slide, tab

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
CURVES, BARS = "Gradient of the answer by input position", "Theoretical and effective reach"


def curves(page: Page, title: str = CURVES) -> dict[str, list[Any]]:
    """The numbers that the browser has drawn, by curve."""
    return dict(
        figure(page, title).evaluate(
            "plot => plot._fullData.map(t => [t.name, Array.from(t.y, y => Number.isNaN(y) ? null : y)])"
        )
    )


def changed(page: Page, before: dict[str, list[Any]]) -> dict[str, list[Any]]:
    """The curves once they are others, and stay."""
    last = before
    for _ in range(180):
        settled(page)
        now = curves(page)
        if now == last != before:
            return now
        last = now
        page.wait_for_timeout(500)
    raise AssertionError("the curves have not changed")


def write(page: Page, sequence: str) -> None:
    field = page.get_by_role("textbox", name=re.compile("^Sequence"))
    field.fill(sequence)
    field.press("Enter")
    settled(page)


def test_sample_distance_model_and_a_link(page: Page, server: str):
    open_page(page, f"{server}/Long_range")
    first = curves(page)
    assert len([name for name in first if "machine precision" not in name]) == 6
    page.get_by_role("button", name="Another sequence").click()
    page.wait_for_url("**sample=2**")
    second = changed(page, first)
    slide(page, "Distance (steps)", -3)
    page.wait_for_url(re.compile("distance=61"))
    third = changed(page, second)
    choose(page, "Models", "gru")
    page.keyboard.press("Escape")  # a list of several stays open
    page.wait_for_url("**models=gru**")
    chosen = changed(page, third)
    assert list(chosen) == ["GRU"]
    assert chosen["GRU"] == third["GRU"]
    page.reload()
    settled(page)
    assert curves(page) == chosen
    assert "distance=61" in page.url
    expect(page.get_by_test_id("stAlert")).to_have_count(0)


def test_a_sequence_of_ones_own_is_read_moved_and_refused_in_a_sentence(page: Page, server: str):
    open_page(page, f"{server}/Long_range?models=rnn")
    before = curves(page)
    write(page, "abcd*efghij")
    page.wait_for_url("**sequence=abcd*")
    own = changed(page, before)
    assert len(next(iter(own.values()))) == 11
    ticks = "plot => plot._fullLayout.xaxis.ticktext.join('')"
    assert figure(page, CURVES).evaluate(ticks) == "jihgfe*dcba"
    slide(page, "Distance (steps)", 2)
    page.wait_for_url(re.compile("distance=7"))
    changed(page, own)
    assert figure(page, CURVES).evaluate(ticks) == "jihgfedc*ba"
    for wrong, message in (("abz*cd", "is no letter"), ("abcdef", "has no marker")):
        write(page, wrong)
        expect(page.get_by_test_id("stAlert").first).to_contain_text(message)
    write(page, "")
    expect(page.get_by_text("The sequence was empty")).to_be_visible()
    expect(figure(page, CURVES)).to_be_visible()


def test_every_tab_draws_and_a_measurement_runs_when_asked_and_stops_when_told(page: Page, server: str):
    open_page(page, f"{server}/Long_range")
    expect(figure(page, BARS)).to_be_visible()
    for name, title in (("Recall", "Expected and measured recall"), ("Cost", "Cost by length")):
        tab(page, name)
        expect(figure(page, title)).to_be_visible()
        expect(page.get_by_test_id("stAlert")).to_have_count(0)
    tab(page, "Time")
    measure = page.get_by_role("button", name="Measure", exact=True)
    measure.click()
    page.get_by_role("button", name="Stop", exact=True).click()
    expect(measure).to_be_enabled()
    expect(page.get_by_role("heading", name="Milliseconds per pass")).to_have_count(0)
    page.get_by_role("radio", name="1024").or_(page.get_by_role("button", name="1024")).first.click()
    settled(page)
    measure.click()
    expect(page.get_by_role("button", name="Measure again")).to_be_visible()
    expect(figure(page, "Milliseconds per pass")).to_be_visible()


def test_models_to_compare_are_one_group_with_a_row_each(page: Page, server: str):
    open_page(page, server)
    group = page.get_by_text(re.compile("^recall — 6 models to compare"))
    group.click()
    expect(page.get_by_text(re.compile("^recall-rnn — RNN that recalls"))).to_be_visible()
    expect(page.get_by_text(re.compile("recall-rnn-2"))).to_have_count(0)
    open_page(page, f"{server}/Models")
    page.get_by_text("recall · 6 models to compare").click()
    expect(page.get_by_role("combobox", name="Cards of").first).to_be_visible()
    expect(page.get_by_test_id("stAlert")).to_have_count(0)
