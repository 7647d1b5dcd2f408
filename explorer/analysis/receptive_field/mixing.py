"""Sums, norms, means and products: what is mixed at one place, or over all of them."""

from torch import Tensor

from explorer.analysis.receptive_field.call import Call
from explorer.analysis.receptive_field.places import Places, merged

__all__ = [
    "attention",
    "batch_norm",
    "copy",
    "group_norm",
    "layer_norm",
    "pointwise",
    "product",
    "reduction",
    "same",
    "softmax",
    "summed_up_already",
]


def pointwise(call: Call) -> Places:
    """Number by number; everything that meets at a place is seen there."""
    tracked = call.tracked
    shape = tuple(call.out.shape)
    after = merged(tracked, shape)
    if after.local and any(places.local and 1 in shape[-2:] for places, shape in tracked):
        after = _note_spread(call, tracked, after)
    return after


def _note_spread(call: Call, tracked: list[tuple[Places, tuple[int, ...]]], after: Places) -> Places:
    """A map of one place that is spread over a larger one reaches everywhere."""
    for places, shape in tracked:
        for dim, axis in enumerate(places.axes):
            if axis and shape[dim] == 1 != call.out.shape[dim + call.out.dim() - len(shape)]:
                return after.noted(call.where)
    return after


def summed_up_already(call: Call) -> list[Places | None]:
    """An operation on values that belong to no place: so does what it gives."""
    everywhere = dict.fromkeys(name for places, _ in call.tracked for name in places.everywhere)
    outs = call.out if isinstance(call.out, list | tuple) else [call.out]
    return [
        Places(("",) * out.dim(), None, None, tuple(everywhere)) if isinstance(out, Tensor) else None
        for out in outs
    ]


def batch_norm(call: Call) -> list[Places | None]:
    """Local with stored statistics; with those of the batch, as in training, it sees everything."""
    places = call.subject
    training = call.given.get("training", call.given.get("train", False)) or "no_stats" in call.name
    if call.name == "_batch_norm_with_update":
        training = True
    after = places.noted(call.where) if training else places
    return [after, *[None] * (len(call.out) - 1)]


def group_norm(call: Call) -> list[Places | None]:
    """Its mean and variance are over all places."""
    places = call.subject
    return [places.noted(call.where) if any(places.axes) else places, None, None]


def layer_norm(call: Call) -> Places | list[Places | None]:
    """Local over channels; over rows or columns it sees everything."""
    places = call.subject
    over = len(call["normalized_shape"])
    after = places.noted(call.where) if any(places.axes[-over:]) else places
    return [after, *[None] * (len(call.out) - 1)] if isinstance(call.out, tuple) else after


def reduction(call: Call) -> Places | list[Places | None]:
    """A sum, mean or maximum over dimensions; over rows or columns nothing local is left of them."""
    places = call.subject
    dims = call.given.get("dim")
    rank = len(places.axes)
    if dims is None or dims == []:
        over = set(range(rank))
    else:
        over = {dim % rank for dim in (dims if isinstance(dims, list | tuple) else [dims])}
    after = places.without(over, call.where, keep=bool(call.given.get("keepdim")))
    return [after] * len(call.out) if isinstance(call.out, tuple) else after


def softmax(call: Call) -> Places:
    """Local over channels; over rows or columns its sum sees everything."""
    places = call.subject
    return places.noted(call.where) if places.axes[call["dim"]] else places


def product(call: Call) -> Places:
    """Matrix products; the dimension that is summed over leaves nothing local of what lies along it."""
    if "mat1" in call.given:
        left, right = call["mat1"], call["mat2"]
    elif "batch1" in call.given:
        left, right = call["batch1"], call["batch2"]
    elif "vec" in call.given:
        left, right = call["self"], call["vec"]
    else:
        left, right = call["self"], call["mat2"]
    one, other = call.places(left), call.places(right)
    rank = call.out.dim()
    everywhere = dict.fromkeys(name for places, _ in call.tracked for name in places.everywhere)
    if not any(any(places.axes) for places in (one, other) if places is not None):
        return Places(("",) * rank, None, None, tuple(everywhere))
    row_axes = one.axes[:-1] if one else ("",) * (left.dim() - 1)
    column_axes = other.axes[-1:] if other and right.dim() > 1 else ("",) * (right.dim() > 1)
    batch = other.axes[:-2] if other and right.dim() > 2 else ()
    axes = list(row_axes + column_axes)
    for dim, axis in enumerate(batch):
        axes[dim] = axes[dim] or axis
    summed = (one.axes[-1] if one else "") + (other.axes[-2 if right.dim() > 1 else -1] if other else "")
    remaining = "".join(axes)
    local = [places for places in (one, other) if places is not None and any(places.axes)]
    if len(local) == 2 and any(remaining.count(axis) > 1 for axis in "rc"):
        # Every place against every place, as in attention.
        return local[0].whole(rank, call.where)
    holders = ((one, row_axes), (other, column_axes))
    kept_by = next((places for places, given in holders if places and any(given)), local[0])
    after = Places(
        tuple(axes),
        kept_by.rows if "r" in remaining else None,
        kept_by.columns if "c" in remaining else None,
        tuple(everywhere),
    )
    return after.noted(call.where) if summed else after


def attention(call: Call) -> list[Places | None]:
    """Every place sees every other."""
    tracked = call.tracked
    first = call.out[0] if isinstance(call.out, tuple | list) else call.out
    rest = len(call.out) - 1 if isinstance(call.out, tuple | list) else 0
    return [tracked[0][0].whole(first.dim(), call.where), *[None] * rest]


def same(call: Call) -> Places | list[Places | None]:
    """What it gives has the same places."""
    places = call.tracked[0][0]
    if isinstance(call.out, tuple | list):
        return [places, *[None] * (len(call.out) - 1)]
    return places


def copy(call: Call) -> Places | None:
    """What is written over has the places of what is written."""
    return call.places(call.given["src"])
