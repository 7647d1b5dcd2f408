"""A sentence is written, a word looks, a head is silenced; a picture takes the sentence's place."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visit import changed, choose, data_of, figure, open_page, settled, slide, tab

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
STEP, LOOK, ANSWER = "One step", "Attention weights", "Prediction before and after"


def said(page: Page) -> str:
    """What the lens says of itself: layer, head, query, and the word that has most of its attention."""
    lens = page.locator(".lens")
    expect(lens).to_be_visible()
    return lens.get_attribute("aria-label") or ""


def others(page: Page, read: Any, before: Any) -> Any:
    """What is read once it is other than before, and stays."""
    last = before
    for _ in range(180):
        settled(page)
        now = read(page)
        if now == last != before:
            return now
        last = now
        page.wait_for_timeout(500)
    raise AssertionError("nothing has changed")


def answers(page: Page) -> list[list[float]]:
    plot = figure(page, ANSWER)
    expect(plot).to_be_visible()
    return plot.evaluate("plot => plot._fullData.map(t => Array.from(t.x))")


def pill(page: Page, label: str, word: str) -> None:
    group = page.locator(f"[aria-label^='{label}']")
    group.get_by_role("radio", name=word, exact=True).or_(
        group.get_by_role("button", name=word, exact=True)
    ).first.click()


def write(page: Page, sentence: str) -> None:
    field = page.get_by_role("textbox", name=re.compile("^Sentence"))
    field.fill(sentence)
    field.press("Enter")
    settled(page)


def test_a_sentence_a_head_a_query_and_a_link(page: Page, server: str):
    open_page(page, f"{server}/Self_attention?tab=look")
    first = said(page)
    assert first.endswith("most to robots")
    write(page, "the robots near the trees are cool because they are leafy .")
    second = others(page, said, first)
    assert second.endswith("most to trees")
    slide(page, "Head", 1)
    page.wait_for_url(re.compile("head=3"))
    third = others(page, said, second)
    page.locator(".lens").get_by_text("trees", exact=True).first.click()
    page.wait_for_url(re.compile("query=5"))
    fourth = others(page, said, third)
    page.reload()
    settled(page)
    assert said(page) == fourth
    expect(page.get_by_role("textbox", name=re.compile("^Sentence"))).to_have_value(re.compile("leafy"))
    expect(page.get_by_test_id("stAlert")).to_have_count(0)


def test_steps_are_chosen_and_a_cell_is_taken_apart_by_a_click(page: Page, server: str):
    open_page(page, f"{server}/Self_attention")
    expect(figure(page, "All steps")).to_be_visible()
    before = data_of(figure(page, STEP))
    assert [len(before), len(before[0])] == [12, 12]
    pill(page, "Step", "queries")
    queries = changed(page, STEP, before)
    assert len(queries[0]) == 24
    figure(page, STEP).scroll_into_view_if_needed()
    where = figure(page, STEP).evaluate(
        "plot => { const l = plot._fullLayout, b = plot.getBoundingClientRect();"
        " return [b.x + l.xaxis._offset + l.xaxis.d2p(6), b.y + l.yaxis._offset + l.yaxis.d2p(4)] }"
    )
    page.mouse.click(*where)
    page.wait_for_url(re.compile("column=7"))
    assert "query=5" in page.url
    expect(page.get_by_text(re.compile("column 7, of the step queries"))).to_be_visible()
    expect(page.get_by_test_id("stAlert")).to_have_count(0)


def test_a_head_set_to_zero_and_a_hidden_word_change_the_answer(page: Page, server: str):
    open_page(
        page, f"{server}/Self_attention?tab=change&sentence=the+queen+admires+the+robot+as+[mask]+is+rusty+."
    )
    same = answers(page)
    assert same[0] == same[1]
    choose(page, "Heads set to zero", "1")
    page.keyboard.press("Escape")
    page.wait_for_url(re.compile("zeroed=1"))
    zeroed = others(page, answers, same)
    assert zeroed[1] != zeroed[0]
    choose(page, "Tokens masked in this layer", "robot")
    page.keyboard.press("Escape")
    page.wait_for_url(re.compile("masked=5"))
    others(page, answers, zeroed)
    expect(figure(page, "Change of each token's output")).to_be_visible()


def test_patches_take_the_place_of_words_and_bad_sentences_are_one_sentence(page: Page, server: str):
    open_page(page, f"{server}/Self_attention?tab=look")
    write(page, "")
    expect(page.get_by_test_id("stAlert").first).to_contain_text("There are no words")
    write(page, "robots " * 500)
    expect(page.get_by_test_id("stAlert").first).to_contain_text("500 words")
    write(page, "הרובוטים 🙂 **x** $y$")
    expect(page.get_by_test_id("stAlert").first).to_contain_text("none of these words")
    expect(page.locator(".lens")).to_be_visible()
    tab(page, "picture")
    page.wait_for_url(re.compile("source=picture"))
    settled(page)
    before = data_of(figure(page, LOOK))
    assert [len(before), len(before[0])] == [14, 14]
    slide(page, "Layer", 2)
    changed(page, LOOK, before)
    tab(page, "words")
    tab(page, "Coreference")
    expect(figure(page, "Heads that find the referent")).to_be_visible()
    expect(figure(page, "Masked words predicted")).to_be_visible()
    expect(page.get_by_test_id("stAlert")).to_have_count(0)
