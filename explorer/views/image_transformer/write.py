"""The part *Generate*: the canvas, the next value, where the model looks, what it has paid so far."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer.errors import ControlError
from explorer.export.drawing import Drawing
from explorer.views.image_transformer.controls import Controls
from explorer.views.image_transformer.writing import number_of, pixel_model, who, writer_at

if TYPE_CHECKING:
    from explorer.models.sampler import Sampler
    from explorer.views.scope import Scope

__all__ = ["draw_attention", "draw_canvas", "draw_next", "draw_paid", "draw_samples", "draw_steps"]

STEPS = 8
"""Pictures in a strip of steps."""


def _said(controls: Controls, scope: Scope) -> str:
    told = f", told “{controls.label}”" if scope.writer().classes else ""
    by_hand = f", put in by hand {controls.edits}" if controls.edits else ""
    return (
        f"{who(scope.writer(), controls)}{told}, seed {controls.seed}, temperature {controls.temperature:g}, "
        f"top-k {controls.top_k}, top-p {controls.top_p:g}{by_hand}"
    )


def _place(writer: Sampler) -> str:
    row, column, channel = writer.model.blocks.places[writer.written]
    name = writer.model.palette.name(int(channel))
    return f"row {row + 1}, column {column + 1}, {name}"


def _written(writer: Sampler) -> np.ndarray:
    return writer.picture() >= 0


def draw_canvas(controls: Controls, scope: Scope) -> Drawing:
    """The picture so far; a click goes to the moment before a pixel is written."""
    from explorer.figures.generation import canvas_figure

    writer, sample = writer_at(controls, scope), controls.sample - 1
    blocks, picture = writer.model.blocks, writer.picture(controls.sample - 1)
    coming = None
    if not writer.done:
        row, column, channel = (int(each) for each in blocks.places[writer.written])
        coming = (row, column, channel)
    memory = None if writer.done else blocks.memory_mask(writer.written)
    figure = canvas_figure(
        writer.pixels(sample),
        picture >= 0,
        coming=coming,
        memory=memory,
        height=330,
    )
    clicks = next(trace for trace in figure.data if trace.name == "pixels")
    clicks.customdata = blocks.steps[:, :, 0].reshape(-1, 1).tolist()
    numbers: dict[str, tuple[float | int | str, str]] = {
        "written": (f"{writer.written:,} of {writer.model.canvas.values:,} values", "")
    }
    if not writer.done:
        numbers["next"] = (_place(writer), "")
    return Drawing(
        figure=figure,
        data={"values": picture, "written": picture >= 0},
        units={"values": f"0 to {writer.model.levels - 1}; -1: not written"},
        caption=f"Sample {controls.sample} after {writer.written} values, {_said(controls, scope)}. "
        "The orange outline is the memory block; a click goes to the moment before a pixel is written.",
        alt=f"A canvas of {picture.shape[0]} by {picture.shape[1]} pixels of which "
        f"{writer.written} values are written.",
        numbers=numbers,
    )


def draw_next(controls: Controls, scope: Scope) -> Drawing:
    """The distribution of the next value."""
    from explorer.analysis.generation import next_value

    writer = writer_at(controls, scope)
    found = next_value(writer, sample=controls.sample - 1)
    narrowed = bool((found.truncated != found.probabilities).any())
    best = ", ".join(
        f"{value} ({model:.1%} → {truncated:.1%})" if narrowed else f"{value} ({model:.1%})"
        for value, model, truncated in found.candidates(5)
        if max(model, truncated) >= 0.001
    )
    return Drawing(
        figure=found.figure(height=300),
        data={"probability": found.probabilities, "kept": found.truncated},
        units={"probability": "1", "kept": "1"},
        caption=f"Value {found.step + 1} of sample {controls.sample}, {_place(writer)}: {_said(controls, scope)}.",
        alt=f"Bars of probability over {len(found.truncated)} values; {found.drawn} will be drawn.",
        numbers={
            "will be drawn": (found.drawn, ""),
            "entropy": (found.entropy, "bit"),
            "likeliest": (best, ""),
        },
    )


def draw_attention(controls: Controls, scope: Scope) -> Drawing:
    """What each layer or head attends to among the values written."""
    from explorer.analysis.generation import step_attention

    writer = writer_at(controls, scope)
    found = step_attention(writer, sample=controls.sample - 1)
    layer = None if controls.layer == "mean" else int(controls.layer) - 1
    which = "each layer, the mean of its heads," if layer is None else f"every head of layer {controls.layer}"
    start = found.on_start.mean() if layer is None else found.on_start[layer].mean()
    return Drawing(
        figure=found.figure(layer=layer),
        data={"attention": found.maps, "on_start": found.on_start, "memory": found.memory},
        units={"attention": "share of the row", "on_start": "share of the row"},
        caption=f"Attention of {which} for value {found.step + 1} ({_place(writer)}) of sample {controls.sample}: "
        f"{_said(controls, scope)}.",
        alt="Small maps of the canvas, shaded where the model looks among the values already written.",
        numbers={"on the slot before the first value": (float(start), "of the row, mean")},
    )


def draw_paid(controls: Controls, scope: Scope) -> Drawing:
    """The surprise of each value written."""
    from explorer.analysis.generation import surprise

    writer = writer_at(controls, scope)
    if not writer.written:
        raise ControlError("Nothing is written yet", do="write a value to see what it cost")
    model = pixel_model(controls, scope)
    picture = writer.picture(controls.sample - 1)
    found = surprise(model.module, picture, label=number_of(controls.label, model))
    return Drawing(
        figure=found.figure(),
        data={"bits": found.bits},
        units={"bits": "bit"},
        caption=f"−log₂ p of each value of sample {controls.sample}, {writer.written} written: {_said(controls, scope)}.",
        alt="The picture so far, and a map of what each of its pixels cost in bits.",
        numbers={"so far": (found.total, "bit"), "a value": (found.per_value, "bit")},
    )


def draw_samples(controls: Controls, scope: Scope) -> Drawing:
    """All samples at this step."""
    from explorer.figures.generation import strip_figure, veiled

    writer = writer_at(controls, scope)
    pictures = [veiled(writer.pixels(sample), _written(writer)) for sample in range(controls.samples)]
    return Drawing(
        figure=strip_figure(pictures, [f"sample {sample + 1}" for sample in range(controls.samples)]),
        data={"values": np.stack([writer.picture(sample) for sample in range(controls.samples)])},
        units={"values": f"0 to {writer.model.levels - 1}; -1: not written"},
        caption=f"{controls.samples} samples after {writer.written} values: {_said(controls, scope)}.",
        alt=f"{controls.samples} pictures side by side, each written as far as the first.",
    )


def draw_steps(controls: Controls, scope: Scope) -> Drawing:
    """The way to here, in a few pictures."""
    from explorer.figures.generation import strip_figure, veiled

    writer = writer_at(controls, scope)
    picture, steps = writer.picture(controls.sample - 1), writer.model.blocks.steps
    counts = np.unique(np.linspace(0, writer.written, STEPS + 1).round().astype(int))[1:].tolist() or [0]
    past = [np.where(steps < count, picture, -1) for count in counts]
    shown = [veiled(writer.model.palette.pixels(each), each >= 0) for each in past]
    return Drawing(
        figure=strip_figure(shown, [f"{count} values" for count in counts]),
        data={"values": np.stack(past), "written": np.array(counts)},
        units={"values": f"0 to {writer.model.levels - 1}; -1: not written"},
        caption=f"Sample {controls.sample} on the way to {writer.written} values: {_said(controls, scope)}.",
        alt=f"{len(shown)} pictures, each with more written than the one before.",
    )
