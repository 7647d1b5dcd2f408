"""The picture in front of the model, the class that is explained, and the maps of all selected methods."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from scipy.special import softmax

from explorer.analysis.attribution import METHODS, Attribution, attribute
from explorer.analysis.attribution.comparison import Comparison
from explorer.analysis.prediction import prediction
from explorer.errors import AnalysisError, ExplorerError
from explorer.geometry import Cell, Frame, Grid
from explorer.images import render
from explorer.views.attribution.controls import PREDICTED, Controls, grid_of, methods_of, resized
from explorer.views.scope import Scope
from explorer.zoo import Model


@dataclass(frozen=True, eq=False)
class Subject:
    """The picture in front of the model, and the class that is explained."""

    model: Model
    frame: Frame
    shown: np.ndarray
    """The model's input before normalisation, height x width x 3, uint8."""
    grid: Grid
    logits: np.ndarray
    """One a class, float64."""
    target: int
    """The place of the class among the model's outputs."""

    @cached_property
    def probs(self) -> np.ndarray:
        """Softmax of the logits."""
        return softmax(self.logits)

    @property
    def order(self) -> list[int]:
        """Classes by falling probability."""
        return [int(at) for at in (-self.probs).argsort(kind="stable")]

    @property
    def name(self) -> str:
        return self.model.classes[self.target].split(",")[0]

    @property
    def x(self) -> torch.Tensor:
        return self.model.prepare(self.shown)

    def cell(self, controls: Controls) -> Cell:
        """The selected cell, as far as the grid goes."""
        return Cell(min(controls.row, self.grid.rows) - 1, min(controls.column, self.grid.columns) - 1)


def subject_of(scope: Scope, model: Model, target: str = PREDICTED) -> Subject:
    """The picture in front of a model, with the class of that name.

    Raises:
        AnalysisError: the model names no classes.
    """
    frame = model.frame(scope.picture)
    shown = render(scope.picture, frame)

    def make() -> np.ndarray:
        with torch.inference_mode():
            logits = model.module(model.prepare(shown))
        prediction(logits, model.classes)  # refuses what is no classifier
        return logits[0].double().cpu().numpy()

    logits = scope.remember(("logits", model.entry.name, *model.input_size), make)
    at = int(logits.argmax()) if target == PREDICTED else model.classes.index(target)
    return Subject(model, frame, shown, grid_of(model), logits, at)


def subject(controls: Controls, scope: Scope) -> Subject:
    """What the controls select."""
    return subject_of(scope, resized(scope, controls.side), controls.target)


def subject_title(controls: Controls, scope: Scope) -> str:
    """The end of every caption: model, class and picture."""
    selected = subject(controls, scope)
    trained = "" if controls.trained else ", untrained,"
    return f"{selected.model.entry.title}{trained} for the class “{selected.name}” on “{scope.picture.name}”"


def attribution(
    method: str, selected: Subject, scope: Scope, progress: Callable[[float], None]
) -> Attribution:
    """The method's map, from memory if it was made before."""

    def make() -> Attribution:
        return attribute(
            selected.model,
            selected.x,
            method,
            targets=selected.target,
            progress=lambda done, of: progress(done / of),
        )

    return scope.remember(("attribution", method, selected.target, *selected.model.input_size), make)


def comparison(controls: Controls, scope: Scope, *, share: float = 1.0) -> tuple[Subject, Comparison, str]:
    """The subject, the maps of all selected methods, and a sentence for each that could not be made. They are that
    share of the work.

    Raises:
        AnalysisError: none could be made.
    """
    selected, methods = subject(controls, scope), methods_of(controls, scope)
    maps: dict[str, Attribution] = {}
    failures: list[str] = []
    for place, method in enumerate(methods):

        def on_progress(done: float, before: int = place) -> None:
            scope.progress(share * min(1.0, (before + done) / len(methods)))

        try:
            maps[METHODS[method].title] = attribution(method, selected, scope, on_progress)
        except ExplorerError as error:
            failures.append(f" {METHODS[method].title}: {error}")
        on_progress(1.0)
    if not maps:
        raise AnalysisError("No map could be made", why="".join(failures).strip() or "no method applies")
    return selected, Comparison(maps, selected.grid), "".join(failures)
