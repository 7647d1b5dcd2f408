"""The exact receptive field of every layer of a feed-forward CNN.

Araujo, Norris, Sim, "Computing Receptive Fields of Convolutional Neural Networks", Distill 2019, give the
recurrences for a chain of layers. Here intervals are carried through every primitive operation the model
makes, so that branches, uneven padding, cut out parts and enlarged maps are exact as well.
"""

from torch import nn

from explorer.analysis.receptive_field.result import LayerField, LayerTable, ReceptiveField
from explorer.analysis.receptive_field.steps import Step, Trace
from explorer.analysis.receptive_field.trace import trace
from explorer.errors import UnsupportedModel
from explorer.zoo.model import Model, input_size_of, module_of

__all__ = ["LayerField", "LayerTable", "ReceptiveField", "receptive_field"]


def receptive_field(
    model: Model | nn.Module, *, input_size: tuple[int, int] | None = None, channels: int = 3
) -> ReceptiveField:
    """The receptive field of every layer, for pictures of `input_size` (rows, columns; the model's own if
    left out).

    The hull is over all channels of a unit. Nothing is computed and the model is not touched: its structure
    alone is followed.

    Raises:
        UnsupportedModel: the network does more than convolution, pooling, activation, normalisation, sum and
            concatenation do, named in the sentence; or no layer has rows and columns.
    """
    module = module_of(model)
    size = input_size or input_size_of(model)
    traced = trace(module, (1, channels, *size))
    layers = tuple(LayerField.of(step, size) for step in traced.steps)
    parts = {name: LayerField.of(step, size) for name, step in traced.parts.items()}
    depth = _widening(traced, parts)
    if not depth and not any(layer.spatial for layer in layers):
        raise UnsupportedModel(f"{type(module).__name__} has no layer with rows and columns")
    return ReceptiveField(
        layers=layers,
        parts=parts,
        depth=depth,
        features=_features(traced, layers, parts, depth, size),
        input_size=size,
        parameters=sum(parameter.numel() for parameter in module.parameters()),
        flops=sum(layer.flops for layer in layers),
    )


def _widening(traced: Trace, parts: dict[str, LayerField]) -> tuple[str, ...]:
    """Of parts in a row whose units see the same, the last, or the last that is a block."""
    names: list[str] = []
    for name in traced.cuts:
        part = parts[name]
        if names and (parts[names[-1]].size, parts[names[-1]].jump) == (part.size, part.jump):
            if names[-1] in traced.blocks and name not in traced.blocks:
                continue
            names.pop()
        names.append(name)
    return tuple(names)


def _features(
    traced: Trace,
    layers: tuple[LayerField, ...],
    parts: dict[str, LayerField],
    depth: tuple[str, ...],
    size: tuple[int, int],
) -> LayerField:
    if traced.features is None:
        spatial = [layer for layer in layers if layer.spatial]
        return spatial[-1] if spatial else parts[depth[-1]]
    last: Step = traced.features
    if (
        depth
        and parts[depth[-1]].rows is last.places.rows
        and parts[depth[-1]].columns is last.places.columns
    ):
        return parts[depth[-1]]
    return LayerField.of(last, size)
