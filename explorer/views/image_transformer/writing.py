"""The model as the visitor sets it, and the picture that is generated for them."""

from functools import partial
from typing import Any

import numpy as np
import torch

from explorer.analysis.class_costs import class_costs
from explorer.data.digits import held_out_digit
from explorer.models.edits import Edits, go_to
from explorer.models.sampler import Sampler
from explorer.models.sampling import Sampling
from explorer.views.image_transformer.controls import AS_TRAINED, DIGIT, LIKELIEST, SAMPLED, Controls
from explorer.views.scope import Scope
from explorer.zoo.pixel_models import PixelModel, load_pixels

TOGETHER = 4
"""Samples that are generated side by side."""
BLOCKS = {"full": "full", "1d": "1-D local", "2d": "2-D local"}


def pixel_model(controls: Controls, scope: Scope) -> PixelModel:
    """The chosen model, with the memory blocks chosen."""
    model = scope.writer()
    if controls.blocks == AS_TRAINED:
        return model
    canvas = model.module.canvas
    side = max(2, canvas.height // 4)
    row = canvas.width * canvas.channels
    sizes: dict[str, list[int]] = {"full": [], "1d": [side * row], "2d": [side, side]}
    size = sizes[controls.blocks]
    blocks: dict[str, Any] = {
        "attention": controls.blocks,
        "query": size,
        "memory": size,
        "order_block": None,
    }
    return load_pixels(model.name, device=scope.device, blocks=blocks)


def sampling_of(controls: Controls) -> Sampling:
    return Sampling(controls.temperature, controls.top_k, controls.top_p)


def writer_at(controls: Controls, scope: Scope) -> Sampler:
    """This visitor's writer at the step that is set: one writer each, and never another's."""
    model = pixel_model(controls, scope)
    how = (model.name, model.checkpoint, model.device, controls.blocks, controls.label)
    key = (*how, *(getattr(controls, name) for name in SAMPLED))
    edits = Edits.read(controls.edits)
    stored = scope.own.pop("writing", None)  # a failure halfway must leave no writer behind
    if stored is None or stored[0] != key:
        fresh = Sampler(
            model.module,
            controls.samples,
            seed=controls.seed,
            sampling=sampling_of(controls),
            labels=number_of(controls.label, model),
        )
        stored = (key, fresh, Edits())
    writer: Sampler = stored[1]
    go_to(writer, controls.written, edits, before=stored[2])
    scope.own["writing"] = (key, writer, edits)
    return writer


def samples_of(
    controls: Controls,
    scope: Scope,
    model: PixelModel,
    *,
    given: tuple[Any, ...],
    prompt: tuple[np.ndarray, int] | None = None,
    labels: int | None = None,
    low: np.ndarray | None = None,
) -> np.ndarray:
    """Finished pictures, samples x height x width x channels. `given` is what they depend on besides the sampling.

    A few are generated side by side, since one takes nearly as long, and kept: another number of samples only reads.
    """
    sampling, canvas = sampling_of(controls), model.module.canvas
    parts = range(0, controls.samples, TOGETHER)

    def make(first: int) -> np.ndarray:
        small = None if low is None else torch.from_numpy(np.repeat(low[None].astype(np.int64), TOGETHER, 0))
        writer = Sampler(
            model.module,
            TOGETHER,
            seed=controls.seed,
            sampling=sampling,
            labels=labels,
            low=small,
            first=first,
        )
        if prompt is not None:
            writer.prompt(*prompt)
        while not writer.done:
            writer.step(canvas.width * canvas.channels)
            done = (first / TOGETHER + writer.written / canvas.values) / len(parts)
            scope.progress(done)
        return np.stack([writer.picture(sample) for sample in range(TOGETHER)])

    key = ("samples", model.name, controls.blocks, labels, *given, controls.seed, sampling)
    made = [scope.remember((*key, first), partial(make, first)) for first in parts]
    return np.concatenate(made)[: controls.samples]


def number_of(label: str, model: PixelModel) -> int | None:
    """A class's number; None for models without classes."""
    return model.classes.index(label) if label in model.classes else None


def given(controls: Controls, scope: Scope, model: PixelModel) -> tuple[np.ndarray, str]:
    """The input as the model's values, and in words."""
    if controls.source == DIGIT:
        digit, label = held_out_digit(controls.digit)
        return digit, f"held-out digit {controls.digit} (a {label})"
    canvas, photo = model.module.canvas, scope.picture
    return model.module.palette.values(photo.pixels, canvas.height, canvas.width), f"“{photo.name}”"


def condition_of(
    controls: Controls, scope: Scope, model: PixelModel, picture: np.ndarray, *, count: int = 0
) -> int | None:
    """The class that the model is conditioned on: the selected one, or that of highest likelihood of the first values."""
    if controls.class_condition != LIKELIEST:
        return number_of(controls.class_condition, model)
    return int(class_bits(controls, scope, model, picture, count=count).argmin())


def class_bits(
    controls: Controls, scope: Scope, model: PixelModel, picture: np.ndarray, *, count: int = 0
) -> np.ndarray:
    """Negative log-likelihood of the first `count` values of the input (0: all) under each class. Remembered."""
    key = ("class bits", model.name, controls.blocks, controls.source, controls.digit, count)
    return scope.remember(key, lambda: class_costs(model.module, picture, len(model.classes), count=count))


def model_title(model: PixelModel, controls: Controls) -> str:
    """The model in a caption, with its attention where that was changed."""
    return model.title + (
        "" if controls.blocks == AS_TRAINED else f" with {BLOCKS[controls.blocks]} attention"
    )
