"""The models that write pictures: those that ship, and ImageGPT where the hub or a folder has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.errors import CheckpointError, ModelError, WeightsNotFound
from explorer.memory import Memory
from explorer.zoo import building, cards, hub
from explorer.zoo.catalogue import IMAGE_GPT
from explorer.zoo.devices import choose
from explorer.zoo.modules import seeded

if TYPE_CHECKING:
    from explorer.models.sampler import PictureSampler

__all__ = ["HUB", "PixelModel", "checkpoint_of", "load_pixels", "pixel_models"]

HUB = IMAGE_GPT.architecture
FAMILY = "pixels"
PIXELS = Memory()


@dataclass(frozen=True, eq=False)
class PixelModel:
    """A model that writes pictures, shared by all who ask for it and never to be changed."""

    name: str
    title: str
    module: PictureSampler
    """The Image Transformer, or ImageGPT behind the same face; see `explorer.models.sampler`."""
    classes: tuple[str, ...]
    """Names of the classes that it is told; empty if it is told none."""
    checkpoint: str
    """sha256:…, random:SEED, or where a foreign file lies."""
    trained: bool
    device: str
    notes: str = ""

    @property
    def enlarges(self) -> tuple[int, int] | None:
        """Rows and columns of the picture that it enlarges; None if it writes from nothing."""
        return getattr(self.module, "low", None)


def pixel_models(*, enlarging: bool | None = None) -> tuple[str, ...]:
    """Names of those that can be loaded now: what ships, and ImageGPT where the hub's cache has it.

    `enlarging` asks for those that enlarge a picture, or for those that write from nothing.
    """
    shipped = tuple(
        name
        for name, card in ((name, cards.read_card(name)) for name in cards.card_names())
        if card.family == FAMILY and enlarging in (None, bool(card.options.get("low")))
    )
    return (*shipped, HUB) if not enlarging and _cached() is not None else shipped


def checkpoint_of(name: str) -> str:
    """What the weights of that name are, without loading what ships; "" where they are not at hand."""
    if name not in pixel_models():
        return ""
    if name == HUB:
        return load_pixels(name).checkpoint
    return f"sha256:{cards.read_card(name).sha256}"


def load_pixels(
    name: str,
    *,
    trained: bool = True,
    seed: int = 0,
    device: str = "auto",
    blocks: Mapping[str, Any] | None = None,
) -> PixelModel:
    """The model of that name, or the ImageGPT in that folder.

    `trained=False` gives random weights of that seed. `blocks` replaces `attention`, `query`, `memory` and
    `order_block` of a shipped model: which values it may look at, not its weights.

    Raises:
        WeightsNotFound: ImageGPT is neither in the hub's cache nor a folder.
        CheckpointError: the weights are damaged or foreign.
        ModelError: there is no such model.
    """
    where = choose(device)
    if name not in cards.card_names() or cards.read_card(name).family != FAMILY:
        return _foreign(name, where)
    said = tuple(sorted((key, repr(value)) for key, value in (blocks or {}).items()))
    key = (name, cards.read_card(name).sha256, trained, seed, where, said)
    return PIXELS.get(key, lambda: _shipped(name, trained, seed, where, blocks or {}))


def _foreign(name: str, where: str) -> PixelModel:
    folder = _cached() if name == HUB else Path(name)
    if folder is None:
        raise WeightsNotFound(
            f"{HUB} is not on this machine",
            do=f"run `explorer fetch {IMAGE_GPT.name}` where there is a network, or choose a model that ships",
        )
    if not folder.is_dir():
        known = ", ".join(pixel_models()) or "none"
        raise ModelError(
            f"No model called {name!r} writes pictures", do=f"choose among those at hand: {known}"
        )
    return PIXELS.get((str(folder), where), lambda: _image_gpt(folder, where))


def _shipped(name: str, trained: bool, seed: int, where: str, blocks: Mapping[str, Any]) -> PixelModel:
    card = cards.read_card(name)
    with seeded(seed):
        module: Any = building.build(card.architecture, {**card.options, **blocks})
    if trained:
        module.load_state_dict(cards.read_weights(name))
    return PixelModel(
        name=name,
        title=card.title,
        module=module.eval().requires_grad_(False).to(where),
        classes=card.classes if module.classes else (),
        checkpoint=f"sha256:{card.sha256}" if trained else f"random:{seed}",
        trained=trained,
        device=where,
        notes=card.notes,
    )


def _image_gpt(folder: Path, where: str) -> PixelModel:
    from explorer.models.image_gpt import read_image_gpt

    weights = next(iter(sorted(folder.glob("*.safetensors"))), None)
    if weights is None:
        raise CheckpointError(
            f"{folder.name} holds no safetensors", why="a pickle of weights can run code", do="fetch it again"
        )
    return PixelModel(
        name=str(folder) if folder.is_dir() else HUB,
        title=f"ImageGPT, {folder.name if _cached() != folder else 'small'}",
        module=read_image_gpt(folder).to(where),
        classes=(),
        checkpoint=f"sha256:{cards.sha256(weights)}",
        trained=True,
        device=where,
        notes="32 x 32 pixels, each one of 512 colours found by clustering. Every pixel sees all before it.",
    )


def _cached() -> Path | None:
    folder = hub.snapshot(HUB)
    names = hub.listed(folder) if folder else frozenset()
    whole = {"config.json", "preprocessor_config.json"} <= names and any(
        name.endswith(".safetensors") for name in names
    )
    return folder if whole else None
