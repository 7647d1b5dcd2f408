"""Every panel of every view in the presenter's view, at both sizes of projectors: nothing scrolls, nothing is cut off."""

import pytest
from playwright.sync_api import Page, expect

from explorer.views import VIEWS, View
from tests.browser.visit import open_page, settled

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
SIZES = ((1280, 720), (1920, 1080))
SCROLLED = """() => [document.querySelector("[data-testid=stMain]"), document.documentElement]
  .map(each => [each.scrollHeight - each.clientHeight, each.scrollWidth - each.clientWidth]).flat()"""
SHOWN = ".st-key-presented .js-plotly-plot .main-svg, .st-key-presented-lens .lens .photo, .st-key-presented-lens .lens .numbers"
PLACES = """each => each.map(each => each.getBoundingClientRect()).map(({left, top, right, bottom}) => [left, top, right, bottom])"""
PLACED = ".st-key-presented .js-plotly-plot, .st-key-presented-lens .lens"
WORDS = "[data-testid=stMain] h3, [data-testid=stMain] [data-testid=stCaptionContainer] p"


@pytest.mark.parametrize("view", VIEWS.values(), ids=list(VIEWS))
def test_each_panel_fills_the_screen_without_scrolling(page: Page, server: str, view: View):
    open_page(page, f"{server}/{view.path}?present=1&tab={next(iter(view.tabs))}")
    shown = []
    while True:
        heading = page.get_by_role("heading").first
        expect(heading).to_be_visible()
        expect(page.locator(SHOWN).first).to_be_visible()
        expect(page.locator(PLACED)).to_have_count(1)
        shown.append(heading.inner_text())
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(300)
            assert page.evaluate(SCROLLED) == [0, 0, 0, 0], (shown[-1], width)
            for left, top, right, bottom in page.locator(f"{PLACED}, {WORDS}").evaluate_all(PLACES):
                assert -1 <= left <= right <= width + 1, (shown[-1], width)
                assert -1 <= top <= bottom <= height + 1, (shown[-1], width, bottom)
        onward = page.locator(".st-key-present-next button").first
        if onward.is_disabled():
            break
        # Two panels may have one title on two tabs: the address tells them apart. It is read
        # before the key, which may be answered at once.
        before = page.evaluate("location.href")
        page.keyboard.press("ArrowDown")
        page.wait_for_function("before => location.href !== before", arg=before)
        settled(page)
    # Panels of a tab that share a lens are shown once.
    panels = {(panel.tab, panel.lens or panel.name) for panel in view.panels if not panel.heavy}
    assert len(shown) >= len(panels)


def test_a_lens_has_its_keys_while_it_has_the_focus_and_the_presentation_all_others(page: Page, server: str):
    open_page(page, f"{server}/Vision_Transformer?present=1&layer=4")
    heading = page.get_by_role("heading")
    lens = page.locator(".st-key-presented-lens .lens")
    subject = lens.locator(".subject")
    expect(subject).to_contain_text("layer 4")
    lens.locator(".photo").click()
    page.wait_for_url(lambda url: "token=patch" in url)
    page.keyboard.press("ArrowUp")
    expect(subject).to_contain_text("layer 5")
    page.keyboard.press("t")
    expect(subject).to_contain_text("Attention to patch")
    expect(heading).to_have_text("Attention")
    page.keyboard.press("b")
    assert page.evaluate("document.body.classList.contains('explorer-blank')")
    page.keyboard.press("b")
    page.mouse.move(1, 1)  # else what is under the pointer is shown
    page.keyboard.press("Escape")  # removes the pin
    expect(subject).to_contain_text("class token")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowDown")
    expect(heading).to_have_text("Mean attention distance")
    page.keyboard.press("PageUp")
    expect(heading).to_have_text("Attention")
    lens.focus()
    page.keyboard.press("PageDown")
    expect(heading).to_have_text("Mean attention distance")
    page.keyboard.press("p")
    expect(page.get_by_role("heading", name="Vision Transformer")).to_be_visible()


def test_the_type_of_a_lens_grows_with_the_screen_and_a_sentence_fills_it(page: Page, server: str):
    open_page(page, f"{server}/Self_attention?tab=look&present=1")
    lens, sizes = page.locator(".st-key-presented-lens .lens"), []
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        expect(lens).to_be_visible()
        page.wait_for_timeout(500)
        sizes.append(
            [
                float(
                    page.locator(part).first.evaluate("each => parseFloat(getComputedStyle(each).fontSize)")
                )
                for part in (".lens .subject", ".lens .word")
            ]
        )
        assert lens.evaluate("each => each.getBoundingClientRect().height") > 0.85 * height
    assert all(large > 1.3 * small for small, large in zip(*sizes, strict=True))
