"""A module from the name of its class and its constructor's arguments, both as a card says them."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from explorer.errors import CheckpointError

if TYPE_CHECKING:
    from torch import nn

__all__ = ["build", "takes"]

TRUSTED = ("timm.models.", "explorer.models.")


def build(architecture: str, options: Mapping[str, Any]) -> nn.Module:
    """The module of "package.module:Class" made with `options`; an option that names a class becomes it.

    Raises:
        CheckpointError: the class is not timm's or Explorer's, or does not take the options.
    """
    arguments = {name: _named(value) if _is_name(value) else value for name, value in options.items()}
    try:
        return _named(architecture)(**arguments)
    except (TypeError, AttributeError, ImportError) as error:
        raise CheckpointError(f"{architecture} cannot be made from its card", why=str(error)) from error


def takes(architecture: str, option: str) -> bool:
    """Whether the class's constructor has an argument of that name."""
    return option in inspect.signature(_named(architecture)).parameters


def _is_name(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(TRUSTED) and ":" in value


def _named(name: str) -> Any:
    if not _is_name(name):
        raise CheckpointError(f"{name!r} is no class of timm or Explorer")
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)
