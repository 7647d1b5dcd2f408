"""An embedded page is one panel and its controls; the examples of docs/slides.md are opened as they are written."""

import re
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import yaml
from playwright.sync_api import Frame, Page, expect

from tests.browser.visit import open_page, settled

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
ROOT = Path(__file__).resolve().parents[2]
DOC = (ROOT / "docs" / "slides.md").read_text(encoding="utf-8")
PACKAGE = ROOT / "frontend" / "node_modules" / "reveal.js"
CDN = "https://cdn.jsdelivr.net/npm/reveal.js@5.2.1/"
CHART = ".st-key-presented .js-plotly-plot .main-svg"
LENS = ".st-key-presented-lens .lens"


def example(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```", DOC, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found.group(1)


def alone(page: Page | Frame, *headings: str, shown: str = CHART) -> None:
    """One panel, and nothing of the rest of the app."""
    expect(page.locator(shown).first).to_be_visible()
    expect(page.get_by_role("heading")).to_have_text(headings)
    for name in ("Menu", "Export", "Presenter's view"):
        expect(page.get_by_role("button", name=name)).to_have_count(0)
    expect(page.get_by_role("link", name="Explorer")).to_have_count(0)


@pytest.mark.parametrize(("width", "height"), [(960, 540), (400, 640)])
def test_an_embedded_page_is_one_panel_and_its_controls(page: Page, server: str, width: int, height: int):
    page.set_viewport_size({"width": width, "height": height})
    open_page(page, f"{server}/Vision_Transformer?embed=true&panel=collapse&start=3")
    alone(page, "Collapse")
    thumb = page.get_by_role("slider", name="First layer")
    assert thumb.input_value() == "3"
    expect(page.get_by_role("slider", name="Layer", exact=True)).to_have_count(0)  # no control of this figure
    box = page.locator(".st-key-presented .js-plotly-plot").bounding_box()
    assert box is not None
    assert 0 <= box["x"] <= box["x"] + box["width"] <= width
    assert 0 <= box["y"] <= box["y"] + box["height"] <= height
    main = page.locator("[data-testid=stMain]")
    assert main.evaluate("each => each.scrollHeight - each.clientHeight") == 0
    thumb.focus()
    page.keyboard.press("ArrowLeft")
    page.wait_for_url(re.compile("start=2"))
    assert "embed=true" in page.url
    settled(page)
    page.reload()
    alone(page, "Collapse")
    expect(page.get_by_role("slider", name="First layer")).to_have_value("2")


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080)])
def test_an_embedded_lens_fills_the_frame_and_its_state_is_in_the_address(
    page: Page, server: str, width: int, height: int
):
    page.set_viewport_size({"width": width, "height": height})
    open_page(page, f"{server}/Vision_Transformer?embed=true&panel=rollout&depth=6")
    alone(page, shown=LENS)
    expect(page.get_by_role("slider")).to_have_count(4)  # of the lens
    box = page.locator(LENS).bounding_box()
    assert box is not None
    assert box["width"] > 0.95 * width
    assert box["height"] > 0.95 * height
    assert box["x"] + box["width"] <= width
    assert box["y"] + box["height"] <= height
    for scrolling in ("[data-testid=stMain]", "[data-testid=stLayoutWrapper]:has(> .st-key-presented-lens)"):
        assert page.locator(scrolling).evaluate("each => each.scrollHeight - each.clientHeight") == 0
    page.locator(LENS).focus()
    page.keyboard.press("ArrowDown")
    page.wait_for_url(re.compile("depth=5"))
    assert "embed=true" in page.url


def test_a_click_works_in_an_embedded_figure_and_a_wrong_name_is_one_sentence(page: Page, server: str):
    open_page(page, f"{server}/Vision_Transformer?embed=true&panel=positions&row=2&column=2")
    page.locator(CHART).first.wait_for()
    box = page.locator(".st-key-presented .nsewdrag").first.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.3)
    page.wait_for_url(lambda url: not re.search("row=2&column=2|column=2&row=2", url))
    settled(page)
    open_page(page, f"{server}/Vision_Transformer?embed=true&panel=%3Cb%3E")
    expect(page.get_by_test_id("stAlert")).to_contain_text("has no figure called '<b>'")
    page.locator(LENS).wait_for()


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder and its address on this machine, with reveal.js in it."""
    (tmp_path / "favicon.ico").touch()
    (tmp_path / "dist").symlink_to(PACKAGE / "dist")
    handler = partial(SimpleHTTPRequestHandler, directory=str(tmp_path))
    with ThreadingHTTPServer(("localhost", 0), handler) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield tmp_path, f"http://localhost:{http.server_port}"
        http.shutdown()


def test_the_slides_of_reveal_js_show_it(page: Page, server: str, folder: tuple[Path, str]):
    place, address = folder
    deck = example("html").replace("http://localhost:8501", server)
    assert deck.count(CDN) == 3
    (place / "index.html").write_text(deck.replace(CDN, ""), encoding="utf-8")
    page.goto(f"{address}/index.html")
    expect(page.get_by_role("heading", name="Attention through depth")).to_be_visible()
    page.keyboard.press("ArrowRight")
    frame = page.locator("section.present iframe")
    expect(frame).to_be_visible()
    inside = frame.element_handle().content_frame()
    assert inside is not None
    alone(inside, shown=LENS)
    expect(inside.get_by_role("slider", name="Last layer")).to_have_value("6")


def test_quarto_s_slide_shows_it(page: Page, server: str):
    text = example("markdown").replace("http://localhost:8501", server)
    _, head, body = text.split("---\n", 2)
    assert "revealjs" in yaml.safe_load(head)["format"]
    page.set_content(body.partition("\n\n")[2].partition("\n\n")[2] or body)
    inside = page.locator("iframe").element_handle().content_frame()
    assert inside is not None
    alone(inside, shown=LENS)
