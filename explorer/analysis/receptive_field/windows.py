"""Convolution, pooling and resizing: windows that move over the places."""

from collections.abc import Sequence
from dataclasses import replace

from explorer.analysis.receptive_field.call import Call, Rule
from explorer.analysis.receptive_field.mixing import summed_up_already
from explorer.analysis.receptive_field.places import Lost, Places

__all__ = ["adaptive", "convolution", "pooling", "resize"]


def convolution(call: Call) -> Places:
    """A hull of taps on rows and columns; a transposed one is refused."""
    places = call.of("input")
    weight = call.of("weight")
    if places is None or not any(places.axes):
        return summed_up_already(call)[0]  # type: ignore[return-value]
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


def pooling(call: Call) -> Places | list[Places | None]:
    """As a convolution: which tap is the largest depends on the picture, so all of them count."""
    places = call.subject
    if places.axes[-2:] != ("r", "c"):
        if not any(places.axes):
            return summed_up_already(call)
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
    two = [(sizes[0], sizes[-1]) for sizes in (kernel, stride, pad, dilation)]
    rows, columns = (
        None if reach is None else reach.window(k, stride=s, pad=p, dilation=d, units=units)
        for reach, units, k, s, p, d in zip((places.rows, places.columns), out.shape[-2:], *two, strict=True)
    )
    everywhere = dict.fromkeys(places.everywhere + (also.everywhere if also else ()))
    return Places(places.axes, rows, columns, tuple(everywhere))


def adaptive(call: Call) -> Places | list[Places | None]:
    """Pooling to a given number of places; to a single one it is the mean of everything."""
    places = call.subject
    out = call.out[0] if isinstance(call.out, tuple) else call.out
    rows, columns = out.shape[-2:]
    if not any(places.axes):
        return summed_up_already(call)
    if (rows, columns) == (1, 1):
        after = places.without({len(places.axes) - 2, len(places.axes) - 1}, call.where, keep=True)
    elif places.axes[-2:] != ("r", "c") or not (places.rows and places.columns):
        raise Lost("a pooling over other dimensions than rows and columns")
    else:
        after = replace(places, rows=places.rows.pooled_to(rows), columns=places.columns.pooled_to(columns))
    return [after, None] if isinstance(call.out, tuple) else after


def resize(taps: int) -> Rule:
    """The rule of an interpolation with that many taps along each axis."""

    def rule(call: Call) -> Places:
        places = call.subject
        if not (places.rows and places.columns) or places.axes[-2:] != ("r", "c"):
            return summed_up_already(call)[0]  # type: ignore[return-value]
        corners = bool(call.given.get("align_corners"))
        rows, columns = (
            reach.resized(units, taps=taps, corners=corners) if len(reach) != units else reach
            for reach, units in zip((places.rows, places.columns), call.out.shape[-2:], strict=True)
        )
        return replace(places, rows=rows, columns=columns)

    return rule
