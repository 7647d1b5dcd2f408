"""A function's keyword arguments as command-line options, so that each is said once."""

from __future__ import annotations

import argparse
import inspect
import types
import typing
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

__all__ = ["add_options", "chosen"]

PLAIN = (int, float, str, Path)


def add_options(parser: argparse.ArgumentParser, function: Callable[..., Any]) -> None:
    """One option for each keyword argument of a plain type; the rest are for Python callers only."""
    hints = typing.get_type_hints(function)
    for name, parameter in inspect.signature(function).parameters.items():
        flag = f"--{name.replace('_', '-')}"
        required = parameter.default is inspect.Parameter.empty
        help_text = "" if required or parameter.default is None else f"default {parameter.default}"
        kind, many = _kind(hints.get(name, str))
        if kind is bool:
            parser.add_argument(
                flag, action=argparse.BooleanOptionalAction, default=parameter.default, help=help_text
            )
        elif kind in PLAIN:
            nargs = {"nargs": "+"} if many else {}
            parser.add_argument(
                flag,
                type=kind,
                required=required,
                default=None if required else parameter.default,
                help=help_text or "as the model or the experiment has it",
                metavar=kind.__name__.upper(),
                **nargs,
            )


def chosen(function: Callable[..., Any], args: argparse.Namespace) -> Mapping[str, Any]:
    """The keyword arguments that were given or have defaults on the command line."""
    return {
        name: getattr(args, name) for name in inspect.signature(function).parameters if hasattr(args, name)
    }


def _kind(hint: Any) -> tuple[Any, bool]:
    """The plain type of an option, and whether it takes several values."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if origin in (typing.Union, types.UnionType):
        return _kind(next(part for part in inner if part is not type(None)))
    if origin is typing.Literal:
        return type(inner[0]), False
    if origin is not None and inner:
        return _kind(inner[0])[0], True
    return hint, False
