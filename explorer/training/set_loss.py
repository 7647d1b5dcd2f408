"""DETR's loss for many predicted sets at once: Hungarian matching, then class, L1 and GIoU (Carion et al.
2020, eq. 2).

The same numbers as transformers' own loss for one set of queries; that one is a loop over layers and groups,
and builds costs between all pictures of a batch, which takes longer here than the network itself.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812  as everybody writes it
from scipy.optimize import linear_sum_assignment
from torch import Tensor
from torchvision.ops import box_area, box_convert, generalized_box_iou, generalized_box_iou_loss

from explorer.data.targets import Targets

__all__ = ["NOT_COUNTED", "Targets", "corners", "covered", "giou_loss", "match", "set_loss"]

CLASS_COST, L1_COST, GIOU_COST = 1.0, 5.0, 2.0
"""Weights of the matching's cost; the loss uses the same for L1 and GIoU."""
NO_OBJECT = 0.1
"""Weight of queries that shall say "no object"."""
NOT_COUNTED = -100
"""The label of what is not asked what it is: cross-entropy leaves it out."""
COVERED = 0.5
"""The share of a box that lies in an ignored one, from which on it is not counted."""


def set_loss(logits: Tensor, boxes: Tensor, targets: Targets) -> Tensor:
    """The loss of predicted sets, summed over layers and averaged over groups of queries.

    logits: layers x groups x batch x queries x (classes + 1), boxes: … x 4. Every layer and every group is
    matched to the targets by itself.
    """
    layers, groups, batch, queries, outputs = logits.shape
    logits = logits.float().reshape(layers * groups * batch, queries, outputs)
    boxes = boxes.float().reshape(layers * groups * batch, queries, 4)
    repeated = Targets(targets.labels.repeat(layers * groups, 1), targets.boxes.repeat(layers * groups, 1, 1))
    which, query, truth = match(logits, boxes, repeated)
    wanted = torch.full((len(logits), queries), outputs - 1, device=logits.device)
    if targets.ignored.numel():
        spared = covered(boxes.detach(), targets.ignored.repeat(layers * groups, 1, 1))
        wanted = wanted.masked_fill(spared, NOT_COUNTED)
    wanted[which, query] = repeated.labels[which, truth]
    weight = torch.ones(outputs, device=logits.device)
    weight[-1] = NO_OBJECT
    class_loss = (
        F.cross_entropy(logits.transpose(1, 2), wanted, weight, reduction="none").view(layers, -1).sum(1)
    )
    counted = weight[wanted.clamp(min=0)] * (wanted != NOT_COUNTED)
    class_loss = class_loss / counted.view(layers, -1).sum(1)
    predicted, true = boxes[which, query], repeated.boxes[which, truth]
    total = max(1, int(targets.present.sum())) * groups
    near = F.l1_loss(predicted, true, reduction="sum") / total
    shape = giou_loss(predicted, true, reduction="sum") / total
    return class_loss.sum() + L1_COST * near + GIOU_COST * shape


@torch.no_grad()
def match(logits: Tensor, boxes: Tensor, targets: Targets) -> tuple[Tensor, Tensor, Tensor]:
    """The cheapest one-to-one assignment in each set: (set, query, object) of each pair.

    logits: sets x queries x outputs, boxes: sets x queries x 4, and as many targets as sets.
    """
    chance = logits.softmax(-1)
    labels = targets.labels.clamp(min=0)[:, None].expand(-1, logits.shape[1], -1)
    class_cost = -chance.gather(2, labels)  # sets x queries x most
    near = torch.cdist(boxes, targets.boxes, p=1)
    giou = -generalized_box_iou(corners(boxes), corners(targets.boxes))
    cost = (CLASS_COST * class_cost + L1_COST * near + GIOU_COST * giou).nan_to_num(1e6).cpu().numpy()
    pairs = [linear_sum_assignment(cost[i, :, :count]) for i, count in enumerate(targets.counts)]
    device = logits.device
    which = torch.tensor(
        [i for i, (rows, _) in enumerate(pairs) for _ in rows], dtype=torch.int64, device=device
    )
    query = torch.tensor([int(q) for rows, _ in pairs for q in rows], dtype=torch.int64, device=device)
    truth = torch.tensor([int(t) for _, columns in pairs for t in columns], dtype=torch.int64, device=device)
    return which, query, truth


def covered(boxes: Tensor, ignored: Tensor) -> Tensor:
    """Which boxes (batch x n x 4) lie at least by half in one of the picture's ignored ones (batch x m x 4)."""
    one, other = corners(boxes)[:, :, None], corners(ignored)[:, None]
    low, high = torch.maximum(one, other)[..., :2], torch.minimum(one, other)[..., 2:]
    shared = (high - low).clamp(min=0).prod(-1)
    return (shared > COVERED * box_area(one)).any(-1)


def giou_loss(boxes: Tensor, others: Tensor, *, reduction: str) -> Tensor:
    """1 - GIoU of each box with the other in its place, both as centre and size (Rezatofighi et al. 2019)."""
    return generalized_box_iou_loss(corners(boxes), corners(others), reduction=reduction, eps=1e-9)


def corners(boxes: Tensor) -> Tensor:
    """Centre column, centre row, width, height to left, top, right, bottom."""
    return box_convert(boxes, "cxcywh", "xyxy")
