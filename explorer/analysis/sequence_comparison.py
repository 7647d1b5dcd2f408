"""Sequence models side by side: gradients, reach, recall by distance, expected and measured recall."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from explorer.analysis.long_range import InputGradient
from explorer.analysis.recall_finding import Finding
from explorer.analysis.result import Arrays, Numbers, Result, columns
from explorer.formatting import percent

__all__ = [
    "FindingsCompared",
    "GradientsCompared",
    "ReachCompared",
    "RecallByDistance",
]


@dataclass(frozen=True, eq=False)
class GradientsCompared(Result):
    """Every model's gradient of the answer's logit, by input position, of one sequence."""

    models: Sequence[InputGradient]
    symbols: str
    answer: str

    def arrays(self) -> Arrays:
        places, models = len(self.symbols), self.models
        return {
            "model": (np.repeat([model.title for model in models], places), ""),
            "steps_before_the_end": (np.tile(np.arange(places)[::-1], len(models)), "steps"),
            "symbol": (np.tile(np.array(list(self.symbols)), len(models)), ""),
            "gradient": (np.concatenate([model.length for model in models]), "logit / input"),
            "under_machine_precision": (
                np.concatenate([model.length < model.precision for model in models]),
                "",
            ),
        }

    def numbers(self) -> Numbers:
        numbers: Numbers = {"to be recalled": (self.answer, "")}
        lost = [
            model.title
            for model in self.models
            if model.guess == model.answer and model.at_answer < model.precision
        ]
        if lost:
            numbers["correct, though the gradient there is below machine precision"] = (", ".join(lost), "")
        return numbers

    def alt(self) -> str:
        reach = ", ".join(f"{model.title} {model.felt}" for model in self.models)
        return (
            f"{len(self.models)} curves on a logarithmic axis against the steps before the end; a dotted line marks the "
            f"letter to be recalled. Steps back to the last gradient above machine precision: {reach}."
        )


@dataclass(frozen=True, eq=False)
class ReachCompared(Result):
    """How far back each model can depend on its input, how far its gradient goes, and what it predicts."""

    models: Sequence[InputGradient]
    predictions: Sequence[str]

    @property
    def correct(self) -> list[bool]:
        return [model.guess == model.answer for model in self.models]

    def arrays(self) -> Arrays:
        return {
            "model": (np.array([model.title for model in self.models]), ""),
            "theoretical_reach": (np.array([model.reach for model in self.models]), "steps"),
            "gradient_felt": (np.array([model.felt for model in self.models]), "steps"),
            "gradient_at_the_letter": (np.array([model.at_answer for model in self.models]), "logit / input"),
            "answer": (np.array(self.predictions), ""),
            "correct": (np.array(self.correct), ""),
        }

    def numbers(self) -> Numbers:
        return {"correct": (f"{sum(self.correct)} of {len(self.correct)}", "")}

    def alt(self) -> str:
        steps = ", ".join(
            f"{model.title} {model.felt} ({'correct' if right else 'wrong'})"
            for model, right in zip(self.models, self.correct, strict=True)
        )
        return f"Bars of the steps back that the gradient reaches, and whether each predicts the letter: {steps}."


@dataclass(frozen=True, eq=False)
class RecallByDistance(Result):
    """The share recalled at each distance, by model: trainings x distances."""

    distances: Sequence[int]
    shares: Mapping[str, Float[np.ndarray, "trainings distances"]]

    def arrays(self) -> Arrays:
        values, count = list(self.shares.values()), len(self.distances)
        most = max(map(len, values))
        empty = np.full(count, np.nan)
        return {
            "model": (np.repeat(list(self.shares), count), ""),
            "distance": (np.tile(self.distances, len(values)), "steps"),
            "mean": (np.concatenate([trainings.mean(0) for trainings in values]), "1"),
            "lowest": (np.concatenate([trainings.min(0) for trainings in values]), ""),
            "highest": (np.concatenate([trainings.max(0) for trainings in values]), ""),
            **{
                f"seed_{at + 1}": (
                    np.concatenate([trainings[at] if at < len(trainings) else empty for trainings in values]),
                    "",
                )
                for at in range(most)
            },
        }

    def alt(self) -> str:
        last = ", ".join(f"{title} {percent(values[:, -1].mean())}" for title, values in self.shares.items())
        return f"Curves of the share recalled against distances from 1 to {self.distances[-1]}; at the farthest: {last}."


@dataclass(frozen=True, eq=False)
class FindingsCompared(Result):
    """How far each model recalls, against its reach and against what is expected of its kind."""

    models: Sequence[Finding]

    def arrays(self) -> Arrays:
        return {
            "model": (np.array([model.title for model in self.models]), ""),
            "theoretical_reach": (np.array([model.reach for model in self.models]), "steps"),
            **columns(self.models, held="steps", at_farthest="", outcome=""),
        }

    def numbers(self) -> Numbers:
        return {model.title: (str(model), "") for model in self.models}

    def alt(self) -> str:
        held = "; ".join(f"{model.title}, {model}" for model in self.models)
        return f"Bars of the distance that each model holds: {held}."
