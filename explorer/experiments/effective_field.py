"""Only a fraction of the receptive field is used, and it grows like the square root of depth (A2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from explorer.errors import ControlError

if TYPE_CHECKING:
    from torch import Tensor

    from explorer.analysis.field import EffectiveField
    from explorer.zoo import Model

__all__ = ["measure", "photographs"]

LARGEST = 512
"""Pixels of the side beyond which the input does not grow by itself."""


def measure(
    *,
    model: str = "efficientnet-lite0",
    images: Sequence[str] = ("cat", "astronaut"),
    trained: bool = True,
    side: int | None = None,
    draws: int = 2,
    depths: Sequence[int] = (8, 16, 32, 64),
    seeds: int = 8,
    device: str = "auto",
) -> Mapping[str, Any]:
    """Effective against theoretical radius of the unit in the middle, for each part of a CNN's depth.

    `radius` is that of the disc that holds 90 % of the gradient's magnitude (50 % for `half`), averaged over
    `images` and `draws` random signs of the channels; `share` is radius over half the side of the theoretical
    field. The input is as large as the largest field, 512 pixels at most, so that no edge cuts it; `side`
    sets another. Trained weights beside random ones of seed 0; only the latter with --no-trained.

    `exponents` are p of sigma ∝ depth^p for plain stacks of `depths` 3 x 3 convolutions with random weights,
    without and with ReLU, and an interval that holds p with 95 % (bootstrap over `seeds`).

    Raises:
        UnsupportedModel: the model is no CNN that can be followed.
    """
    from explorer import zoo
    from explorer.analysis.field import effective_fields
    from explorer.analysis.field_growth import field_growth
    from explorer.analysis.receptive_field import receptive_field

    random = zoo.load(model, kind=zoo.Model, trained=False, device=device)
    largest = max(receptive_field(random).features.size)
    side = side or min(-(-largest // 32) * 32, LARGEST)
    field = receptive_field(random, input_size=(side, side))
    sides = {"untrained": random} | (
        {"trained": zoo.load(model, kind=zoo.Model, trained=True, device=device)} if trained else {}
    )
    fields = {
        name: effective_fields(
            network, photographs(network, images, side=side), layers=field.depth, draws=draws, field=field
        )
        for name, network in sides.items()
    }
    values: dict[str, Any] = {
        "layers": [
            {
                "layer": name,
                "theoretical radius": max(field.layer(name).size) / 2,
                **{which: _row(per_layer[at]) for which, per_layer in fields.items()},
            }
            for at, name in enumerate(field.depth)
        ],
        "exponents": {},
    }
    for activation in ("none", "relu"):
        growth = field_growth(depths, activation=activation, seeds=seeds, draws=draws)
        values["exponents"][activation] = {
            "exponent": round(growth.exponent, 4),
            "interval": [round(bound, 4) for bound in growth.interval],
            "depths": list(growth.depths),
            "sigma": [round(float(sigma), 3) for sigma in growth.sigma],
        }
    return {
        "values": values,
        "unit": "input pixels; share: effective radius / theoretical radius",
        "model": random.entry.name,
        "checkpoint": [network.checkpoint for network in sides.values()],
        "data": f"{', '.join(images)} at {side} x {side}",
        "device": random.device,
    }


def photographs(model: Model, images: Sequence[str], *, side: int | None = None) -> Tensor:
    """Gallery pictures or files as one batch for a model, at its own input size or `side` x `side`.

    Raises:
        PictureError: one is neither in the gallery nor a file.
    """
    import torch

    from explorer.geometry import Frame
    from explorer.images import render
    from explorer.views.scope import find_picture

    if not images:
        raise ControlError("No pictures were given")
    size = (side, side) if side else model.input_size
    batch = []
    for name in images:
        picture = find_picture(name)
        shown = render(picture, Frame.fit((picture.height, picture.width), size))
        batch.append(torch.tensor(shown).permute(2, 0, 1))
    unit = torch.stack(batch).to(model.device, torch.float32) / 255
    mean, std = (
        torch.tensor(channels, device=model.device)[:, None, None] for channels in (model.mean, model.std)
    )
    return (unit - mean) / std


def _row(field: EffectiveField) -> dict[str, float | None]:
    return {
        "radius": round(field.radius_90, 2),
        "half": round(field.radius_50, 2),
        "share": None if field.share is None else round(field.share, 4),
    }
