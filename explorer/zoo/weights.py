"""Reading a file of weights that may be damaged, foreign or hostile."""

from __future__ import annotations

import json
import pickle
import struct
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.errors import CheckpointError
from explorer.formatting import shortened
from explorer.zoo.headers import LARGEST_MODEL, check_numbers, header_of

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["config_of", "read_state", "weights_in"]

SAFE = (".safetensors",)
PICKLED = (".pth", ".pt", ".bin", ".ckpt")
WRAPPED_AS = ("state_dict_ema", "model_ema", "state_dict", "model", "module")
"""Names under which training scripts put the weights into a larger dictionary, the best first."""


def weights_in(path: Path) -> Path:
    """The file of weights at `path`, which may be a folder as the Hugging Face hub lays it out.

    Raises:
        CheckpointError: there is none, or of a kind that is not read.
    """
    if path.is_dir():
        files = [
            path / name for name in ("model.safetensors", "pytorch_model.bin") if (path / name).is_file()
        ]
        files = files or sorted(path.glob("*.safetensors"))
        if not files:
            raise CheckpointError(
                f"The folder {path.name} holds no weights", do="give one with model.safetensors"
            )
        return files[0]
    if not path.is_file():
        raise CheckpointError(f"There is no file {path}")
    if path.suffix.lower() not in SAFE + PICKLED:
        raise CheckpointError(f"{path.name} is not read", do="give a .safetensors file")
    return path


def config_of(path: Path) -> tuple[str, tuple[int, int] | None]:
    """timm's architecture and the input's rows and columns by the folder's config.json, else "", None.

    Raises:
        CheckpointError: the config.json is damaged or not timm's.
    """
    config = path / "config.json"
    if not config.is_file():
        return "", None
    try:
        settings = json.loads(config.read_text(encoding="utf-8"))
        check_numbers(settings.get("model_args", {}), config.name)
        size = settings.get("pretrained_cfg", settings).get("input_size")
        return str(settings["architecture"]), (int(size[-2]), int(size[-1])) if size else None
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError, OSError) as error:
        raise CheckpointError(f"{config.name} of {path.name} names no architecture of timm") from error


def read_state(path: Path) -> dict[str, Tensor]:
    """The tensors of a file by name, in 32 bits. A pickle is read for its tensors alone or not at all.

    Raises:
        CheckpointError: the file is damaged, or holds anything but finite tensors.
    """
    held = _read_safetensors(path) if path.suffix.lower() in SAFE else _read_pickle(path)
    if not held:
        raise CheckpointError(f"{path.name} holds no weights")
    state = {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in held.items()}
    broken = [
        name
        for name, tensor in state.items()
        if tensor.is_floating_point() and not bool(tensor.isfinite().all())
    ]
    if broken:
        raise CheckpointError(
            f"{path.name} is damaged", why=f"{shortened(broken[0])} holds values that are not finite"
        )
    return state


def _read_safetensors(path: Path) -> dict[str, Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    header_of(path)
    try:
        return load_file(path)
    except (SafetensorError, OSError, ValueError) as error:
        raise CheckpointError(
            f"{path.name} is damaged or no safetensors file", why=shortened(str(error))
        ) from error


def _read_pickle(path: Path) -> dict[str, Tensor]:
    import torch

    _check_archive(path)
    try:
        held: Any = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise CheckpointError(
            f"{path.name} is not opened",
            why="it is a pickle that holds more than tensors, and such a file can run any program",
            do="convert it to .safetensors where you trust it",
        ) from error
    except Exception as error:  # a damaged archive fails in as many ways as it has parts
        raise CheckpointError(f"{path.name} is damaged or no file of weights") from error
    for name in WRAPPED_AS:
        if isinstance(held, dict) and isinstance(held.get(name), dict):
            held = held[name]
    if not isinstance(held, dict) or not all(isinstance(tensor, torch.Tensor) for tensor in held.values()):
        raise CheckpointError(f"{path.name} holds something other than weights by name")
    for name, tensor in held.items():
        _check_plain(path, str(name), tensor)
    if sum(tensor.numel() for tensor in held.values()) > LARGEST_MODEL:
        raise CheckpointError(
            f"{path.name} is too large", why=f"{LARGEST_MODEL / 1e9:.0f} billion numbers are taken"
        )
    return {str(name).removeprefix("module."): tensor.detach() for name, tensor in held.items()}


def _check_archive(path: Path) -> None:
    """Refuse an archive that unpacks to more than it is: PyTorch stores tensors as they are."""
    if not zipfile.is_zipfile(path):
        return
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
    except (zipfile.BadZipFile, ValueError, OSError, struct.error) as error:
        raise CheckpointError(f"{path.name} is damaged or no file of weights") from error
    if unpacked > path.stat().st_size:
        raise CheckpointError(f"{path.name} is not opened", why="it unpacks to more than it holds")


def _check_plain(path: Path, name: str, tensor: Tensor) -> None:
    """Refuse what is no array of numbers in the file: sparse, without numbers, or one number repeated a billion times."""
    import torch

    kind: object = tensor.dtype
    if tensor.layout != torch.strided or tensor.is_nested:
        kind = tensor.layout
    elif tensor.device.type != "cpu":
        kind = tensor.device
    elif not (
        tensor.is_quantized
        or tensor.is_complex()
        or (tensor.is_floating_point() and tensor.element_size() < 2)
    ):
        kind = None
    if kind is not None:
        raise CheckpointError(f"{path.name} is not read", why=f"{shortened(name)} is no plain tensor: {kind}")
    if not 0 < tensor.numel() * tensor.element_size() <= tensor.untyped_storage().nbytes():
        raise CheckpointError(
            f"{path.name} is not read", why=f"{shortened(name)} claims more numbers than it holds"
        )
