"""What each of PyTorch's primitive operations does to the places of the picture."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from explorer.analysis.receptive_field.places import Lost, Places, merged

__all__ = ["Call", "follow"]

Rule = Callable[["Call"], Places | list[Places | None] | None]


@dataclass(frozen=True, eq=False)
class Call:
    """One primitive operation, some of whose tensors depend on the picture."""

    name: str
    """As PyTorch's schema calls it, without the overload: "convolution"."""
    given: dict[str, Any]
    """Arguments by their names in the schema."""
    out: Any
    where: str
    """The part of the model that calls it, for sentences and for the names of global operations."""
    places: Callable[[Any], Places | None]
    pointwise: bool

    def __getitem__(self, name: str) -> Any:
        return self.given[name]

    def of(self, name: str) -> Places | None:
        return self.places(self.given.get(name))

    @property
    def tracked(self) -> list[tuple[Places, tuple[int, ...]]]:
        """The tensors among the arguments that depend on the picture, lists of tensors included."""
        found = []
        for value in self.given.values():
            for each in value if isinstance(value, list | tuple) else (value,):
                places = self.places(each)
                if places is not None:
                    found.append((places, tuple(each.shape)))
        return found


def follow(call: Call) -> list[Places | None]:
    """The places of each tensor the operation returns.

    Raises:
        Lost: the operation does what no feed-forward CNN of convolution, pooling and sums does.
        OutOfLine: branches that meet do not step alike.
    """
    rule = _RULES.get(call.name) or (_pointwise if call.pointwise else None)
    if rule is None:
        if any(places.axes.count("") < len(places.axes) for places, _ in call.tracked):
            raise Lost(f"the operation {call.name} is not known")
        rule = _summed_up_already
    found = rule(call)
    return found if isinstance(found, list) else [found]


def _pointwise(call: Call) -> Places:
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


def _summed_up_already(call: Call) -> list[Places | None]:
    """An operation on values that belong to no place: so does what it gives."""
    everywhere = dict.fromkeys(name for places, _ in call.tracked for name in places.everywhere)
    outs = call.out if isinstance(call.out, list | tuple) else [call.out]
    return [
        Places(("",) * each.dim(), None, None, tuple(everywhere)) if isinstance(each, Tensor) else None
        for each in outs
    ]


def _convolution(call: Call) -> Places:
    places = call.of("input")
    weight = call.of("weight")
    if places is None or not any(places.axes):
        return _summed_up_already(call)[0]  # type: ignore[return-value]
    if call["transposed"]:
        raise Lost("transposed convolutions are not followed")
    if places.axes[-2:] != ("r", "c") or len(places.axes) != 4:
        raise Lost("a convolution over other dimensions than rows and columns")
    return _after_window(
        call,
        places,
        kernel=call["weight"].shape[2:],
        stride=call["stride"],
        pad=call["padding"],
        dilation=call["dilation"],
        also=weight,
    )


def _pooling(call: Call) -> Places | list[Places | None]:
    places = call.places(call.given.get("self"))
    assert places is not None
    if places.axes[-2:] != ("r", "c"):
        if not any(places.axes):
            return _summed_up_already(call)
        raise Lost("a pooling over other dimensions than rows and columns")
    kernel = call["kernel_size"]
    after = _after_window(
        call,
        places,
        kernel=kernel,
        stride=call["stride"] or kernel,
        pad=call["padding"],
        dilation=call.given.get("dilation", [1, 1]),
    )
    return [after, None] if isinstance(call.out, tuple) else after


def _after_window(
    call: Call,
    places: Places,
    *,
    kernel: Sequence[int],
    stride: Sequence[int],
    pad: Sequence[int],
    dilation: Sequence[int],
    also: Places | None = None,
) -> Places:
    out = call.out[0] if isinstance(call.out, tuple) else call.out
    two = [(each[0], each[-1]) for each in (kernel, stride, pad, dilation)]
    reaches = [
        reach and reach.window(k, stride=s, pad=p, dilation=d, units=units)
        for reach, units, k, s, p, d in zip((places.rows, places.columns), out.shape[-2:], *two, strict=True)
    ]
    everywhere = dict.fromkeys(places.everywhere + (also.everywhere if also else ()))
    return Places(places.axes, *reaches, tuple(everywhere))


def _adaptive(call: Call) -> Places | list[Places | None]:
    places = call.places(call.given.get("self"))
    assert places is not None
    out = call.out[0] if isinstance(call.out, tuple) else call.out
    rows, columns = out.shape[-2:]
    if not any(places.axes):
        return _summed_up_already(call)
    if (rows, columns) == (1, 1):
        after = places.without({len(places.axes) - 2, len(places.axes) - 1}, call.where, keep=True)
    elif places.axes[-2:] != ("r", "c") or not (places.rows and places.columns):
        raise Lost("a pooling over other dimensions than rows and columns")
    else:
        after = replace(places, rows=places.rows.pooled_to(rows), columns=places.columns.pooled_to(columns))
    return [after, None] if isinstance(call.out, tuple) else after


