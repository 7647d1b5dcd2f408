"""The models that ship: weights in checkpoints/NAME.safetensors, and NAME.json, the card that says what they are.

Cards are read once a process, and again within a second when their folder's modification time changes: whatever writes a
card moves it into place. One that is edited in place is seen when the process starts again.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.errors import CheckpointError
from explorer.formatting import percent
from explorer.fresh import forget, while_unchanged
from explorer.settings import settings
from explorer.whole import replacing, write_whole

if TYPE_CHECKING:
    import torch
    from torch import nn

__all__ = [
    "Card",
    "Figure",
    "card_names",
    "folder",
    "hashes",
    "read_card",
    "read_weights",
    "record",
    "record_each",
    "sha256",
    "write_card",
    "write_checkpoint",
]


@dataclass(frozen=True)
class Figure:
    """A measured figure and the command that repeats it."""

    value: float
    unit: str
    command: str


@dataclass(frozen=True)
class Card:
    """What a checkpoint is, how it was made and what was measured on it."""

    name: str
    title: str
    family: str
    architecture: str
    """A class of timm or of explorer.models, as "module:Class"."""
    options: Mapping[str, Any]
    """The constructor's keyword arguments."""
    input_size: tuple[int, int]
    """Rows, columns in pixels."""
    mean: tuple[float, ...]
    std: tuple[float, ...]
    classes: tuple[str, ...]
    parameters: int
    data: str
    recipe: str
    seed: int
    steps: int
    hardware: str
    seconds: float
    """Time in the training loop."""
    licence: str = "MIT"
    notes: str = ""
    parts: int = 1
    """How many parts of the recipe were followed; 0 where it was left within one."""
    sha256: str = ""
    figures: Mapping[str, Figure] = field(default_factory=dict)

    def accuracy(self) -> str:
        """The measured accuracy in words, and among which classes it is; nothing where it has not been measured. The
        photographs are Imagenette's, whose ten classes are a few of the thousand."""
        if "accuracy" not in self.figures:
            return ""
        among = " among Imagenette's ten classes" if len(self.classes) > 10 else ""
        return f"{percent(self.figures['accuracy'].value)} top-1 accuracy{among}"


def folder() -> Path:
    """Where checkpoints lie: as the settings say, else checkpoints/ beside the package."""
    return settings().checkpoints


def card_names() -> tuple[str, ...]:
    """The models that ship and have both weights and card."""
    return _names(folder())


@while_unchanged
def _names(place: Path) -> tuple[str, ...]:
    return tuple(sorted(p.stem for p in place.glob("*.json") if p.with_suffix(".safetensors").is_file()))


def hashes(names: Iterable[str]) -> dict[str, str]:
    """The hash of each of these that ships."""
    at_hand = set(card_names())
    return {name: f"sha256:{read_card(name).sha256}" for name in names if name in at_hand}


def read_card(name: str) -> Card:
    """The card of a model that ships.

    Raises:
        CheckpointError: there is none, or it is damaged.
    """
    return _card(folder(), name)


@while_unchanged
def _card(place: Path, name: str) -> Card:
    path = place / f"{name}.json"
    try:
        fields = json.loads(path.read_text(encoding="utf-8"))
        for key in ("input_size", "mean", "std", "classes"):
            fields[key] = tuple(fields[key])
        fields["figures"] = {key: Figure(**figure) for key, figure in fields["figures"].items()}
        return Card(**fields)
    except FileNotFoundError as error:
        raise CheckpointError(
            f"No model called {name} ships", why=f"{path.name} is not in {place}"
        ) from error
    except (ValueError, TypeError, KeyError) as error:
        raise CheckpointError(f"The card {path.name} is damaged", do="restore it from the project") from error


def write_card(card: Card, into: Path | None = None) -> None:
    """Write the card, whole or not at all."""
    path = (into or folder()) / f"{card.name}.json"
    write_whole(path, f"{json.dumps(dataclasses.asdict(card), indent=2, ensure_ascii=False)}\n".encode())
    forget()


def record(name: str, measured: Mapping[str, float], *, unit: str, command: str) -> None:
    """Write measured figures into a model's card, beside those of other names; `command` repeats them."""
    card = read_card(name)
    figures = {key: Figure(round(value, 4), unit, f"explorer {command}") for key, value in measured.items()}
    write_card(dataclasses.replace(card, figures={**card.figures, **figures}))


def record_each(names: Sequence[str], key: str, values: Iterable[float], *, unit: str, command: str) -> None:
    """The same figure on several models' cards, each its own value."""
    for name, value in zip(names, values, strict=True):
        record(name, {key: float(value)}, unit=unit, command=command)


def write_checkpoint(module: nn.Module, card: Card, into: Path | None = None, *, half: bool = False) -> Card:
    """Write weights and card; the returned card has the hash. `half` stores floating point in 16 bits."""
    from safetensors.torch import save_file

    path = (into or folder()) / f"{card.name}.safetensors"
    path.parent.mkdir(parents=True, exist_ok=True)
    weights = {
        name: (tensor.half() if half and tensor.is_floating_point() else tensor).detach().cpu().contiguous()
        for name, tensor in module.state_dict().items()
    }
    with replacing(path) as part:
        save_file(weights, part)
    card = dataclasses.replace(
        card, sha256=sha256(path), parameters=sum(p.numel() for p in module.parameters())
    )
    write_card(card, path.parent)
    return card


def read_weights(name: str) -> dict[str, torch.Tensor]:
    """The weights of a model that ships, in 32 bits.

    Raises:
        CheckpointError: the file is not what its card says.
    """
    from safetensors.torch import load_file

    card, path = read_card(name), folder() / f"{name}.safetensors"
    if not path.is_file() or sha256(path) != card.sha256:
        raise CheckpointError(
            f"The weights of {name} are not those of its card",
            why="the file's hash differs, so it is damaged or was replaced",
            do="restore both files from the project",
        )
    return {key: t.float() if t.is_floating_point() else t for key, t in load_file(path).items()}


def sha256(path: Path) -> str:
    """The file's SHA-256, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
