"""Top-1 accuracies that were measured: of models against the number of tiles a picture is cut into, and of networks
side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from explorer.analysis.result import Arrays, Numbers, Result
from explorer.formatting import percent

__all__ = ["AccuracyByTiles", "NetworksCompared"]

SPREAD = ("accuracy", "lowest", "highest")


@dataclass(frozen=True, eq=False)
class AccuracyByTiles(Result):
    """By model: the tiles a side, and for each the accuracy with its lowest and highest."""

    tiles: Mapping[str, Sequence[int]]
    accuracy: Mapping[str, Float[np.ndarray, "sides 3"]]

    def arrays(self) -> Arrays:
        spreads = list(self.accuracy.values())
        return {
            "model": (np.repeat(list(self.accuracy), [len(spread) for spread in spreads]), ""),
            "tiles_a_side": (np.concatenate(list(self.tiles.values())), ""),
            **{
                name: (np.concatenate([spread[:, at] for spread in spreads]), "1")
                for at, name in enumerate(SPREAD)
            },
        }

    def numbers(self) -> Numbers:
        return {
            f"{title}, {side} × {side}": (percent(spread[list(self.tiles[title]).index(side), 0]), "")
            for title, spread in self.accuracy.items()
            for side in (1, 4)
            if side in self.tiles[title]
        }

    def alt(self) -> str:
        ends = ", ".join(
            f"{title} from {percent(spread[0, 0])} to {percent(spread[-1, 0])}"
            for title, spread in self.accuracy.items()
        )
        return f"Curves of top-1 accuracy against tiles a side: {ends}."


@dataclass(frozen=True, eq=False)
class NetworksCompared(Result):
    """A row for each network; what was not measured is NaN."""

    names: tuple[str, ...]
    accuracy: Float[np.ndarray, "networks 3"]
    """Middle, lowest and highest."""
    parameters: Float[np.ndarray, " networks"]
    milliseconds: Float[np.ndarray, " networks"]
    """A picture on a CPU."""

    def arrays(self) -> Arrays:
        arrays: Arrays = {
            "network": (np.array(self.names), ""),
            **{name: (self.accuracy[:, at], "1") for at, name in enumerate(SPREAD)},
            "parameters": (self.parameters, ""),
        }
        if np.isfinite(self.milliseconds).any():
            arrays["milliseconds"] = (self.milliseconds, "ms a picture")
        return arrays

    def numbers(self) -> Numbers:
        return {
            name: (percent(value), "") for name, value in zip(self.names, self.accuracy[:, 0], strict=True)
        }

    def alt(self) -> str:
        values = ", ".join(f"{name} {value}" for name, (value, _) in self.numbers().items())
        return f"A point with its spread for each network's top-1 accuracy, and bars of parameters and of time: {values}."