def _resize(taps: int) -> Rule:
    def rule(call: Call) -> Places:
        places = call.places(call.given.get("self", call.given.get("input")))
        assert places is not None
        if not (places.rows and places.columns) or places.axes[-2:] != ("r", "c"):
            return _summed_up_already(call)[0]  # type: ignore[return-value]
        corners = bool(call.given.get("align_corners"))
        rows, columns = (
            reach.resized(units, taps=taps, corners=corners) if len(reach) != units else reach
            for reach, units in zip((places.rows, places.columns), call.out.shape[-2:], strict=True)
        )
        return replace(places, rows=rows, columns=columns)

    return rule


def _batch_norm(call: Call) -> list[Places | None]:
    places = call.places(call.given.get("input"))
    assert places is not None
    training = call.given.get("training", call.given.get("train", False)) or "no_stats" in call.name
    if call.name == "_batch_norm_with_update":
        training = True
    after = places.noted(call.where) if training else places
    return [after, *[None] * (len(call.out) - 1)]


def _group_norm(call: Call) -> list[Places | None]:
    places = call.places(call.given.get("input"))
    assert places is not None
    return [places.noted(call.where) if any(places.axes) else places, None, None]


def _layer_norm(call: Call) -> Places | list[Places | None]:
    places = call.places(call.given.get("input"))
    assert places is not None
    over = len(call["normalized_shape"])
    after = places.noted(call.where) if any(places.axes[-over:]) else places
    return [after, *[None] * (len(call.out) - 1)] if isinstance(call.out, tuple) else after


def _reduction(call: Call) -> Places | list[Places | None]:
    places = call.places(call.given.get("self", call.given.get("input")))
    assert places is not None
    dims = call.given.get("dim")
    rank = len(places.axes)
    if dims is None or dims == []:
        over = set(range(rank))
    else:
        over = {dim % rank for dim in (dims if isinstance(dims, list | tuple) else [dims])}
    after = places.without(over, call.where, keep=bool(call.given.get("keepdim")))
    return [after] * len(call.out) if isinstance(call.out, tuple) else after


def _softmax(call: Call) -> Places:
    places = call.places(call.given.get("self"))
    assert places is not None
    return places.noted(call.where) if places.axes[call["dim"]] else places


def _product(call: Call) -> Places:
    """Matrix products; the dimension that is summed over leaves nothing local of what lies along it."""
    left, right = (
        call.given.get(one, call.given.get(other)) for one, other in (("mat1", "mat2"), ("self", "mat2"))
    )
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
    kept = "".join(axes)
    local = [places for places in (one, other) if places is not None and any(places.axes)]
    if len(local) == 2 and any(kept.count(axis) > 1 for axis in "rc"):
        # Every place against every place, as in attention.
        return local[0].whole(rank, call.where)
    source = next(
        (places for places in local if any(places.axes[dim] for dim in range(len(places.axes)))), local[0]
    )
    kept_by = next(
        (places for places, given in ((one, row_axes), (other, column_axes)) if places and any(given)), source
    )
    after = Places(
        tuple(axes),
        kept_by.rows if "r" in kept else None,
        kept_by.columns if "c" in kept else None,
        tuple(everywhere),
    )
    return after.noted(call.where) if summed else after


def _attention(call: Call) -> list[Places | None]:
    tracked = call.tracked
    first = call.out[0] if isinstance(call.out, tuple | list) else call.out
    rest = len(call.out) - 1 if isinstance(call.out, tuple | list) else 0
    return [tracked[0][0].whole(first.dim(), call.where), *[None] * rest]


def _reshape(call: Call) -> Places:
    value = call["self"]
    places = call.places(value)
    assert places is not None
    return places.reshaped(tuple(value.shape), tuple(call.out.shape), call.where)


def _permute(call: Call) -> Places:
    places = call.of("self")
    assert places is not None
    rank = len(places.axes)
    if call.name == "permute":
        order = [dim % rank for dim in call["dims"]]
    else:
        order = list(range(rank))
        one, other = (call["dim0"], call["dim1"]) if call.name == "transpose" else (0, rank - 1)
        order[one], order[other] = order[other], order[one]
    return places.permuted(order)


def _unsqueeze(call: Call) -> Places:
    places = call.of("self")
    assert places is not None
    at = call["dim"] % call.out.dim()
    return replace(places, axes=(*places.axes[:at], "", *places.axes[at:]))


def _squeeze(call: Call) -> Places:
    places, value = call.of("self"), call["self"]
    assert places is not None
    dims = call.given.get("dim", list(range(value.dim())))
    dims = {dim % value.dim() for dim in (dims if isinstance(dims, list | tuple) else [dims])}
    return places.without({dim for dim in dims if value.shape[dim] == 1}, call.where)


def _expand(call: Call) -> Places:
    places, value = call.of("self"), call["self"]
    assert places is not None
    shape = tuple(call.out.shape)
    after = merged([(places, tuple(value.shape))], shape)
    gone = any(axis and axis not in after.axes for axis in places.axes)
    return after.noted(call.where) if gone else after


def _slice(call: Call) -> Places:
    places, value = call.of("self"), call["self"]
    assert places is not None
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


