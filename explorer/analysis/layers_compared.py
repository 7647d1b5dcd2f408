"""Attention layers side by side: what each can reach from a cell, what it weighs, and what it costs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from explorer.analysis.described import Arrays, Numbers
from explorer.analysis.layer_cost import LayerCost
from explorer.analysis.layer_looks import LayerLook

__all__ = ["LayerCosts", "ReachOfLayers", "WeightsOfLayers"]

UNITS = {"flops": "FLOP", "held": "byte", "milliseconds": "ms", "peak": "byte"}


@dataclass(frozen=True, eq=False)
class ReachOfLayers:
    """The cells whose features can change a cell's output, layer by layer."""

    looks: Sequence[LayerLook]

    def arrays(self) -> Arrays:
        return {
            "layer": (np.array([look.title for look in self.looks]), ""),
            "can": (np.stack([look.can for look in self.looks]), ""),
        }

    def numbers(self) -> Numbers:
        return {}

    def alt(self) -> str:
        shares = ", ".join(f"{look.title} {look.share:.1%}" for look in self.looks)
        return f"Maps of the cells in reach: {shares}."


@dataclass(frozen=True, eq=False)
class WeightsOfLayers:
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


@dataclass(frozen=True, eq=False)
class LayerCosts:
    """Some measures of every layer against the side of the picture."""

    costs: Sequence[LayerCost]
    measures: Mapping[str, str]
    """Fields of `LayerCost`, and what they are called."""

    def arrays(self) -> Arrays:
        sides = self.costs[0].sides
        return {
            "layer": (np.repeat([cost.title for cost in self.costs], len(sides)), ""),
            "side": (np.tile(sides, len(self.costs)), "cells"),
            **{
                name: (np.concatenate([getattr(cost, name) for cost in self.costs]), UNITS[name])
                for name in self.measures
            },
        }

    def numbers(self) -> Numbers:
        """The exponents of each measure against the number of cells."""
        numbers: Numbers = {}
        for cost in self.costs:
            exponents = [cost.exponents()[name] for name in self.measures]
            said = (f"{value:.2f}" if np.isfinite(value) else "–" for value in exponents)
            numbers[cost.title] = (" · ".join(said), "")
        return numbers

    def alt(self) -> str:
        exponents = "; ".join(f"{title} {said}" for title, (said, _) in self.numbers().items())
        return (
            f"Curves of {' and of '.join(self.measures.values())} against the side, both axes logarithmic; their exponents "
            f"against the number of cells: {exponents}."
        )
