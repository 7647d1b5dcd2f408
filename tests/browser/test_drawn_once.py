"""Each chart is drawn once: Streamlit gives Plotly a figure a second time, which must find nothing to do."""

import pytest
from playwright.sync_api import Page

from explorer.views import VIEWS
from tests.browser.visit import PLOT, open_page, settled

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
NOTED = """
window.redrawn = [];
new MutationObserver(() => document.querySelectorAll(".js-plotly-plot").forEach(plot => {
  if (plot.noted || !plot.on) return;
  plot.noted = true;
  plot.on("plotly_beforeplot", () => window.redrawn.push(plot.closest("[class*=st-key-panel]").className));
})).observe(document, {childList: true, subtree: true, attributes: true});
"""


@pytest.mark.parametrize(
    ("name", "tab"), [("attribution", "maps"), ("detr", "slots"), ("self-attention", "steps")]
)
def test_no_chart_of_a_page_is_drawn_again(page: Page, server: str, name: str, tab: str):
    page.add_init_script(NOTED)
    open_page(page, f"{server}/{VIEWS[name].path}?tab={tab}")
    page.wait_for_function(f"document.querySelectorAll('{PLOT} .main-svg').length > 2")
    settled(page)
    assert page.evaluate("document.querySelectorAll('.js-plotly-plot').length") > 1
    assert page.evaluate("window.redrawn") == []
