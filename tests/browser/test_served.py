"""The app as `explorer serve` sends it: its headers forbid nothing that a page needs."""

import pytest
from playwright.sync_api import ConsoleMessage, Page, expect

from explorer.bench.server import serve

pytestmark = pytest.mark.browser
PAGES = (
    "",
    "Vision_Transformer",
    "Vision_Transformer?embed=true&panel=rollout",
    "Self_attention",
    "Report",
    "Models",
    "Many_pictures",
)


def test_no_page_asks_for_what_the_policy_forbids(page: Page):
    forbidden: list[str] = []

    def note(message: ConsoleMessage | Exception) -> None:
        text = message.text if isinstance(message, ConsoleMessage) else str(message)
        if "Content Security Policy" in text:
            forbidden.append(text)

    page.on("console", note)
    page.on("pageerror", note)
    with serve(guarded=True) as server:
        for path in PAGES:
            page.goto(f"{server.url}/{path}")
            expect(page.locator("[data-test-script-state=running], .stSkeleton")).to_have_count(
                0, timeout=90_000
            )
            expect(page.locator("[data-test-script-state=notRunning]")).to_have_count(1, timeout=90_000)
    assert forbidden == []
