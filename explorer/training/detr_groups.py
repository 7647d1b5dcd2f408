"""What a DETR is trained with and does not keep: more groups of queries, and its heads on the encoder's
tokens.

- Several groups of object queries go through one decoder side by side, each matched to the objects by itself
  (Chen et al., "Group DETR", 2023). Each object so teaches several queries a step; inference uses the first
  group alone.
- The decoder's own heads are also asked of every encoder token that lies in the middle of an object
  (one-to-many, as in Zong et al., "Co-DETR", 2023). Features then say what is where early on, and the
  decoder has but to choose.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812  as everybody writes it
from torch import Tensor, nn

from explorer.data.targets import Targets
from explorer.training.set_loss import (
    GIOU_COST,
    L1_COST,
    NO_OBJECT,
    NOT_COUNTED,
    covered,
    giou_loss,
)

__all__ = ["InTraining", "token_loss", "token_targets"]


class InTraining(nn.Module):
    """A DETR with the further groups of queries of its training; `detr` is what ships."""

    def __init__(self, detr: nn.Module, *, groups: int) -> None:
        super().__init__()
        self.detr: Any = detr
        queries, width = self.detr.model.query_position_embeddings.weight.shape
        self.further = nn.Parameter(torch.randn(groups - 1, queries, width))

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, tuple[int, int]]:
        """pixels batch x 3 x height x width -> logits and boxes of every layer and group (layers x groups x
        batch x queries x …), logits and boxes of every encoder token (batch x tokens x …), and the tokens'
        rows, columns."""
        ones = torch.ones(len(pixels), *pixels.shape[-2:], device=pixels.device)
        return self.on_map(self.detr.model.backbone(pixels, ones)[-1][0])

    def on_map(self, features: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor, tuple[int, int]]:
        """The same, of what the backbone makes of pictures: batch x channels x rows x columns."""
        net = self.detr.model
        tokens = net.input_projection(features).flatten(2).transpose(1, 2)
        seen_whole = torch.ones(len(features), *features.shape[-2:], dtype=torch.bool, device=features.device)
        place = net.position_embedding(
            shape=features.shape, device=features.device, dtype=features.dtype, mask=seen_whole
        )
        place = place.flatten(2).transpose(1, 2)
        memory = net.encoder(inputs_embeds=tokens, spatial_position_embeddings=place).last_hidden_state
        codes = torch.cat([net.query_position_embeddings.weight[None], self.further])
        hidden = self._decoded(memory, place, codes)
        seen = net.decoder.layernorm(memory)
        return *self._heads(hidden), *self._heads(seen), (features.shape[-2], features.shape[-1])

    def _decoded(self, memory: Tensor, place: Tensor, codes: Tensor) -> Tensor:
        """Every layer's output, layers x groups x batch x queries x width. Groups meet in no attention: they
        are pictures of their own in self-attention, and further queries of their picture in
        cross-attention."""
        decoder = self.detr.model.decoder
        groups, queries, width = codes.shape
        batch = len(memory)
        within = codes.repeat(batch, 1, 1)  # (batch groups) queries width
        across = within.view(batch, groups * queries, width)
        hidden, visible = torch.zeros_like(within), []
        for layer in decoder.layers:
            attended, _ = layer.self_attn(hidden_states=hidden, position_embeddings=within)
            hidden = layer.self_attn_layer_norm(hidden + attended)
            attended, _ = layer.encoder_attn(
                hidden_states=hidden.view(batch, groups * queries, width),
                key_value_states=memory,
                position_embeddings=across,
                encoder_position_embeddings=place,
            )
            hidden = layer.encoder_attn_layer_norm(hidden + attended.view_as(hidden))
            hidden = layer.final_layer_norm(hidden + layer.mlp(hidden))
            visible.append(decoder.layernorm(hidden))
        return torch.stack(visible).view(-1, batch, groups, queries, width).transpose(1, 2)

    def _heads(self, hidden: Tensor) -> tuple[Tensor, Tensor]:
        return self.detr.class_labels_classifier(hidden), self.detr.bbox_predictor(hidden).float().sigmoid()


def token_targets(targets: Targets, rows: int, columns: int) -> Tensor:
    """The object in whose middle each token lies, batch x (rows columns); -1 for none.

    The middle is the inner half of a box, and at least the token under its centre; where several meet, the
    smallest object has it.
    """
    device = targets.boxes.device
    row = (torch.arange(rows, device=device) + 0.5) / rows
    column = (torch.arange(columns, device=device) + 0.5) / columns
    x, y, wide, tall = targets.boxes[:, :, None].unbind(-1)  # batch x most x 1
    near_row = (row - y).abs() <= (tall / 4).clamp(min=0.5 / rows)
    near_column = (column - x).abs() <= (wide / 4).clamp(min=0.5 / columns)
    inside = near_row[..., :, None] & near_column[..., None, :] & targets.present[..., None, None]
    area = (wide * tall)[..., None].expand_as(inside).masked_fill(~inside, torch.inf)
    smallest, which = area.min(1)
    return which.masked_fill(smallest == torch.inf, -1).flatten(1)


def token_loss(logits: Tensor, boxes: Tensor, targets: Targets, grid: tuple[int, int]) -> Tensor:
    """The same three terms for encoder tokens, each with its own object or none."""
    owner = token_targets(targets, *grid)
    owned, outputs = owner >= 0, logits.shape[-1]
    at = owner.clamp(min=0)
    labels = torch.where(owned, targets.labels.gather(1, at), outputs - 1)
    if targets.ignored.numel():
        labels = labels.masked_fill(covered(boxes.detach(), targets.ignored) & ~owned, NOT_COUNTED)
    weight = torch.ones(outputs, device=logits.device)
    weight[-1] = NO_OBJECT
    class_loss = F.cross_entropy(logits.float().transpose(1, 2), labels, weight)
    if not owned.any():
        return class_loss
    true = targets.boxes.gather(1, at[..., None].expand(-1, -1, 4))[owned]
    owned_boxes = boxes[owned]
    near = F.l1_loss(owned_boxes, true, reduction="none").sum(-1).mean()
    return class_loss + L1_COST * near + GIOU_COST * giou_loss(owned_boxes, true, reduction="mean")
