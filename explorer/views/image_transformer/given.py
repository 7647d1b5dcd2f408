"""The parts in which the model is given a picture: *Complete*, *Super-resolution* and *Likelihood*."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer.errors import ModelError
from explorer.export.drawing import Drawing
from explorer.views.controls import describe
from explorer.views.image_transformer.controls import SAMPLED, Controls
from explorer.views.image_transformer.writing import (
    class_bits,
    given,
    pixel_model,
    samples_of,
    told_class,
    who,
)

if TYPE_CHECKING:
    from explorer.views.scope import Scope
    from explorer.zoo.pixel_models import PixelModel

__all__ = ["draw_classes", "draw_completed", "draw_enlarged", "draw_surprise"]

SMALL = 8
"""Rows and columns of the picture that is enlarged where no model says otherwise."""


def _named(model: PixelModel, number: int | None) -> str:
    return "" if number is None else f", told “{model.classes[number]}”"


def draw_completed(controls: Controls, scope: Scope) -> Drawing:
    """The top of a picture, and several ways on."""
    from explorer.figures.generation import strip_figure, veiled

    model = pixel_model(controls, scope)
    module = model.module
    picture, name = given(controls, scope, model)
    count = controls.keep * module.canvas.width * module.canvas.channels
    told = told_class(controls, scope, model, picture, count=count)
    known = (controls.source, controls.digit, count)
    samples = samples_of(controls, scope, model, given=known, prompt=(picture, count), labels=told)
    kept = np.where(module.blocks.steps < count, picture, -1)
    shown = [
        veiled(module.palette.pixels(picture), np.ones_like(kept, bool)),
        veiled(module.palette.pixels(kept), kept >= 0),
        *(veiled(module.palette.pixels(each), np.ones_like(kept, bool)) for each in samples),
    ]
    titles = ["given", "kept", *(f"sample {sample + 1}" for sample in range(controls.samples))]
    return Drawing(
        figure=strip_figure(shown, titles, columns=min(len(shown), 5)),
        data={
            "given": picture,
            "kept": kept,
            "samples": samples,
        },
        units=dict.fromkeys(("given", "samples"), f"0 to {module.levels - 1}"),
        caption=f"The first {controls.keep} rows of {name} kept and written on by {who(model, controls)}"
        f"{_named(model, told)}; {describe(controls, SAMPLED)}.",
        alt=f"The picture given, what is kept of it, and {controls.samples} ways the model goes on.",
        numbers={"kept": (f"{count:,} of {module.canvas.values:,} values", ""), **_class(model, told)},
    )


def _class(model: PixelModel, told: int | None) -> dict[str, tuple[float | int | str, str]]:
    return {} if told is None else {"class told": (model.classes[told], "")}


def draw_surprise(controls: Controls, scope: Scope) -> Drawing:
    """What each value of a picture costs."""
    from explorer.analysis.generation import surprise

    model = pixel_model(controls, scope)
    picture, name = given(controls, scope, model)
    told = told_class(controls, scope, model, picture)
    found = surprise(model.module, picture, label=told)
    return Drawing(
        figure=found.figure(),
        data={"bits": found.bits, "values": picture},
        units={"bits": "bit", "values": f"0 to {model.module.levels - 1}"},
        caption=f"−log₂ p of each value of {name} according to {who(model, controls)}{_named(model, told)}.",
        alt="The picture as the model takes it, and a map of what each of its pixels costs in bits.",
        numbers={
            "bits per dimension": (found.per_value, "bit a value"),
            "whole picture": (found.total, "bit"),
            "every value as likely as any other": (float(np.log2(model.module.levels)), "bit a value"),
            **_class(model, told),
        },
    )


def draw_classes(controls: Controls, scope: Scope) -> Drawing:
    """What the picture costs under each class: a model that writes also recognises."""
    from explorer.errors import ControlError
    from explorer.figures.class_costs import costs_figure

    model = pixel_model(controls, scope)
    if not model.classes:
        raise ControlError(f"{model.title} is told no class", do="choose another model")
    picture, name = given(controls, scope, model)
    bits = class_bits(controls, scope, model, picture)
    best = int(bits.argmin())
    return Drawing(
        figure=costs_figure(bits, model.classes),
        data={"class": np.array(model.classes), "bits": bits},
        units={"bits": "bit"},
        caption=f"Bits that {name} costs {who(model, controls)} when it is told each class.",
        alt=f"A bar for each class; the shortest is {model.classes[best]}.",
        numbers={"fewest": (model.classes[best], ""), "bits": (float(bits[best]), "bit")},
    )


def draw_enlarged(controls: Controls, scope: Scope) -> Drawing:
    """A small picture enlarged: by repeating pixels, by bicubic interpolation, and by a model that writes."""
    from PIL import Image

    from explorer.figures.generation import strip_figure
    from explorer.models.palette import levels_palette

    model, why = _enlarger(scope)
    side = model.module.canvas.height if model else 32
    palette = levels_palette(256, 3)
    photo = scope.picture
    low_shape = (model.enlarges if model else None) or (SMALL, SMALL)
    original = palette.values(photo.pixels, side, side).astype(np.uint8)
    low = palette.values(photo.pixels, *low_shape).astype(np.uint8)
    shown = {
        f"{low_shape[0]} × {low_shape[1]}": low,
        "nearest": np.asarray(Image.fromarray(low).resize((side, side), Image.Resampling.NEAREST)),
        "bicubic": np.asarray(Image.fromarray(low).resize((side, side), Image.Resampling.BICUBIC)),
        f"original, {side} × {side}": original,
    }
    if model:
        samples = samples_of(controls, scope, model, given=("enlarged",), low=low)
        shown |= {
            f"sample {number + 1}": model.module.palette.pixels(each) for number, each in enumerate(samples)
        }
    small = next(iter(shown))
    by = f"by {model.title}, {describe(controls, SAMPLED)}" if model else f"by no model: {why}"
    # Every panel takes the first one's axes, so the small picture is drawn as large as the others.
    pictures = [np.asarray(Image.fromarray(low).resize((side, side), Image.Resampling.NEAREST))]
    pictures += [each for name, each in shown.items() if name != small]
    return Drawing(
        figure=strip_figure(pictures, list(shown), columns=4),
        data={name.split(",")[0].replace(" × ", "x"): each for name, each in shown.items()},
        units={},
        caption=f"“{photo.name}” made small and enlarged again: by repeating pixels, by bicubic interpolation, "
        f"{by.rstrip('.')}.",
        alt="The small picture, two plain ways to enlarge it, the original, and what the model writes.",
    )


def _enlarger(scope: Scope) -> tuple[PixelModel | None, str]:
    try:
        return scope.writer("enlarger"), ""
    except ModelError:
        return None, "none that enlarges is at hand, `explorer train pixels-super` makes one"
