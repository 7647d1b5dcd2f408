"""Weight sharing gives translation equivariance; attention without positions permutation equivariance (A4)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.sweep.measurement import Measure, here

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["measure"]

SMALL = 64
"""Pixels a side of the picture where no stride makes it smaller."""


def measure(
    *,
    cnn: str = "cnn-128",
    vit: str = "vit-128",
    image: str = "cat",
    shift: int = 8,
    trained: bool = True,
    data: Path | None = None,
    device: str = "cpu",
    rows: Measure = here,
) -> Mapping[str, Any]:
    """The relative error of every layer when the picture is moved by `shift` pixels to the right, around its edges:
    the CNN as it is, with circular padding, with blurred strides and with stride 1; the ViT with and without
    positions, also with its patches shuffled. With `data`, the accuracy on Imagenette's test photographs moved so.

    Raises:
        ModelError: a model cannot be loaded.
        UnsupportedModel: its layers, or its positions, are not of a kind that is known.
        AnalysisError: the photographs are not there.
    """
    import torch
    from torch.nn.functional import interpolate

    from explorer.analysis.equivariance import permutation_error, shift_error
    from explorer.errors import UnsupportedModel
    from explorer.images import render
    from explorer.surgery import variant, without_positions
    from explorer.views.scope import find_picture
    from explorer.zoo import Model, load

    picture = find_picture(image)
    one, two = (load(name, kind=Model, trained=trained, device=device) for name in (cnn, vit))
    if two.tokens is None:
        raise UnsupportedModel(f"The tokens of {vit} do not lie on the picture in a way that is known here")
    x, y = (network.prepare(render(picture, network.frame(picture))) for network in (one, two))
    unplaced = without_positions(two.module, two.tokens)
    order = torch.randperm(len(two.tokens.grid), generator=torch.Generator().manual_seed(0))
    small = interpolate(x, (SMALL, SMALL), mode="area")
    results = {
        "CNN": shift_error(one.module, x, columns=shift),
        "CNN, circular": shift_error(variant(one.module, padding="circular"), x, columns=shift),
        "CNN, circular, blurred": shift_error(
            variant(one.module, padding="circular", strides="blurred"), x, columns=shift
        ),
        "CNN, circular, stride 1": shift_error(
            variant(one.module, padding="circular", strides="one"), small, columns=shift
        ),
        "ViT": shift_error(two.module, y, columns=shift, tokens=two.tokens),
        "ViT without positions": shift_error(unplaced, y, columns=shift, tokens=two.tokens),
        "ViT, shuffled": permutation_error(two.module, y, order, tokens=two.tokens),
        "ViT without positions, shuffled": permutation_error(unplaced, y, order, tokens=two.tokens),
    }
    values: dict[str, Any] = {
        name: {layer.name: float(f"{layer.error:.3g}") for layer in result.layers}
        for name, result in results.items()
    }
    if data is not None:
        from explorer.experiments.accuracy import UNCHANGED, Change, FirstAnswers, unchanged
        from explorer.experiments.scramble import shares

        changes: dict[str, Change] = {UNCHANGED: unchanged, f"moved {shift} px": partial(_moved, shift)}
        values["accuracy"] = shares(
            FirstAnswers(models=(cnn, vit), data=data, device=device, changes=changes), rows
        )
    return {
        "values": values,
        "model": [cnn, vit],
        "checkpoint": [one.checkpoint, two.checkpoint],
        "data": picture.name,
        "device": one.device,
    }


def _moved(shift: int, pictures: Tensor, /, *, first: int) -> Tensor:
    return pictures.roll(shift, -1)
