"""The tab *Generate*: the canvas, the next value, attention, and the negative log-likelihood so far."""

from functools import partial

import numpy as np

from explorer.analysis.generation import next_value, step_attention, surprise
from explorer.errors import ControlError
from explorer.figures.canvas import canvas_figure, veiled
from explorer.figures.generation import strip_figure
from explorer.formatting import percent
from explorer.models.sampler import Sampler
from explorer.views.image_transformer.controls import SAMPLED, Controls
from explorer.views.image_transformer.lens import GENERATION
from explorer.views.image_transformer.writing import model_title, number_of, pixel_model, writer_at
from explorer.views.panel import Drawing, Scope, draw, panel

GENERATED = ("writer", "label", "blocks", *SAMPLED, "written", "edits")
STEPS = 8
"""Pictures in a strip of steps."""


def _subject(controls: Controls, scope: Scope) -> str:
    model = scope.writer()
    condition = f", class “{controls.label}”" if model.classes else ""
    edits = f", overridden values {controls.edits}" if controls.edits else ""
    return (
        f"{model_title(model, controls)}{condition}, seed {controls.seed}, temperature {controls.temperature:g}, top-k "
        f"{controls.top_k}, top-p {controls.top_p:g}{edits}"
    )


generate_tab = partial(panel, tab="generate", own=True, subject=_subject)
sent_tab = partial(generate_tab, lens=GENERATION, wide=True)


def _place(writer: Sampler) -> str:
    row, column, channel = writer.model.blocks.places[writer.written]
    return f"row {row + 1}, column {column + 1}, {writer.model.palette.name(int(channel))}"


def _values_unit(writer: Sampler) -> str:
    return f"0 to {writer.model.levels - 1}; -1: not generated"


@sent_tab("canvas", "Canvas", uses=(*GENERATED, "sample"), click=("written",), first=0)
def canvas_panel(controls: Controls, scope: Scope) -> Drawing:
    writer, sample = writer_at(controls, scope), controls.sample - 1
    blocks, picture = writer.model.blocks, writer.picture(sample)
    row, column, channel = (0, 0, 0) if writer.done else map(int, blocks.places[writer.written])
    figure = canvas_figure(
        writer.pixels(sample),
        picture >= 0,
        coming=None if writer.done else (row, column, channel),
        memory=None if writer.done else blocks.memory_mask(writer.written),
        height=330,
    )
    clicks = next(trace for trace in figure.data if trace.name == "pixels")
    clicks.customdata = blocks.steps[:, :, 0].reshape(-1, 1).tolist()
    count = f"{writer.written:,} of {writer.model.canvas.values:,} values"
    following = {} if writer.done else {"next": (_place(writer), "")}
    return draw(
        None,
        f"Sample {controls.sample} after {writer.written} values. The orange outline is the memory block; a click goes to "
        "the step before a pixel is generated.",
        figure=figure,
        arrays={"values": (picture, _values_unit(writer)), "written": (picture >= 0, "")},
        numbers={"generated": (count, ""), **following},
        alt=f"A canvas of {picture.shape[0]} by {picture.shape[1]} pixels of which {count} are generated.",
    )


@sent_tab("next", "Distribution of the next value", uses=(*GENERATED, "sample"))
def next_panel(controls: Controls, scope: Scope) -> Drawing:
    writer = writer_at(controls, scope)
    result = next_value(writer, sample=controls.sample - 1)
    caption = f"Distribution of value {result.step + 1} of sample {controls.sample}, {_place(writer)}."
    return draw(result, caption, height=300)


@sent_tab("attention", "Attention to the values generated so far", uses=(*GENERATED, "sample", "layer"))
def attention_panel(controls: Controls, scope: Scope) -> Drawing:
    writer = writer_at(controls, scope)
    result = step_attention(writer, sample=controls.sample - 1)
    layer = None if controls.layer == "mean" else int(controls.layer) - 1
    which = "each layer, the mean of its heads," if layer is None else f"every head of layer {controls.layer}"
    return draw(
        result,
        f"Attention of {which} for value {result.step + 1} ({_place(writer)}) of sample {controls.sample}.",
        numbers={
            "on the slot before the first value": (percent(result.start_share(layer)), "of the row, mean")
        },
        layer=layer,
    )


@sent_tab("paid", "Negative log-likelihood so far", uses=(*GENERATED, "sample"))
def paid_panel(controls: Controls, scope: Scope) -> Drawing:
    writer = writer_at(controls, scope)
    if not writer.written:
        raise ControlError(
            "Nothing is generated yet", do="generate a value to see its negative log-likelihood"
        )
    model = pixel_model(controls, scope)
    result = surprise(
        model.module, writer.picture(controls.sample - 1), label=number_of(controls.label, model)
    )
    caption = f"−log₂ p of each value of sample {controls.sample}, {writer.written} generated."
    return draw(result, caption)


@generate_tab("samples", "All samples", uses=GENERATED)
def samples_panel(controls: Controls, scope: Scope) -> Drawing:
    writer, samples = writer_at(controls, scope), range(controls.samples)
    pictures = [veiled(writer.pixels(sample), writer.picture() >= 0) for sample in samples]
    values = np.stack([writer.picture(sample) for sample in samples])
    return draw(
        None,
        f"{controls.samples} samples after {writer.written} values.",
        figure=strip_figure(pictures, [f"sample {sample + 1}" for sample in samples]),
        arrays={"values": (values, _values_unit(writer))},
        alt=f"{controls.samples} pictures side by side, each with {writer.written} values generated.",
    )


@generate_tab("steps", "Generation steps", uses=(*GENERATED, "sample"))
def steps_panel(controls: Controls, scope: Scope) -> Drawing:
    writer = writer_at(controls, scope)
    picture, steps = writer.picture(controls.sample - 1), writer.model.blocks.steps
    counts = np.unique(np.linspace(0, writer.written, STEPS + 1).round().astype(int))[1:].tolist() or [0]
    past = [np.where(steps < count, picture, -1) for count in counts]
    pictures = [veiled(writer.model.palette.pixels(values), values >= 0) for values in past]
    return draw(
        None,
        f"Sample {controls.sample} at steps up to {writer.written} values.",
        figure=strip_figure(pictures, [f"{count} values" for count in counts]),
        arrays={"values": (np.stack(past), _values_unit(writer)), "written": (np.array(counts), "")},
        alt=f"{len(pictures)} pictures with {', '.join(map(str, counts))} values generated.",
    )
