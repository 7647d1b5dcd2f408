"""A recipe so small that following it takes a second; run as a program it follows it until it is killed."""

import sys
import time
from pathlib import Path

import torch
from torch import Tensor, nn

from explorer.training.recipe import Part, Recipe
from explorer.training.run import follow


class Spirals:
    """Points of two classes drawn from the global generator, as batches are in real recipes."""

    def __init__(self, pause: float = 0.0) -> None:
        self.pause = pause

    def loss(self, module: nn.Module, step: int) -> Tensor:
        time.sleep(self.pause)
        points = torch.randn(16, 2)
        labels = (points.prod(1) > 0).long()
        return nn.functional.cross_entropy(module(points).float(), labels)

    def score(self, module: nn.Module) -> float:
        points = torch.linspace(-1, 1, 64).view(32, 2)
        return float((module(points).argmax(1) == (points.prod(1) > 0)).float().mean())


def build() -> nn.Module:
    return nn.Sequential(nn.Linear(2, 8), nn.BatchNorm1d(8), nn.GELU(), nn.Dropout(0.2), nn.Linear(8, 2))


def recipe(**said: object) -> Recipe:
    """With these fields; those of a part are of its one part, where `parts` are not said."""
    part = {"steps": 60, "peak_rate": 1e-3, "warm_up": 10, "by_muon": ("0.",), "muon": 3.0}
    one = Part(**{name: said.pop(name, value) for name, value in part.items()})
    return Recipe(
        **{
            "name": "tiny",
            "title": "Tiny",
            "family": "cnn",
            "architecture": "",
            "options": {},
            "input_size": (1, 2),
            "mean": (0.0,),
            "std": (1.0,),
            "classes": ("same", "other"),
            "data": "none",
            "notes": "",
            "target": 1.0,
            "parts": (one,),
            "build": build,
            "task": lambda data, device: Spirals(),
            "average": 0.9,
            "score_every": 5,
        }
        | said
    )


if __name__ == "__main__":
    follow(
        recipe(),
        Spirals(pause=0.02),
        Path(sys.argv[1]),
        device=torch.device("cpu"),
        on_progress=lambda progress: sys.stdout.write(f"{progress.step}\n") and sys.stdout.flush(),
        save_every=0.0,
    )
