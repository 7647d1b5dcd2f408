"""From a run to what ships, the best weights so far and their card; and back."""

from __future__ import annotations

from pathlib import Path

from explorer.errors import CheckpointError
from explorer.training.recipe import Task
from explorer.training.run import Run
from explorer.zoo.cards import Card, read_card, read_weights, write_card, write_checkpoint

__all__ = ["ship", "take_up"]


def ship(run: Run, out: Path | None = None) -> Card:
    """Write the best weights of the run and their card into the folder of checkpoints, or into `out`.

    Where the same weights lie there already, their card and the figures measured on it are left as they are.
    """
    recipe = run.recipe
    card = Card(
        name=recipe.name,
        title=recipe.title,
        family=recipe.family,
        architecture=recipe.architecture,
        options=run.options,
        input_size=recipe.input_size,
        mean=recipe.mean,
        std=recipe.std,
        classes=recipe.classes,
        parameters=0,
        data=recipe.data,
        recipe=f"explorer train {recipe.name}",
        seed=recipe.seed,
        steps=run.best_step,
        hardware=run.hardware,
        seconds=round(run.seconds),
        notes=recipe.notes,
        parts=run.finished_parts,
    )
    before = _standing(recipe.name) if out is None else None
    written = write_checkpoint(recipe.shipped(run.best), card, out, half=recipe.half)
    if before is not None and before.sha256 == written.sha256 and before.figures:
        write_card(before)
        return before
    return written


def take_up(run: Run, task: Task) -> None:
    """Let a recipe of several parts go on from what ships, where that is what its first parts made."""
    card, recipe = _standing(run.recipe.name), run.recipe
    if card is None or not 0 < card.parts < len(recipe.parts):
        return
    # Another recipe of that name, as a GPU follows it, has other numbers of steps.
    if recipe.part_of(card.steps - 1)[0] == card.parts - 1:
        run.go_on_from(card, read_weights(card.name), task)


def _standing(name: str) -> Card | None:
    try:
        return read_card(name)
    except CheckpointError:
        return None
