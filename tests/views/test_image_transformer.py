"""The page *Image Transformer* without a browser: what is drawn is what a writer of one's own writes."""

import io
from functools import partial

import numpy as np
import pytest
from PIL import Image

from explorer.data.digits import held_out_digit
from explorer.errors import ControlError, ExplorerError
from explorer.export.film import film, still
from explorer.memory import LRUCache
from explorer.models.sampler import Sampler
from explorer.models.sampling import Sampling
from explorer.views import VIEWS
from explorer.views.controls import resolve
from explorer.views.image_transformer import writing
from explorer.views.image_transformer.lens import GENERATION
from explorer.views.image_transformer.writing import writer_at
from explorer.zoo.pixel_models import load_pixels
from tests.views import without_browser

VIEW = VIEWS["image-transformer"]
drawn = partial(without_browser.drawn, VIEW)
opened = partial(without_browser.opened, VIEW)


def writer_of(**said):
    model = load_pixels("pixels-digits", device="cpu")
    return Sampler(model.module, 4, labels=said.pop("labels", 3), **said)


def test_the_canvas_is_the_writers():
    writer = writer_of(seed=5, sampling=Sampling(0.8, 6, 0.9), labels=7)
    writer.step(41)
    asked = {"seed": 5, "temperature": 0.8, "top_k": 6, "top_p": 0.9, "label": "7", "written": 41}
    for sample in (1, 4):
        drawing = drawn("canvas", **asked, sample=sample)
        np.testing.assert_array_equal(drawing.data["values"], writer.picture(sample - 1))
    drawing = drawn("next", **asked, sample=2)
    np.testing.assert_allclose(drawing.data["probability"], writer.probabilities()[1], atol=1e-6)
    assert drawing.numbers["sampled"][0] == writer.coming(1)


def test_back_and_on_again_with_a_value_put_in_by_hand():
    controls, scope, _ = opened(written=60)
    first = VIEW.draw(VIEW.panel("canvas"), controls, scope).data["values"]
    writer = writer_of()
    writer.step(20)
    writer.set_value(20, 16)
    writer.finish()
    scope.raw |= {"written": 64, "edits": "20=16"}
    controls, _ = resolve(VIEW.controls, {**scope.raw, **scope.chosen}, scope)
    changed = VIEW.draw(VIEW.panel("canvas"), controls, scope).data["values"]
    np.testing.assert_array_equal(changed, writer.picture())
    assert changed[2, 4, 0] == 16
    assert (first != changed).any()


def test_visitors_never_share_a_writer():
    one, two = opened(written=10, seed=9), opened(written=30, seed=9)
    for controls, scope, _ in (one, two, one):
        VIEW.draw(VIEW.panel("attention"), controls, scope)
        VIEW.draw(VIEW.panel("paid"), controls, scope)
    assert one[1].own["writing"][1] is not two[1].own["writing"][1]
    assert (one[1].own["writing"][1].written, two[1].own["writing"][1].written) == (10, 30)


@pytest.mark.parametrize("blocks", ["full", "1d", "2d"])
def test_other_memory_blocks_draw_everything(blocks):
    for name in ("canvas", "next", "attention", "paid", "steps", "samples"):
        assert drawn(name, blocks=blocks, written=37).figure
    assert 0 < drawn("surprise", blocks=blocks).numbers["bits per dimension"][0] < 10


def test_greedy_is_greedy_however_it_is_asked_for():
    asked = [{"temperature": 0}, {"top_k": 1}, {"top_p": 0}]
    pictures = [drawn("samples", written=64, **message).data["values"] for message in asked]
    for picture in pictures:
        np.testing.assert_array_equal(picture, pictures[0])
        np.testing.assert_array_equal(picture[0], picture[3])  # chance has no say


def test_what_is_kept_stays():
    for keep in (0, 5, 8):
        drawing = drawn("completed", keep=keep, digit=12)
        assert (drawing.data["samples"][:, :keep] == drawing.data["given"][:keep]).all()
        assert (drawing.data["kept"][keep:] == -1).all()


def test_a_photograph_costs_a_model_of_digits_more_than_a_digit():
    digit, photograph = drawn("surprise"), drawn("surprise", source="picture", picture="coins")
    cost = "bits per dimension"
    assert photograph.numbers[cost][0] > 2 * digit.numbers[cost][0]


