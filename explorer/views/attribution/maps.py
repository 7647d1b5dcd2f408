"""The parts of a picture an answer hangs on, by several methods on one grid."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from explorer.export.drawing import Drawing
from explorer.geometry import Cell
from explorer.views.attribution.controls import Controls, Subject, chosen_methods, subject

if TYPE_CHECKING:
    from explorer.analysis.attribution import Attribution
    from explorer.views.scope import Scope

__all__ = ["attributed", "draw_agreement", "draw_maps", "draw_place", "maps_of", "said"]


def said(controls: Controls, found: Subject, scope: Scope) -> str:
    """The words of every caption: model, class, picture."""
    trained = "" if controls.trained else ", untrained"
    return f"{found.model.entry.title}{trained}, for the class “{found.name}” of “{scope.picture.name}”"


def attributed(method: str, found: Subject, scope: Scope, progress: Callable[[float], None]) -> Attribution:
    """The method's map, from memory if it was made before."""
    from explorer.analysis.attribution import attribute

    key = ("attribution", method, found.target, *found.model.input_size)

    def make() -> Attribution:
        x = found.model.prepare(found.shown)
        on_progress: Callable[[int, int], None] = lambda done, of: progress(done / of)  # noqa: E731
        return attribute(found.model, x, method, targets=found.target, progress=on_progress)

    return scope.remember(key, make)


def maps_of(
    controls: Controls, scope: Scope
) -> tuple[Subject, dict[str, Attribution], dict[str, np.ndarray], dict[str, str]]:
    """The subject, and by method's title its map, the map on the common grid, and why some could not be made."""
    from explorer.analysis.attribution import METHODS
    from explorer.errors import ExplorerError

    found = subject(controls, scope)
    methods = chosen_methods(controls, scope)
    made: dict[str, Attribution] = {}
    missing: dict[str, str] = {}
    for place, method in enumerate(methods):

        def on_progress(share: float, before: int = place) -> None:
            scope.progress(min(1.0, (before + share) / len(methods)))

        try:
            made[METHODS[method].title] = attributed(method, found, scope, on_progress)
        except ExplorerError as error:
            missing[METHODS[method].title] = str(error)
        on_progress(1.0)
    if not made:
        raise next(iter([_no_map(missing)]))
    return found, made, {title: each.on(found.grid) for title, each in made.items()}, missing


def _no_map(missing: dict[str, str]) -> Exception:
    from explorer.errors import AnalysisError

    return AnalysisError("No map could be made", why=" ".join(missing.values()) or "no method applies")


def _scaled(values: dict[str, np.ndarray], scale: str) -> tuple[dict[str, np.ndarray], str]:
    from explorer.analysis.attribution import ranked, shared

    if scale == "rank":
        return {title: ranked(each) for title, each in values.items()}, "part of the cells below"
    return {title: shared(each) for title, each in values.items()}, "times the map's mean"


def draw_maps(controls: Controls, scope: Scope) -> Drawing:
    """Every method's map, on one grid and one scale."""
    from explorer.figures.attribution import maps_figure

    found, made, values, missing = maps_of(controls, scope)
    scaled, unit = _scaled(values, controls.scale)
    chosen = Cell(min(controls.row, found.grid.rows) - 1, min(controls.column, found.grid.columns) - 1)
    blind = [title for title, each in made.items() if each.targets is None]
    empty = [title for title, each in values.items() if not each.any()]
    notes = [f"{title}: {why}" for title, why in missing.items()]
    return Drawing(
        figure=maps_figure(
            list(scaled),
            list(scaled.values()),
            found.grid,
            scope.picture.pixels,
            found.frame,
            unit=unit,
            chosen=chosen,
        ),
        data={
            **{each.method: each.values[0] for each in made.values()},
            **{f"{made[title].method} drawn": each for title, each in scaled.items()},
        },
        units={each.method: each.unit for each in made.values()}
        | {f"{each.method} drawn": unit for each in made.values()},
        caption=f"What {said(controls, found, scope)} hangs on by {len(made)} methods, on {found.grid.rows} × "
        f"{found.grid.columns} cells, one colour scale ({unit})."
        + (f" {', '.join(blind)}: the same for every class." if blind else "")
        + (
            f" {', '.join(empty)}: nothing speaks for this class, the map is zero everywhere."
            if empty
            else ""
        )
        + "".join(f" {note}" for note in notes),
        alt="The photograph once for each method, its cells shaded: " + ", ".join(made) + ".",
        numbers={"the class": (found.name, f"{found.probabilities[found.target]:.1%}")},
    )


def draw_place(controls: Controls, scope: Scope) -> Drawing:
    """What every method says of the chosen cell."""
    from explorer.analysis.attribution import METHODS
    from explorer.figures.attribution import place_figure

    found, made, values, _ = maps_of(controls, scope)
    at = (min(controls.row, found.grid.rows) - 1, min(controls.column, found.grid.columns) - 1)
    ranks = {title: float(each[at]) for title, each in _scaled(values, "rank")[0].items()}
    shares = {title: float(each[at]) for title, each in _scaled(values, "share")[0].items()}
    return Drawing(
        figure=place_figure(list(ranks), list(ranks.values()), list(shares.values())),
        data={
            "method": np.array([each.method for each in made.values()]),
            "paper": np.array([METHODS[each.method].paper for each in made.values()]),
            "value": np.array([float(each[at]) for each in values.values()]),
            "rank": np.array(list(ranks.values())),
            "times_the_mean": np.array(list(shares.values())),
        },
        units={"rank": "part of the cells below", "times_the_mean": "1"},
        caption=f"How much each map puts on row {at[0] + 1}, column {at[1] + 1}: the part of the cells below it, and "
        f"beside it the times of the map's mean. {said(controls, found, scope)}.",
        alt=f"A bar for each of {len(ranks)} methods.",
        numbers={
            "lowest": (min(ranks, key=lambda title: ranks[title]), f"{min(ranks.values()):.0%}"),
            "highest": (max(ranks, key=lambda title: ranks[title]), f"{max(ranks.values()):.0%}"),
        },
    )


def draw_agreement(controls: Controls, scope: Scope) -> Drawing:
    """Rank correlation of each pair of maps."""
    from explorer.analysis.faithfulness import rank_correlation
    from explorer.figures.attribution import agreement_figure

    found, made, values, _ = maps_of(controls, scope)
    matrix = np.asarray(rank_correlation(list(values.values())))
    pairs = matrix[np.triu_indices(len(matrix), 1)]
    numbers = {"mean of the pairs": (float(np.nanmean(pairs)), "")} if len(pairs) else {}
    return Drawing(
        figure=agreement_figure(list(values), matrix),
        data={"method": np.array([each.method for each in made.values()]), "correlation": matrix},
        units={"correlation": "Spearman’s rank correlation"},
        caption=f"How alike the maps order the cells: Spearman's rank correlation of every pair, "
        f"{said(controls, found, scope)}.",
        alt=f"A table of {len(matrix)} × {len(matrix)} correlations.",
        numbers=numbers,
    )
