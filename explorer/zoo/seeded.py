"""Random numbers that are the same each time, whoever else draws some."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

__all__ = ["seeded"]


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """Random numbers of torch that begin at the seed, for this thread alone: all others, and what is drawn on other devices
    than the CPU, are as if nothing had been drawn here.

    All threads share torch's own generator, also those that only make the weights of a network to read others into them.
    """
    import torch
    from torch.utils._python_dispatch import TorchDispatchMode

    generator = torch.Generator().manual_seed(seed)

    class Drawing(TorchDispatchMode):
        def __torch_dispatch__(
            self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
        ) -> Any:
            kwargs = kwargs or {}
            tensors = [arg for arg in args if isinstance(arg, torch.Tensor)]
            device = tensors[0].device if tensors else torch.device(kwargs.get("device") or "cpu")
            if device.type == "cpu" and (own := _with_generator(func)):
                return own(*args, **{**kwargs, "generator": generator})
            return func(*args, **kwargs)

    with Drawing():
        yield


def _with_generator(func: Any) -> Any:
    """The operation as it draws from a generator that it is given; None of one that draws nothing."""
    if any(argument.name == "generator" for argument in func._schema.arguments):
        return func
    packet, name = func.overloadpacket, func._overloadname
    wanted = "generator" if name == "default" else f"{name}_generator"
    return getattr(packet, wanted) if wanted in packet.overloads() else None
