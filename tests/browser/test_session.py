"""What a visitor has is there after a restart of the server, and elsewhere by its private link or from the exported archive."""

import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from explorer.bench.server import serve
from tests.browser.visit import open_page, settled, slide

pytestmark = pytest.mark.browser
WANTED = re.compile(r"picture=upload-[0-9a-f]{16}.*depth=11")


def back_at_the_view(page: Page) -> None:
    """From Home."""
    page.get_by_role("link", name="Vision Transformer", exact=True).click()
    page.wait_for_url(WANTED)
    settled(page)
    expect(page.locator(".js-plotly-plot .main-svg").first).to_be_visible()
    expect(page.get_by_test_id("stAlert")).to_have_count(0)


def stranger(browser: Browser) -> Page:
    """A page of another browser: it has no cookie of the first."""
    page = browser.new_context(viewport={"width": 1280, "height": 720}).new_page()
    page.set_default_timeout(60_000)
    return page


def test_it_survives_a_restart_and_is_elsewhere_by_its_link_or_its_archive(
    page: Page, browser: Browser, tmp_path: Path
):
    photograph, archive = tmp_path / "own.png", tmp_path / "session.zip"
    noise = np.random.default_rng(0).integers(0, 255, (60, 80, 3), np.uint8)
    Image.fromarray(noise).save(photograph)
    here = {"EXPLORER_REPORTS": str(tmp_path / "here"), "OMP_NUM_THREADS": "1"}
    with serve(environment=here) as server:
        open_page(page, f"{server.url}/Vision_Transformer?tab=rollout")
        page.get_by_role("button", name="Upload").click()
        page.locator("[data-testid=stFileUploader] input").set_input_files(photograph)
        page.wait_for_url(re.compile("picture=upload-"))
        page.keyboard.press("Escape")
        settled(page)
        slide(page, "Last layer", -1)
        page.wait_for_url(WANTED)
        page.get_by_role("button", name="Menu").click()
        page.get_by_role("link", name="Report", exact=True).click()
        page.get_by_role("button", name="Keep my session").click()
        expect(page.get_by_text(re.compile("are kept for 30 days"))).to_be_visible()
        settled(page)
        page.goto("about:blank")
    with serve(environment=here) as server:
        open_page(page, server.url)
        back_at_the_view(page)
        page.get_by_role("button", name="Menu").click()
        page.get_by_role("link", name="Report", exact=True).click()
        with page.expect_download() as waiting:
            page.get_by_role("button", name="Export the session").click()
        waiting.value.save_as(archive)
        page.wait_for_url(re.compile("report=[A-Za-z0-9_-]{22}"))
        second = stranger(browser)
        open_page(second, page.url)
        second.get_by_role("button", name="Go on with this one").click()
        expect(second.get_by_text(re.compile("are kept for 30 days"))).to_be_visible()
        settled(second)
        second.get_by_role("link", name="Explorer").click()
        back_at_the_view(second)
        open_page(second, server.url)  # by the cookie now
        back_at_the_view(second)
        second.context.close()
        page.goto("about:blank")
    with serve(environment={**here, "EXPLORER_REPORTS": str(tmp_path / "there")}) as server:
        second = stranger(browser)
        open_page(second, f"{server.url}/Report")
        uploader = second.locator("[data-testid=stFileUploader]").filter(has_text="Import a session")
        uploader.locator("input").set_input_files(archive)
        expect(second.get_by_role("button", name="Export the session")).to_be_visible()
        settled(second)
        second.get_by_role("link", name="Explorer").click()
        back_at_the_view(second)
        second.context.close()
