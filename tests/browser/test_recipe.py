"""A recipe that was downloaded, uploaded again: the same view; one that is damaged: a sentence."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.visit import export, open_page, settled

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
TITLE = "Attention rollout"


def test_a_downloaded_recipe_reopens_its_view(page: Page, server: str, tmp_path: Path):
    open_page(page, f"{server}/Vision_Transformer?tab=rollout&picture=coins&discard=0.4&fusion=max")
    drawn = page.locator(".lens .subject").inner_text()
    assert "max of heads" in drawn
    export(page, TITLE)
    with page.expect_download() as waiting:
        page.get_by_role("button", name="JSON", exact=True).click()
    recipe = tmp_path / "recipe.json"
    waiting.value.save_as(recipe)

    broken = tmp_path / "broken.json"
    broken.write_text(recipe.read_text()[:-9])
    open_page(page, f"{server}/Report")
    page.locator("input[type=file]").set_input_files(broken)
    expect(page.get_by_text("This is no recipe of a figure. It is not JSON.")).to_be_visible()
    expect(page.get_by_test_id("stException")).to_have_count(0)

    open_page(page, f"{server}/Report")
    page.locator("input[type=file]").set_input_files(recipe)
    page.wait_for_url("**/Vision_Transformer?**discard=0.4**")
    settled(page)
    expect(page.locator(".lens .subject")).to_have_text(drawn)
    expect(page.locator(".lens .sliders output").nth(1)).to_have_text("0.4")
