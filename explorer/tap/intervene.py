"""Attention layers computed otherwise than the model would: a head silenced, tokens hidden, another scale, held."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import torch
import torch.nn.functional as F  # noqa: N812
from jaxtyping import Shaped
from torch import Tensor, nn

from explorer.errors import ControlError
from explorer.tap.calls import AttentionCall
from explorer.tap.watch import Watch, refuse_training
from explorer.zoo.model import Model, module_of

__all__ = ["Change", "intervene"]


@dataclass(frozen=True)
class Change:
    """What is done to an attention layer; as it stands, nothing."""

    heads: tuple[int, ...] = ()
    """Heads whose output is zero."""
    tokens: tuple[int, ...] = ()
    """Tokens that no query sees."""
    scale: float | None = None
    """Instead of 1/√d."""
    temperature: float = 1.0
    """What the scaled scores are divided by: below 1 the softmax is sharper."""
    causal: bool = False
    """Whether a query sees itself and what comes before it only."""
    override: Literal["", "uniform", "self"] | int = ""
    """What the weights are instead of what the scores say: alike on all tokens, on the query itself, or on this
    token; "" leaves them."""

    @property
    def nothing(self) -> bool:
        return self == Change()

    def of(self, call: AttentionCall) -> AttentionCall:
        """The call, changed.

        Raises:
            ControlError: there is no such head or token, no token is left, or the temperature is not above 0.
        """
        self._check(call)
        tokens, values = call.keys.shape[2], call.values
        if self.heads:
            values = values.clone()
            values[:, list(self.heads)] = 0.0
        scale = (call.scale if self.scale is None else self.scale) / self.temperature
        bias = call.bias
        if bias is not None and bias.dtype != torch.bool:
            bias = bias / self.temperature
        if self.override == "uniform":
            scale, bias = 0.0, bias if bias is not None and bias.dtype == torch.bool else None
        changed = replace(call, values=values, scale=scale, bias=bias, cached=None)
        on_one = self.override not in ("", "uniform")
        if not self.tokens and not on_one and (not self.causal or call.causal):
            return changed
        seen = torch.ones(call.tokens, tokens, dtype=torch.bool, device=call.keys.device)
        if self.causal or call.causal:
            seen = seen.tril()
        if self.override == "self":
            seen &= torch.eye(call.tokens, tokens, dtype=torch.bool, device=seen.device)
        elif on_one:
            seen &= torch.arange(tokens, device=seen.device) == self.override
        seen[:, list(self.tokens)] = False
        if bias is None:
            return replace(changed, bias=seen[None, None], causal=False)
        if bias.dtype == torch.bool:
            return replace(changed, bias=bias & seen, causal=False)
        return replace(changed, bias=torch.where(seen, bias, -math.inf), causal=False)

    def _check(self, call: AttentionCall) -> None:
        tokens = call.keys.shape[2]
        if self.temperature <= 0:
            raise ControlError("The temperature must be above 0", why=f"it is {self.temperature:g}")
        override = (self.override,) if isinstance(self.override, int) else ()
        for what, chosen, count in (
            ("head", self.heads, call.heads),
            ("token", (*self.tokens, *override), tokens),
        ):
            wrong = [index for index in chosen if not 0 <= index < count]
            if wrong:
                raise ControlError(f"There is no {what} {wrong[0]}", why=f"there are 0 to {count - 1}")
        if len(set(self.tokens)) == tokens:
            raise ControlError("All tokens are hidden", do="leave at least one to be seen")


def intervene(model: Model | nn.Module, x: Shaped[Tensor, "batch ..."], changes: Mapping[int, Change]) -> Any:
    """The model's output for x when these attention layers, counted from 0, are changed; the model is not touched.

    Raises:
        ControlError: there is no such layer, head or token.
        UnsupportedModel: the model is in training mode.
    """
    module = module_of(model)
    if any(part.training for part in module.modules()):
        raise refuse_training()
    with torch.no_grad(), _Intervention(changes) as watch:
        output = module(x)
    for layer in changes:
        if not 0 <= layer < len(watch.calls):
            raise ControlError(
                f"There is no attention layer {layer}", why=f"the model has {len(watch.calls)}"
            )
    return output


class _Intervention(Watch):
    """A watch that answers some of the calls itself."""

    def __init__(self, changes: Mapping[int, Change]) -> None:
        super().__init__()
        self._changes = changes

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        output = super().__torch_function__(func, types, args, kwargs)
        layer = len(self.calls) - 1
        if func is not F.scaled_dot_product_attention or layer not in self._changes:
            return output
        changed = self._changes[layer].of(self.calls[layer])
        return (changed.weights().to(changed.values.dtype) @ changed.values).reshape(output.shape)
