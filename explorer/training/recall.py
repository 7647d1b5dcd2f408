"""The six sequence models: recall the letter that followed the marker, however long ago."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from explorer.analysis.long_range import accuracy_by_distance
from explorer.data.recall_task import FARTHEST, recall_sequences
from explorer.models.sequence_models import SEQUENCE_MODELS
from explorer.training.recipe import Part, Recipe
from explorer.zoo.sequence_models import RECALL_SEEDS, build_recall, recall_name, recall_options

__all__ = ["RecallLetters", "recall"]

BATCH = 32
STEPS = 2000
TARGETS = {"rnn": 0.4, "lstm": 0.9, "gru": 0.9, "cnn": 0.5, "dilated": 0.97, "transformer": 0.97}
"""Of the mean over the distances: what reaches less far cannot recall what is farther."""


class RecallLetters:
    """The answer is asked for at every place after the letter, all distances at once, each octave of distances
    counting alike. The farthest distance grows from 4 to 256 over the first half of the steps. The marker may
    stand anywhere: what knows places by their number must have met it at each of them."""

    def __init__(self, device: torch.device, *, steps: int = STEPS) -> None:
        self.device, self.steps = device, steps

    def loss(self, module: nn.Module, step: int) -> Tensor:
        share = min(1.0, 2 * step / self.steps)
        farthest = round(4 * (FARTHEST / 4) ** share)
        distances = torch.randint(1, farthest + 1, (BATCH,))
        batch = recall_sequences(BATCH, distances, length=farthest + 2)
        places = torch.arange(farthest + 2)
        passed = places - (farthest + 1 - distances)[:, None]  # steps since the letter: batch, places
        scored = passed >= 1
        with torch.autocast(self.device.type, enabled=False):
            logits = module(batch.numbers.to(self.device))[scored.to(self.device)]
            wanted = batch.answers[:, None].expand_as(scored)[scored].to(self.device)
            weight = 1 / passed[scored].float().to(self.device)
            return (cross_entropy(logits, wanted, reduction="none") * weight).sum() / weight.sum()

    def score(self, module: nn.Module) -> float:
        """The mean over distances from 1 to 256 of the share recalled."""
        with torch.autocast(self.device.type, enabled=False):
            return float(accuracy_by_distance(module, count=64, seed=1_000_003).mean())


def recall() -> tuple[Recipe, ...]:
    """Each model with each seed."""
    return tuple(_recipe(kind, seed) for seed in range(RECALL_SEEDS) for kind in SEQUENCE_MODELS)


def _recipe(kind: str, seed: int) -> Recipe:
    architecture, options = recall_options(kind)
    return Recipe(
        name=recall_name(kind, seed),
        title=f"{SEQUENCE_MODELS[kind][0]} that recalls" + (f", seed {seed + 1}" if seed else ""),
        family="recall",
        architecture=architecture,
        options=options,
        input_size=(1, FARTHEST + 2),
        mean=(0.0,),
        std=(1.0,),
        classes=(),
        data="random letters, new ones at every step",
        notes="Recalls the letter that followed the marker, at distances 1 to 256.",
        target=TARGETS[kind],
        parts=(Part(STEPS, peak_rate=3e-3, warm_up=100),),
        build=lambda: build_recall(kind),
        task=lambda data, device: RecallLetters(device),
        weight_decay=0.01,
        average=0.99,
        score_every=200,
        seed=seed,
    )
