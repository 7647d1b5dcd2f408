"""The tabs in which the model is given a picture: *Complete*, *Super-resolution* and *Likelihood*."""

import numpy as np

from explorer.analysis.class_costs import ClassCosts
from explorer.analysis.enlarging import enlarged, made_small
from explorer.analysis.generation import surprise
from explorer.analysis.result import Numbers
from explorer.errors import ControlError, ModelError
from explorer.figures.canvas import veiled
from explorer.figures.generation import strip_figure
from explorer.views.controls import describe
from explorer.views.image_transformer.controls import SAMPLED, Controls
from explorer.views.image_transformer.writing import (
    class_bits,
    condition_of,
    given,
    model_title,
    pixel_model,
    samples_of,
)
from explorer.views.panel import Drawing, Scope, draw, panel
from explorer.zoo.pixel_models import PixelModel

GIVEN = ("writer", "blocks", "source", "digit", "picture", "class_condition")
SMALL, SIDE = 8, 32
"""Rows and columns of the picture that is enlarged, and of what it becomes, where no model says otherwise."""


def _subject(controls: Controls, scope: Scope) -> str:
    model = pixel_model(controls, scope)
    return f"{model_title(model, controls)} on {given(controls, scope, model)[1]}"


def _condition(model: PixelModel, number: int | None) -> Numbers:
    return {} if number is None else {"class condition": (model.classes[number], "")}


@panel(
    "completed", "Completed pictures", wide=True, tab="complete", uses=(*GIVEN, "keep", *SAMPLED),
    subject=_subject,
)  # fmt: skip
def completed_panel(controls: Controls, scope: Scope) -> Drawing:
    model = pixel_model(controls, scope)
    module, picture = model.module, given(controls, scope, model)[0]
    count = controls.keep * module.canvas.width * module.canvas.channels
    label = condition_of(controls, scope, model, picture, count=count)
    samples = samples_of(
        controls,
        scope,
        model,
        given=(controls.source, controls.digit, count),
        prompt=(picture, count),
        labels=label,
    )
    kept = np.where(module.blocks.steps < count, picture, -1)
    whole = np.ones_like(kept, bool)
    shown = [
        veiled(module.palette.pixels(picture), whole),
        veiled(module.palette.pixels(kept), kept >= 0),
        *(veiled(module.palette.pixels(sample), whole) for sample in samples),
    ]
    titles = ["input", "kept", *(f"sample {sample + 1}" for sample in range(controls.samples))]
    unit = f"0 to {module.levels - 1}"
    return draw(
        None,
        f"The first {controls.keep} rows of the input kept, and completed; {describe(controls, SAMPLED)}.",
        figure=strip_figure(shown, titles, columns=min(len(shown), 5)),
        arrays={"given": (picture, unit), "kept": (kept, ""), "samples": (samples, unit)},
        numbers={"kept": (f"{count:,} of {module.canvas.values:,} values", ""), **_condition(model, label)},
        alt=f"The input, its first {controls.keep} rows, and {controls.samples} completions by the model.",
    )


@panel(
    "enlarged", "Super-resolution", wide=True, tab="super-resolution", uses=("enlarger", "picture", *SAMPLED),
    subject=lambda controls, scope: f"“{scope.picture.name}”",
)  # fmt: skip
def enlarged_panel(controls: Controls, scope: Scope) -> Drawing:
    """A small picture enlarged: by repeating pixels, by bicubic interpolation, and by a model that generates."""
    try:
        model: PixelModel | None = scope.writer("enlarger")
    except ModelError:
        model = None
    side = model.module.canvas.height if model else SIDE
    rows, columns = (model.enlarges if model else None) or (SMALL, SMALL)
    low, samples = made_small(scope.picture.pixels, rows, columns), []
    by = "no model that enlarges is here, `explorer train pixels-super` makes one"
    if model:
        values = samples_of(controls, scope, model, given=("enlarged",), low=low)
        samples = [model.module.palette.pixels(sample) for sample in values]
        by = f"by {model.title}, {describe(controls, SAMPLED)}"
    return draw(
        enlarged(scope.picture.pixels, low, side, samples=samples),
        f"The picture made small and enlarged again: by repeating pixels, by bicubic interpolation; {by}.",
    )


@panel("surprise", "Bits per dimension", tab="likelihood", uses=GIVEN, subject=_subject)
def surprise_panel(controls: Controls, scope: Scope) -> Drawing:
    model = pixel_model(controls, scope)
    picture = given(controls, scope, model)[0]
    label = condition_of(controls, scope, model, picture)
    result = surprise(model.module, picture, label=label)
    return draw(
        result,
        "−log₂ p of each value of the input.",
        arrays={**result.arrays(), "values": (picture, f"0 to {model.module.levels - 1}")},
        numbers={
            **result.numbers(),
            "uniform distribution": (float(np.log2(model.module.levels)), "bit a value"),
            **_condition(model, label),
        },
    )


@panel(
    "classes", "Likelihood under each class", tab="likelihood",
    uses=("writer", "blocks", "source", "digit", "picture"), subject=_subject,
)  # fmt: skip
def classes_panel(controls: Controls, scope: Scope) -> Drawing:
    model = pixel_model(controls, scope)
    if not model.classes:
        raise ControlError(f"{model.title} is not conditioned on a class", do="choose another model")
    bits = class_bits(controls, scope, model, given(controls, scope, model)[0])
    return draw(ClassCosts(model.classes, bits), "Negative log-likelihood of the input under each class.")
