"""What one pass of a network costs, counted on torch's meta device: no number of it is ever in memory."""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from explorer.bounds import is_bounded, require
from explorer.zoo.catalogue import Entry

if TYPE_CHECKING:
    from torch import nn

__all__ = ["Cost", "cost", "require_passes"]

FLOAT = 4
EVERYDAY = 30_000_000, 384
"""Parameters and input side of models that anybody may load: not worth counting."""
EFFICIENCY = 0.4
"""Of a matrix product's speed, what a network reaches that also moves its activations."""


@dataclass(frozen=True)
class Cost:
    """One pass over one picture."""

    operations: int
    """Floating-point, as `torch.utils.flop_counter` counts them."""
    nbytes: int
    """Parameters, and the queries and keys that are kept."""

    @property
    def seconds(self) -> float:
        """On this machine."""
        return self.operations / (EFFICIENCY * _speed())


def require_passes(
    wanted: Entry, size: tuple[int, int], passes: int = 1, *, do: str = "choose a smaller model"
) -> None:
    """Refuse so many passes where they are more than a visitor may start, before the network is built.

    Raises:
        TooMuchWork: they are.
    """
    if not is_bounded() or (passes == 1 and wanted.parameters <= EVERYDAY[0] and max(size) <= EVERYDAY[1]):
        return
    # Its parameters alone say enough of most that are too large, and nothing need be counted.
    one = Cost(0, FLOAT * wanted.parameters)
    require(wanted.title, seconds=one.seconds, nbytes=one.nbytes, do=do)
    one = cost(wanted.architecture, size, wanted.family, wanted.parameters)
    what = wanted.title if passes == 1 else f"{passes:,} passes of {wanted.title}"
    require(what, seconds=passes * one.seconds, nbytes=one.nbytes, do=do)


@lru_cache(maxsize=256)
def cost(architecture: str, size: tuple[int, int], family: str, parameters: int) -> Cost:
    """The cost of one pass; of what cannot be built without numbers, a usual CNN's of that many parameters."""
    import torch
    from torch.overrides import TorchFunctionMode
    from torch.utils.flop_counter import FlopCounterMode

    held: list[int] = []

    class Kept(TorchFunctionMode):
        """Notes what observing attention keeps."""

        def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            if func is torch.nn.functional.scaled_dot_product_attention:
                held.append(FLOAT * (args[0].numel() + args[1].numel()))
            return func(*args, **(kwargs or {}))

    module = _on_meta(architecture, size, family)
    if module is None:
        positions = size[0] * size[1] / 256
        return Cost(int(2 * parameters * positions), FLOAT * parameters)
    with FlopCounterMode(display=False) as counter, torch.inference_mode(), Kept():
        module(torch.empty(1, 3, *size, device="meta"))
    return Cost(counter.get_total_flops(), FLOAT * parameters + sum(held))


def _on_meta(architecture: str, size: tuple[int, int], family: str) -> nn.Module | None:
    if family not in ("cnn", "vit", "hybrid") or ":" in architecture:
        return None
    from explorer.zoo.architectures import on_meta

    module: Any = on_meta(architecture).eval()
    if hasattr(module, "set_input_size"):
        module.set_input_size(img_size=size)
    return module


@cache
def _speed() -> float:
    """Floating-point operations a second of a matrix product, the best of three."""
    import torch

    side = 768
    one = torch.ones(side, side)
    seconds = []
    for _ in range(3):
        began = time.perf_counter()
        one @ one
        seconds.append(time.perf_counter() - began)
    return 2 * side**3 / min(seconds)
