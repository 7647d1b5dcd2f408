"""The entries of the catalogue that do not ship here: of timm, of the Hugging Face hub and of installed packages."""

from __future__ import annotations

from explorer.zoo.catalogue import Entry
from explorer.zoo.packaged import PACKAGED

__all__ = ["CURATED", "HUB", "IMAGE_GPT", "PACKAGES"]


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
