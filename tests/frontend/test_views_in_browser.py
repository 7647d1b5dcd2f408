"""The other views as pages of their own in Chromium: by pointer and key, at every size and theme, and with axe."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from explorer import gallery, zoo
from explorer.analysis.assignment import assign
from explorer.analysis.attention import attention_maps
from explorer.analysis.detection import run_detr
from explorer.analysis.field import field_pass
from explorer.analysis.field_places import field_places
from explorer.analysis.generation import next_value
from explorer.analysis.receptive_field import receptive_field
from explorer.analysis.self_attention import observe_layers, steps_of
from explorer.analysis.true_objects import true_objects
from explorer.frontend.fields import pack_boxes, pack_maps
from explorer.frontend.generation import pack_generation
from explorer.frontend.matching import pack_matching
from explorer.frontend.pack import pack, pack_model
from explorer.frontend.page import page as page_of
from explorer.frontend.sentence import pack_sentence
from explorer.geometry import PhotoPoint
from explorer.models.sampler import Sampler
from explorer.scenes import boxes, read_scene, scene_picture
from explorer.tap import Change, observe
from explorer.zoo.detr import preprocess
from explorer.zoo.pixel_models import load_pixels
from explorer.zoo.readers import load_reader
from tests.frontend.node import FRONTEND
from tests.frontend.test_in_browser import opened

pytestmark = pytest.mark.browser
SCENE = "scene-100-4-0.04-0.6-0.3"
SENTENCE = "the robots near the trees are cool because they are efficient ."
PART = 5


def compare() -> str:
    cnn, vit, picture = zoo.load("cnn-128"), zoo.load("vit"), gallery.picture("macaw")
    field = receptive_field(cnn)
    layer = field.depth[PART]
    places = field_places(field_pass(cnn, cnn.see(picture), layers=(layer,)), layer)
    files = (
        pack_boxes(field, picture, frame=cnn.frame(picture), title="CNN"),
        pack(observe(vit, vit.see(picture)), picture, frame=vit.frame(picture), title="ViT"),
        pack_model(zoo.load("hybrid"), picture),
        pack_model(zoo.load("detr-photos"), picture, encoder_only=True),
        pack_maps(places, part=PART),
    )
    labels = ["CNN", "ViT", "Hybrid", "DETR's encoder"]
    return page_of(
        *files, title="Compare", view="compare", fixed={"depths": len(field.depth), "labels": labels}
    )


def matching() -> str:
    sight, truth, picture = detected()
    return page_of(pack_matching(sight, truth, picture), title="Matching", view="matching")


def detected():
    model, picture = zoo.load("detr-scenes"), scene_picture(SCENE)
    known = boxes(read_scene(SCENE), height=picture.height, width=picture.width)
    sight = run_detr(model, preprocess(model, picture))
    kinds = [each.object.kind for each in known]
    size = {"height": picture.height, "width": picture.width}
    return sight, true_objects([each.whole for each in known], kinds, classes=sight.classes, **size), picture


def sentence() -> str:
    reader = load_reader("words")
    read = reader.tokenise(SENTENCE)
    observation = observe_layers(reader.module, torch.tensor([read.numbers]))
    return page_of(pack_sentence(observation, read.words), title="Sentence", view="sentence")


def generation() -> str:
    return page_of(pack_generation(writer()), title="Generation", view="generation")


def writer() -> Sampler:
    return Sampler(load_pixels("pixels-digits", device="cpu").module, labels=3)


VIEWS: dict[str, Callable[[], str]] = {
    "compare": compare,
    "matching": matching,
    "sentence": sentence,
    "generation": generation,
}


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("views")
    for name, make in VIEWS.items():
        (folder / f"{name}.html").write_text(make(), encoding="utf-8")
    return {name: (folder / f"{name}.html").as_uri() for name in VIEWS}


def shown(context: BrowserContext, address: str) -> Page:
    page = opened(context, address, ".lens .bar")
    page.wait_for_timeout(300)
    return page


def test_one_pointer_moves_all_four(browser: Browser, addresses: dict[str, str]):
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = shown(context, addresses["compare"])
    panes = page.locator(".pane")
    expect(panes).to_have_count(4)
    depth = page.get_by_role("slider", name="Depth")
    depth.focus()
    while page.locator(".pane-layer").first.inner_text().split(", ")[1].split()[0] != str(PART + 1):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(60)
    box = panes.nth(3).locator(".photo").bounding_box()
    assert box is not None
    x, y = 0.45, 0.4
    page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"])
    texts = page.locator(".pane-text")
    expect(texts.first).to_contain_text("of the gradient within")

    cnn, vit, picture = zoo.load("cnn-128"), zoo.load("vit"), gallery.picture("macaw")
    at = PhotoPoint(y * picture.height, x * picture.width)
    layer = receptive_field(cnn).along_depth[PART]
    sides = layer.box(layer.cell_at(cnn.frame(picture).to_input(at)), clipped=False)
    expect(texts.first).to_contain_text(f"theoretical field {sides.height:g} × {sides.width:g} px")
    observation = observe(vit, vit.see(picture))
    depths = int(depth.get_attribute("max") or 0)
    part = -(-(PART + 1) * len(observation.calls) // depths) - 1
    cell = observation.tokens.grid.cell_of(vit.frame(picture).to_input(at))  # type: ignore[union-attr]
    row = attention_maps(observation, part, query=cell).row("mean")
    entropy = row.numbers()["entropy"][0]
    said = float(texts.nth(1).inner_text().split("entropy ")[1].split()[0])
    assert said == pytest.approx(float(entropy), rel=6e-3)
    assert not page.troubles  # type: ignore[attr-defined]
    context.close()


def test_the_assignment_follows_a_slider(browser: Browser, addresses: dict[str, str]):
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = shown(context, addresses["matching"])
    sight, truth, _ = detected()
    found = sight.predictions(layer=sight.decoder_layers - 1)
    exact = assign(found.probs, found.boxes_cxcywh, truth, classes=sight.classes)
    expect(page.locator(".outline-cell.pair")).to_have_count(len(exact.pairs))
    total = page.locator(".numbers .values")
    expect(total).to_contain_text(f"cost of the assignment {exact.total:.3g}")
    page.get_by_role("slider", name="L1 weight").focus()
    for _ in range(10):
        page.keyboard.press("ArrowLeft")
    expect(total).not_to_contain_text(f"cost of the assignment {exact.total:.3g}")
    query, thing = exact.pairs[0]
    area = page.locator(".costs").bounding_box()
    assert area is not None
    page.mouse.move(
        area["x"] + (query + 0.5) / sight.queries * area["width"],
        area["y"] + (thing + 0.5) / len(truth) * area["height"],
    )
    expect(page.locator(".numbers .subject")).to_contain_text(f"for {truth.names[thing]}: cost")
    assert not page.troubles  # type: ignore[attr-defined]
    context.close()


def test_a_words_lines_follow_the_pointer(browser: Browser, addresses: dict[str, str]):
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    page = shown(context, addresses["sentence"])
    page.locator("button.word", has_text="they").hover()
    expect(page.locator(".numbers .subject")).to_contain_text("“they” attends")
    assert page.locator(".lines path").count() > 0
    page.get_by_role("slider", name="Scale").focus()
    page.keyboard.press("Home")
    reader = load_reader("words")
    x = torch.tensor([reader.tokenise(SENTENCE).numbers])
    layer = steps_of(reader.module, x, observe_layers(reader.module, x), 0, change=Change(scale=0.0)).weights[
        0, SENTENCE.split().index("they")
    ]
    seen = np.count_nonzero(layer)  # alike on all that the layer lets it see
    expect(page.locator(".numbers .values")).to_contain_text(f"entropy {np.log2(seen):.3g} bits")
    assert not page.troubles  # type: ignore[attr-defined]
    context.close()


def test_a_generation_plays_sixty_values_a_second_and_stops(browser: Browser, addresses: dict[str, str]):
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    context.clock.install(time=0)
    page = shown(context, addresses["generation"])
    page.locator("select").select_option("60/s")
    page.locator(".lens").focus()
    page.clock.pause_at(60_000)
    page.keyboard.press("Space")
    page.clock.run_for(500)
    place = page.locator(".bar output")
    assert 28 <= int(place.inner_text().split()[0]) <= 30
    page.keyboard.press("Space")
    page.clock.run_for(500)
    assert 28 <= int(place.inner_text().split()[0]) <= 30
    page.keyboard.press("Space")
    page.clock.run_for(700)
    expect(page.locator(".numbers .subject")).to_have_text("The picture is finished")
    expect(page.get_by_role("button", name="Play")).to_be_visible()
    page.clock.resume()
    page.keyboard.press("Home")
    for _ in range(9):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    exact = writer()
    exact.step(17)
    row, column = exact.model.blocks.places[17][:2] + 1
    expect(page.locator(".numbers .subject")).to_have_text(f"Value 18, row {row}, column {column}, grey")
    said = next_value(exact)
    expect(page.locator(".numbers .values")).to_contain_text(f"sampled {said.drawn}")
    expect(page.locator(".numbers .values")).to_contain_text(f"entropy {float(f'{said.entropy:.3g}'):g} bits")
    assert not page.troubles  # type: ignore[attr-defined]
    context.close()


@pytest.mark.parametrize("name", VIEWS)
def test_a_phone_a_resize_and_another_theme_leave_it_working(
    name: str, browser: Browser, addresses: dict[str, str]
):
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme="light")
    page = shown(context, addresses[name])
    lens: Locator = page.locator(".lens")
    light = lens.evaluate("lens => getComputedStyle(lens).color")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.emulate_media(color_scheme="dark")
    assert lens.evaluate("lens => getComputedStyle(lens).color") != light
    page.set_viewport_size({"width": 1000, "height": 700})
    before = lens.get_attribute("aria-label")
    lens.focus()
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("ArrowUp" if name == "compare" else "ArrowDown")
    page.wait_for_function("before => document.querySelector('.lens').ariaLabel !== before", arg=before)
    assert not page.troubles  # type: ignore[attr-defined]
    context.close()


@pytest.mark.parametrize("name", VIEWS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(name: str, scheme: str, browser: Browser, addresses: dict[str, str]):
    context = browser.new_context(viewport={"width": 1280, "height": 720}, color_scheme=scheme)
    page = shown(context, addresses[name])
    page.locator(".lens").focus()
    page.keyboard.press("?")
    page.add_script_tag(path=FRONTEND / "node_modules" / "axe-core" / "axe.min.js")
    found = page.evaluate("axe.run(document.querySelector('.lens')).then((result) => result.violations)")
    serious = [each for each in found if each["impact"] in ("serious", "critical")]
    assert not serious, [(each["id"], [node["html"][:200] for node in each["nodes"]]) for each in serious]
    context.close()
