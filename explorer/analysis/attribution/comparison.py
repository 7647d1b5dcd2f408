"""Maps of one answer by several methods, on one grid: side by side, at one place, and how far they agree."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from jaxtyping import Float

from explorer.analysis.attribution.methods import METHODS
from explorer.analysis.attribution.result import Attribution
from explorer.analysis.attribution.scales import ranked, shared
from explorer.analysis.faithfulness import rank_correlation
from explorer.analysis.result import Arrays, Numbers, Result
from explorer.formatting import percent
from explorer.geometry import Cell, Grid

__all__ = ["Agreement", "AttributionAtCell", "Comparison", "MapsOnScale"]

Map = Float[np.ndarray, "rows columns"]
UNITS = {"rank": "percentile rank", "share": "times the map's mean"}


@dataclass(frozen=True, eq=False)
class Comparison:
    """The maps by the methods' titles."""

    maps: Mapping[str, Attribution]
    grid: Grid
    """The grid that all are compared on."""

    @cached_property
    def values(self) -> dict[str, Map]:
        """Each map on the common grid."""
        return {title: attribution.on(self.grid) for title, attribution in self.maps.items()}

    @property
    def of_no_class(self) -> list[str]:
        """Titles of methods whose map is the same for every class."""
        return [title for title, attribution in self.maps.items() if attribution.targets is None]

    @property
    def empty(self) -> list[str]:
        """Titles of methods by which nothing speaks for the class."""
        return [title for title, values in self.values.items() if not values.any()]

    def on_scale(self, scale: str) -> "MapsOnScale":
        """The maps made comparable: by "rank" or by "share" of the mean."""
        how = ranked if scale == "rank" else shared
        return MapsOnScale(self, {title: how(values) for title, values in self.values.items()}, UNITS[scale])

    def at(self, cell: Cell) -> "AttributionAtCell":
        """What every method says of one cell."""
        at = (cell.row, cell.column)
        return AttributionAtCell(
            tuple(attribution.method for attribution in self.maps.values()),
            tuple(self.maps),
            *(
                np.array([float(values[at]) for values in maps.values()])
                for maps in (self.values, self.on_scale("rank").values, self.on_scale("share").values)
            ),
        )

    @property
    def agreement(self) -> "Agreement":
        """Rank correlation of every pair."""
        methods = tuple(attribution.method for attribution in self.maps.values())
        return Agreement(methods, tuple(self.maps), np.asarray(rank_correlation(list(self.values.values()))))


@dataclass(frozen=True, eq=False)
class MapsOnScale(Result):
    """Every method's map, on one grid and one scale."""

    comparison: Comparison
    values: Mapping[str, Map]
    unit: str

    def arrays(self) -> Arrays:
        maps = self.comparison.maps
        return {
            **{
                attribution.method: (attribution.values[0], attribution.unit) for attribution in maps.values()
            },
            **{f"{maps[title].method} drawn": (values, self.unit) for title, values in self.values.items()},
        }

    def alt(self) -> str:
        places = []
        for title, values in self.values.items():
            row, column = np.unravel_index(int(values.argmax()), values.shape)
            places.append(f"{title} at ({row + 1}, {column + 1})")
        return f"The picture once for each method, its cells shaded; largest by {', '.join(places)}."


@dataclass(frozen=True, eq=False)
class AttributionAtCell(Result):
    """What every method says of one cell."""

    methods: tuple[str, ...]
    titles: tuple[str, ...]
    values: Float[np.ndarray, " methods"]
    ranks: Float[np.ndarray, " methods"]
    """Percentile ranks: the share of the other cells with a smaller value."""
    shares: Float[np.ndarray, " methods"]
    """What is above 0, in units of the map's mean."""

    def arrays(self) -> Arrays:
        return {
            "method": (np.array(self.methods), ""),
            "paper": (np.array([METHODS[name].paper for name in self.methods]), ""),
            "value": (self.values, ""),
            "rank": (self.ranks, UNITS["rank"]),
            "times_the_mean": (self.shares, "1"),
        }

    def numbers(self) -> Numbers:
        return {
            what: (self.titles[at], percent(self.ranks[at]))
            for what, at in (("lowest", int(self.ranks.argmin())), ("highest", int(self.ranks.argmax())))
        }

    def alt(self) -> str:
        (low, least), (high, most) = self.numbers().values()
        return f"A bar for each of {len(self.titles)} methods; {high} ranks the cell highest ({most}), {low} lowest ({least})."


@dataclass(frozen=True, eq=False)
class Agreement(Result):
    """Spearman's rank correlation of every pair of maps."""

    methods: tuple[str, ...]
    titles: tuple[str, ...]
    correlation: Float[np.ndarray, "maps maps"]

    @property
    def _pairs(self) -> np.ndarray:
        return self.correlation[np.triu_indices(len(self.correlation), 1)]

    def arrays(self) -> Arrays:
        return {
            "method": (np.array(self.methods), ""),
            "correlation": (self.correlation, "Spearman’s rank correlation"),
        }

    def numbers(self) -> Numbers:
        return {"mean of the pairs": (float(np.nanmean(self._pairs)), "")} if self._pairs.size else {}

    def alt(self) -> str:
        sentence = f"A table of {len(self.titles)} × {len(self.titles)} rank correlations"
        if not np.isfinite(self._pairs).any():
            return f"{sentence}."
        first, second = (at[np.nanargmax(self._pairs)] for at in np.triu_indices(len(self.titles), 1))
        return f"{sentence}; the highest, {np.nanmax(self._pairs):.2f}, is of {self.titles[first]} and {self.titles[second]}."
