"""A CNN's receptive field grows with kernel size, depth, stride and dilation (A1): its exact size."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import nn

    from explorer.analysis.receptive_field import LayerField

__all__ = ["measure"]


def measure(
    *,
    model: str = "efficientnet-lite0",
    layer: str | None = None,
    stack: str | None = None,
    side: int | None = None,
) -> Mapping[str, Any]:
    """The exact receptive field of every layer of a CNN, or of a `stack` written as in the designer.

    `last feature layer` is the field of what the classifier's pooling or flattening is given; with `layer`
    that one's is given as well. Sizes are rows and columns, where no edge of the picture cuts them. `side`
    is that of a square input. Weights play no part, so none are loaded.

    Raises:
        UnsupportedModel: the model does more than convolution, pooling, activation, norms, sums and
        concatenations. ControlError: there is no such layer, or the stack cannot be read.
    """
    from explorer.analysis.receptive_field import receptive_field
    from explorer.analysis.receptive_field.designed import designed_field
    from explorer.models.conv_stack import parse

    if stack is not None:
        field, named = designed_field(parse(stack), input_size=(side or 128, side or 128)), stack
    else:
        module, own = _structure(model)
        field, named = receptive_field(module, input_size=(side, side) if side else own), model
    values: dict[str, Any] = {
        "last feature layer": _one(field.features.size),
        "name": field.features.name,
        "jump": _one(field.features.jump),
        "start": _one(field.features.start),
        "parameters": field.parameters,
        "flops": field.flops,
        "global operations": list(field.global_operations),
        "layers": [_row(layer_field) for layer_field in field.layers],
    }
    if layer is not None:
        values["layer"] = _row(field.layer(layer))
    return {
        "values": values,
        "model": named,
        "data": f"input of {field.input_size[0]} x {field.input_size[1]}",
    }


def _structure(name: str) -> tuple[nn.Module, tuple[int, int]]:
    """The network without numbers, or with random ones where it cannot be made so; and its input size."""
    import torch

    from explorer import zoo
    from explorer.zoo.modules import build_timm

    entry = zoo.entry(name)
    if entry.source == "timm":
        try:
            with torch.device("meta"):
                return build_timm(entry, None, seed=0).module.eval(), entry.input_size
        except (RuntimeError, NotImplementedError):
            pass
    loaded = zoo.load(name, kind=zoo.Model, trained=False, device="cpu")
    return loaded.module, loaded.input_size


def _row(layer: LayerField) -> dict[str, Any]:
    if not layer.spatial:
        seen: dict[str, Any] = {"size": "whole picture"}
    else:
        seen = {"size": _one(layer.size), "jump": _one(layer.jump), "start": _one(layer.start)}
    return {
        "name": layer.name,
        "kind": layer.kind,
        **seen,
        "output": list(layer.output_shape[1:]),
        "parameters": layer.parameters,
        "flops": layer.flops,
    }


def _one(pair: tuple[float, float]) -> Any:
    """One number where rows and columns are alike."""
    rows, columns = pair
    return rows if rows == columns else [rows, columns]
