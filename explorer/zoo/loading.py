"""From a name to a model that is ready: found, built, filled, put on its device and remembered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, overload

from explorer.errors import CheckpointError, ControlError, ModelError, OutOfMemory, UnsupportedModel
from explorer.fresh import stamp
from explorer.memory import LRUCache
from explorer.zoo import cards, hub
from explorer.zoo.architectures import BUILDING, described
from explorer.zoo.attention_names import attention_calls
from explorer.zoo.catalogue import Entry, entry
from explorer.zoo.class_names import first_names
from explorer.zoo.cost import require_passes
from explorer.zoo.detr import build_detr, is_detr, local_detr
from explorer.zoo.devices import choose, out_of_memory
from explorer.zoo.model import Loaded, Model
from explorer.zoo.modules import build_shipped, build_timm
from explorer.zoo.packaged import packaged_path
from explorer.zoo.tokens import attention_depth, check_calls, token_layout
from explorer.zoo.weights import config_of, weights_in

if TYPE_CHECKING:
    from torch import nn

    from explorer.geometry import TokenLayout

__all__ = ["MODELS", "load", "local"]

L = TypeVar("L", bound=Loaded)
MODELS = LRUCache()
LARGEST_INPUT = 4096
LARGEST_MODEL = 1_000_000_000
"""Parameters: at four bytes each, what one visitor's wish may take of a machine that others use too."""


@overload
def load(
    name: str | Entry,
    *,
    kind: type[L],
    trained: bool = True,
    seed: int = 0,
    device: str = "auto",
    input_size: tuple[int, int] | None = None,
    file: str | Path | None = None,
) -> L: ...


@overload
def load(
    name: str | Entry,
    *,
    trained: bool = True,
    seed: int = 0,
    device: str = "auto",
    input_size: tuple[int, int] | None = None,
    file: str | Path | None = None,
) -> Any: ...


def load(
    name: str | Entry,
    *,
    kind: type[Loaded] = Loaded,
    trained: bool = True,
    seed: int = 0,
    device: str = "auto",
    input_size: tuple[int, int] | None = None,
    file: str | Path | None = None,
) -> Any:
    """The model of that name, shared by all who ask for the same and never to be changed: a `Model` for photographs, a
    `PixelModel` that writes pictures, a `MaskedLM` of words, a `SmallModel` of sequences or digits; `kind` wants one of
    them and no other.

    `trained=False` gives the same architecture with random weights of that seed. `input_size` is (rows,
    columns) in pixels; position embeddings are resampled to it. `file` holds weights for timm's architecture
    `name`.

    Raises:
        WeightsNotFound: the weights are not on this machine and cannot be fetched now.
        CheckpointError: the file of weights is damaged, foreign or not what its card says.
        ModelError: there is no such model, it does not take such an input, or is of another kind.
        ControlError: there is no such device or input size.
    """
    wanted = _wanted(name, file)
    opener, opened = _opener(wanted)
    if not issubclass(opened, kind):
        raise ModelError(
            f"{wanted.title} cannot be {'shown a photograph' if kind is Model else 'used here'}",
            why=f"it is of the kind {wanted.family}",
            do="see it on its own page, or choose another model",
        )
    if opener is not None:
        if input_size is not None:
            raise ControlError(f"The input of {wanted.title} has the size it has")
        return opener(wanted, trained=trained, seed=seed, device=choose(device))
    where, size = choose(device), input_size or wanted.input_size
    if not all(1 <= side <= LARGEST_INPUT for side in size):
        raise ControlError(
            f"An input of {size[0]} x {size[1]} cannot be had", why=f"sides go from 1 to {LARGEST_INPUT}"
        )
    if wanted.parameters > LARGEST_MODEL:
        raise ModelError(
            f"{wanted.title} is too large",
            why=f"it has {wanted.parameters / 1e9:.1f} billion parameters",
        )
    weights = _weights_of(wanted) if trained else None
    key = (wanted.name, wanted.architecture, str(weights), stamp(weights) if weights else seed, where, size)
    if key not in MODELS:
        require_passes(wanted, size)
    return MODELS.get(key, lambda: _load(wanted, weights, seed, where, size))


