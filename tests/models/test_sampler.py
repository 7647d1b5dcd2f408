import copy
from collections.abc import Callable
from contextlib import nullcontext

import numpy as np
import pytest
import torch
from PIL import Image

from explorer.errors import AnalysisError, ControlError, PictureError
from explorer.gallery import picture
from explorer.models import sampling
from explorer.models.image_transformer import ImageTransformer
from explorer.models.sampler import Sampler
from explorer.models.sampling import Sampling
from explorer.zoo.pixel_models import load_pixels
from tests.models.writing import KINDS, PIXELS, of_pixels, small

TOLD = {
    "of nothing": {},
    "neighbours": {"neighbours": ((-1, 0), (-1, 1))},
    "of a class": {"classes": 3, "ordinal": True, "learned_positions": True},
    "by a linear sum": {
        "neighbours": ((-1, 0), (0, -1, -1), (0, 0, -2)),
        "output": "logistic",
        "linear": True,
    },
    "of the pixel over it": {
        "low": (3, 3),
        "overlaid": True,
        "neighbours": ((-1, 0),),
        "encoder_depth": 1,
        "output": "logistic",
        "linear": True,
    },
    "enlarging": {"low": (3, 3), "encoder_depth": 1, "output": "logistic"},
    "pixel by pixel": PIXELS,
    "pixel by pixel, enlarging": PIXELS | {"low": (3, 3), "overlaid": True, "encoder_depth": 1},
    "pixel by pixel, of a class": PIXELS | {"classes": 3, "linear": False},
}


def told(model: object, samples: int) -> dict:
    """A class and a small picture for each sample, where the model wants them."""
    labels = torch.arange(samples) % 3 if model.classes else None
    low = None
    if model.low:
        generator = torch.Generator().manual_seed(5)
        low = torch.randint(5, (1, 3, 3, model.canvas.channels), generator=generator).expand(
            samples, -1, -1, -1
        )
    return {"labels": labels, "low": low}


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("said", TOLD.values(), ids=TOLD)
def test_step_by_step_equals_one_parallel_pass(kind: dict, said: dict, channels: int):
    """At every value: the first, those at the borders of blocks, and the last row."""
    model = small(channels, **(of_pixels(kind, channels) if "whole_pixels" in said else kind), **said)
    writer = Sampler(model, 2, seed=3, **told(model, 2))
    stepped = []
    while not writer.done:
        stepped.append(writer.probabilities())
        writer.step()
    parallel = model(writer.values, writer.labels, writer.low).double().softmax(-1)
    torch.testing.assert_close(torch.stack(stepped, 1), parallel, atol=1e-5, rtol=0)


def pixel_by_pixel(kind: dict) -> ImageTransformer:
    """One whose distributions differ much from channel to channel, and with what was written."""
    model = small(3, **of_pixels(kind, 3), **PIXELS)
    torch.nn.init.normal_(model.output.parts.weight, std=0.3)
    return model


MADE = {"value by value": lambda kind: small(**kind), "pixel by pixel": pixel_by_pixel}


@pytest.mark.parametrize("made", MADE.values(), ids=MADE)
@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_the_same_seed_gives_the_same_picture_however_it_is_written(
    kind: dict, made: Callable[[dict], ImageTransformer]
):
    model = made(kind)
    many = Sampler(model, 4, seed=7)
    many.finish()
    for sample in range(4):
        alone = Sampler(model, 1, seed=7, first=sample)
        alone.finish()
        assert (alone.values[0] == many.values[sample]).all()
    slow = Sampler(model, 2, seed=7, cached=False)
    slow.finish()
    assert (slow.values == many.values[:2]).all()
    expected = many.values.clone()
    for step in (41, 0, 20, 8, 7, 33):
        many.rewind(step)
        many.step(3)
        many.finish()
        assert (many.values == expected).all()
    assert not (many.values[0] == many.values[1]).all()
    other = Sampler(model, 1, seed=8)
    other.finish()
    assert not (other.values[0] == many.values[0]).all()


def test_a_close_decision_is_taken_in_double_precision():
    """With two values equally probable but for rounding, single and double precision would choose apart."""
    model = small(dim=16)
    with torch.no_grad():
        model.output.weight[1] = model.output.weight[0]
        model.output.bias[1] = model.output.bias[0] + 1e-9
        model.output.bias[2:] = -100.0
    writer = Sampler(model, 1, sampling=Sampling(temperature=0))
    writer.finish()
    assert (writer.values == 1).all()


