"""While Home is read, the browser fetches what a view will need."""

import pytest
from playwright.sync_api import Page

from tests.browser.visit import open_page

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
SENT = """performance.getEntriesByType("resource")
  .filter(({ name, transferSize }) => name.endsWith(".js") && transferSize > 10_000)
  .map(({ name }) => name.split("/").pop().split(".")[0])"""
"""Programs that came from the server and not from what the browser keeps."""


@pytest.mark.parametrize("view", ["DETR", "Self_attention"])
def test_a_view_opened_from_home_waits_for_no_program(page: Page, server: str, view: str):
    page.goto(server)
    page.wait_for_function(f"{SENT}.includes('rehype-katex')")
    assert "PlotlyChart" in page.evaluate(SENT)
    open_page(page, f"{server}/{view}")
    assert page.evaluate(SENT) == []
