"""Which module makes each attention call: found once, before a model is shared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch
    from torch import nn

__all__ = ["attention_calls"]


def attention_calls(module: nn.Module, x: torch.Tensor) -> tuple[tuple[str, int, int], ...]:
    """Path of the calling module, number of queries and number of keys of each attention call of one pass.

    Hangs temporary hooks on the module: only for one that no other thread has yet.
    """
    import torch
    from torch.nn.functional import scaled_dot_product_attention
    from torch.overrides import TorchFunctionMode

    inside: list[str] = []
    calls: list[tuple[str, int, int]] = []

    class Naming(TorchFunctionMode):
        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            given = kwargs or {}
            if func is scaled_dot_product_attention:
                queries, keys = (
                    given[name] if name in given else args[at] for at, name in enumerate(("query", "key"))
                )
                calls.append((inside[-1] if inside else "", queries.shape[-2], keys.shape[-2]))
            return func(*args, **given)

    def enter(name: str) -> Any:
        return lambda part, given: inside.append(name)

    def leave(part: Any, given: Any, output: Any) -> None:
        inside.pop()

    handles = []
    for name, part in module.named_modules():
        handles += [part.register_forward_pre_hook(enter(name)), part.register_forward_hook(leave)]
    try:
        with torch.no_grad(), Naming():
            module(x)
    finally:
        for handle in handles:
            handle.remove()
    return tuple(calls)
