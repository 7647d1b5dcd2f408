"""Small vision transformers that differ in their positions only, trained alike on handwritten digits."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from explorer.analysis.positions import right_answers
from explorer.models.position_vit import CODES
from explorer.training.pixels_data import DIGITS, digits
from explorer.training.recipe import Recipe
from explorer.zoo.position_models import (
    POSITION_SEEDS,
    POSITIONS_ARCHITECTURE,
    build_positions,
    positions_name,
    positions_options,
)

__all__ = ["ReadDigits", "digit_tensors", "positions"]

BATCH, CHOOSING, STEPS = 64, 140, 1200


def digit_tensors(images: object, labels: object) -> tuple[Tensor, Tensor]:
    """Digits (N x 8 x 8 x 1, 0 … 16) as the models take them, N x 1 x 8 x 8 from −1 to 1, and their labels."""
    pictures = torch.as_tensor(images).permute(0, 3, 1, 2).float() / 8 - 1
    return pictures, torch.as_tensor(labels).long()


class ReadDigits:
    """Which digit it is; no picture is changed, so that nothing but the code can tell places apart."""

    def __init__(self, device: torch.device, *, batch: int = BATCH) -> None:
        self.batch = batch
        found = digits()
        pictures, labels = (each.to(device) for each in digit_tensors(found.learn.copy(), found.learn_labels))
        self.learn, self.labels = pictures[:-CHOOSING], labels[:-CHOOSING]
        self.held_out = pictures[-CHOOSING:], labels[-CHOOSING:]
        self.device = device

    def loss(self, module: nn.Module, step: int) -> Tensor:
        chosen = torch.randint(len(self.learn), (self.batch,)).to(self.device)
        # At this size 16 bits cost more time than they save.
        with torch.autocast(self.device.type, enabled=False):
            return cross_entropy(module(self.learn[chosen]), self.labels[chosen], label_smoothing=0.05)

    def score(self, module: nn.Module) -> float:
        with torch.autocast(self.device.type, enabled=False):
            return right_answers(module, *self.held_out)  # type: ignore[arg-type]


def positions() -> tuple[Recipe, ...]:
    """Each code with each seed."""
    return tuple(_recipe(code, seed) for seed in range(POSITION_SEEDS) for code in CODES)


def _recipe(code: str, seed: int) -> Recipe:
    return Recipe(
        name=positions_name(code, seed),
        title=f"Small ViT, {CODES[code]}" + (f", seed {seed + 1}" if seed else ""),
        family="positions",
        architecture=POSITIONS_ARCHITECTURE,
        options=positions_options(code),
        input_size=(8, 8),
        mean=(0.5,),
        std=(0.5,),
        classes=DIGITS,
        data="scikit-learn's handwritten digits (UCI, Alpaydin and Kaynak 1998): 1,297 to learn from, 140 to choose "
        "the best step, 360 for tests",
        notes="Every pixel is a patch; no class token. Told of positions: " + CODES[code] + ".",
        target=0.6 if code == "none" else 0.95,
        steps=STEPS,
        build=lambda: build_positions(code),
        task=lambda data, device: ReadDigits(device),
        peak_rate=2e-3,
        weight_decay=0.05,
        warm_up=100,
        average=0.99,
        score_every=100,
        seed=seed,
    )
