"""Work on tensors that can be ended between any two operations, and gives the same numbers to the bit."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from torch import Tensor
from torch.overrides import TorchFunctionMode, _get_current_function_mode, _pop_mode_temporarily

from explorer.bounds import check

__all__ = ["Interruptible", "as_one"]


class Interruptible(TorchFunctionMode):
    """Inside it, this thread asks before every operation of torch whether it may go on.

    Operations are short: the longest of a model that a visitor may load takes a tenth of a second. Nothing is stopped
    within one, so no lock stays held and no value half written.
    """

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        check()
        result = func(*args, **(kwargs or {}))
        # A backward pass is one operation for Python; it comes by here before the gradient of each.
        if isinstance(result, Tensor) and result.grad_fn is not None:
            result.grad_fn.register_prehook(_check)
        return result


@contextmanager
def as_one() -> Iterator[None]:
    """What is inside is asked about once, like one operation, and must not take longer than one may."""
    check()
    if isinstance(_get_current_function_mode(), Interruptible):
        with _pop_mode_temporarily():
            yield
    else:
        yield


def _check(*gradients: Any) -> None:
    check()
