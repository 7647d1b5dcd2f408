"""The catalogue: what can be loaded, said without importing torch or timm."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from explorer.errors import ModelError
from explorer.fresh import while_unchanged
from explorer.zoo import cards
from explorer.zoo.packaged import PACKAGED

__all__ = ["CURATED", "HUB", "IMAGE_GPT", "PACKAGES", "Entry", "entries", "entry", "own"]


@dataclass(frozen=True)
class Entry:
    """A model that can be loaded."""

    name: str
    title: str
    family: str
    """cnn, vit, hybrid …"""
    source: str
    """shipped (checkpoints/), package (weights inside an installed package), timm (its weights on the Hugging Face
    hub), hub (transformers' models there) or file (the visitor's own)."""
    architecture: str
    """timm's name with the tag of its weights, or "module:Class" of a model that ships."""
    parameters: int
    licence: str
    input_size: tuple[int, int]
    """Rows and columns in pixels, as trained."""
    options: Mapping[str, Any] = field(default_factory=dict)
    homepage: str = ""
    summary: str = ""

    @property
    def repository(self) -> str:
        """Where the Hugging Face hub keeps the weights."""
        return self.architecture if self.source == "hub" else f"timm/{self.architecture}"


def _timm(
    architecture: str, title: str, family: str, parameters: int, licence: str, side: int, summary: str
) -> Entry:
    name = architecture.partition(".")[0]
    homepage = f"https://huggingface.co/timm/{architecture}"
    return Entry(
        name, title, family, "timm", architecture, parameters, licence, (side, side), {}, homepage, summary
    )


_APACHE, _MIT, _BSD = "apache-2.0", "mit", "bsd-3-clause"

CURATED: tuple[Entry, ...] = (
    _timm(
        "resnet18.a1_in1k", "ResNet-18", "cnn", 11_689_512, _APACHE, 224, "Residual network of basic blocks"
    ),
    _timm(
        "resnet50.a1_in1k", "ResNet-50", "cnn", 25_557_032, _APACHE, 224, "Residual network of bottlenecks"
    ),
    _timm("vgg16.tv_in1k", "VGG-16", "cnn", 138_357_544, _BSD, 224, "A plain stack of 3 x 3 convolutions"),
    _timm(
        "inception_v3.tv_in1k", "Inception v3", "cnn", 23_834_568, _APACHE, 299, "Branches and 1 x 7 kernels"
    ),
    _timm(
        "densenet121.ra_in1k", "DenseNet-121", "cnn", 7_978_856, _APACHE, 224, "Each layer sees all before it"
    ),
    _timm(
        "mobilenetv3_large_100.ra_in1k",
        "MobileNetV3-L",
        "cnn",
        5_483_032,
        _APACHE,
        224,
        "Depthwise convolutions",
    ),
    _timm(
        "efficientnet_b0.ra_in1k",
        "EfficientNet-B0",
        "cnn",
        5_288_548,
        _APACHE,
        224,
        "Scaled depthwise blocks",
    ),
    _timm(
        "regnety_008.pycls_in1k", "RegNetY-800MF", "cnn", 6_263_168, _MIT, 224, "A designed space of networks"
    ),
    _timm(
        "convnext_tiny.in12k_ft_in1k",
        "ConvNeXt-T",
        "cnn",
        28_589_128,
        _APACHE,
        224,
        "7 x 7 depthwise kernels",
    ),
    _timm(
        "vit_tiny_patch16_224.augreg_in21k_ft_in1k",
        "ViT-Ti/16",
        "vit",
        5_717_416,
        _APACHE,
        224,
        "Smallest plain ViT",
    ),
    _timm(
        "vit_small_patch16_224.augreg_in21k_ft_in1k", "ViT-S/16", "vit", 22_050_664, _APACHE, 224, "Plain ViT"
    ),
    _timm(
        "vit_base_patch16_224.augreg2_in21k_ft_in1k", "ViT-B/16", "vit", 86_567_656, _APACHE, 224, "Plain ViT"
    ),
    _timm(
        "vit_medium_patch16_gap_256.sw_in12k_ft_in1k",
        "ViT-M/16 without class token",
        "vit",
        38_861_288,
        _APACHE,
        256,
        "Predicts from the mean of its patches",
    ),
    _timm(
        "deit_small_distilled_patch16_224.fb_in1k",
        "DeiT-S distilled",
        "vit",
        22_436_432,
        _APACHE,
        224,
        "A class token and one that learnt from a CNN",
    ),
    _timm(
        "vit_small_patch14_dinov2.lvd142m",
        "DINOv2 ViT-S/14",
        "vit",
        22_056_192,
        _APACHE,
        518,
        "Learnt without labels",
    ),
    _timm(
        "vit_small_patch14_reg4_dinov2.lvd142m",
        "DINOv2 ViT-S/14 with registers",
        "vit",
        22_057_344,
        _APACHE,
        518,
        "Four registers hold what would else be artefacts",
    ),
    _timm(
        "eva02_tiny_patch14_336.mim_in22k_ft_in1k",
        "EVA-02-Ti/14",
        "vit",
        5_756_584,
        _MIT,
        336,
        "Rotary positions; predicts from the mean of its patches",
    ),
    _timm(
        "eva02_small_patch14_224.mim_in22k",
        "EVA-02-S/14",
        "vit",
        21_621_120,
        _MIT,
        224,
        "Rotary positions; learnt from masked pictures",
    ),
    _timm(
        "beit_base_patch16_224.in22k_ft_in22k_in1k",
        "BEiT-B/16",
        "vit",
        86_530_984,
        _APACHE,
        224,
        "Relative positions as a bias of every score",
    ),
    _timm(
        "vit_base_patch16_siglip_224.v2_webli",
        "SigLIP 2 ViT-B/16",
        "vit",
        92_884_224,
        _APACHE,
        224,
        "No class token: a learned query reads the patches",
    ),
    _timm(
        "vit_small_r26_s32_224.augreg_in21k_ft_in1k",
        "R26 + ViT-S/32",
        "hybrid",
        36_431_912,
        _APACHE,
        224,
        "A ViT over the features of a ResNet",
    ),
)


