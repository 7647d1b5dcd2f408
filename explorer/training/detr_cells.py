"""The small DETR on real pictures: from scenes on to micrographs of blood."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from explorer.data.blood_cells import CELLS, cut, micrographs, resized
from explorer.data.imagenette import MEAN, STD, normalised
from explorer.training.detr import BY_MUON, coloured, detection_loss, judged
from explorer.training.detr_groups import InTraining
from explorer.training.recipe import Part, Recipe, at_step

__all__ = ["DETR_CELLS", "DetectCells"]

SIZE = (168, 224)
"""The pictures' own shape."""
PARTS = (
    Part(1200, peak_rate=4e-4, warm_up=100),
    Part(700, peak_rate=4e-4, warm_up=60, by_muon=BY_MUON),
    Part(1200, peak_rate=4e-4, warm_up=60, by_muon=BY_MUON),
    Part(700, peak_rate=3e-4, warm_up=60, by_muon=BY_MUON),
)
SIZES = ((sum(part.steps for part in PARTS[:2]), (144, 192)),)
"""Until which step they are shown smaller."""
TURNED = sum(part.steps for part in PARTS[:3])
"""From which step on half of them are turned by 90 degrees."""
BATCH = 16
GROUPS = 3
OPTIONS: dict[str, Any] = {"classes": list(CELLS), "queries": 32}
"""Up to 30 objects lie on a picture."""


class DetectCells:
    """Detection in the authors' training part; the step that ships is chosen by their validation part."""

    def __init__(self, data: Path, device: torch.device) -> None:
        self.device = device
        self.learn = micrographs(data, "train")
        self.held_out, self.true = resized(micrographs(data, "val"), *SIZE)

    def loss(self, module: nn.Module, step: int) -> Tensor:
        chosen = torch.randint(0, len(self.learn), (BATCH,))
        size = at_step(step, SIZES, SIZE)
        pixels, targets = cut(self.learn, chosen, *size, turned=0.5 if step >= TURNED else 0.0)
        x = normalised(coloured(pixels.to(self.device)))
        return detection_loss(module, x, targets.to(self.device))

    def score(self, module: nn.Module) -> float:
        return judged(module.detr, self.held_out, self.true, device=self.device)["AP50"]  # type: ignore[arg-type]


def _build() -> nn.Module:
    from explorer.models.small_detr import small_detr

    detr = small_detr(**OPTIONS)
    _begin_from_scenes(detr)
    return InTraining(detr, groups=GROUPS).to(memory_format=torch.channels_last)


def _begin_from_scenes(detr: Any) -> None:
    """All weights of detr-scenes but its classes'; its queries several times over, a little apart."""
    from explorer.zoo.cards import card_names, read_weights

    if "detr-scenes" not in card_names():
        return
    weights = read_weights("detr-scenes")
    known = {
        name: tensor for name, tensor in weights.items() if not name.startswith("class_labels_classifier.")
    }
    codes = known.pop("model.query_position_embeddings.weight")
    detr.load_state_dict(known, strict=False)
    wanted = detr.model.query_position_embeddings.weight
    with torch.no_grad():
        repeated = codes.repeat(-(-len(wanted) // len(codes)), 1)[: len(wanted)]
        wanted.copy_(repeated + 0.3 * repeated.std() * torch.randn_like(repeated))


DETR_CELLS = Recipe(
    name="detr-cells",
    title="Small DETR, trained on micrographs of blood",
    family="detr",
    architecture="explorer.models.small_detr:small_detr",
    options=OPTIONS,
    input_size=SIZE,
    mean=MEAN,
    std=STD,
    classes=CELLS,
    data="BCCD, 205 training micrographs of the authors' own split",
    notes="Begins with the weights of detr-scenes. The step that ships was chosen by the authors' validation "
    "part. In training only: three groups of queries, and the same heads asked of the encoder's tokens. Pictures of "
    "144 x 192 in the first two parts of the training, of 168 x 224 then, and half of them turned by 90 degrees in the "
    "fourth. Muon taught attention and its maps from the second part on.",
    target=0.75,
    parts=PARTS,
    build=_build,
    task=lambda data, device: DetectCells(data, device),
    weight_decay=0.01,
    average=0.995,
    score_every=100,
    half=True,
    needs=("detr-scenes",),
    shipped=lambda module: module.detr,  # type: ignore[union-attr,return-value]
)
