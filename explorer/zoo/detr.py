"""DETR from the hub, from a folder of the hub's layout or from a local file, and a picture made ready for any
DETR."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

from explorer.errors import CheckpointError, ControlError
from explorer.formatting import shortened
from explorer.geometry import Box, Frame
from explorer.images import Picture, render
from explorer.zoo.catalogue import Entry
from explorer.zoo.curated import HUB
from explorer.zoo.headers import check_numbers, check_size, elements_of, header_of
from explorer.zoo.modules import Built
from explorer.zoo.seeded import seeded
from explorer.zoo.weights import SAFE, read_state, weights_in

if TYPE_CHECKING:
    import numpy as np
    import torch

    from explorer.zoo.model import Model

__all__ = ["FITS", "DetrInput", "Fit", "build_detr", "input_frame", "is_detr", "local_detr", "preprocess"]

Fit = Literal["keep", "letterbox", "squash"]
FITS: tuple[Fit, ...] = get_args(Fit)
"""keep: an input of the picture's own shape, DETR's own way. letterbox: the model's input, the margins
masked."""

SHORTEST, LONGEST = 800, 1333
"""Sides of the input of the published models, in pixels."""
STEP = 8
"""The sides of a small model's input are multiples of this."""
IMAGENET = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


@dataclass(frozen=True, eq=False)
class DetrInput:
    """A picture as a DETR is shown it."""

    frame: Frame
    pixels: np.ndarray
    """rows x columns x 3, uint8: the input before normalisation."""
    x: torch.Tensor
    """1 x 3 x rows x columns."""
    mask: torch.Tensor | None
    """1 x rows x columns: 1 on the picture, 0 in the margins of a letterbox. None without margins."""
    picture: Picture | None = None


def preprocess(model: Model, picture: Picture, *, fit: Fit = "keep") -> DetrInput:
    """The picture as the model's input.

    Raises:
        ControlError: there is no such way of fitting.
    """
    import torch

    frame = input_frame(model.entry, picture.height, picture.width, fit=fit, size=model.input_size)
    pixels = render(picture, frame)
    unit = torch.tensor(pixels).permute(2, 0, 1).to(model.device, torch.float32) / 255
    mean, std = (
        torch.tensor(channels, device=model.device)[:, None, None] for channels in (model.mean, model.std)
    )
    return DetrInput(
        frame,
        pixels,
        ((unit - mean) / std)[None],
        _mask(frame).to(model.device) if fit == "letterbox" else None,
        picture,
    )


def input_frame(
    entry: Entry, height: int, width: int, *, fit: Fit = "keep", size: tuple[int, int] | None = None
) -> Frame:
    """The frame that brings a photograph of height x width into the model's input.

    The published models take a shorter side of 800 pixels and a longer of at most 1333; the small ones about
    as many pixels as they were trained with, of the picture's shape.

    Raises:
        ControlError: there is no such way of fitting.
    """
    if fit not in FITS:
        raise ControlError(
            f"There is no way of fitting called {fit!r}", do=f"choose one of {', '.join(FITS)}"
        )
    rows, columns = size or entry.input_size
    if fit != "keep":
        return Frame.fit((height, width), (rows, columns), how=fit)
    if "shortest" in entry.options:
        scale = min(
            entry.options["shortest"] / min(height, width), entry.options["longest"] / max(height, width)
        )
        into = max(1, round(height * scale)), max(1, round(width * scale))
    else:
        shape = min(max(height / width, 1 / 3), 3.0)
        side = (rows * columns) ** 0.5
        into = STEP * max(2, round(side * shape**0.5 / STEP)), STEP * max(2, round(side / shape**0.5 / STEP))
    return Frame.fit((height, width), into, how="squash")


def _mask(frame: Frame) -> torch.Tensor:
    import torch

    mask = torch.zeros(1, frame.input_height, frame.input_width)
    inside: Box = frame.inside
    mask[:, round(inside.top) : round(inside.bottom), round(inside.left) : round(inside.right)] = 1.0
    return mask


def is_detr(place: Path, architecture: str = "") -> bool:
    """Whether a folder, or the folder of a file, says that it is a DETR's, or the visitor says so."""
    if architecture:
        return architecture.lower().startswith("detr")
    config = _json((place if place.is_dir() else place.parent) / "config.json") or {}
    return config.get("model_type") == "detr"


def local_detr(path: str | Path) -> Entry:
    """The entry of a folder of the hub's layout, or of a single .safetensors file of a DETR-ResNet-50.

    Raises:
        CheckpointError: there is no such file, or its config.json is of something else.
    """
    place = Path(path).expanduser().resolve()
    weights = weights_in(place)
    config = _config_at(weights.parent)
    base = HUB[0]
    return Entry(
        name=f"detr:{weights}",
        title=f"DETR from {place.name}",
        family="detr",
        source="file",
        architecture="DetrForObjectDetection",
        parameters=_numbers_in(weights),
        licence="your own",
        input_size=base.input_size,
        options={
            "file": str(weights),
            "folder": str(weights.parent) if config else "",
            **_sides(weights.parent),
        },
        summary=str(weights),
    )


