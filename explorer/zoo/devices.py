"""Where a model computes."""

from __future__ import annotations

from functools import cache

from explorer.errors import ControlError

__all__ = ["choose", "devices", "out_of_memory"]


@cache
def devices() -> tuple[str, ...]:
    """The devices of this machine, the quickest first."""
    import torch

    available = ["cuda"] if torch.cuda.is_available() else []
    available += ["mps"] if torch.backends.mps.is_available() else []
    return (*available, "cpu")


def choose(device: str = "auto") -> str:
    """The device of that name, or the quickest for "auto".

    Raises:
        ControlError: this machine has no such device.
    """
    have = devices()
    if device == "auto":
        return have[0]
    if device not in have:
        raise ControlError(
            f"This machine has no device {device!r}", do=f"choose among auto, {', '.join(have)}"
        )
    return device


def out_of_memory(error: BaseException) -> bool:
    """Whether a computation failed for want of the device's memory; MPS and the CPU say so in words only."""
    import torch

    words = ("out of memory", "can't allocate memory", "not enough memory")
    return isinstance(error, torch.OutOfMemoryError) or any(word in str(error) for word in words)
