"""Attention layers side by side: what each can reach from a cell, and what it weighs."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from explorer.analysis.layer_looks import LayerLook
from explorer.analysis.result import Arrays, Numbers, Result
from explorer.formatting import percent

__all__ = ["ReachOfLayers", "WeightsOfLayers"]


@dataclass(frozen=True, eq=False)
class ReachOfLayers(Result):
    """The cells whose features can change a cell's output, layer by layer."""

    looks: Sequence[LayerLook]

    def arrays(self) -> Arrays:
        return {
            "layer": (np.array([look.title for look in self.looks]), ""),
            "can": (np.stack([look.can for look in self.looks]), ""),
        }

    def alt(self) -> str:
        shares = ", ".join(f"{look.title} {percent(look.share)}" for look in self.looks)
        return f"Maps of the cells in reach: {shares}."


@dataclass(frozen=True, eq=False)
class WeightsOfLayers(Result):
    """The weight on each cell, layer by layer."""

    looks: Sequence[LayerLook]

    def arrays(self) -> Arrays:
        return {
            "layer": (np.array([look.title for look in self.looks]), ""),
            "weight": (np.stack([look.does for look in self.looks]), "share"),
            "can": (np.stack([look.can for look in self.looks]), ""),
            "entropy": (np.array([look.entropy for look in self.looks]), "bit"),
        }

    def numbers(self) -> Numbers:
        """Of the layers with attention of more than one kind of head."""
        return {f"{look.title}, entropy": (look.entropy, "bit") for look in self.looks[4:]}

    def alt(self) -> str:
        widest = max(self.looks, key=lambda look: look.entropy)
        return (
            f"{len(self.looks)} maps of weights around the selected cell, one for each layer; the widest, with an entropy "
            f"of {widest.entropy:.3g} bit, is that of {widest.title}."
        )