HUB: tuple[Entry, ...] = tuple(
    Entry(
        name=name,
        title=title,
        family="detr",
        source="hub",
        architecture=f"facebook/{name}",
        parameters=parameters,
        licence=_APACHE,
        input_size=(800, 1066),
        options={"shortest": 800, "longest": 1333},
        homepage=f"https://huggingface.co/facebook/{name}",
        summary="Trained on COCO: 80 kinds of things, 100 queries",
    )
    for name, title, parameters in (
        ("detr-resnet-50", "DETR, ResNet-50", 41_524_768),
        ("detr-resnet-101", "DETR, ResNet-101", 60_464_672),
    )
)


PACKAGES: tuple[Entry, ...] = (
    Entry(
        "efficientnet-lite0",
        "EfficientNet-Lite0",
        "cnn",
        "package",
        PACKAGED["efficientnet-lite0"].architecture,
        4_652_008,
        _APACHE,
        PACKAGED["efficientnet-lite0"].input_size,
        homepage="https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite",
        summary="ImageNet's 1,000 classes; depthwise convolutions, ReLU6",
    ),
)


IMAGE_GPT = Entry(
    "imagegpt-small",
    "ImageGPT, small",
    "pixels",
    "hub",
    "openai/imagegpt-small",
    76_682_240,
    _APACHE,
    (32, 32),
    homepage="https://huggingface.co/openai/imagegpt-small",
    summary="Writes pictures of 512 colours, pixel by pixel",
)


own: dict[str, Entry] = {}
"""Models that visitors brought, by name; found by whoever knows the name, and in nobody's list."""


def entries(family: str | None = None, source: str | None = None) -> tuple[Entry, ...]:
    """The catalogue, what ships first; only of a family or source if one is given."""
    every = _catalogue(cards.folder()).values()
    return tuple(
        known for known in every if family in (None, known.family) and source in (None, known.source)
    )


def entry(name: str) -> Entry:
    """The entry of that name: of the catalogue, or of any timm architecture, with or without a tag.

    Raises:
        ModelError: nothing is called that.
    """
    if name in own:
        return own[name]
    every = _catalogue(cards.folder())
    if name in every:
        return every[name]
    for known in every.values():
        if name == known.architecture:
            return known
    from explorer.zoo.architectures import described, like

    description = described(name)
    if description is None:
        near = ", ".join(like(name))
        raise ModelError(
            f"There is no model called {name!r}",
            why=f"the nearest names are {near}" if near else "",
            do="choose one of `explorer models`, or the name of any architecture of timm",
        )
    return description


@while_unchanged
def _catalogue(place: Path) -> Mapping[str, Entry]:
    """By name, what ships first; `place` is the folder of the cards."""
    every: dict[str, Entry] = {}
    for known in (*map(_shipped, cards.card_names()), *PACKAGES, *CURATED, *HUB, IMAGE_GPT):
        every.setdefault(known.name, known)
    return every


def _shipped(name: str) -> Entry:
    card = cards.read_card(name)
    return Entry(
        name=card.name,
        title=card.title,
        family=card.family,
        source="shipped",
        architecture=card.architecture,
        parameters=card.parameters,
        licence=card.licence,
        input_size=(card.input_size[0], card.input_size[1]),
        options=dataclasses.asdict(card)["options"],
        summary=card.data,
    )