def _select(call: Call) -> Places:
    places, value = call.of("self"), call["self"]
    assert places is not None
    dim = call["dim"] % value.dim()
    if places.axes[dim]:
        raise Lost("one place is picked out")
    return replace(places, axes=tuple(axis for at, axis in enumerate(places.axes) if at != dim))


def _split(call: Call) -> list[Places | None]:
    places, value = call.of("self"), call["self"]
    assert places is not None
    dim = call.given.get("dim", 0) % value.dim()
    if call.name == "unbind":
        if places.axes[dim]:
            raise Lost("the places are taken apart")
        axes = tuple(axis for at, axis in enumerate(places.axes) if at != dim)
        return [replace(places, axes=axes) for _ in call.out]
    if not places.axes[dim]:
        return [places for _ in call.out]
    parts, start = [], 0
    for each in call.out:
        parts.append(_cut(places, places.axes[dim], start, 1, each.shape[dim]))
        start += each.shape[dim]
    return parts  # type: ignore[return-value]


def _concatenation(call: Call) -> Places:
    tensors = call["tensors"]
    dim = call.given.get("dim", 0) % call.out.dim()
    parts = [(places, tuple(each.shape)) for each in tensors if (places := call.places(each)) is not None]
    if call.name == "stack":
        parts = [
            (replace(each, axes=(*each.axes[:dim], "", *each.axes[dim:])), (*shape[:dim], 1, *shape[dim:]))
            for each, shape in parts
        ]
    if any(places.axes[dim] for places, _ in parts):
        raise Lost("places are put beside others")
    out = tuple(call.out.shape)
    return merged([(places, (*shape[:dim], out[dim], *shape[dim + 1 :])) for places, shape in parts], out)


def _padding(call: Call) -> Places:
    places, pads = call.of("self"), list(call.given.get("pad", call.given.get("padding")))
    assert places is not None
    after, rank = places, len(places.axes)
    for number, (before, behind) in enumerate(zip(pads[::2], pads[1::2], strict=True)):
        dim = rank - 1 - number
        if not places.axes[dim] or before == behind == 0:
            continue
        which = {"r": "rows", "c": "columns"}.get(places.axes[dim])
        reach = getattr(after, which) if which else None
        if reach is None:
            raise Lost("padding is put around flattened places")
        mode = call.name.split("_")[0].replace("reflection", "reflect").replace("replication", "replicate")
        if mode == "constant":
            reach = reach.window(1, pad=before, units=call.out.shape[dim])
        else:
            reach = reach.padded(before, behind, mode=mode)
        after = replace(after, **{which: reach})
    return after


def _same(call: Call) -> Places | list[Places | None]:
    places = call.tracked[0][0]
    if isinstance(call.out, tuple | list):
        return [places, *[None] * (len(call.out) - 1)]
    return places


def _copy(call: Call) -> Places | None:
    return call.places(call.given["src"])


_RULES: dict[str, Rule] = {
    name: rule
    for rule, names in {
        _convolution: "convolution _convolution",
        _pooling: "max_pool2d_with_indices max_pool2d avg_pool2d mkldnn_max_pool2d",
        _adaptive: "_adaptive_avg_pool2d adaptive_avg_pool2d adaptive_max_pool2d",
        _resize(1): "upsample_nearest2d _upsample_nearest_exact2d",
        _resize(2): "upsample_bilinear2d",
        _resize(4): "upsample_bicubic2d",
        _batch_norm: "native_batch_norm _native_batch_norm_legit _native_batch_norm_legit_no_training "
        "_batch_norm_with_update _batch_norm_no_update cudnn_batch_norm miopen_batch_norm",
        _group_norm: "native_group_norm",
        _layer_norm: "native_layer_norm rms_norm _fused_rms_norm",
        _reduction: "mean sum amax amin var std var_mean std_mean max min linalg_vector_norm norm prod any all "
        "logsumexp argmax argmin median",
        _softmax: "_softmax _log_softmax softmax _safe_softmax",
        _product: "mm addmm bmm baddbmm mv addmv",
        _attention: "_scaled_dot_product_flash_attention_for_cpu _scaled_dot_product_attention_math "
        "_scaled_dot_product_flash_attention _scaled_dot_product_efficient_attention "
        "_scaled_dot_product_fused_attention_overrideable scaled_dot_product_attention",
        _reshape: "view _unsafe_view reshape _reshape_alias unflatten flatten",
        _permute: "permute transpose t",
        _unsqueeze: "unsqueeze",
        _squeeze: "squeeze",
        _expand: "expand repeat",
        _slice: "slice",
        _select: "select",
        _split: "split split_with_sizes unbind chunk unsafe_split",
        _concatenation: "cat stack",
        _padding: "constant_pad_nd reflection_pad2d replication_pad2d",
        _same: "clone detach alias _to_copy contiguous native_dropout lift_fresh bernoulli_ bernoulli positive",
        _copy: "copy_",
    }.items()
    for name in names.split()
}
"""By the schema's name. Pointwise operations need no rule: PyTorch says which they are."""

POINTWISE = torch.Tag.pointwise
