"""The tap itself: a mode that sees every attention call made by this thread, and touches nothing else.

PyTorch keeps the stack of function modes for each thread apart, so two visitors can watch one shared model at
the same time, and nothing is ever set on the model.
"""

from collections.abc import Callable
from types import FunctionType
from typing import Any

import torch.nn.functional as F  # noqa: N812  as everybody writes it
from torch import Tensor
from torch.overrides import TorchFunctionMode

from explorer.errors import UnsupportedModel
from explorer.tap.calls import AttentionCall

__all__ = ["Watch", "refuse_training"]

_ATTEND = F.scaled_dot_product_attention
_MULTI_HEAD = F.multi_head_attention_forward


class Watch(TorchFunctionMode):
    """Collects the attention calls of the passes run inside it, in order.

    `wanted(i)` says whether call i's weights are made during the pass. With `in_graph` every call is computed
    in the open, softmax(q kᵀ) v, so that its weights are part of the graph; otherwise the layer's own
    attention computes the output, and it is the same to the bit as unwatched. `outputs` are the calls' results,
    batch x heads x N x d; with `by_output` gradients by every one of them can be had.
    """

    def __init__(
        self,
        *,
        wanted: Callable[[int], bool] = lambda call: False,
        in_graph: bool = False,
        by_output: bool = False,
    ) -> None:
        super().__init__()
        self.calls: list[AttentionCall] = []
        self.outputs: list[Tensor] = []
        self._wanted, self._in_graph, self._by_output = wanted, in_graph, by_output

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        kwargs = kwargs or {}
        if func is _ATTEND:
            return self._attend(*args, **kwargs)
        if func is _MULTI_HEAD:
            return self._multi_head(*args, **kwargs)
        return func(*args, **kwargs)

    def _attend(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        attn_mask: Tensor | None = None,
        dropout_p: float = 0.0,
        is_causal: bool = False,
        *,
        scale: float | None = None,
        enable_gqa: bool = False,
    ) -> Tensor:
        if dropout_p:
            raise refuse_training()
        number = len(self.calls)
        call = AttentionCall(
            name=f"attention {number}",
            queries=_four_axes(query),
            keys=_for_every_head(_four_axes(key), query, shared=enable_gqa),
            values=_for_every_head(_four_axes(value), query, shared=enable_gqa),
            scale=query.shape[-1] ** -0.5 if scale is None else float(scale),
            bias=None if attn_mask is None else _bias(attn_mask, query),
            causal=is_causal,
        )
        if self._in_graph:
            return self._attend_in_the_open(call, query)
        output = _ATTEND(
            query, key, value, attn_mask, dropout_p, is_causal, scale=scale, enable_gqa=enable_gqa
        )
        self.calls.append(_with_weights(call, call.weights()) if self._wanted(number) else call)
        if self._by_output and not output.requires_grad:
            output.requires_grad_()
        self.outputs.append(output)
        return output

    def _attend_in_the_open(self, call: AttentionCall, query: Tensor) -> Tensor:
        weights = call.weights()
        if not weights.requires_grad:
            weights.requires_grad_()
        self.calls.append(_with_weights(call, weights))
        output = weights.to(call.values.dtype) @ call.values
        return output.reshape(*query.shape[:-1], output.shape[-1])

    def _multi_head(self, *args: Any, **kwargs: Any) -> Any:
        """torch.nn.MultiheadAttention arrives whole; run its insides under this mode to see its attention."""
        if kwargs.get("need_weights", True):
            raise UnsupportedModel(
                "The attention of this model cannot be seen",
                why="it asks torch.nn.MultiheadAttention for averaged weights, which takes another path",
                do="call it with need_weights=False",
            )
        with self:
            return _OPENED_MULTI_HEAD(*args, **kwargs)


def refuse_training() -> UnsupportedModel:
    """The sentence for a model that is not in evaluation mode."""
    return UnsupportedModel(
        "A model in training mode cannot be watched",
        why="dropout changes its attention at random, and rows would no longer sum to 1",
        do="call .eval() on it first",
    )


def _with_weights(call: AttentionCall, weights: Tensor) -> AttentionCall:
    return AttentionCall(
        call.name, call.queries, call.keys, call.values, call.scale, call.bias, call.causal, weights
    )


def _four_axes(x: Tensor) -> Tensor:
    """(…, N, d) as (batch, heads, N, d); a call without heads has one."""
    if x.dim() == 4:
        return x
    if x.dim() == 3:
        return x[:, None]
    raise UnsupportedModel(
        "The attention of this model cannot be shown",
        why=f"one call works on tensors of {x.dim()} axes, not 4",
    )


def _bias(mask: Tensor, query: Tensor) -> Tensor:
    """A mask as the call understands it, broadcastable to (batch, heads, N, M)."""
    if query.dim() == 3 and mask.dim() == 3:
        return mask[:, None]
    return mask[(None,) * (4 - mask.dim())]


def _for_every_head(x: Tensor, query: Tensor, *, shared: bool) -> Tensor:
    """Keys or values shared by groups of heads, once for each head (grouped-query attention)."""
    return x.repeat_interleave(query.shape[-3] // x.shape[1], dim=1) if shared else x


def _without_override(function: Any) -> Callable[..., Any]:
    """The same function, without its own check for modes: inside ours that check would send it back to us."""
    names = {**function.__globals__, "has_torch_function": lambda tensors: False}
    opened = FunctionType(
        function.__code__, names, function.__name__, function.__defaults__, function.__closure__
    )
    opened.__kwdefaults__ = function.__kwdefaults__
    return opened


_OPENED_MULTI_HEAD = _without_override(_MULTI_HEAD)
