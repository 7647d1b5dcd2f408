"""Each chart is drawn once: Streamlit gives Plotly a figure a second time, which must find nothing to do, and no label at an
axis may be wider than its margin, or Plotly widens that and draws everything again."""

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
TOO_NARROW = """() => [...document.querySelectorAll(".js-plotly-plot")].flatMap(plot => {
  const {_pushmargin: pushes, margin} = plot._fullLayout;
  return Object.entries(pushes).filter(([name]) => name.endsWith(".automargin")).flatMap(([name, push]) =>
    [["l", 0], ["b", 0], ["t", 1]].filter(([side, edge]) => push[side].val === edge && push[side].size > margin[side] + 1)
      .map(([side]) => [plot.closest("[class*=st-key-figure]").className, name, side, push[side].size, margin[side]]));
})"""


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
    assert page.evaluate(TOO_NARROW) == []
