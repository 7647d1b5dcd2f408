"""The recipes that made the shipped models, and the commands that follow them."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from platformdirs import user_cache_path

from explorer.errors import ControlError

if TYPE_CHECKING:
    from explorer.training.recipe import Recipe
    from explorer.training.run import Run
    from explorer.zoo.cards import Card

__all__ = ["recipes", "state_folder", "train", "train_all"]

LINES = partial(print, flush=True)


def recipes() -> Mapping[str, Recipe]:
    """All recipes, in the order in which they need each other, as large as this machine can follow them."""
    import torch

    from explorer.training.classifiers import classifiers
    from explorer.training.detr import detr_scenes
    from explorer.training.detr_cells import DETR_CELLS
    from explorer.training.detr_photos import detr_photos
    from explorer.training.distillation import distilled
    from explorer.training.pixels import pixels
    from explorer.training.positions import positions
    from explorer.training.recall import recall
    from explorer.training.stages import stages
    from explorer.training.words import WORDS

    large = torch.cuda.is_available()
    pictures = (*classifiers(large=large), detr_scenes(large=large), DETR_CELLS, *pixels(large=large))
    every = (*pictures, *distilled(), detr_photos(), WORDS, *recall(), *positions(), *stages())
    return {recipe.name: recipe for recipe in every}


def state_folder() -> Path:
    """Where resumable states are kept: the user's cache."""
    return user_cache_path("explorer", appauthor=False) / "training"


def train(
    name: str,
    *,
    data: Path,
    device: str = "auto",
    minutes: float | None = None,
    state: Path | None = None,
    out: Path | None = None,
    on_progress: Callable[[str], None] = LINES,
) -> Card | None:
    """Follow a recipe from wherever its state stands, or from what ships where that is what its first parts made,
    and write the best checkpoint so far with its card.

    `state` is the folder of resumable states, `out` that of checkpoints; lines of progress go to `on_progress`. The
    card is None, and nothing is written, when the time was too short for a first score.

    Raises:
        ControlError: there is no recipe of that name.
        CheckpointError: the state was left by a recipe that has changed since.
    """
    import torch

    from explorer.training.run import follow
    from explorer.training.shipping import ship, take_up
    from explorer.zoo.devices import choose

    if name not in recipes():
        known = ", ".join(recipes())
        raise ControlError(f"There is no recipe called {name!r}", do=f"choose among {known}, all")
    recipe, where = recipes()[name], torch.device(choose(device))

    def keep(run: Run) -> None:
        ship(run, out)

    task = recipe.task(data, where)
    run = follow(
        recipe,
        task,
        (state or state_folder()) / f"{name}.pt",
        device=where,
        minutes=minutes,
        on_progress=lambda progress: on_progress(f"{name}  {progress}"),
        begin=lambda run: take_up(run, task),
        keep=keep,
    )
    return ship(run, out) if run.best_step else None


def train_all(
    data: Path,
    *,
    device: str = "auto",
    minutes: float | None = None,
    state: Path | None = None,
    out: Path | None = None,
    on_progress: Callable[[str], None] = LINES,
) -> None:
    """Follow every recipe, sharing `minutes` among them by how far each is from its target; without `minutes`
    until all are finished."""
    from explorer.training.sharing import next_name, standing

    every, folder = recipes(), state or state_folder()
    end = math.inf if minutes is None else time.monotonic() + minutes * 60
    turn = None if minutes is None else max(1.0, minutes / (4 * len(every)))
    while (left := (end - time.monotonic()) / 60) > 0:
        name = next_name(
            {
                recipe_name: standing(recipe, folder / f"{recipe_name}.pt")
                for recipe_name, recipe in every.items()
            }
        )
        if name is None:
            return
        share = turn and min(turn, left)
        train(name, data=data, device=device, minutes=share, state=state, out=out, on_progress=on_progress)
