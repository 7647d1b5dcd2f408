"""At a projector's 1280 x 720 the figure and its controls are in sight on every tab of every page."""

import pytest
from playwright.sync_api import Page, expect

from explorer.views import VIEWS, View
from tests.browser.visit import settled

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
FIGURE = "[data-testid=stMain] :is(.stPlotlyChart:has(.main-svg), .stDataFrame, [class*=st-key-lens-])"
BOTTOMS = """() => Object.fromEntries(
  [...document.querySelectorAll("[data-testid=stSidebar] [data-testid=stElementContainer][class*=st-key]")]
    .filter(each => each.checkVisibility())
    .map(each => [each.className.match(/st-key-\\S+/)[0], each.getBoundingClientRect().bottom]))"""


@pytest.mark.parametrize("view", VIEWS.values(), ids=list(VIEWS))
def test_the_first_figure_and_all_controls_are_in_sight(page: Page, server: str, view: View):
    for tab in view.tabs:
        page.goto(f"{server}/{view.path}?tab={tab}")
        expect(page.get_by_role("heading", name=view.title, exact=True)).to_be_visible()
        settled(page)
        figure, measure = page.locator(FIGURE).first, page.get_by_role("button", name="Measure")
        expect(figure.or_(measure).first).to_be_visible()
        box = (figure if figure.count() else measure).bounding_box()
        assert box is not None
        assert box["y"] >= 0
        assert box["y"] + box["height"] <= 720, f"{tab}: the figure ends at {box['y'] + box['height']}"
        below = {name: bottom for name, bottom in page.evaluate(BOTTOMS).items() if bottom > 720}
        assert not below, f"{tab}: {below}"


def test_the_menu_leads_everywhere_by_keys(page: Page, server: str):
    page.goto(f"{server}/Vision_Transformer")
    menu = page.get_by_role("button", name="Menu")
    menu.focus()
    page.keyboard.press("Enter")
    for view in VIEWS.values():
        expect(page.get_by_role("link", name=view.title, exact=True)).to_be_visible()
    page.get_by_role("link", name="DETR", exact=True).focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="DETR", exact=True)).to_be_visible()
    settled(page)
    expect(page.get_by_role("link", name="Models")).to_have_count(0)  # the menu has closed


OVERLAPS = """() => [...document.querySelectorAll(".js-plotly-plot")].flatMap(plot => {
  const edge = plot.getBoundingClientRect()
  const titles = [...plot.querySelectorAll(".annotation-text")].map(each => [each.textContent, each.getBoundingClientRect()])
  return titles.flatMap(([text, one], number) => [
    ...(one.right > edge.right + 2 || one.left < edge.left - 2 ? [`${text} is cut`] : []),
    ...titles.slice(0, number)
      .filter(([, two]) => Math.min(one.right, two.right) - Math.max(one.left, two.left) > 3
        && Math.min(one.bottom, two.bottom) - Math.max(one.top, two.top) > 3)
      .map(([other]) => `${text} lies over ${other}`)])})"""


@pytest.mark.parametrize(
    "address", ["Self_attention?tab=steps", "Image_Transformer?tab=reach", "DETR?tab=slots"]
)
def test_on_a_phone_no_title_lies_over_another(page: Page, server: str, address: str):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{server}/{address}")
    expect(page.locator(".js-plotly-plot .annotation-text").first).to_be_visible()
    settled(page)
    assert page.evaluate(OVERLAPS) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 390