def local(path: str | Path, *, architecture: str = "") -> Entry:
    """The entry of a file, or of a folder of the hub's layout, with weights for an architecture of timm.

    Raises:
        CheckpointError: there is no such file, or nothing says its architecture.
    """
    place = Path(path).expanduser().resolve()
    if is_detr(place, architecture):
        return local_detr(place)
    weights = weights_in(place)
    named, input_size = config_of(place)
    if named and architecture and named.partition(".")[0] != architecture.partition(".")[0]:
        raise CheckpointError(f"{place.name} holds weights for {named}, not for {architecture}")
    base = described(named or architecture) if named or architecture else None
    if base is None:
        raise CheckpointError(
            f"{weights.name} cannot be loaded",
            why=f"timm has no architecture called {named or architecture}"
            if named or architecture
            else "nothing says which architecture it is for",
            do="name the architecture of timm that the weights are for",
        )
    return Entry(
        name=f"{base.architecture.partition('.')[0]}:{weights}",
        title=f"{base.name} from {place.name}",
        family=base.family,
        source="file",
        architecture=base.architecture,
        parameters=base.parameters,
        licence="your own",
        input_size=input_size or base.input_size,
        options={"file": str(weights), "folder": str(place) if named else ""},
        summary=str(weights),
    )


def _wanted(name: str | Entry, file: str | Path | None) -> Entry:
    if file is not None:
        return local(file, architecture=name if isinstance(name, str) else name.architecture)
    return entry(name) if isinstance(name, str) else name


def _opener(wanted: Entry) -> tuple[Callable[..., Loaded] | None, type[Loaded]]:
    """What opens a model that is shown no photographs in colour, and what it is then."""
    if wanted.family == "pixels":
        from explorer.zoo.pixel_models import PixelModel, open_pixels

        return open_pixels, PixelModel
    if wanted.family == "words":
        from explorer.zoo.readers import MaskedLM, open_reader

        return open_reader, MaskedLM
    if wanted.source == "shipped" and len(cards.read_card(wanted.name).mean) != 3:
        from explorer.zoo.small_models import SmallModel, open_small

        return open_small, SmallModel
    return None, Model


def _weights_of(wanted: Entry) -> Path:
    if wanted.source == "shipped":
        return cards.folder() / f"{wanted.name}.safetensors"
    if wanted.source == "file":
        return Path(wanted.options["file"])
    if wanted.source == "package":
        return packaged_path(wanted.name)
    return hub.fetch(wanted)


def _load(wanted: Entry, weights: Path | None, seed: int, where: str, size: tuple[int, int]) -> Model:
    with BUILDING:
        if wanted.source == "shipped":
            built = build_shipped(wanted.name, trained=weights is not None, seed=seed)
        elif wanted.family == "detr":
            built = build_detr(wanted, weights, seed=seed)
        else:
            built = build_timm(wanted, weights, seed=seed)
        module = built.module.eval().requires_grad_(False)
    where, calls, notes = _try_out(module, where, size, wanted)
    tokens = token_layout(module, size)
    return Model(
        entry=wanted,
        module=module,
        input_size=size,
        mean=built.mean,
        std=built.std,
        classes=first_names(built.classes),
        tokens=tokens,
        attention_names=_layers(module, tokens, calls),
        checkpoint=f"random:{seed}" if weights is None else f"sha256:{cards.sha256(weights)}",
        trained=weights is not None,
        device=where,
        notes=notes,
    )


def _try_out(
    module: nn.Module, where: str, size: tuple[int, int], wanted: Entry
) -> tuple[str, tuple[tuple[str, int, int], ...], tuple[str, ...]]:
    """One pass on the device, or on the CPU where the device is too small: where, the calls, notes."""
    import torch

    try:
        if size != wanted.input_size and hasattr(module, "set_input_size"):
            module.set_input_size(img_size=size)  # type: ignore[operator]
        module.to(where)
        return where, attention_calls(module, torch.zeros(1, 3, *size, device=where)), ()
    except (RuntimeError, AssertionError, ValueError, IndexError, ArithmeticError) as error:
        if not out_of_memory(error):
            raise ModelError(
                f"{wanted.title} does not take an input of {size[0]} x {size[1]}",
                why=str(error).splitlines()[0],
            ) from error
        if where == "cpu":
            raise OutOfMemory(
                f"This machine has not enough memory for {wanted.title}", do="choose a smaller model"
            ) from error
    module.to("cpu")
    _, calls, _ = _try_out(module, "cpu", size, wanted)
    return "cpu", calls, (f"{where} has not enough memory for {wanted.title}. It runs on the CPU.",)


def _layers(
    module: nn.Module, tokens: TokenLayout | None, calls: tuple[tuple[str, int, int], ...]
) -> tuple[str, ...]:
    """The modules of the layers' attention calls; none where the tap would refuse them."""
    if tokens is None:
        return ()
    try:
        check_calls(module, tokens, [(queries, keys) for _, queries, keys in calls])
    except UnsupportedModel:
        return ()
    return tuple(name for name, _, _ in calls[: attention_depth(module)])
