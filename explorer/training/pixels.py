"""The models that write pictures value by value: digits, clothes, small photographs, and enlarging them."""

from __future__ import annotations

from functools import partial
from typing import Any

from explorer.data.pixels import DIGITS, FASHION, NATURAL, digits, fashion, natural
from explorer.training.growing import deepened, widened
from explorer.training.recipe import Part, Recipe
from explorer.training.write_pictures import WritePictures
from explorer.zoo.building import build

__all__ = [
    "PIXELS_DIGITS",
    "pixels",
    "pixels_fashion",
    "pixels_natural",
    "pixels_super",
]

ARCHITECTURE = "explorer.models.image_transformer:ImageTransformer"
ABOVE = ((-1, 0), (-1, -1), (-1, 1), (0, -1))
"""Neighbours that are fed to a slot besides the value before it: left, and three above."""
COLOURS = (*ABOVE, (0, 0, -2), *((*away, -1) for away in ABOVE))
"""The same in a pixel of three channels; and the channel before the last, and the neighbours' last."""
BY_MUON = ("layers.",)


def _recipe(name: str, options: dict[str, Any], **fields: Any) -> Recipe:
    """What all of them share."""
    return Recipe(
        name=name,
        family="pixels",
        architecture=ARCHITECTURE,
        options=options,
        input_size=(options["height"], options["width"]),
        mean=(0.0, 0.0, 0.0),
        std=(1.0, 1.0, 1.0),
        **{"build": lambda: build(ARCHITECTURE, options)} | fields,
    )


def _part(steps: int, *, large: bool) -> Part:
    """How photographs are learnt."""
    return Part(steps, peak_rate=8e-4 if large else 2e-3, warm_up=400 if large else 100)


PIXELS_DIGITS = _recipe(
    "pixels-digits",
    {
        "height": 8,
        "width": 8,
        "levels": 17,
        "dim": 64,
        "depth": 4,
        "heads": 4,
        "classes": 10,
        "learned_positions": True,
        "dropout": 0.2,
    },
    title="Image Transformer, digits",
    classes=DIGITS,
    data="scikit-learn's handwritten digits (UCI, Alpaydin and Kaynak 1998): 1,297 to learn from, 140 to choose "
    "the best step, 360 for tests",
    notes="8 x 8 pixels of 17 grey levels, 64 values, each seeing all before it. It is told the digit.",
    target=-1.60,
    parts=(Part(3000, peak_rate=3e-3, warm_up=100),),
    task=lambda data, device: WritePictures(digits(), device, batch=64, held_out=140, scored=140),
    weight_decay=0.1,
    average=0.995,
    score_every=100,
    half=True,
)


FASHION_OPTIONS: dict[str, Any] = {
    "height": 28,
    "width": 28,
    "levels": 16,
    "dim": 128,
    "depth": 8,
    "heads": 4,
    "hidden": 768,
    "attention": "1d",
    "query": [112],
    "memory": [112],
    "neighbours": [list(offset) for offset in ABOVE],
    "classes": 10,
}
NARROW = {"hidden": 384}
SHALLOW = NARROW | {"depth": 4}
GROWN: dict[str, int] = {name: FASHION_OPTIONS[name] for name in ("depth", "hidden")}


def pixels_fashion(*, large: bool) -> Recipe:
    """Fashion-MNIST; `large` sees many more pictures, as a GPU can."""
    by_muon = partial(Part, peak_rate=2.5e-3, by_muon=BY_MUON, muon=1.5)
    if large:
        parts: tuple[Part, ...] = (by_muon(20_000, warm_up=200),)
        built = FASHION_OPTIONS
    else:
        parts = (
            Part(1500, peak_rate=2.5e-3, warm_up=200, options=SHALLOW),
            by_muon(1400, warm_up=60, options=SHALLOW),
            by_muon(1500, warm_up=60, options=SHALLOW),
            by_muon(1500, warm_up=60, options=NARROW, prepare=partial(deepened, depth=GROWN["depth"])),
            by_muon(1300, warm_up=60, options=NARROW, prepare=partial(deepened, depth=GROWN["depth"])),
            by_muon(
                1600, warm_up=60, hold=940, options=NARROW, prepare=partial(deepened, depth=GROWN["depth"])
            ),
            by_muon(8400, warm_up=100, hold=5600, prepare=partial(widened, **GROWN)),
        )
        built = FASHION_OPTIONS | SHALLOW
    return _recipe(
        "pixels-fashion",
        FASHION_OPTIONS,
        title="Image Transformer, clothes",
        classes=FASHION,
        data="Fashion-MNIST (Xiao, Rasul, Vollgraf 2017): 59,000 pictures to learn from, 1,000 to choose the best "
        "step, 10,000 for tests",
        notes="28 x 28 pixels, 256 grey levels in 16 equal parts; 784 values. 1-D local attention: query blocks of 4 "
        "rows, memory of 4 rows more. It is told the class. Muon taught the layers' matrices"
        + (
            "."
            if large
            else " after the first part of the training. It had four layers in the first three parts; since the fourth "
            "a copy of each stands after it, which at first added nothing. In the last the hidden units are twice as "
            "many."
        ),
        target=-0.62,
        parts=parts,
        build=lambda: build(ARCHITECTURE, built),
        task=lambda data, device: WritePictures(
            fashion(data), device, batch=128 if large else 16, held_out=1000, scored=300
        ),
        weight_decay=0.02,
        average=0.997,
        score_every=250,
        half=True,
    )


