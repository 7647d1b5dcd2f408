"""A private clone of a shared module: the same weights under modules of its own, to hang hooks on.

Function modes cannot see where a module begins and ends. Hooks on the shared module would be run by every
visitor's thread, and PyTorch's process-wide hooks would slow every module of the process. A clone costs only
its empty shell (some milliseconds): parameters and buffers are the shared module's own tensors.
"""

import copy
from collections.abc import Sequence
from itertools import chain
from typing import Any

from torch import Tensor, nn

from explorer.errors import ControlError, UnsupportedModel

__all__ = ["capture_activations", "clone_sharing_weights"]


def clone_sharing_weights(module: nn.Module) -> nn.Module:
    """A copy of the module's structure that shares every parameter and buffer."""
    shared = {id(tensor): tensor for tensor in chain(module.parameters(), module.buffers())}
    return copy.deepcopy(module, shared)


def capture_activations(own: nn.Module, names: Sequence[str]) -> dict[str, Tensor]:
    """A dictionary that each pass of `own`, which no one else may use, fills with these modules' outputs.

    Raises:
        ControlError: the module has no part of that name.
    """
    recorded: dict[str, Tensor] = {}
    parts = dict(own.named_modules())
    for name in names:
        if name not in parts:
            raise ControlError(f"{type(own).__name__} has no part called {name!r}", do=_nearest(name, parts))
        parts[name].register_forward_hook(_keep(recorded, name))
    return recorded


def _keep(recorded: dict[str, Tensor], name: str) -> Any:
    def hook(part: nn.Module, given: Any, output: Any) -> None:
        if not isinstance(output, Tensor):
            raise UnsupportedModel(f"The part {name} cannot be recorded", why="its output is not one tensor")
        recorded[name] = output

    return hook


def _nearest(name: str, parts: dict[str, nn.Module]) -> str:
    stem = name.split(".")[0]
    like = [part for part in parts if part.startswith(stem) and part] or [part for part in parts if part]
    return f"choose among {', '.join(like[:8])}{' …' if len(like) > 8 else ''}"
