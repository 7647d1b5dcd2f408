"""How much of a query's relevance lies within its own box."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from explorer.analysis.attribution.result import Attribution
from explorer.analysis.detection import DetrOutput
from explorer.analysis.result import Arrays, Numbers, Result
from explorer.formatting import percent
from explorer.geometry import Box

__all__ = ["QueryRelevance", "relevance_within_box"]


@dataclass(frozen=True, eq=False)
class QueryRelevance(Result):
    """The relevance of each cell for one query's score of a class, and the query's box."""

    values: Float[np.ndarray, "rows columns"]
    """NaN in a letterbox's margins."""
    within: Bool[np.ndarray, "rows columns"]
    """Cells that show the picture and whose centre lies in the box."""
    box: Box
    name: str
    """Of the class."""

    @property
    def share_within(self) -> float:
        """Of all relevance."""
        total = float(np.nansum(self.values))
        return float(self.values[self.within].sum()) / total if total else 0.0

    def arrays(self) -> Arrays:
        return {"relevance": (self.values, "gradient × attention")}

    def numbers(self) -> Numbers:
        area = self.within.sum() / np.isfinite(self.values).sum()
        return {
            "class": (self.name, ""),
            "within its box": (percent(self.share_within), "of the relevance"),
            "area of the box": (percent(area), "of the picture"),
        }

    def alt(self) -> str:
        row, column = np.unravel_index(int(np.nanargmax(self.values)), self.values.shape)
        return (
            f"The picture under a map of the relevance for {self.name}, with the query's box; the largest is in cell "
            f"({row + 1}, {column + 1}), and {percent(self.share_within)} lies within the box."
        )


def relevance_within_box(attribution: Attribution, sight: DetrOutput, query: int) -> QueryRelevance:
    """The relevance that was found for a query, beside its box after the last layer."""
    grid, answers = sight.grid, sight.predictions()
    box = answers.box(query)
    cells = [sight.frame.box_to_photo(grid.box_of(grid.cell(at))) for at in range(len(grid))]
    inside = [
        box.left <= (cell.left + cell.right) / 2 < box.right
        and box.top <= (cell.top + cell.bottom) / 2 < box.bottom
        for cell in cells
    ]
    within = np.array(inside).reshape(sight.inside.shape) & sight.inside
    values = np.where(sight.inside, attribution.values[0], np.nan)
    return QueryRelevance(values, within, box, sight.classes[(attribution.targets or (0,))[0]])
