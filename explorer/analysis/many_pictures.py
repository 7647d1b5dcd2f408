"""One number of many pictures: its distribution by group, its median by two groups, and two sweeps compared by picture."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int

from explorer.analysis.faithfulness import bootstrap_ci
from explorer.analysis.result import Arrays, Numbers, Result

__all__ = ["QUANTILES", "Distribution", "Medians", "PairedDifference", "paired_difference"]

QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
BLOCKS = 200
"""Of more than ten times as many pictures, the means of so many blocks of pictures are resampled: their spread is that of
the mean, at a bounded cost."""


@dataclass(frozen=True, eq=False)
class Distribution(Result):
    """Quantiles of one number in each group of rows."""

    label: str
    unit: str
    by: str
    groups: tuple[str, ...]
    quantiles: Float[np.ndarray, "groups 5"]
    count: Int[np.ndarray, " groups"]

    def arrays(self) -> Arrays:
        return {
            self.by or "group": (np.array(self.groups), ""),
            **{f"{share:.0%}": (self.quantiles[:, at], self.unit) for at, share in enumerate(QUANTILES)},
            "rows": (self.count, "1"),
        }

    def numbers(self) -> Numbers:
        return {"rows": (int(self.count.sum()), "")}

    def alt(self) -> str:
        if not self.groups:
            return f"No row has a value of {self.label}."
        most, least = int(self.quantiles[:, 2].argmax()), int(self.quantiles[:, 2].argmin())
        return (
            f"A box for each of {len(self.groups)} groups; the highest median of {self.label}, {self.quantiles[most, 2]:.3g}, "
            f"is that of {self.groups[most] or 'all rows'}, the lowest, {self.quantiles[least, 2]:.3g}, that of "
            f"{self.groups[least] or 'all rows'}."
        )


@dataclass(frozen=True, eq=False)
class Medians(Result):
    """The median of one number for each pair of values of two controls."""

    label: str
    unit: str
    by: tuple[str, str]
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    median: Float[np.ndarray, "rows columns"]

    def arrays(self) -> Arrays:
        return {
            "median": (self.median, self.unit),
            "row": (np.array(self.rows), ""),
            "column": (np.array(self.columns), ""),
        }

    def alt(self) -> str:
        if not np.isfinite(self.median).any():
            return f"No row has a value of {self.label}."
        row, column = np.unravel_index(int(np.nanargmax(self.median)), self.median.shape)
        return (
            f"A matrix of {self.by[0]} by {self.by[1]}; the largest median of {self.label}, {np.nanmax(self.median):.3g}, is at "
            f"{self.by[0]} {self.rows[row]}, {self.by[1]} {self.columns[column]}."
        )


@dataclass(frozen=True, eq=False)
class PairedDifference(Result):
    """The mean over pictures of what a second sweep has more than a first, with its 95 % interval, by group."""

    label: str
    unit: str
    by: str
    groups: tuple[str, ...]
    difference: Float[np.ndarray, "groups 3"]
    """Mean, lowest and highest."""
    pictures: Int[np.ndarray, " groups"]

    def arrays(self) -> Arrays:
        return {
            self.by or "group": (np.array(self.groups), ""),
            **{
                name: (self.difference[:, at], self.unit)
                for at, name in enumerate(("mean", "lowest", "highest"))
            },
            "pictures": (self.pictures, "1"),
        }

    def alt(self) -> str:
        apart = int(((self.difference[:, 1] > 0) | (self.difference[:, 2] < 0)).sum())
        return f"A point with its interval for each of {len(self.groups)} groups; {apart} of the intervals do not hold 0."


def paired_difference(
    differences: dict[str, Float[np.ndarray, " pictures"]], *, label: str, unit: str = "", by: str = ""
) -> PairedDifference:
    """The interval of each group's mean, from the differences of its pictures, by bootstrap over pictures."""
    return PairedDifference(
        label,
        unit,
        by,
        tuple(differences),
        np.array([_interval(values) for values in differences.values()]).reshape(-1, 3),
        np.array([len(values) for values in differences.values()], np.int64),
    )


def _interval(values: Float[np.ndarray, " pictures"]) -> tuple[float, float, float]:
    if len(values) <= 10 * BLOCKS:
        return bootstrap_ci(values)
    shuffled = np.random.default_rng(0).permutation(values)
    blocks = np.array([block.mean() for block in np.array_split(shuffled, BLOCKS)])
    middle, low, high = bootstrap_ci(blocks)
    mean = float(values.mean())
    return mean, mean + low - middle, mean + high - middle
