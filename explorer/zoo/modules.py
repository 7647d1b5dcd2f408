"""A module with its weights and what its data must look like, from the catalogue's own words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.errors import CheckpointError
from explorer.formatting import shortened
from explorer.zoo import building, cards
from explorer.zoo.catalogue import Entry
from explorer.zoo.headers import check_size, elements_of, header_of
from explorer.zoo.packaged import build_packaged
from explorer.zoo.seeded import seeded
from explorer.zoo.weights import SAFE, read_state

if TYPE_CHECKING:
    from torch import nn

__all__ = ["Built", "build_shipped", "build_timm"]

Three = tuple[float, float, float]


@dataclass(frozen=True, eq=False)
class Built:
    """A module and its data's configuration."""

    module: nn.Module
    mean: Three
    std: Three
    classes: tuple[str, ...]


def build_shipped(name: str, *, trained: bool, seed: int) -> Built:
    """A model that ships, with the weights of its card or random ones."""
    card = cards.read_card(name)
    options = dict(card.options)
    if not trained and building.takes(card.architecture, "zero_init_last"):
        options["zero_init_last"] = False  # as in `_random`
    with seeded(seed):
        module = building.build(card.architecture, options)
    if trained:
        module.load_state_dict(cards.read_weights(name))
    return Built(module, _three(card.mean), _three(card.std), card.classes)


def build_timm(wanted: Entry, weights: Path | None, *, seed: int) -> Built:
    """A timm architecture with the weights of a file or a package, or random ones without.

    Raises:
        CheckpointError: the file's weights are damaged or for another architecture.
    """
    if weights is None:
        module = _random(wanted.architecture, seed)
    elif wanted.source == "package":
        module = build_packaged(wanted.name)
    elif wanted.source == "file":
        module = _from_local(wanted, weights)
    else:
        module = _filled(wanted.architecture, weights, pretrained_cfg_overlay={"file": str(weights)})
    from timm.data import resolve_model_data_config

    config = resolve_model_data_config(module)
    return Built(module, _three(config["mean"]), _three(config["std"]), _classes(module))


def _random(architecture: str, seed: int) -> nn.Module:
    import timm

    with seeded(seed):
        try:
            # With the last normalisation of each residual branch at zero an untrained network is but its
            # shortcuts: its gradients would show a field far smaller than the architecture has.
            return timm.create_model(architecture, zero_init_last=False)
        except TypeError as error:
            if "zero_init_last" not in str(error):
                raise
    with seeded(seed):
        return timm.create_model(architecture)


def _from_local(wanted: Entry, weights: Path) -> nn.Module:
    if weights.suffix.lower() in SAFE:  # before anything is loaded
        check_size(
            wanted.architecture, elements=elements_of(header_of(weights)), parameters=wanted.parameters
        )
    state = read_state(weights)
    if wanted.options["folder"]:
        _check_fits(f"local-dir:{wanted.options['folder']}", state)
        return _filled(f"local-dir:{wanted.options['folder']}", weights)
    classes = _outputs(wanted.architecture, state)
    _check_fits(wanted.architecture, state, num_classes=classes)
    overlay = {"file": str(weights), "num_classes": classes, "label_names": None, "label_descriptions": None}
    return _filled(wanted.architecture, weights, pretrained_cfg_overlay=overlay, num_classes=classes)


def _check_fits(architecture: str, state: Mapping[str, Any], **options: Any) -> None:
    """Count the numbers of what is to be built without building it; a config or a head may claim any size."""
    import timm
    import torch

    try:
        with torch.device("meta"):
            module = timm.create_model(architecture, **options)
    except Exception as error:  # a config that timm does not take fails in as many ways as it has words
        raise CheckpointError(
            f"{architecture.partition(':')[0]} cannot be built from its config.json",
            why=shortened(str(error)),
        ) from error
    check_size(
        type(module).__name__,
        elements=sum(tensor.numel() for tensor in state.values()),
        parameters=sum(parameter.numel() for parameter in module.parameters()),
    )


def _filled(architecture: str, weights: Path, **options: Any) -> nn.Module:
    """timm's own way of loading, which also renames and resamples what other code wrote."""
    import timm

    try:
        return timm.create_model(architecture, pretrained=True, **options)
    except Exception as error:  # weights for another network fail in as many ways as there are networks
        raise CheckpointError(
            f"The weights in {weights.name} are not those of {architecture.partition('.')[0]}",
            why=_mismatch(str(error)),
            do="check the architecture, or fetch the file again",
        ) from error


def _outputs(architecture: str, state: Mapping[str, Any]) -> int:
    """Number of classes of the weights' own head; 0 for none."""
    import timm

    config = timm.get_pretrained_cfg(architecture)
    heads = getattr(config, "classifier", None) or ()
    for head in (heads,) if isinstance(heads, str) else heads:
        if f"{head}.weight" in state:
            return int(state[f"{head}.weight"].shape[0])
    return 0


def _classes(module: nn.Module) -> tuple[str, ...]:
    """Names of the outputs: the weights' own, else ImageNet's where their number is a known subset's."""
    from timm.data import ImageNetInfo, infer_imagenet_subset

    net: Any = module
    config, outputs = net.pretrained_cfg, net.num_classes
    names = config.get("label_names")
    if names and len(names) == outputs:
        descriptions = config.get("label_descriptions") or {}
        return tuple(str(descriptions.get(name, name)) for name in names)
    subset = infer_imagenet_subset({"num_classes": outputs})
    if subset:
        return tuple(ImageNetInfo(subset).label_descriptions())
    return tuple(f"class {number}" for number in range(outputs))


def _mismatch(message: str) -> str:
    """torch's list of every key, in a few words."""
    differences = []
    for what in ("Missing", "Unexpected"):
        match = re.search(rf"{what} key\(s\) in state_dict: (.*?)\.\s*(?:\n|$)", message)
        if match:
            keys = match[1].split(", ")
            differences.append(
                f"{len(keys)} {what.lower()} tensors such as {shortened(keys[0].strip(chr(34)))}"
            )
    shapes = message.count("size mismatch for")
    if shapes:
        differences.append(f"{shapes} tensors of another shape")
    return (
        " and ".join(differences) or shortened(message.strip().splitlines()[0], 200)
        if message.strip()
        else ""
    )


def _three(values: Any) -> Three:
    red, green, blue = (float(value) for value in values)
    return red, green, blue
