"""What a visitor does on a page, in a few words."""

from typing import Any

from playwright.sync_api import Locator, Page, TimeoutError, expect

__all__ = ["becomes", "changed", "choose", "data_of", "figure", "open_page", "settled", "slide", "tab"]

PLOT = ".js-plotly-plot"


def settled(page: Page) -> None:
    """Wait until the server has nothing more to say."""
    quiet = expect(page.locator("[data-testid='stApp'][data-test-script-state='notRunning']"))
    quiet.to_have_count(1)
    for _ in range(2):  # it may not have begun, or be between two runs
        page.wait_for_timeout(350)
        quiet.to_have_count(1)


def figure(page: Page, title: str) -> Locator:
    """The chart under the heading of that name."""
    heading = page.get_by_role(
        "heading", name=title, exact=True
    ).first  # its explanation may bear the name, too
    expect(heading).to_be_visible()
    return heading.locator("xpath=following::div[contains(concat(' ', @class, ' '), ' js-plotly-plot ')][1]")


def data_of(chart: Locator, kind: str = "heatmap") -> Any:
    """The numbers that the browser has drawn in the chart's first trace of that kind, once there is one."""
    for _ in range(120):
        expect(chart).to_be_visible()
        result = chart.evaluate(
            "(plot, kind) => { const t = (plot._fullData || []).find(t => t.type === kind);"
            " return t && t.z ? Array.from(t.z, row => Array.from(row)) : null }",
            kind,
        )
        if result is not None:
            return result
        chart.page.wait_for_timeout(500)
    raise AssertionError(f"the chart has no {kind}")


def becomes(page: Page, title: str, wanted: Any) -> None:
    """Wait until the chart shows these numbers: a page that is drawn anew shows what was there before for a while."""
    for _ in range(120):
        if data_of(figure(page, title)) == wanted:
            return
        page.wait_for_timeout(500)
    raise AssertionError(f"{title} has not become what was wanted")


def changed(page: Page, title: str, before: Any) -> Any:
    """The numbers of the chart once they are others than before, and stay: a busy server takes its time to begin,
    and several presses of a key may arrive as several changes."""
    last = before
    for _ in range(180):
        settled(page)
        now = data_of(figure(page, title))
        if now == last != before:
            return now
        last = now
        page.wait_for_timeout(500)
    raise AssertionError(f"{title} has not changed")


def slide(page: Page, label: str, presses: int) -> None:
    """Move a slider by key presses; negative moves left."""
    thumb = page.get_by_role("slider", name=label).first  # the sidebar's, where a lens has one, too
    thumb.focus()
    for _ in range(abs(presses)):
        page.keyboard.press("ArrowLeft" if presses < 0 else "ArrowRight")
    settled(page)


def choose(page: Page, label: str, option: str) -> None:
    """Choose an option of a select box."""
    wanted = page.get_by_role("option", name=option, exact=True)
    for _ in range(10):
        page.get_by_role("combobox", name=label).click()
        try:
            wanted.click(timeout=5_000)
            break
        except TimeoutError:  # a page that is drawn anew closes its menus
            page.keyboard.press("Escape")
    settled(page)


def open_page(page: Page, address: str) -> None:
    """Open an address as someone would who was sent it."""
    page.goto(address)
    settled(page)


def tab(page: Page, title: str) -> None:
    """Choose a tab of the page."""
    page.get_by_role("radio", name=title).or_(
        page.get_by_role("button", name=title, exact=True)
    ).first.click()
    settled(page)


def export(page: Page, title: str) -> None:
    """Open the export menu of the figure under that heading."""
    heading = page.get_by_role(
        "heading", name=title, exact=True
    ).first  # its explanation may bear the name, too
    expect(heading).to_be_visible()
    heading.locator(
        "xpath=following::button[normalize-space()='Export'][1] | following::button[.//p='Export'][1]"
    ).first.click()
