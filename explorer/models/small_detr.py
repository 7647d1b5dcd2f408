"""The DETR that ships: transformers' own, small (Carion et al., "End-to-End Object Detection with
Transformers", 2020)."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import torch
from torch import nn

if TYPE_CHECKING:
    from transformers import DetrForObjectDetection

__all__ = ["small_detr"]


def small_detr(
    *,
    classes: Sequence[str],
    queries: int = 16,
    width: int = 128,
    layers: int = 3,
    heads: int = 4,
    backbone: str = "explorer_coordinate_resnet",
) -> "DetrForObjectDetection":
    """A DETR with `layers` encoder and as many decoder layers of `width` over the features of a backbone of ours: at
    stride 8 a residual network's, at stride 16 EfficientNet-Lite0's.

    Attention and its projections begin as in the paper (Xavier), not with transformers' small normal
    numbers, from which so short a training would hardly leave.
    """
    from transformers import DetrConfig, DetrForObjectDetection

    from explorer.models import coordinate_lite, coordinate_resnet  # noqa: F401  register backbones with timm

    config = DetrConfig(
        backbone_config={
            "model_type": "timm_backbone",
            "backbone": backbone,
            "features_only": True,
            "out_indices": [0],
        },
        d_model=width,
        num_queries=queries,
        encoder_layers=layers,
        decoder_layers=layers,
        encoder_attention_heads=heads,
        decoder_attention_heads=heads,
        encoder_ffn_dim=2 * width,
        decoder_ffn_dim=4 * width,
        dropout=0.0,
        id2label=dict(enumerate(classes)),
        label2id={name: number for number, name in enumerate(classes)},
    )
    module = DetrForObjectDetection(config)
    with torch.no_grad():
        for part in (module.model.encoder, module.model.decoder):
            for parameter in part.parameters():
                if parameter.ndim > 1:
                    nn.init.xavier_uniform_(parameter)
        nn.init.xavier_uniform_(module.model.input_projection.weight)
        nn.init.normal_(module.model.query_position_embeddings.weight)
        for layer in module.bbox_predictor.layers:
            nn.init.xavier_uniform_(layer.weight)
        nn.init.xavier_uniform_(module.class_labels_classifier.weight)
    return module
