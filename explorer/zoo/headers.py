"""What a safetensors file says that it holds, checked before a byte of it is loaded or a module is built for it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from explorer.errors import CheckpointError
from explorer.formatting import quoted, shortened

__all__ = [
    "ITEMSIZE",
    "LARGEST_MODEL",
    "TensorHeader",
    "check_numbers",
    "check_size",
    "elements_of",
    "header_of",
]

LARGEST_HEADER = 8 << 20
"""Bytes: the header of a model with 5,000 tensors has less than one."""
LARGEST_MODEL = 1_000_000_000
"""Elements: at four bytes each, what one model may take of a machine that others use too."""
LARGEST_NUMBER = 300_000
"""In a config: more than any vocabulary or width that is built here."""
LAYERS = 200
"""Layers of a network, under any of the names that follow; a layer takes time to make even where it holds no numbers."""
COUNTS = (
    "depth",
    "depths",
    "layers",
    "num_hidden_layers",
    "n_layers",
    "encoder_layers",
    "decoder_layers",
    "num_layers",
)
LONGEST_LIST = 1000
ITEMSIZE = {
    "BOOL": 1, "I8": 1, "U8": 1, "I16": 2, "U16": 2, "F16": 2, "BF16": 2,
    "I32": 4, "U32": 4, "F32": 4, "I64": 8, "U64": 8, "F64": 8,
}  # fmt: skip
"""Bytes of an element by the format's name for its type. The others, 8-bit floats and complex numbers, are not read: no
checkpoint of an architecture that is built here has them, and a byte of file would become four of memory."""


@dataclass(frozen=True)
class TensorHeader:
    """One tensor as the header has it."""

    dtype: str
    shape: tuple[int, ...]

    @property
    def elements(self) -> int:
        return math.prod(self.shape)


def header_of(path: Path) -> Mapping[str, TensorHeader]:
    """The tensors of a safetensors file by name (https://huggingface.co/docs/safetensors).

    Raises:
        CheckpointError: the file is damaged, claims what it does not hold, or is of types that are not read.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if not 2 <= length <= min(LARGEST_HEADER, size - 8):
                raise _damaged(path, "it has no header of a length that can be")
            said = json.loads(file.read(length))
    except OSError as error:
        raise _damaged(path, error.strerror or "it cannot be read") from error
    except (ValueError, RecursionError) as error:
        raise _damaged(path, "its header is no JSON") from error
    if not isinstance(said, dict):
        raise _damaged(path, "its header is no JSON object")
    said.pop("__metadata__", None)
    held = {name: _tensor(path, name, tensor, size - 8 - length) for name, tensor in said.items()}
    if not held:
        raise CheckpointError(f"{path.name} holds no weights")
    if (total := elements_of(held)) > LARGEST_MODEL:
        raise CheckpointError(
            f"{path.name} is too large",
            why=f"it holds {total / 1e9:.3g} billion numbers and {LARGEST_MODEL / 1e9:.0f} billion are taken",
        )
    return held


def elements_of(header: Mapping[str, TensorHeader]) -> int:
    """Numbers in all tensors together."""
    return sum(tensor.elements for tensor in header.values())


def check_size(title: str, *, elements: int, parameters: int) -> None:
    """Refuse a file that holds far fewer numbers than the architecture has, or far more: neither is to be built or
    loaded to find that out. A head, position embeddings and buffers may be missing or be another size.

    Raises:
        CheckpointError: the file cannot be the architecture's.
    """
    if not parameters / 4 <= elements <= 4 * parameters + 100_000:
        raise CheckpointError(
            f"The weights are not those of {title}",
            why=f"the file holds {_count(elements)} numbers and the architecture has {_count(parameters)}",
            do="check the architecture, or fetch the file again",
        )


def check_numbers(config: Any, title: str) -> None:
    """Refuse a config whose numbers no network has, such as a million layers: they would be built before anything
    could be counted. Its lists and dictionaries are looked into.

    Raises:
        CheckpointError: a number is too large, or a list too long.
    """
    waiting: list[tuple[str, Any]] = [(title, config)]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [(str(key), each) for key, each in value.items()]
        elif isinstance(value, list | tuple) and len(value) <= LONGEST_LIST:
            waiting += [(name, each) for each in value]
        else:
            most = LAYERS if name in COUNTS else LARGEST_NUMBER
            large = isinstance(value, int | float) and not abs(value) <= most
            if large or isinstance(value, list | tuple):
                raise CheckpointError(
                    f"{title} is not believed", why=f"its {shortened(name)} is {quoted(value)}"
                )


def _tensor(path: Path, name: str, said: Any, most: int) -> TensorHeader:
    try:
        dtype, shape, (begin, end) = said["dtype"], said["shape"], said["data_offsets"]
        plain = all(type(number) is int and number >= 0 for number in (*shape, begin, end))
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(path, f"its header says nothing of use about {shortened(name)}") from error
    if not plain or len(shape) > 8 or end > most or begin > end:
        raise _damaged(path, f"{shortened(name)} lies outside the file")
    if not isinstance(dtype, str) or dtype not in ITEMSIZE:
        raise CheckpointError(
            f"{path.name} is not read",
            why=f"{shortened(name)} is of the type {shortened(str(dtype))}",
            do="convert it to 16- or 32-bit floats",
        )
    tensor = TensorHeader(dtype, tuple(shape))
    if tensor.elements * ITEMSIZE[dtype] != end - begin:
        raise _damaged(path, f"{shortened(name)} has another size than its header says")
    if not tensor.elements:
        raise _damaged(path, f"{shortened(name)} holds nothing")
    return tensor


def _count(number: int) -> str:
    return f"{number / 1e6:.3g} million" if number >= 1e5 else str(number)


def _damaged(path: Path, why: str) -> CheckpointError:
    return CheckpointError(f"{path.name} is damaged or no safetensors file", why=why)