def build_detr(wanted: Entry, weights: Path | None, *, seed: int = 0) -> Built:
    """The module of a DETR of the hub or of a local file, with its weights, or random ones where `weights`
    is None.

    Raises:
        CheckpointError: the weights are damaged or of another architecture.
    """
    from transformers import DetrConfig, DetrForObjectDetection

    # Registers the small models' backbone with timm.
    from explorer.models import coordinate_resnet  # noqa: F401

    folder = weights.parent if weights is not None else None
    settings = _config_at(folder) if folder is not None else None
    if weights is None:
        with seeded(seed):
            module = DetrForObjectDetection(DetrConfig(num_labels=91))
        return Built(module, *IMAGENET, tuple(f"class {number}" for number in range(91)))
    state = read_state(weights)
    config = (
        DetrConfig.from_dict(settings) if settings else DetrConfig(num_labels=_classes_in(state, weights))
    )
    _check_fits(config, state)
    # Shapes and names are transformers' business: it also knows how older versions called each part.
    try:
        module, report = DetrForObjectDetection.from_pretrained(
            None, config=config, state_dict=state, output_loading_info=True, ignore_mismatched_sizes=True
        )
    except (RuntimeError, ValueError, KeyError, TypeError, OSError) as error:
        raise _foreign(weights, str(error).splitlines()[0][:200]) from error
    missing, surplus, other = (report[key] for key in ("missing_keys", "unexpected_keys", "mismatched_keys"))
    if missing or other or surplus:
        counts = {"missing": missing, "unknown": surplus, "of another shape": other}
        why = " and ".join(f"{len(names)} tensors are {what}" for what, names in counts.items() if names)
        raise _foreign(weights, why)
    names = tuple(config.id2label[number] for number in range(config.num_labels))
    return Built(module, *_normalisation(weights.parent), names)


def _numbers_in(weights: Path) -> int:
    if weights.suffix.lower() in SAFE:
        return elements_of(header_of(weights))
    return sum(tensor.numel() for tensor in read_state(weights).values())


def _check_fits(config: Any, state: dict[str, Any]) -> None:
    """Count the numbers of the network that a config.json describes without building it: it may describe any."""
    import torch
    from transformers import DetrForObjectDetection

    try:
        with torch.device("meta"):
            module = DetrForObjectDetection(config)
    except Exception as error:  # a config fails in as many ways as it has words
        raise CheckpointError("config.json describes no DETR", why=shortened(str(error))) from error
    check_size(
        "the DETR of its config.json",
        elements=sum(tensor.numel() for tensor in state.values()),
        parameters=sum(parameter.numel() for parameter in module.parameters()),
    )


def _foreign(weights: Path, why: str) -> CheckpointError:
    return CheckpointError(
        f"The weights in {weights.name} are not those of a DETR",
        why=why,
        do="give model.safetensors of a DETR for object detection, with its config.json beside it",
    )


def _classes_in(state: dict[str, Any], weights: Path) -> int:
    head = state.get("class_labels_classifier.weight")
    if head is None:
        raise _foreign(weights, "it has no class_labels_classifier")
    return int(head.shape[0]) - 1


def _config_at(folder: Path) -> dict[str, Any] | None:
    """The folder's config.json if it is a DETR's; None where there is none.

    Raises:
        CheckpointError: it is damaged or another model's.
    """
    config = _json(folder / "config.json")
    if config is None:
        return None
    if config.get("model_type") != "detr":
        raise CheckpointError(
            f"{folder.name} holds no DETR",
            why=f"its config.json says {config.get('model_type') or config.get('architecture') or 'nothing of it'}",
            do="give the folder of a DETR for object detection, such as facebook/detr-resnet-50's",
        )
    check_numbers(
        {name: value for name, value in config.items() if name not in ("id2label", "label2id")}, "config.json"
    )
    # Weights come from the file alone: nothing is to be asked of the network for the backbone.
    config["use_pretrained_backbone"] = False
    return config


def _sides(folder: Path) -> dict[str, int]:
    size = (_json(folder / "preprocessor_config.json") or {}).get("size", {})
    if not isinstance(size, dict):
        size = {"shortest_edge": size}
    return {
        "shortest": int(size.get("shortest_edge", SHORTEST)),
        "longest": int(size.get("longest_edge", LONGEST)),
    }


def _normalisation(folder: Path) -> tuple[Any, Any]:
    config = _json(folder / "preprocessor_config.json") or {}
    return tuple(config.get("image_mean", IMAGENET[0])), tuple(config.get("image_std", IMAGENET[1]))


def _json(path: Path) -> dict[str, Any] | None:
    if not path.is_file():
        return None
    try:
        contents = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError, OSError) as error:
        raise CheckpointError(f"{path.name} of {path.parent.name} is damaged") from error
    if not isinstance(contents, dict):
        raise CheckpointError(f"{path.name} of {path.parent.name} is damaged")
    return contents