SAMPLINGS = {
    "as learnt": Sampling(),
    "warmer": Sampling(temperature=2.0),
    "colder": Sampling(temperature=0.5),
    "the most probable": Sampling(temperature=0),
    "top-k": Sampling(top_k=5),
    "top-p": Sampling(top_p=0.9),
    "all three": Sampling(0.7, 12, 0.5),
}


@pytest.mark.parametrize(
    ("name", "enlarged"),
    [
        ("pixels-digits", ""),
        ("pixels-fashion", ""),
        ("pixels-natural", ""),
        ("pixels-super", "dog"),
        ("pixels-super", "noise"),
    ],
)
def test_where_rounding_changes_what_a_shipped_model_draws_the_decision_is_close(name: str, enlarged: str):
    """Of the numbers that chance may give, those are tried on which rounding decides: between a sum of probabilities in
    single and in double precision."""
    model = load_pixels(name, device="cpu").module
    low = None
    if enlarged == "noise":
        low = torch.randint(256, (1, 8, 8, 3), generator=torch.Generator().manual_seed(0))
    elif enlarged:
        small = Image.fromarray(picture(enlarged).pixels).resize(model.low, Image.Resampling.BOX)
        low = torch.from_numpy(np.asarray(small).astype(np.int64))[None]
    writer = Sampler(model, low=low, labels=3)
    stepped = []
    while not writer.done:
        stepped.append(writer.logits())
        writer.step()
    with torch.inference_mode():
        single, double = (
            torch.cat(stepped),
            copy.deepcopy(model).double()(writer.values, writer.labels, low)[0],
        )
    changed = 0
    for how in SAMPLINGS.values():
        sums = [how.probabilities(logits).cumsum(-1) for logits in (single, double)]
        borders = ((sums[0] + sums[1]) / 2).T[:-1]
        for number in borders[:: max(1, len(borders) // 32)]:
            drawn, close = how.draw(single, number.clamp(0, 1 - 2.0**-53))
            differs = drawn != how.draw(double, number.clamp(0, 1 - 2.0**-53))[0]
            assert not (differs & ~close).any(), how
            changed += int(differs.sum())
        chances = torch.rand(len(single), generator=torch.Generator().manual_seed(0), dtype=torch.float64)
        assert how.draw(single, chances)[1].float().mean() < 0.01, how
    assert changed


@pytest.mark.parametrize("kind", [KINDS["full, raster"], KINDS["2-D"]], ids=["full", "2-D"])
def test_decisions_in_double_precision_see_what_was_put_in_since_the_last(
    kind: dict, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(sampling, "CLOSE", 10.0)  # every decision is close
    model = small(**kind)
    with torch.no_grad():
        for layer in model.layers:  # so that much depends on what was written
            layer.qkv.weight *= 3
            layer.out.weight *= 3
    writer = Sampler(model, 2, seed=3, sampling=Sampling(temperature=0.1))
    writer.finish()
    for step in (put_in := (7, 8, 9)):
        writer.set_value(step, (int(writer.values[0, step]) + 1) % model.levels)
    writer.finish()
    anew = copy.deepcopy(model).double()(writer.values)
    for step in set(range(model.canvas.values)) - set(put_in):
        drawn, _ = writer.sampling.draw(anew[:, step], writer._chance[step])
        assert (drawn == writer.values[:, step]).all()


def test_what_is_held_does_not_depend_on_what_is_written():
    model = small(height=12, attention="1d", query=(7,), memory=(7,))
    writer = Sampler(model, 2)
    held = []
    while not writer.done:
        writer.step(7)
        held.append(writer.cache_bytes)
    assert len(set(held)) == 1
    assert (
        held[0] == 2 * 2 * 2 * 2 * 8 * (13 + 6) * 4
    )  # layers, k and v, samples, heads, dim, memory + shelves


def test_a_value_put_in_by_hand_changes_what_follows_and_nothing_before():
    model = small(attention="2d", query=(2, 3), memory=(2, 2))
    writer = Sampler(model, 3, seed=1)
    writer.finish()
    before = writer.values.clone()
    new = (int(before[1, 17]) + 1) % 5
    writer.set_value(17, new, sample=1)
    assert writer.written == 18
    writer.finish()
    assert (writer.values[:, :17] == before[:, :17]).all()
    assert int(writer.values[1, 17]) == new
    assert (writer.values[[0, 2]] == before[[0, 2]]).all()
    assert not (writer.values[1] == before[1]).all()
    parallel = model(writer.values).double().softmax(-1)
    writer.rewind(30)
    torch.testing.assert_close(writer.probabilities(), parallel[:, 30], atol=1e-5, rtol=0)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_what_follows_changed_values_sees_all_of_them(kind: dict):
    """Two values put in one after the other, and another picture's beginning, where more was written before."""
    model = small(**kind)
    writer = Sampler(model, 2, seed=1)
    writer.finish()
    writer.rewind(10)
    for step in (10, 11):
        writer.set_value(step, 4 - int(writer.values[0, step]) // 2)
    torch.testing.assert_close(
        writer.probabilities(), model(writer.values).double().softmax(-1)[:, 12], atol=1e-6, rtol=0
    )
    writer.finish()
    writer.prompt(np.random.default_rng(0).integers(0, 5, (6, 7, 1)), 30)
    torch.testing.assert_close(
        writer.probabilities(), model(writer.values).double().softmax(-1)[:, 30], atol=1e-6, rtol=0
    )


@pytest.mark.parametrize(
    "kind", [KINDS["full, raster"], KINDS["1-D"], KINDS["2-D"]], ids=["full", "1-D", "2-D"]
)
def test_whatever_is_done_within_pixels_the_next_value_is_that_of_a_parallel_pass(kind: dict):
    model, random = pixel_by_pixel(kind), np.random.default_rng(0)
    writer = Sampler(model, 2, seed=1)
    for _ in range(60):
        match random.integers(4):
            case 0:
                writer.step(int(random.integers(1, 20)))
            case 1:
                writer.rewind(int(random.integers(max(0, writer.written - 8), writer.written + 1)))
            case 2 if writer.written:
                step = int(random.integers(max(0, writer.written - 8), writer.written))
                writer.set_value(step, int(random.integers(model.levels)), sample=int(random.integers(2)))
            case 3 if not writer.done:
                writer.look(nullcontext())
        if not writer.done:
            expected = model(writer.values).double().softmax(-1)[:, writer.written]
            torch.testing.assert_close(writer.probabilities(), expected, atol=1e-5, rtol=0)


def test_a_value_of_one_sample_can_be_set_where_nothing_is_written_yet():
    writer = Sampler(small(), 2, seed=1)
    writer.set_value(0, 4, sample=1)
    free = Sampler(small(), 2, seed=1)
    free.step()
    assert writer.written == 1
    assert int(writer.values[1, 0]) == 4
    assert int(writer.values[0, 0]) == int(free.values[0, 0])


def test_a_prompt_is_kept_and_continued():
    model = small(3, attention="1d", query=(8,), memory=(20,), order_block=(3, 2))
    picture = np.random.default_rng(0).integers(0, 5, (6, 7, 3))
    writer = Sampler(model, 2, seed=1)
    writer.prompt(picture, 50)
    assert (writer.picture(1) >= 0).sum() == 50
    assert (writer.picture(1)[writer.picture(1) >= 0] == picture[writer.picture(1) >= 0]).all()
    writer.finish()
    stepped = writer.values.clone()
    writer.rewind(50)
    parallel = model(stepped).double().softmax(-1)[:, 50]
    torch.testing.assert_close(writer.probabilities(), parallel, atol=1e-5, rtol=0)
    writer.prompt(picture, model.canvas.values)
    assert writer.done
    assert (writer.picture() == picture).all()
    with pytest.raises(ControlError, match="127"):
        writer.prompt(picture, 127)
    with pytest.raises(PictureError):
        writer.prompt(picture[:5], 3)
    with pytest.raises(ControlError):
        writer.prompt(picture + 1, 3)


def test_what_cannot_be_done_is_a_sentence_and_changes_nothing():
    writer = Sampler(small(classes=3), 2, labels=1)
    writer.step(5)
    kept = writer.values.clone()
    for wrong in (
        lambda: writer.rewind(6),
        lambda: writer.rewind(-1),
        lambda: writer.set_value(2, 5),
        lambda: writer.set_value(7, 1),
        lambda: writer.set_value(2, 1, sample=2),
        lambda: Sampler(small(classes=3), 2, labels=3),
        lambda: Sampler(small(), 0),
    ):
        with pytest.raises(ControlError):
            wrong()
    assert writer.written == 5
    assert (writer.values == kept).all()
    writer.finish()
    writer.step(10)
    with pytest.raises(AnalysisError, match="finished"):
        writer.logits()
