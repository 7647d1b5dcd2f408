"""The lens as a page of its own in Chromium: exact, by pointer, key and finger, at every size."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from explorer import gallery, zoo
from explorer.analysis.attention import attention_maps
from explorer.analysis.detection import run_detr
from explorer.analysis.query_attention import cross_attention
from explorer.analysis.rollout import rollout
from explorer.frontend.pack import pack, pack_detr, pack_rollout, pack_rows, pack_without
from explorer.frontend.page import BUNDLE
from explorer.frontend.page import page as page_of
from explorer.tap import Observation, observe
from explorer.zoo.detr import preprocess
from tests.frontend.node import FRONTEND

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def seen() -> Observation:
    model = zoo.load("vit")
    return observe(model, model.see(gallery.picture("macaw")))


@pytest.fixture(scope="module")
def address(seen: Observation, tmp_path_factory: pytest.TempPathFactory) -> str:
    model, picture = zoo.load("vit"), gallery.picture("macaw")
    buffer = pack(seen, picture, frame=model.frame(picture), title="ViT")
    file = tmp_path_factory.mktemp("page") / "lens.html"
    file.write_text(page_of(buffer, title="Lens", state={"head": 1}), encoding="utf-8")
    return file.as_uri()


def opened(context: BrowserContext, address: str, ready: str = ".lens .photo img") -> Page:
    page = context.new_page()
    troubles: list[str] = []
    page.on("pageerror", lambda error: troubles.append(str(error)))
    page.on(
        "request",
        lambda request: None if request.url.startswith(("file:", "blob:")) else troubles.append(request.url),
    )
    page.goto(address)
    page.locator(ready).wait_for()
    page.troubles = troubles  # type: ignore[attr-defined]
    return page


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = opened(context, address)
    yield page
    context.close()
    assert not page.troubles, page.troubles  # type: ignore[attr-defined]


def subject(page: Page) -> Locator:
    return page.locator(".lens .subject")


def at_patch(page: Page, row: int, column: int) -> tuple[float, float]:
    """The middle of a patch of the 14 x 14 grid on the screen."""
    box = page.locator(".lens .photo > canvas").bounding_box()
    assert box is not None
    return box["x"] + (column + 0.5) / 14 * box["width"], box["y"] + (row + 0.5) / 14 * box["height"]


def test_what_is_said_while_the_pointer_moves_is_the_librarys(page: Page, seen: Observation):
    for row, column in ((4, 6), (10, 9), (0, 0), (13, 13)):
        page.mouse.move(*at_patch(page, row, column))
        expect(subject(page)).to_have_text(f"Attention of patch ({row + 1}, {column + 1}), layer 12, head 2")
        maps = attention_maps(seen, 11, query=seen.tokens.prefix + 14 * row + column)  # type: ignore[union-attr]
        message = page.locator(".lens .values b").all_inner_texts()
        exact = (
            100 * maps.weights[1, maps.query],
            maps.entropy[1],
            maps.distance[1],
            100 * maps.on_prefix[1],
        )
        for text, value in zip(message, exact, strict=True):
            assert float(text.split()[0].replace("e−", "e-")) == pytest.approx(value, rel=6e-3)


def test_the_light_on_the_photograph_is_the_row(page: Page, seen: Observation):
    page.mouse.move(*at_patch(page, 6, 7))
    expect(subject(page)).to_contain_text("patch (7, 8)")
    alpha = page.evaluate(
        """() => {
            const light = document.querySelector(".lens .photo > canvas");
            const { data } = light.getContext("2d").getImageData(0, 0, light.width, light.height);
            return Array.from({ length: data.length / 4 }, (_, cell) => data[4 * cell + 3]);
        }"""
    )
    weights = attention_maps(seen, 11, query=1 + 14 * 6 + 7).weights[1, 1:]
    assert np.argmax(alpha) == np.argmax(weights)
    order = np.argsort(weights)
    assert (np.diff(np.array(alpha)[order]) >= 0).all()


def test_keys_lead_everywhere(page: Page, seen: Observation):
    page.locator(".lens").focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    expect(subject(page)).to_have_text("Attention of class token, layer 11, head 3")
    page.keyboard.press("t")
    expect(subject(page)).to_have_text("Attention to class token, layer 11, head 3")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator(".lens .live")).to_contain_text(
        "Attention to patch (7, 8), layer 11, head 3. Of patch (7, 8)"
    )
    page.keyboard.press("r")
    expect(subject(page)).to_have_text("Rollout of patch (7, 8), layers 1 to 12, mean of heads")
    weights = rollout(seen, query=1 + 14 * 6 + 7).row(11)
    under = page.locator(".lens .values b").first
    expect(under).to_contain_text("%")
    expect(under).not_to_contain_text("…")
    assert float(under.inner_text().split()[0]) == pytest.approx(100 * weights[1 + 14 * 6 + 7], rel=6e-3)
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.locator(".lens .pin-0")).to_be_hidden()


def test_a_slider_is_followed_while_it_is_dragged(page: Page, seen: Observation):
    page.keyboard.press("Tab")
    page.get_by_role("button", name="Rollout").click()
    slider = page.get_by_role("slider", name="Discard ratio")
    slider.evaluate(
        "(input) => { input.value = 0.9; input.dispatchEvent(new Event('input', { bubbles: true })) }"
    )
    weights = rollout(seen, query="class", discard=0.9).row(11)
    most = page.locator(".lens .scale-box span").last
    expect(most).to_have_text(f"{100 * weights[1:].max():.3g} %")


def test_two_pins_are_compared(page: Page):
    page.mouse.click(*at_patch(page, 4, 6))
    page.mouse.click(*at_patch(page, 10, 9))
    expect(subject(page)).to_have_text("Attention of patch (5, 7) and patch (11, 10), layer 12, head 2")
    assert all("|" in text for text in page.locator(".lens .values b").all_inner_texts())


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080), (390, 844)], ids=str)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everything_is_in_sight(size: tuple[int, int], scheme: str, browser: Browser, address: str):
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, color_scheme=scheme)
    page = opened(context, address)
    page.wait_for_function("document.querySelectorAll('.lens .tile').length === 4 + 12")
    wide, tall = page.evaluate(
        "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
    )
    assert wide <= size[0]
    if size[0] > 640:
        assert tall <= size[1]
        for tile in page.locator(".lens .tile").all():
            box = tile.bounding_box()
            assert box is not None
            assert box["y"] + box["height"] <= size[1]
    context.close()


def test_a_finger_shows_and_a_tap_pins(browser: Browser, address: str):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True)
    page = opened(context, address)
    page.touchscreen.tap(*at_patch(page, 4, 6))
    expect(subject(page)).to_contain_text("patch (5, 7)")
    expect(page.locator(".lens .pin-0")).to_be_visible()
    context.close()


def test_a_resize_and_a_lost_context_leave_it_working(page: Page):
    page.set_viewport_size({"width": 700, "height": 900})
    page.evaluate(
        "document.querySelector('.lens .photo > canvas').dispatchEvent(new Event('contextrestored'))"
    )
    page.mouse.move(*at_patch(page, 4, 6))
    expect(subject(page)).to_contain_text("patch (5, 7)")


def test_rows_of_a_model_that_is_too_large_come_from_the_server(
    seen: Observation, browser: Browser, tmp_path: Path
):
    model, picture = zoo.load("vit"), gallery.picture("macaw")
    token = 1 + 14 * 4 + 6
    files = (
        pack_without(seen, picture, frame=model.frame(picture), title="ViT"),
        pack_rows(seen, [token]),
    )
    assert len(files[0]) + len(files[1]) < len(pack(seen, picture, frame=model.frame(picture), title="ViT"))
    state = {"head": 1, "layer": 4, "pins": [token]}
    (tmp_path / "lens.html").write_text(page_of(*files, title="Lens", state=state), encoding="utf-8")
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = opened(context, (tmp_path / "lens.html").as_uri())
    expect(subject(page)).to_have_text("Attention of patch (5, 7), layer 5, head 2")
    entropy = attention_maps(seen, 4, query=token).entropy[1]
    expect(page.locator(".lens .values b").nth(1)).to_have_text(f"{entropy:.3g} bits")
    expect(page.locator(".lens .numbers")).to_contain_text("too large to be sent: after a click on a patch")
    expect(page.get_by_role("button", name="Attended by")).to_have_count(0)
    page.mouse.click(*at_patch(page, 10, 9))
    expect(subject(page)).to_contain_text("patch (11, 10)")
    assert not page.troubles  # type: ignore[attr-defined]
    context.close()


def test_a_large_models_rollout_is_the_servers_and_no_other_is_shown_in_its_place(
    browser: Browser, seen: Observation, tmp_path: Path
):
    model, picture, token = zoo.load("vit"), gallery.picture("macaw"), 1 + 14 * 4 + 6
    how: Any = {"fusion": "max", "discard": 0.35, "residual": 0.4, "start": 2}
    files = (
        pack_without(seen, picture, frame=model.frame(picture), title="ViT"),
        pack_rollout(seen, [token], **how),
    )
    state = {"mode": "rollout", "stop": 8, "pins": [token], **how}
    (tmp_path / "lens.html").write_text(page_of(*files, title="Lens", state=state), encoding="utf-8")
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = opened(context, (tmp_path / "lens.html").as_uri())
    expect(subject(page)).to_have_text("Rollout of patch (5, 7), layers 3 to 9, max of heads")
    bits = page.locator(".lens .values b").nth(1)
    exact = rollout(seen, query=token, **how)
    for layer in (8, 7):
        weights = exact.row(layer).astype(float)
        weights = weights[weights > 0]
        expect(bits).to_have_text(f"{-(weights * np.log2(weights)).sum():.3g} bits")
        page.locator(".lens").focus()
        page.keyboard.press("ArrowDown")
    expect(page.locator(".lens .numbers")).to_contain_text("the server computes its rollout")
    page.get_by_role("slider", name="Discard ratio").focus()
    page.keyboard.press("ArrowRight")
    expect(bits).to_have_text("… bits")
    assert not page.troubles  # type: ignore[attr-defined]
    context.close()


def test_a_hidden_tab_draws_nothing(page: Page):
    """Everything is drawn in animation frames, of which a hidden tab gets none."""
    page.mouse.move(*at_patch(page, 2, 2))
    expect(subject(page)).to_contain_text("patch (3, 3)")
    page.wait_for_timeout(300)
    page.evaluate(
        """() => {
            window.drawn = 0;
            const put = CanvasRenderingContext2D.prototype.putImageData;
            CanvasRenderingContext2D.prototype.putImageData = function (...given) { drawn++; put.apply(this, given); };
            const frame = window.requestAnimationFrame;
            const waiting = [];
            window.requestAnimationFrame = (work) => waiting.push(work);
            window.show = () => { window.requestAnimationFrame = frame; waiting.forEach((work) => frame(work)); };
        }"""
    )
    page.mouse.move(*at_patch(page, 9, 9))
    page.wait_for_timeout(300)
    assert page.evaluate("drawn") == 0
    expect(subject(page)).to_contain_text("patch (3, 3)")
    page.evaluate("show()")
    expect(subject(page)).to_contain_text("patch (10, 10)")
    assert page.evaluate("drawn") > 0


def test_another_theme_is_followed(page: Page):
    light = page.locator(".lens").evaluate("lens => getComputedStyle(lens).backgroundColor")
    page.emulate_media(color_scheme="dark")
    assert page.locator(".lens").evaluate("lens => getComputedStyle(lens).backgroundColor") != light
    page.mouse.move(*at_patch(page, 4, 6))
    expect(subject(page)).to_contain_text("patch (5, 7)")


def test_no_webgl_is_used_whose_context_could_be_lost():
    assert "webgl" not in BUNDLE.read_text(encoding="utf-8").lower()


def test_it_works_in_the_iframe_of_a_slide(browser: Browser, address: str, tmp_path: Path):
    slide = tmp_path / "slide.html"
    slide.write_text(
        f'<iframe src={json.dumps(address)} width="1000" height="600"></iframe>', encoding="utf-8"
    )
    context = browser.new_context()
    page = context.new_page()
    page.goto(slide.as_uri())
    expect(page.frame_locator("iframe").locator(".lens .subject")).to_contain_text("class token")
    context.close()


def test_jupyters_widget_renders_and_tells_python(seen: Observation, browser: Browser, tmp_path: Path):
    """With the model of traits that anywidget hands to `render`."""
    model, picture = zoo.load("vit"), gallery.picture("macaw")
    (tmp_path / "buffer").write_bytes(pack(seen, picture, frame=model.frame(picture), title="ViT"))
    context = browser.new_context()
    page = context.new_page()
    page.route("http://lens.test/**", lambda route: route.fulfill(**_answer(route.request.url, tmp_path)))
    page.goto("http://lens.test/")
    page.evaluate(
        """async () => {
            const { default: widget } = await import("/lens.js");
            const bytes = new DataView(await (await fetch("/buffer")).arrayBuffer());
            window.traits = { buffer: bytes, state: { layer: 3 }, height: "500px" };
            const told = [];
            const model = {
                get: (name) => traits[name],
                set: (name, value) => (traits[name] = value),
                save_changes: () => (window.saved = (window.saved ?? 0) + 1),
                on: (event, callback) => told.push(callback),
                off: () => {},
            };
            window.change = (state) => { traits.state = state; told.forEach((each) => each()); };
            window.clean = (await widget()).render({ model, el: document.body });
        }"""
    )
    expect(subject(page)).to_have_text("Attention of class token, layer 4, mean of heads")
    page.mouse.move(*at_patch(page, 2, 2))
    assert page.evaluate("window.saved") is None
    page.mouse.click(*at_patch(page, 4, 6))
    assert page.evaluate("[window.saved, traits.state.pins]") == [1, [1 + 14 * 4 + 6]]
    page.evaluate("change({ ...traits.state, layer: 5, pins: [] })")
    page.mouse.move(0, 0)
    expect(subject(page)).to_have_text("Attention of class token, layer 6, mean of heads")
    page.evaluate("clean()")
    expect(page.locator(".lens")).to_have_count(0)
    context.close()


def _answer(url: str, folder: Path) -> dict[str, Any]:
    if url.endswith("lens.js"):
        return {"body": BUNDLE.read_text(encoding="utf-8"), "content_type": "text/javascript"}
    if url.endswith("buffer"):
        return {"body": (folder / "buffer").read_bytes()}
    return {"body": "<!doctype html><title>notebook</title><body></body>", "content_type": "text/html"}


@pytest.mark.parametrize("mode", ["a", "r"])
def test_axe_finds_nothing_serious(mode: str, page: Page):
    page.locator(".lens").focus()
    page.keyboard.press(mode)
    page.keyboard.press("?")
    page.add_script_tag(path=FRONTEND / "node_modules" / "axe-core" / "axe.min.js")
    results = page.evaluate("axe.run(document.querySelector('.lens')).then((result) => result.violations)")
    serious = [result for result in results if result["impact"] in ("serious", "critical")]
    assert not serious, [
        (violation["id"], [node["html"][:200] for node in violation["nodes"]]) for violation in serious
    ]


def test_a_detrs_box_under_the_pointer_shows_its_query(browser: Browser, tmp_path: Path):
    model, picture = zoo.load("detr-photos"), gallery.picture("taxis")
    sight = run_detr(model, preprocess(model, picture))
    (tmp_path / "lens.html").write_text(page_of(pack_detr(sight, picture, title="DETR"), title="Lens"))
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = opened(context, (tmp_path / "lens.html").as_uri())
    result = sight.predictions(threshold=0.5)
    best = int(result.scores.argmax())
    expect(subject(page)).to_contain_text(f"Query {best}, {result.name(best)}")
    areas = (result.boxes[:, 2] - result.boxes[:, 0]) * (result.boxes[:, 3] - result.boxes[:, 1])
    smallest = int(min(np.flatnonzero(result.selected), key=lambda query: areas[query]))
    left, top, right, bottom = map(float, result.boxes[smallest])
    photo = page.locator(".lens .photo").bounding_box()
    assert photo is not None
    page.mouse.move(
        photo["x"] + (left + right) / 2 / picture.width * photo["width"],
        photo["y"] + (top + bottom) / 2 / picture.height * photo["height"],
    )
    expect(subject(page)).to_have_text(
        f"Query {smallest}, {result.name(smallest)} {100 * result.scores[smallest]:.3g} %, decoder layer 3, mean of heads"
    )
    most = np.nanmax(cross_attention(sight, smallest).map())
    expect(page.locator(".lens .scale-box span").last).to_have_text(f"{100 * most:.3g} %")
    page.mouse.move(0, 0)
    page.locator(".lens").focus()
    page.keyboard.press("ArrowDown")
    expect(subject(page)).to_contain_text("decoder layer 2")
    earlier = sight.predictions(layer=sight.decoder_layers - 2)
    second = int(np.argsort(-earlier.scores, kind="stable")[1])
    page.locator(".query-list button").nth(1).hover()
    expect(subject(page)).to_contain_text(f"Query {second}, {earlier.name(second)}")
    page.keyboard.press("a")
    expect(subject(page)).to_contain_text("Attention of cell")
    expect(page.locator(".query-list")).to_be_hidden()
    expect(page.locator(".lens .numbers")).to_contain_text("Queries that attend to it most")
    assert not page.troubles  # type: ignore[attr-defined]
    context.close()
