"""What every analysis gives: arrays that say their units, and a way to be drawn and told.

A result is a frozen dataclass of NumPy arrays that inherits from `Result`. It may say more than it must:

    @dataclass(frozen=True, eq=False)
    class Rollout(Result):
        rows: Float[np.ndarray, "batch depths tokens"]

        def arrays(self) -> Arrays:
            return {"rollout": (self.rows[0], "share of the row")}

        def numbers(self) -> Numbers:
            return {"mean cosine": (float(self.collapse[0, -1]), "")}

        def alt(self) -> str:
            return f"The photograph with each patch shaded; the largest is {…}."

and it is drawn by the function that `explorer/figures/` registers for its type.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from explorer.images import Photo

if TYPE_CHECKING:
    import plotly.graph_objects as go

__all__ = ["Arrays", "Numbers", "Result", "columns"]

Arrays: TypeAlias = dict[str, tuple[np.ndarray, str]]
"""Each array with its unit, by name; "1" for what is counted or a share, "" where there is no unit."""
Numbers: TypeAlias = dict[str, tuple[float | int | str, str]]
"""Each number with its unit, by its label."""


class Result:
    """What an analysis found."""

    photo: Photo | None = None
    """What it is drawn on, where the analysis knows."""

    def figure(self, **options: Any) -> "go.Figure":
        """The result drawn, by the function of `explorer.figures` that is registered for its type; its options.

        Raises:
            AnalysisError: results of this type are not drawn alone.
        """
        # The one way from analysis back to figures, taken when somebody asks for a drawing.
        from explorer.figures import plot

        if self.photo is not None:
            options = {"picture": self.photo.picture.pixels, "frame": self.photo.frame, **options}
        return plot(self, **options)

    def arrays(self) -> Arrays:
        """What is drawn, as arrays with their units; by default every array of the result."""
        return {name: (value, "") for name, value in vars(self).items() if isinstance(value, np.ndarray)}

    def numbers(self) -> Numbers:
        """The numbers worth reading under the figure; by default none."""
        return {}

    def alt(self) -> str:
        """The figure in a sentence, for who cannot see it; by default what the type says of itself."""
        return (type(self).__doc__ or "").strip().partition("\n")[0]


def columns(results: Iterable[Any], **units: str) -> Arrays:
    """An array for each attribute of these names, with one entry a result, and its unit."""
    rows = list(results)
    return {name: (np.array([getattr(row, name) for row in rows]), unit) for name, unit in units.items()}
