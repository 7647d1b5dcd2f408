"""axe finds nothing serious on any page, light and dark, nor in the presenter's view, a lesson or an embedded page."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from explorer.views import VIEWS
from tests.browser.visit import settled

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
AXE = Path(__file__).resolve().parents[2] / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
PAGES = (
    "",
    "Report",
    "Models",
    "Many_pictures",
    *(view.path for view in VIEWS.values()),
    "Vision_Transformer?tab=rollout&present=1",
    "Vision_Transformer?tab=rollout&embed=true",
    "Self_attention?lesson=01-words-that-refer&step=2",
)


def serious(page: Page) -> dict[str, list[str]]:
    """What axe calls serious or critical, by rule: the places in the page."""
    if not page.evaluate("'axe' in window"):
        page.add_script_tag(path=AXE)
    found = page.evaluate(
        "axe.run(document, {resultTypes: ['violations']}).then(({violations}) => violations)"
    )
    return {
        each["id"]: [node["html"][:200] for node in each["nodes"]]
        for each in found
        if each["impact"] in ("serious", "critical")
    }


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing_serious(browser: Browser, server: str, theme: str):
    context = browser.new_context(color_scheme=theme, viewport={"width": 1280, "height": 720})
    page = context.new_page()
    page.set_default_timeout(60_000)
    found = {}
    for address in PAGES:
        page.goto(f"{server}/{address}")
        expect(page.locator("[data-testid=stApp]")).to_be_visible()
        settled(page)
        if trouble := serious(page):
            found[address] = trouble
    context.close()
    assert not found, found
