"""Detection on a trunk that learns no more, which looks at each cut of a photograph once."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from explorer.data.detection_photos import SHAPES, DetectionPhotos, cut, mosaic
from explorer.data.imagenette import normalised
from explorer.data.targets import Targets
from explorer.training.detr import coloured
from explorer.training.kept import kept
from explorer.training.precision import precision
from explorer.zoo.packaged import MEAN, STD
from explorer.zoo.seeded import seeded

__all__ = ["KeptCuts", "Seen", "repeats"]

AT_ONCE = 32
SHOWN = {"cut": cut, "mosaic": mosaic}
SEEDS = {"cut": 10_000_000, "mosaic": 20_000_000}
"""The first of each kind's, so that every look is the same each time it is made."""
OFTEN = 0.1
"""The share of the photographs from which on a class is often enough."""


@dataclass(frozen=True, eq=False)
class Seen:
    """What a trunk made of one cut of every photograph of one shape, and the objects on these."""

    fine: Tensor
    """Pictures x channels x rows x columns at stride 16, float16."""
    coarse: Tensor
    """The same at stride 32."""
    targets: Targets


class KeptCuts:
    """Cuts of photographs as a trunk sees them, each once; kept in the folder `kept`, so that a run that goes on
    need not look again. A batch's pictures are of about the same shape, and photographs of rare classes come more often
    (Gupta et al., "LVIS", 2019, section 4: repeat factor sampling)."""

    def __init__(self, part: DetectionPhotos, *, kept: Path, device: torch.device) -> None:
        self.part, self.kept, self.device = part, kept, device
        often = repeats(part.labels)
        self.members = [
            [at for at, shape in enumerate(part.shapes) if shape == number] for number in range(len(SHAPES))
        ]
        self.often = [often[members] for members in self.members]
        self.shapes = torch.stack([of.sum() for of in self.often])
        self.seen: dict[tuple[str, int, int], Seen] = {}

    def batch(self, backbone: Any, size: int, *, cuts: int, mosaics: int = 0) -> tuple[list[Tensor], Targets]:
        """Both maps of `size` pictures, drawn by torch's global chance, as `backbone.stages` made them: of one of that many
        cuts of the photographs, or of one of that many mosaics of such cuts."""
        looks = [
            *(("cut", number) for number in range(cuts)),
            *(("mosaic", number) for number in range(mosaics)),
        ]
        shape = int(torch.multinomial(self.shapes, 1))
        chosen = torch.multinomial(self.often[shape], size, replacement=True)
        seen = self._seen(backbone, *looks[int(torch.randint(len(looks), ()))], shape)
        targets = seen.targets
        maps = [stage[chosen].to(self.device).float() for stage in (seen.fine, seen.coarse)]
        ignored = targets.ignored[chosen] if targets.ignored.numel() else targets.ignored
        return maps, Targets(targets.labels[chosen], targets.boxes[chosen], ignored).to(self.device)

    def _seen(self, backbone: Any, kind: str, number: int, shape: int) -> Seen:
        if (kind, number, shape) not in self.seen:
            path = self.kept / _digest(backbone.trunk) / f"{kind}-{number}-{shape}-of-{len(self.part)}.pt"
            with torch.autocast(self.device.type, enabled=False):
                read = kept(path, lambda: self._look(backbone, kind, number, shape))
            self.seen[kind, number, shape] = Seen(read["fine"], read["coarse"], Targets(**read["targets"]))
        return self.seen[kind, number, shape]

    @torch.no_grad()
    def _look(self, backbone: Any, kind: str, number: int, shape: int) -> dict[str, Any]:
        """`Seen` as plain tensors. In the numbers that the device multiplies, all of them."""
        numbers = precision(self.device)
        eye = copy.deepcopy(backbone).to(numbers)
        fine, coarse, objects = list[Tensor](), list[Tensor](), list[Targets]()
        members = self.members[shape]
        for start in range(0, len(members), AT_ONCE):
            chosen = members[start : start + AT_ONCE]
            with seeded(SEEDS[kind] + 100_000 * number + 10_000 * shape + start):
                pixels, targets = SHOWN[kind](self.part, chosen, SHAPES[shape], device=self.device)
                pixels = coloured(pixels)
            x = normalised(pixels, mean=MEAN, std=STD).to(numbers)
            stages = eye.stages(x.contiguous(memory_format=torch.channels_last))
            for maps, stage in zip((fine, coarse), stages, strict=True):
                maps.append(stage.half().cpu().contiguous())
            objects.append(targets)
        return {"fine": torch.cat(fine), "coarse": torch.cat(coarse), "targets": vars(_joined(objects))}


def _digest(trunk: nn.Module) -> str:
    """What another trunk made must not be taken for this one's. Adding nothing turns −0 into 0, as averaging does."""
    parts = (tensor.detach().float().cpu() + 0.0 for tensor in trunk.state_dict().values())
    return hashlib.sha256(b"".join(part.numpy().tobytes() for part in parts)).hexdigest()[:12]


def repeats(labels: Sequence[Any]) -> Tensor:
    """How often each picture is to come, by the labels of its objects: as often as the rarest class of them asks, which
    is the square root of how many times too rare it is, at least once."""
    classes = 1 + max((int(of.max()) for of in labels if len(of)), default=0)
    there = torch.zeros(len(labels), classes)
    for picture, of in enumerate(labels):
        there[picture, torch.as_tensor(of)] = 1
    wanted = (OFTEN / there.mean(0).clamp(min=1e-9)).sqrt().clamp(min=1)
    return (there * wanted).max(1).values.clamp(min=1)


def _joined(parts: Sequence[Targets]) -> Targets:
    """All of those, one after the other."""
    each = [one for part in parts for one in part.of_each()]
    return Targets.of(*map(list, zip(*each, strict=True)))
