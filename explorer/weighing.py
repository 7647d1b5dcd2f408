"""The bytes that a value holds in memory, whatever it is made of."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Iterable, Mapping, Set
from typing import Any

import numpy as np

__all__ = ["weigh"]


def weigh(value: Any, known: Iterable[int] = ()) -> int:
    """Bytes of a value and of all that it holds: arrays, tensors, modules, text, containers and dataclasses of them.

    What is held twice counts once, a view counts as the whole that it keeps alive, and objects whose `id` is among
    `known`, such as a model that is kept by itself, count nothing. A value that says its own `nbytes`, being neither
    array nor tensor, is believed.
    """
    return _weigh(value, {("object", item) for item in known})


def _weigh(value: Any, seen: set[tuple[str, int]]) -> int:
    if value is None or isinstance(value, bool | int | float):
        return 0
    if _met("object", id(value), seen):
        return 0
    if isinstance(value, str | bytes | bytearray):
        return sys.getsizeof(value)
    if hasattr(value, "untyped_storage"):  # a tensor, known without importing torch
        storage = value.untyped_storage()
        return 0 if _met("storage", storage.data_ptr(), seen) else int(storage.nbytes())
    if hasattr(value, "parameters") and hasattr(value, "buffers"):  # a module of torch
        return sum(_weigh(parameter, seen) for parameter in (*value.parameters(), *value.buffers()))
    if isinstance(value, np.ndarray):
        return _weigh(value.base, seen) if isinstance(value.base, np.ndarray) else value.nbytes
    if isinstance(nbytes := getattr(value, "nbytes", None), int):
        return nbytes
    if isinstance(value, Mapping):
        parts: Any = (*value.keys(), *value.values())
    elif isinstance(value, list | tuple | Set):
        parts = value
    elif dataclasses.is_dataclass(value):
        parts = [getattr(value, field.name) for field in dataclasses.fields(value)]
    else:
        return sys.getsizeof(value)
    return sys.getsizeof(value) + sum(_weigh(part, seen) for part in parts)


def _met(kind: str, number: int, seen: set[tuple[str, int]]) -> bool:
    known = (kind, number) in seen
    seen.add((kind, number))
    return known
