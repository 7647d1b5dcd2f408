"""What a pass over a sequence takes by formula, by model and length."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from explorer.analysis.long_range import Cost
from explorer.analysis.result import Arrays, Result, columns

__all__ = ["CostsByLength"]


@dataclass(frozen=True, eq=False)
class CostsByLength(Result):
    """What a pass takes at each length, by model."""

    models: Mapping[str, Sequence[Cost]]

    def arrays(self) -> Arrays:
        rows = [(title, cost) for title, costs in self.models.items() for cost in costs]
        units = {
            "length": "places",
            "sequential_steps": "",
            "longest_path": "",
            "operations": "FLOP",
            "parameters": "",
        }
        return {
            "model": (np.array([title for title, _ in rows]), ""),
            **columns((cost for _, cost in rows), **units),
        }

    def alt(self) -> str:
        last = ", ".join(
            f"{title} {costs[-1].sequential_steps:,} steps and {costs[-1].operations:.3g} operations"
            for title, costs in self.models.items()
        )
        length = next(iter(self.models.values()))[-1].length
        return f"What a pass takes, by model; over {length:,} places: {last}."