def test_enlarging_stands_beside_plain_interpolation():
    drawing = drawn("enlarged", picture="rocket")
    assert {"8x8", "nearest", "bicubic"} <= set(drawing.data)
    small, large = drawing.data["8x8"], drawing.data["nearest"]
    np.testing.assert_array_equal(large[:: len(large) // 8, :: len(large) // 8], small)


def test_the_film_ends_in_the_picture():
    controls, scope, _ = opened(written=64)
    with Image.open(io.BytesIO(film(writer_at(controls, scope), 0)())) as moving:
        assert moving.n_frames == 65
        moving.seek(64)
        last = np.asarray(moving.convert("RGB"))
    with Image.open(io.BytesIO(still(writer_at(controls, scope), 0)())) as image:
        np.testing.assert_allclose(np.asarray(image, int), last, atol=2)


@pytest.mark.parametrize(
    ("raw", "word"),
    [
        ({"edits": "20"}, "step = value"),
        ({"edits": "20=99"}, "cannot be written"),
        ({"edits": "99=1"}, "The last is 63"),
    ],
)
def test_what_cannot_be_written_is_a_sentence(raw, word):
    controls, scope, _ = opened(**raw)
    with pytest.raises(ControlError, match=word):
        VIEW.draw(VIEW.panel("canvas"), controls, scope)


def test_nothing_written_and_everything_written():
    controls, scope, _ = opened(written=0)
    VIEW.draw(VIEW.panel("steps"), controls, scope)
    with pytest.raises(ControlError, match="Nothing is generated"):
        VIEW.draw(VIEW.panel("paid"), controls, scope)
    controls, scope, _ = opened(written=64)
    with pytest.raises(ExplorerError, match="finished"):
        VIEW.draw(VIEW.panel("next"), controls, scope)


@pytest.mark.parametrize(
    "raw",
    [
        {"writer": "vit"},
        {"writer": "/etc"},
        {"writer": "../checkpoints"},
        {"written": "65"},
        {"temperature": "-1"},
        {"top_k": "18"},
        {"top_p": "nan"},
        {"label": "ten"},
        {"samples": "1000000"},
        {"samples": "²"},
        {"keep": "9"},
        {"digit": "361"},
    ],
)
def test_hostile_controls_fall_back_with_a_sentence(raw):
    controls, scope, refused = opened(**raw)
    assert len(refused) == 1
    assert controls.writer == "pixels-digits"
    VIEW.draw(VIEW.panel("canvas"), controls, scope)


def test_more_samples_write_only_the_new_ones(monkeypatch):
    monkeypatch.setattr("explorer.views.scope.REMEMBERED", LRUCache())
    made = []

    class Counted(Sampler):
        def __init__(self, *said, **more):
            made.append(more["first"])
            super().__init__(*said, **more)

    monkeypatch.setattr(writing, "Sampler", Counted)
    asked = {"keep": 3, "digit": 5, "class_condition": "8", "seed": 11}
    result = {count: drawn("completed", **asked, samples=count).data["samples"] for count in (3, 2, 6)}
    assert made == [0, 4]
    for count, samples in result.items():
        np.testing.assert_array_equal(samples, result[6][:count])
    model = load_pixels("pixels-digits", device="cpu").module
    for sample in (0, 5):
        alone = Sampler(model, 1, seed=11, first=sample, labels=8)
        alone.prompt(held_out_digit(5)[0], 3 * 8)
        alone.finish()
        np.testing.assert_array_equal(result[6][sample], alone.picture())


def test_the_lens_and_the_controls_say_the_same():
    controls, scope, _ = opened(written=12, layer="2")
    assert GENERATION.shows(controls, scope)
    assert GENERATION.controls(GENERATION.state(controls, scope), controls, scope) == {"written": 12}
    for foreign in ({}, {"step": None}, {"step": "x"}):
        with pytest.raises(ControlError):
            GENERATION.controls(foreign, controls, scope)


def test_a_generation_is_sent_again_only_where_it_changes():
    first = opened(written=12)
    (name,) = (file.name for file in GENERATION.files(*first[:2]))
    for same in ({"written": 40}, {"written": 0}):
        assert [file.name for file in GENERATION.files(*opened(**same)[:2])] == [name]
    for other in ({"edits": "3=5"}, {"seed": 1}, {"sample": 2}, {"layer": "1"}, {"label": "4"}, {"top_k": 3}):
        assert [file.name for file in GENERATION.files(*opened(**other)[:2])] != [name]
