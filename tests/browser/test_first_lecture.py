"""A lecture: a photograph uploaded, a place clicked, layers and heads moved, a figure taken home, a link kept."""

import io
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from tests.browser.visit import becomes, data_of, figure, open_page, settled, tab
from tests.frontend.test_in_browser import at_patch

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    """A photograph of the visitor's own, wide, with a bright spot left of the middle."""
    rows, columns = np.mgrid[0:240, 0:360]
    spot = np.exp(-((rows - 120) ** 2 + (columns - 110) ** 2) / 1500)
    pixels = np.stack([60 + 190 * spot, 80 + 60 * spot, 90 + 0.2 * columns], -1).astype(np.uint8)
    path = tmp_path / "spot.jpg"
    Image.fromarray(pixels).save(path)
    return path


def test_a_lecture_from_upload_to_link(page: Page, server: str, photograph: Path, tmp_path: Path):
    open_page(page, f"{server}/Vision_Transformer?tab=attention")

    page.get_by_role("button", name="Upload").click()
    page.locator("input[type=file]").set_input_files(photograph)
    page.wait_for_url("**picture=upload-**")
    page.keyboard.press("Escape")
    settled(page)

    seen = page.get_by_alt_text("The input of Vision Transformer, ViT-Ti/16")
    expect(seen).to_be_visible()
    assert seen.evaluate("image => [image.naturalWidth, image.naturalHeight]") == [224, 224]
    expect(page.get_by_text("1,000 classes")).to_be_visible()

    lens = page.locator(".lens .subject")
    expect(lens).to_have_text("Attention of class token, layer 12, mean of heads")
    page.mouse.click(*at_patch(page, 6, 4))
    page.wait_for_url("**token=patch**")
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowRight", "ArrowRight"):
        page.keyboard.press(key)
    page.wait_for_url(re.compile("layer=9.*head=2|head=2.*layer=9"))
    settled(page)
    page.mouse.move(0, 0)
    expect(lens).to_have_text("Attention of patch (7, 5), layer 9, head 2")

    page.get_by_role("button", name="Export").first.click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="PNG", exact=True).first.click()
    file = tmp_path / "figure.png"
    waiting.value.save_as(file)
    with Image.open(io.BytesIO(file.read_bytes())) as image:
        image.load()
        assert image.format == "PNG"
        assert min(image.size) > 300
        assert "attention" in str(image.text.get("explorer"))

    address = page.url
    page.goto(address)
    settled(page)
    expect(lens).to_have_text("Attention of patch (7, 5), layer 9, head 2")
    assert page.url == address


def test_a_broken_upload_costs_nothing(page: Page, server: str, tmp_path: Path):
    open_page(page, f"{server}/Vision_Transformer?tab=attention")
    photograph = page.locator(".lens .photo img")
    expect(photograph).to_be_visible()
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 100)
    page.get_by_role("button", name="Upload").click()
    page.locator("input[type=file]").set_input_files(broken)
    expect(page.get_by_text("stays as it is")).to_be_visible()
    assert "Traceback" not in page.content()
    expect(photograph).to_be_visible()
    assert "upload" not in page.url


def test_a_click_moves_all_four_networks_to_the_place(page: Page, server: str):
    open_page(page, f"{server}/Receptive_field")
    panes = page.locator(".lens .pane")
    expect(panes).to_have_count(4)
    before = page.locator(".lens .pane-text").all_inner_texts()
    box = panes.nth(1).locator(".photo").bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.3, box["y"] + box["height"] * 0.35)
    page.wait_for_url("**row=**")
    page.mouse.move(0, 0)
    settled(page)
    after = page.locator(".lens .pane-text").all_inner_texts()
    assert all(one != other for one, other in zip(before[1:], after[1:], strict=True))
    address, title = page.url, figure(page, "ViT: gradient field")
    drawn = data_of(title)
    page.goto(address)
    becomes(page, "ViT: gradient field", drawn)
    expect(page.locator(".lens .pane-text").nth(1)).to_have_text(after[1])


def test_every_page_opens_cold_and_every_tab_draws(page: Page, server: str):
    open_page(page, server)
    expect(
        page.get_by_role("heading", name="See how convolution and attention look at a picture")
    ).to_be_visible()
    open_page(page, f"{server}/Models")
    expect(page.get_by_role("heading", name="Models", exact=True)).to_be_visible()
    for address, title in (
        ("Receptive_field?tab=designer", "Receptive field of each layer"),
        ("Vision_Transformer?tab=tokens", "Patches"),
        ("Vision_Transformer?tab=rollout", "Collapse"),
    ):
        open_page(page, f"{server}/{address}")
        expect(figure(page, title)).to_be_visible()
        expect(page.get_by_test_id("stException")).to_have_count(0)


def test_tabs_are_chosen_on_the_page(page: Page, server: str):
    open_page(page, f"{server}/Vision_Transformer")
    tab(page, "Rollout")
    expect(figure(page, "Collapse")).to_be_visible()
    assert "tab=rollout" in page.url
