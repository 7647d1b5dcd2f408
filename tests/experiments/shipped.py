"""Networks of random weights put where models ship, small enough to be measured in a second."""

import torch
from torch import nn

from explorer.data.imagenette import CLASSES
from explorer.zoo.building import build
from explorer.zoo.cards import Card, write_checkpoint
from explorer.zoo.stage_models import STAGE_ARCHITECTURE, stage_name, stage_options

VIT = "timm.models.vision_transformer:VisionTransformer"
SMALL = {"img_size": 32, "patch_size": 8, "embed_dim": 24, "depth": 2, "num_heads": 2, "num_classes": 10}
IMAGENETTE = {
    "cnn": (
        "cnn",
        "timm.models.resnet:ResNet",
        {
            "block": "timm.models.resnet:BasicBlock",
            "layers": [1, 1, 1, 1],
            "channels": [4, 4, 4, 8],
            "stem_width": 4,
            "num_classes": 10,
        },
    ),
    "vit": ("vit", VIT, SMALL),
    "hybrid": (
        "hybrid",
        VIT,
        SMALL | {"patch_size": 1, "embed_layer": "explorer.models.hybrid:cnn_stem"},
    ),
}


def ship(name: str) -> nn.Module:
    """The small one of that name, with Imagenette's classes."""
    family, architecture, options = IMAGENETTE[name.removesuffix("-128")]
    return _ship(name, family, architecture, options, CLASSES)


def ship_stage(place: str, seed: int = 0) -> nn.Module:
    return _ship(
        stage_name(place, seed), "stage", STAGE_ARCHITECTURE, stage_options(place), tuple("abcdefghij"), seed
    )


def _ship(
    name: str, family: str, architecture: str, options: dict, classes: tuple[str, ...], seed: int = 0
) -> nn.Module:
    torch.manual_seed(seed)
    module = build(architecture, dict(options)).eval()
    card = Card(
        name=name,
        title=name,
        family=family,
        architecture=architecture,
        options=options,
        input_size=(32, 32),
        mean=(0.5, 0.4, 0.3),
        std=(0.25, 0.2, 0.3),
        classes=classes,
        parameters=0,
        data="none",
        recipe="none",
        seed=seed,
        steps=7,
        hardware="none",
        seconds=11,
    )
    write_checkpoint(module, card)
    return module
