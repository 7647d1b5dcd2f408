"""Every panel of every view in the presenter's view, at both sizes of projectors: nothing scrolls, nothing is cut off."""

import pytest
from playwright.sync_api import Page, expect

from explorer.views import VIEWS, View
from tests.browser.visit import open_page, settled

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
SIZES = ((1280, 720), (1920, 1080))
SCROLLED = """() => [document.querySelector("[data-testid=stMain]"), document.documentElement]
  .map(each => [each.scrollHeight - each.clientHeight, each.scrollWidth - each.clientWidth]).flat()"""
PLACES = """() => [...document.querySelectorAll(
    ".st-key-presented .js-plotly-plot, [data-testid=stMain] h3, [data-testid=stMain] [data-testid=stCaptionContainer] p")]
  .map(each => each.getBoundingClientRect()).map(({left, top, right, bottom}) => [left, top, right, bottom])"""


@pytest.mark.parametrize("view", VIEWS.values(), ids=list(VIEWS))
def test_each_panel_fills_the_screen_without_scrolling(page: Page, server: str, view: View):
    open_page(page, f"{server}/{view.path}?present=1&tab={next(iter(view.tabs))}")
    shown = []
    while True:
        heading = page.get_by_role("heading").first
        expect(heading).to_be_visible()
        expect(page.locator(".st-key-presented .js-plotly-plot .main-svg").first).to_be_visible()
        shown.append(heading.inner_text())
        for width, height in SIZES:
            page.set_viewport_size({"width": width, "height": height})
            page.wait_for_timeout(300)
            assert page.evaluate(SCROLLED) == [0, 0, 0, 0], (shown[-1], width)
            for left, top, right, bottom in page.evaluate(PLACES):
                assert -1 <= left <= right <= width + 1, (shown[-1], width)
                assert -1 <= top <= bottom <= height + 1, (shown[-1], width, bottom)
        onward = page.locator(".st-key-present-next button").first
        if onward.is_disabled():
            break
        page.keyboard.press("ArrowDown")
        # Two panels may have one title on two tabs: the address tells them apart.
        page.wait_for_function("before => location.href !== before", arg=page.url)
        settled(page)
    panels = [panel for panel in view.panels if not panel.heavy]
    assert len(shown) >= len(panels)
