"""The web pages that are written open without a network, and show what they are of."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser

from explorer.export import write
from explorer.report.document import as_html
from tests.report.test_report import of_figures
from tests.test_export import ORIGIN, curve

pytestmark = pytest.mark.browser


def test_a_figure_s_web_page_needs_no_network(tmp_path: Path, browser: Browser):
    page_file = tmp_path / "figure.html"
    page_file.write_bytes(write(curve(), ORIGIN, "html"))
    asked, trouble = [], []
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.set_default_timeout(0)
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: trouble.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.goto(page_file.as_uri())
    page.wait_for_selector(".js-plotly-plot .scatterlayer path.js-line")
    heights = page.evaluate("Array.from(document.querySelector('.js-plotly-plot')._fullData[0].y)")
    recipe = page.get_attribute("meta[name=explorer]", "content")
    shown = page.inner_text("body")
    label = page.get_attribute("[role=img]", "aria-label")
    context.close()
    assert heights == [3, 7.5, 9, 20, 21]
    assert recipe == ORIGIN.as_json()
    assert "Radius by layer of <b>the cat</b> & co." in shown
    assert "largest\t21 pixels" in shown
    assert label == curve().alt
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert trouble == []


def test_a_report_s_web_page_needs_no_network(tmp_path: Path, browser: Browser):
    file = tmp_path / "report.html"
    file.write_bytes(as_html("My <i>report</i>", of_figures(tmp_path / "store")))
    asked, trouble = [], []
    context = browser.new_context(offline=True)
    page = context.new_page()
    page.set_default_timeout(60_000)
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.goto(file.as_uri())
    page.wait_for_selector("section:nth-of-type(3) .js-plotly-plot .main-svg")
    heads = page.locator("h1, h2").all_inner_texts()
    text = page.inner_text("body")
    context.close()
    assert heads == ["My <i>report</i>", "1. First <b>title</b>", "2. Second", "3. A mosaic"]
    assert "Note & <script>alert(1)</script>" in text
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
    assert trouble == []
