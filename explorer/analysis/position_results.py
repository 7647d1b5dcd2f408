"""Results of positional encodings: similarity to one position, biases, angles, and accuracies with and without them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from explorer.analysis.moved_patches import Moved
from explorer.analysis.positions import CodeSimilarity, wavelengths
from explorer.analysis.result import Arrays, Numbers, Result
from explorer.formatting import percent

__all__ = [
    "AccuracyByEncoding",
    "AccuracyByShare",
    "OffsetBias",
    "PositionsAltered",
    "PredictionsMoved",
    "Rotation",
    "SimilarityToPosition",
    "Sinusoidal",
]

SPREAD = ("mean", "min", "max")


@dataclass(frozen=True, eq=False)
class SimilarityToPosition(Result):
    """Cosine of one position's encoding with every other's."""

    similarity: CodeSimilarity
    position: tuple[int, int]

    @property
    def cosine(self) -> Float[np.ndarray, "rows columns"]:
        return self.similarity.of(*self.position)

    @property
    def _second(self) -> tuple[int, int]:
        """The most similar other position."""
        row, column = (self.cosine == np.sort(self.cosine.ravel())[-2]).nonzero()
        return int(row[0]), int(column[0])

    def arrays(self) -> Arrays:
        return {"cosine": (self.cosine, "cosine")}

    def numbers(self) -> Numbers:
        (row, column), (second_row, second_column) = self.position, self._second
        return {
            "most similar": (f"row {second_row + 1}, column {second_column + 1}", ""),
            "same row, mean": (float(np.delete(self.cosine[row], column).mean()), ""),
            "same column, mean": (float(np.delete(self.cosine[:, column], row).mean()), ""),
        }

    def alt(self) -> str:
        row, column = self._second
        return (
            f"A map over the grid of positions, 1 at ({self.position[0] + 1}, {self.position[1] + 1}); the most similar "
            f"other is ({row + 1}, {column + 1}) with {self.cosine[row, column]:.3g}."
        )


@dataclass(frozen=True, eq=False)
class Sinusoidal(Result):
    """The sinusoidal encoding of the first positions."""

    code: Float[np.ndarray, "positions width"]

    def arrays(self) -> Arrays:
        return {"code": (self.code, ""), "wavelength": (wavelengths(self.code.shape[1]), "positions")}

    def numbers(self) -> Numbers:
        waves = wavelengths(self.code.shape[1])
        return {
            "shortest wave": (float(waves[0]), "positions"),
            "longest wave": (float(waves[-1]), "positions"),
        }

    def alt(self) -> str:
        (shortest, _), (longest, _) = self.numbers().values()
        return f"Vertical stripes that widen to the right, from waves of {shortest:.3g} positions to {longest:.3g}."


@dataclass(frozen=True, eq=False)
class OffsetBias(Result):
    """What each head of a layer adds to a score for each offset from query to key, and the head that is drawn."""

    table: Float[np.ndarray, "heads rows columns"]
    head: int

    def arrays(self) -> Arrays:
        return {"bias": (self.table, "added to the score")}

    def numbers(self) -> Numbers:
        values = self.table[self.head]
        own = values[values.shape[0] // 2, values.shape[1] // 2]
        return {"for itself": (float(own), ""), "largest": (float(values.max()), "")}

    def alt(self) -> str:
        values = self.table[self.head]
        row, column = np.unravel_index(int(values.argmax()), values.shape)
        down, right = int(row) - values.shape[0] // 2, int(column) - values.shape[1] // 2
        return (
            f"A map over offsets, the query's own place in the middle; the largest, {values.max():.3g}, is {down} rows down "
            f"and {right} columns right."
        )


@dataclass(frozen=True, eq=False)
class Rotation(Result):
    """By what angle each pair of numbers of queries and keys is rotated at each patch."""

    angles: Float[np.ndarray, "rows columns pairs"]

    def arrays(self) -> Arrays:
        return {"angle": (self.angles, "radian")}

    def numbers(self) -> Numbers:
        first = self.angles[1, 0, 0] - self.angles[0, 0, 0]
        return {"one row down rotates the first pair by": (float(np.degrees(first)), "°")}

    def alt(self) -> str:
        (degrees, _) = self.numbers()["one row down rotates the first pair by"]
        return f"{self.angles.shape[-1]} small maps of stripes; one row down rotates the first pair by {degrees:.3g} degrees."


@dataclass(frozen=True, eq=False)
class PredictionsMoved(Result):
    """The probability of the true class before and after patches are moved, by encoding."""

    models: Mapping[str, Moved]
    label: int

    def _probability(self, when: str) -> np.ndarray:
        return np.array([float(getattr(moved, when)[0, self.label]) for moved in self.models.values()])

    @property
    def before(self) -> Float[np.ndarray, " models"]:
        return self._probability("before")

    @property
    def after(self) -> Float[np.ndarray, " models"]:
        return self._probability("after")

    def arrays(self) -> Arrays:
        moved = list(self.models.values())
        return {
            "positions": (np.array(list(self.models)), ""),
            "before": (self.before, "1"),
            "after": (self.after, "1"),
            "largest_change": (np.array([change.largest for change in moved]), "logit"),
            "rounding": (np.array([change.rounding for change in moved]), "logit"),
        }

    def numbers(self) -> Numbers:
        same = [title for title, moved in self.models.items() if moved.unchanged]
        first = next(iter(self.models.values()))
        return {
            "changed by no more than rounding": (", ".join(same) or "none of them", ""),
            "largest change of a logit without positions": (float(first.largest), ""),
        }

    def alt(self) -> str:
        pairs = (
            f"{title} {percent(old)} and {percent(new)}"
            for title, old, new in zip(self.models, self.before, self.after, strict=True)
        )
        return f"Pairs of bars, before and after, for each encoding: {', '.join(pairs)}."


@dataclass(frozen=True, eq=False)
class AccuracyByEncoding(Result):
    """Accuracy as trained, without positional encoding, and resized: mean, lowest and highest of the trainings."""

    encodings: tuple[str, ...]
    accuracy: Float[np.ndarray, "encodings conditions 3"]
    conditions: tuple[str, str, str]
    """What the three are called in the figure."""

    def arrays(self) -> Arrays:
        conditions = ("as_trained", "without_encoding", "resized")
        return {
            "positions": (np.array(self.encodings), ""),
            **{
                f"{name}_{how}": (self.accuracy[:, at, which], "1" if how == "mean" else "")
                for at, name in enumerate(conditions)
                for which, how in enumerate(SPREAD)
            },
        }

    def numbers(self) -> Numbers:
        means = self.accuracy[:, 0, 0]
        return {title: (percent(mean), "") for title, mean in zip(self.encodings, means, strict=True)}

    def alt(self) -> str:
        values = (
            f"{title} {' / '.join(f'{percent(mean)}' for mean in means)}"
            for title, means in zip(self.encodings, self.accuracy[:, :, 0], strict=True)
        )
        return (
            "Three bars for each positional encoding: accuracy as trained, without positional encoding, and resized: "
            f"{', '.join(values)}."
        )


@dataclass(frozen=True, eq=False)
class AccuracyByShare(Result):
    """Accuracy against the share of patches that is shuffled, by encoding: trainings x shares."""

    shares: Sequence[float]
    accuracy: Mapping[str, Float[np.ndarray, "trainings shares"]]

    def arrays(self) -> Arrays:
        values = list(self.accuracy.values())
        return {
            "positions": (np.repeat(list(self.accuracy), len(self.shares)), ""),
            "share_shuffled": (np.tile(self.shares, len(values)), "1"),
            "accuracy_mean": (np.concatenate([trainings.mean(0) for trainings in values]), "1"),
            "accuracy_lowest": (np.concatenate([trainings.min(0) for trainings in values]), ""),
            "accuracy_highest": (np.concatenate([trainings.max(0) for trainings in values]), ""),
        }

    def alt(self) -> str:
        ends = (
            f"{title} from {percent(values[:, 0].mean())} to {percent(values[:, -1].mean())}"
            for title, values in self.accuracy.items()
        )
        return f"Curves of accuracy against the share of patches shuffled: {', '.join(ends)}."


@dataclass(frozen=True, eq=False)
class PositionsAltered(Result):
    """Probabilities of a picture's likeliest classes with altered positional encodings."""

    classes: tuple[str, ...]
    probability: Mapping[str, Float[np.ndarray, " classes"]]
    """By what is altered; first as trained."""
    change: Mapping[str, float]
    """The largest change of a logit."""

    def arrays(self) -> Arrays:
        table = np.stack(list(self.probability.values()))
        return {
            "altered": (np.array(list(self.probability)), ""),
            **{f"p_{name}": (table[:, at], "1") for at, name in enumerate(self.classes)},
        }

    def numbers(self) -> Numbers:
        return {f"largest change of a logit, {title}": (value, "") for title, value in self.change.items()}

    def alt(self) -> str:
        first = ", ".join(f"{title} {percent(values[0])}" for title, values in self.probability.items())
        return f"Groups of bars, one group for each class; {self.classes[0]}: {first}."
