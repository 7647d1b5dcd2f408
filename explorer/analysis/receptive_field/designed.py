"""The receptive fields of a stack of layers that was written in one line."""

from explorer.analysis.receptive_field import receptive_field
from explorer.analysis.receptive_field.result import LayerField, ReceptiveField
from explorer.errors import ControlError
from explorer.models.conv_stack import LayerSpec, build

__all__ = ["designed_field", "stack_layers"]


def designed_field(
    stack: tuple[LayerSpec, ...], *, input_size: tuple[int, int] = (128, 128)
) -> ReceptiveField:
    """The receptive field of every layer of a stack.

    Raises:
        ControlError: the picture is too small for the stack, or a block's branch and shortcut differ in size.
    """
    rows, columns = input_size
    for number, layer in enumerate(stack, start=1):
        rows, columns = _check_size(layer, number, (rows, columns))
    return receptive_field(build(stack), input_size=input_size)


def stack_layers(field: ReceptiveField, stack: tuple[LayerSpec, ...]) -> tuple[LayerField, ...]:
    """The fields of the stack's own layers, a residual block being one, from what `designed_field` gave."""
    return tuple(field.parts[f"{number} {layer}"] for number, layer in enumerate(stack, start=1))


def _check_size(layer: LayerSpec, number: int, size: tuple[int, int]) -> tuple[int, int]:
    """Rows and columns after the layer."""
    if layer.kind == "residual":
        after, stride = size, 1
        for inner in layer.inner:
            after, stride = _check_size(inner, number, after), stride * inner.stride
        around = tuple((side - 1) // stride + 1 for side in size)
        if around != after:
            raise ControlError(
                f"Layer {number} cannot add its shortcut",
                why=f"the branch has {after[0]} x {after[1]} places, the shortcut {around[0]} x {around[1]}",
                do="leave the padding out, and choose odd kernels",
            )
        return after
    rows, columns = (
        (side + 2 * pad - layer.dilation * (kernel - 1) - 1) // layer.stride + 1
        for side, pad, kernel in zip(size, layer.pads, layer.kernel, strict=True)
    )
    if min(rows, columns) < 1:
        raise ControlError(
            f"Layer {number} has no place left",
            why=f"a map of {size[0]} x {size[1]} is too small for {layer}",
            do="take out a stride or a layer, or choose a larger picture",
        )
    return rows, columns
