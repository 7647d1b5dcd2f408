"""Files that were exported, dropped on Home and Report: their views as they were. What is missing or foreign: a sentence."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from explorer.export import write
from explorer.export.reading import recipes_in
from explorer.provenance import Provenance
from explorer.report.document import as_html
from explorer.report.kept import Entry, Kept
from tests.browser.visit import export, open_page, settled
from tests.test_export import curve

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
TITLE = "Attention rollout"


def drop(page: Page, file: Path) -> None:
    page.locator("[data-testid=stFileUploader]").filter(has_text="Open a figure").locator(
        "input"
    ).set_input_files(file)


def test_downloaded_files_reopen_their_view(page: Page, server: str, tmp_path: Path):
    open_page(page, f"{server}/Vision_Transformer?tab=rollout&picture=coins&discard=0.4&fusion=max")
    lens = page.locator(".lens .subject")
    expect(lens).to_contain_text("max of heads")
    drawn = lens.inner_text()
    values = page.locator(".lens .values").first
    expect(values).not_to_contain_text("…")  # what is still being computed
    numbers = values.inner_text()
    export(page, TITLE)
    files = []
    for label in ("PNG", "PPTX", "NPZ"):
        with page.expect_download() as waiting:
            page.get_by_role("button", name=label, exact=True).click()
        files.append(tmp_path / f"figure.{label.lower()}")
        waiting.value.save_as(files[-1])
    for place, file in zip(("", "Report", "Report"), files, strict=True):
        open_page(page, f"{server}/{place}")
        drop(page, file)
        page.wait_for_url("**/Vision_Transformer?**discard=0.4**")
        settled(page)
        expect(lens).to_have_text(drawn)
        expect(values).to_have_text(numbers, use_inner_text=True)
        assert "picture=coins" in page.url
        assert "fusion=max" in page.url


def test_what_is_missing_damaged_or_foreign_is_one_sentence(page: Page, server: str, tmp_path: Path):
    recipe = {"explorer": 1, "view": "vision-transformer", "figure": "rollout", "controls": {"depth": 3}}
    for name, content, said in (
        ("foreign.svg", b"<svg></svg>", "This file is no figure that Explorer wrote. No recipe is in it."),
        ("damaged.npz", b"PK\x03\x04", "This file is no figure that Explorer wrote. It is damaged."),
        ("gone.json", recipe | {"controls": {"picture": "upload-0123456789abcdef"}}, "upload it again"),
        (
            "large.json",
            recipe | {"controls": {"model": "vit_base_patch16_224.augreg_in1k"}},
            "vit_base_patch16_224",
        ),
        ("other.json", recipe | {"view": "phrenology"}, "There is no view called 'phrenology'"),
    ):
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
        open_page(page, f"{server}/Report")
        drop(page, file)
        expect(page.get_by_test_id("stAlert").filter(has_text=said)).to_be_visible()
        expect(page.get_by_test_id("stException")).to_have_count(0)


def test_of_a_report_s_file_one_figure_is_chosen(page: Page, server: str, tmp_path: Path):
    recipes = [
        Provenance("vision-transformer", "rollout", {"depth": 5}),
        Provenance("self-attention", "look", {"layer": 3}),
    ]
    contents = [(Entry(str(at), "A"), Kept(curve(), recipe)) for at, recipe in enumerate(recipes)]
    file = tmp_path / "report.html"
    file.write_bytes(as_html("R", contents))
    assert recipes_in(write(curve(), recipes[0], "csv")) == recipes[:1]
    open_page(page, server)
    drop(page, file)
    page.get_by_role("button", name="2. Self-attention, step by step: look").click()
    page.wait_for_url("**/Self_attention?**layer=3**")
    settled(page)
