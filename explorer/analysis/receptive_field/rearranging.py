"""Views, cuts, concatenations and paddings: places that move without being mixed."""

from dataclasses import replace

from explorer.analysis.receptive_field.call import Call
from explorer.analysis.receptive_field.places import Lost, Places, merged

__all__ = [
    "concatenation",
    "expand",
    "padding",
    "permute",
    "reshape",
    "select",
    "slice",
    "split",
    "squeeze",
    "unsqueeze",
]


def reshape(call: Call) -> Places:
    """A view with other dimensions."""
    places, value = call.subject, call["self"]
    return places.reshaped(tuple(value.shape), tuple(call.out.shape), call.where)


def permute(call: Call) -> Places:
    """Dimensions in another order."""
    places = call.subject
    rank = len(places.axes)
    if call.name == "permute":
        order = [dim % rank for dim in call["dims"]]
    else:
        order = list(range(rank))
        one, other = (call["dim0"], call["dim1"]) if call.name == "transpose" else (0, rank - 1)
        order[one], order[other] = order[other], order[one]
    return places.permuted(order)


def unsqueeze(call: Call) -> Places:
    """A new dimension of one entry."""
    places = call.subject
    at = call["dim"] % call.out.dim()
    return replace(places, axes=(*places.axes[:at], "", *places.axes[at:]))


def squeeze(call: Call) -> Places:
    """Dimensions of one entry left out."""
    places, value = call.subject, call["self"]
    dims = call.given.get("dim", list(range(value.dim())))
    dims = {dim % value.dim() for dim in (dims if isinstance(dims, list | tuple) else [dims])}
    return places.without({dim for dim in dims if value.shape[dim] == 1}, call.where)


def expand(call: Call) -> Places:
    """The same values repeated over new entries; one place repeated over many is seen everywhere."""
    places, value = call.subject, call["self"]
    shape = tuple(call.out.shape)
    after = merged([(places, tuple(value.shape))], shape)
    gone = any(axis and axis not in after.axes for axis in places.axes)
    return after.noted(call.where) if gone else after


def slice(call: Call) -> Places:
    """A part of one dimension, possibly every n-th entry."""
    places, value = call.subject, call["self"]
    dim, size = call["dim"] % value.dim(), value.shape[call["dim"]]
    axis = places.axes[dim]
    if not axis or call.out.shape[dim] == size:
        return places
    start = call.given.get("start") or 0
    start = max(start + size, 0) if start < 0 else min(start, size)
    return _cut(places, axis, start, call.given.get("step") or 1, call.out.shape[dim])


def _cut(places: Places, axis: str, start: int, step: int, units: int) -> Places:
    if axis == "r" and places.rows:
        return replace(places, rows=places.rows.window(1, stride=step, pad=-start, units=units))
    if axis == "c" and places.columns:
        return replace(places, columns=places.columns.window(1, stride=step, pad=-start, units=units))
    raise Lost("a part of the places is cut out of their row")


def select(call: Call) -> Places:
    """One entry of a dimension that is not of places."""
    places, value = call.subject, call["self"]
    dim = call["dim"] % value.dim()
    if places.axes[dim]:
        raise Lost("one place is picked out")
    return replace(places, axes=tuple(axis for at, axis in enumerate(places.axes) if at != dim))


def split(call: Call) -> list[Places | None]:
    """Several parts of one dimension."""
    places, value = call.subject, call["self"]
    dim = call.given.get("dim", 0) % value.dim()
    if call.name == "unbind":
        if places.axes[dim]:
            raise Lost("the places are taken apart")
        axes = tuple(axis for at, axis in enumerate(places.axes) if at != dim)
        return [replace(places, axes=axes) for _ in call.out]
    if not places.axes[dim]:
        return [places for _ in call.out]
    parts, start = [], 0
    for out in call.out:
        parts.append(_cut(places, places.axes[dim], start, 1, out.shape[dim]))
        start += out.shape[dim]
    return parts  # type: ignore[return-value]


def concatenation(call: Call) -> Places:
    """Tensors behind each other along channels: the hull of their places."""
    tensors = call["tensors"]
    dim = call.given.get("dim", 0) % call.out.dim()
    parts = [
        (places, tuple(tensor.shape)) for tensor in tensors if (places := call.places(tensor)) is not None
    ]
    if call.name == "stack":
        parts = [
            (
                replace(places, axes=(*places.axes[:dim], "", *places.axes[dim:])),
                (*shape[:dim], 1, *shape[dim:]),
            )
            for places, shape in parts
        ]
    if any(places.axes[dim] for places, _ in parts):
        raise Lost("places are put beside others")
    out = tuple(call.out.shape)
    return merged([(places, (*shape[:dim], out[dim], *shape[dim + 1 :])) for places, shape in parts], out)


def padding(call: Call) -> Places:
    """Rows and columns put around, or with a negative number taken away; pads come last dimension first."""
    places = call.subject
    pads = list(call.given["pad"] if "pad" in call.given else call.given["padding"])
    mode = {"reflection_pad2d": "reflect", "replication_pad2d": "replicate"}.get(call.name, "constant")
    rank = len(places.axes)
    for number, (before, behind) in enumerate(zip(pads[::2], pads[1::2], strict=True)):
        dim = rank - 1 - number
        if not places.axes[dim] or before == behind == 0:
            continue
        reach = {"r": places.rows, "c": places.columns}.get(places.axes[dim])
        if reach is None:
            raise Lost("padding is put around flattened places")
        if mode == "constant":
            reach = reach.window(1, pad=before, units=call.out.shape[dim])
        else:
            reach = reach.padded(before, behind, mode=mode)
        rows = places.axes[dim] == "r"
        places = replace(places, rows=reach) if rows else replace(places, columns=reach)
    return places
