"""The models that write pictures: those that ship, and ImageGPT where the hub or a folder has it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from explorer.errors import CheckpointError, ModelError, WeightsNotFound
from explorer.memory import LRUCache
from explorer.zoo import building, cards, hub
from explorer.zoo.catalogue import Entry, entry
from explorer.zoo.curated import IMAGE_GPT
from explorer.zoo.devices import choose
from explorer.zoo.model import Loaded
from explorer.zoo.seeded import seeded

__all__ = ["HUB", "PixelModel", "checkpoint_of", "load_pixels", "open_pixels", "pixel_models"]

HUB = IMAGE_GPT.architecture
FAMILY = "pixels"
PIXELS = LRUCache()


@dataclass(frozen=True, eq=False, kw_only=True)
class PixelModel(Loaded):
    """A model that writes pictures: the Image Transformer, or ImageGPT behind the same face; its module is a
    `PictureSampler` of `explorer.models.sampler`."""

    module: Any
    classes: tuple[str, ...]
    """Names of the classes that it is told; empty if it is told none."""

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
    """What the weights of that name are, without loading what ships; "" where they are not available."""
    if _ships(name):
        return f"sha256:{cards.read_card(name).sha256}"
    return load_pixels(name).checkpoint if name == HUB and _cached() is not None else ""


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
    if not _ships(name):
        return _foreign(name, where)
    options = tuple(sorted((key, repr(value)) for key, value in (blocks or {}).items()))
    key = (name, cards.read_card(name).sha256, trained, seed, where, options)
    return PIXELS.get(key, lambda: _shipped(name, trained, seed, where, blocks or {}))


def open_pixels(wanted: Entry, *, trained: bool, seed: int, device: str) -> PixelModel:
    """The model of an entry. Raises as `load_pixels`."""
    name = wanted.architecture if wanted.source == "hub" else wanted.name
    return load_pixels(name, trained=trained, seed=seed, device=device)


def _ships(name: str) -> bool:
    return name in cards.card_names() and cards.read_card(name).family == FAMILY


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
            f"No model called {name!r} writes pictures", do=f"choose among those available: {known}"
        )
    return PIXELS.get((str(folder), where), lambda: _image_gpt(folder, where))


def _shipped(name: str, trained: bool, seed: int, where: str, blocks: Mapping[str, Any]) -> PixelModel:
    card = cards.read_card(name)
    with seeded(seed):
        module: Any = building.build(card.architecture, {**card.options, **blocks})
    if trained:
        module.load_state_dict(cards.read_weights(name))
    return PixelModel(
        entry=entry(name),
        module=module.eval().requires_grad_(False).to(where),
        classes=card.classes if module.classes else (),
        checkpoint=f"sha256:{card.sha256}" if trained else f"random:{seed}",
        trained=trained,
        device=where,
        notes=(card.notes,) if card.notes else (),
    )


def _image_gpt(folder: Path, where: str) -> PixelModel:
    from explorer.models.image_gpt import read_image_gpt

    weights = next(iter(sorted(folder.glob("*.safetensors"))), None)
    if weights is None:
        raise CheckpointError(
            f"{folder.name} holds no safetensors", why="a pickle of weights can run code", do="fetch it again"
        )
    return PixelModel(
        entry=IMAGE_GPT if _cached() == folder else _own(folder),
        module=read_image_gpt(folder).to(where),
        classes=(),
        checkpoint=f"sha256:{cards.sha256(weights)}",
        trained=True,
        device=where,
        notes=(
            "32 x 32 pixels, each one of 512 colours found by clustering. Every pixel sees all before it.",
        ),
    )


def _own(folder: Path) -> Entry:
    return replace(IMAGE_GPT, name=str(folder), title=f"ImageGPT, {folder.name}", source="file")


def _cached() -> Path | None:
    folder = hub.snapshot(HUB)
    names = hub.listed(folder) if folder else frozenset()
    whole = {"config.json", "preprocessor_config.json"} <= names and any(
        name.endswith(".safetensors") for name in names
    )
    return folder if whole else None