def pixels_natural(*, large: bool) -> Recipe:
    """CIFAR-10, 32 x 32 where a GPU trains it and 16 x 16 where none does."""
    side = 32 if large else 16
    options: dict[str, Any] = {
        "height": side,
        "width": side,
        "channels": 3,
        "levels": 256,
        "dim": 384 if large else 128,
        "depth": 12 if large else 4,
        "heads": 8 if large else 4,
        "attention": "2d",
        "query": [8, 8] if large else [4, 4],
        "memory": [8, 8] if large else [3, 3],
        "neighbours": [list(offset) for offset in COLOURS],
        "ordinal": True,
        "output": "logistic",
        "linear": True,
        "classes": 10,
        "dropout": 0.1 if large else 0.0,
    }
    return _recipe(
        "pixels-natural",
        options,
        title=f"Image Transformer, photographs of {side} x {side}",
        classes=NATURAL,
        data="CIFAR-10 (Krizhevsky 2009): 49,000 pictures to learn from, 1,000 to choose the best step, 10,000 "
        "for tests" + ("" if large else "; means over squares of 2 x 2 pixels"),
        notes=f"{side} x {side} pixels, red, green and blue of 256 levels: {side * side * 3:,} values. 2-D local "
        f"attention: query blocks of {' x '.join(map(str, options['query']))} pixels, memory {options['memory'][0]} "
        "more above and on either side. It is told the class. "
        "The pictures it learnt from went through JPEG, which makes them smoother: its bits per dimension are "
        "lower than figures published for the original CIFAR-10, and not to be compared with them.",
        target=-2.495 if large else -3.0,
        parts=(_part(20_000 if large else 3000, large=large),),
        task=lambda data, device: WritePictures(
            natural(data, side), device, batch=64 if large else 16, held_out=1000, scored=200, mirror=True
        ),
        weight_decay=0.02,
        average=0.9995 if large else 0.997,
        score_every=500 if large else 100,
        half=True,
    )


def pixels_super(*, large: bool) -> Recipe:
    """8 x 8 photographs enlarged, to 32 x 32 where a GPU trains it and to 16 x 16 where none does."""
    side, rows = (32, 4) if large else (16, 2)
    options = {
        "height": side,
        "width": side,
        "channels": 3,
        "levels": 256,
        "dim": 384 if large else 128,
        "depth": 10 if large else 3,
        "heads": 8 if large else 4,
        "attention": "1d",
        "query": [rows * side * 3],
        "memory": [rows * side * 3],
        "learned_positions": True,
        "neighbours": [list(offset) for offset in ABOVE[:3]],  # the pixel before is fed anyway
        "ordinal": True,
        "output": "logistic",
        "linear": True,
        "low": [8, 8],
        "overlaid": True,
        "whole_pixels": True,
        "encoder_depth": 4 if large else 2,
        "dropout": 0.1 if large else 0.0,
    }
    return _recipe(
        "pixels-super",
        options,
        title=f"Image Transformer, 8 x 8 to {side} x {side}",
        classes=(),
        data="CIFAR-10 (Krizhevsky 2009): 49,000 pictures to learn from, 1,000 to choose the best step, 10,000 "
        "for tests" + ("" if large else "; means over squares of 2 x 2 pixels"),
        notes=f"Encoder-decoder: the encoder reads 8 x 8 pixels, means over squares, and the decoder writes "
        f"{side} x {side} in red, green and blue. 1-D local attention: query blocks of {rows} rows, memory of "
        "as many more. Each slot of the sequence is a pixel, whose green depends on its "
        "red, and its blue on both. The pictures it learnt from went through JPEG, which makes its bits per "
        "dimension lower than for the original CIFAR-10.",
        target=-2.3 if large else -2.5,
        parts=(_part(16_000 if large else 4000, large=large),),
        task=lambda data, device: WritePictures(
            natural(data, side),
            device,
            batch=64 if large else 16,
            held_out=1000,
            scored=200,
            enlarge=side // 8,
            mirror=True,
        ),
        weight_decay=0.02,
        average=0.9995 if large else 0.997,
        score_every=500 if large else 100,
        half=True,
    )


def pixels(*, large: bool) -> tuple[Recipe, ...]:
    """All of them; `large` as a GPU can train them."""
    return PIXELS_DIGITS, pixels_fashion(large=large), pixels_natural(large=large), pixels_super(large=large)
