"""Deletion and insertion curves of several maps of one picture, and their areas over many pictures."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from explorer.analysis.faithfulness import BASELINES, Curve, Order
from explorer.analysis.result import Arrays, Numbers, Result

__all__ = ["ORDERS", "FaithfulMaps", "MeasuredAreas"]

ORDERS: tuple[Order, ...] = ("deletion", "insertion")


@dataclass(frozen=True, eq=False)
class FaithfulMaps(Result):
    """Both curves of every map of one picture, baselines among them: order, then the map's title."""

    curves: Mapping[str, Mapping[str, Curve]]

    @property
    def shares(self) -> np.ndarray:
        return next(iter(self.curves["deletion"].values())).shares

    def probability(self, order: str) -> dict[str, np.ndarray]:
        return {title: curve.probability[0] for title, curve in self.curves[order].items()}

    def areas(self, order: str) -> dict[str, float]:
        return {title: float(curve.area[0]) for title, curve in self.curves[order].items()}

    @property
    def best(self) -> str:
        """The method whose areas speak most for it."""
        deletion, insertion = self.areas("deletion"), self.areas("insertion")
        return min(
            deletion.keys() - set(BASELINES), key=lambda title: (deletion[title] - insertion[title], title)
        )

    def arrays(self) -> Arrays:
        return {
            "share": (self.shares, "share of the cells"),
            **{
                f"{order}, {title}": (values, "")
                for order in ORDERS
                for title, values in self.probability(order).items()
            },
            "map": (np.array(list(self.curves["deletion"])), ""),
            **{f"{order} area": (np.array(list(self.areas(order).values())), "1") for order in ORDERS},
        }

    def _both(self, title: str) -> str:
        return " and ".join(f"{self.areas(order)[title]:.3f}" for order in ORDERS)

    def numbers(self) -> Numbers:
        return {
            "most faithful here": (self.best, ""),
            "its areas": (self._both(self.best), ""),
            **{title: (self._both(title), "") for title in BASELINES},
        }

    def alt(self) -> str:
        return (
            "Two groups of curves: deletion, where the lowest is the most faithful, and insertion, where the highest is; "
            f"by both {self.best}, with areas of {self._both(self.best)}."
        )


@dataclass(frozen=True, eq=False)
class MeasuredAreas(Result):
    """Areas over many photographs as they were measured: by the map's title and order mean, lowest and highest."""

    methods: Mapping[str, Mapping[str, Any]]

    def areas(self, order: str) -> list[tuple[float, float, float]]:
        return [tuple(measured[order]) for measured in self.methods.values()]

    @property
    def clearly_better(self) -> list[str]:
        """Than random order and than the blob, by both curves: the whole interval is."""
        over = ("over random order", "over the blob")
        return [
            title
            for title, measured in self.methods.items()
            if over[1] in measured
            and all(measured[baseline][order][1] > 0 for baseline in over for order in ORDERS)
        ]

    def arrays(self) -> Arrays:
        return {
            "map": (np.array(list(self.methods)), ""),
            **{
                f"{order} {what}": (np.array([area[at] for area in self.areas(order)]), "")
                for order in ORDERS
                for at, what in enumerate(("mean", "low", "high"))
            },
            "seconds a picture": (
                np.array([measured.get("seconds", np.nan) for measured in self.methods.values()]),
                "s",
            ),
        }

    def numbers(self) -> Numbers:
        better = ", ".join(self.clearly_better) or "none"
        return {"clearly better than random order and than the blob, by both curves": (better, "")}

    def alt(self) -> str:
        difference = {
            title: curves["deletion"][0] - curves["insertion"][0] for title, curves in self.methods.items()
        }
        best = min(difference, key=difference.__getitem__)
        return (
            "A row for each map, the most faithful at the top, with its area and interval by deletion and insertion; "
            f"at the top {best}."
        )
