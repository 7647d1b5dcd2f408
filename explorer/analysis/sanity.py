"""Does a map notice the model? Its parts are given random weights one after the other, from the answer down.

Adebayo, Gilmer, Muelly, Goodfellow, Hardt, Kim, "Sanity Checks for Saliency Maps", NeurIPS 2018: cascading
randomisation. A map that explains the model must change with it; one that does not draws the picture alone.
"""

import copy
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from explorer.analysis.attribution import METHODS, Attribution, attribute
from explorer.analysis.faithfulness import rank_correlation
from explorer.analysis.result import Arrays, Numbers, Result
from explorer.geometry import Grid
from explorer.zoo.model import Model, module_of

__all__ = ["Sanity", "parts_from_the_top", "sanity"]

Way = Callable[[nn.Module, Tensor, int], Attribution]


@dataclass(frozen=True, eq=False)
class Sanity(Result):
    """How much of each method's map is left as the model is taken away."""

    parts: tuple[str, ...]
    """The parts given random weights so far end with this one; the first is none of them."""
    correlations: Mapping[str, Float[np.ndarray, " parts"]]
    """By method: Spearman's rank correlation with the map of the trained model, on common cells."""

    @property
    def _left(self) -> dict[str, float]:
        """The correlation that is left at the end, by method."""
        return {title: float(values[-1]) for title, values in self.correlations.items()}

    def arrays(self) -> Arrays:
        unit = "Spearman’s rank correlation"
        return {
            "part": (np.array(self.parts), ""),
            **{title: (values, unit) for title, values in self.correlations.items()},
        }

    def numbers(self) -> Numbers:
        highest = max(self._left, key=self._left.__getitem__)
        return {"most is left of": (highest, f"{self._left[highest]:.2f}")}

    def alt(self) -> str:
        highest, left = self.numbers()["most is left of"]
        return f"A line for each method, all from 1; at the end the highest, {left}, is {highest}."


def sanity(
    model: Model | nn.Module,
    x: Float[Tensor, "1 3 height width"],
    methods: Sequence[str],
    *,
    target: int,
    grid: Grid,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
    ways: Mapping[str, Way] | None = None,
) -> Sanity:
    """One picture's maps of a class while a copy of the model loses its weights. `ways` are further methods by title.

    Raises:
        UnsupportedModel, ControlError, AnalysisError: as for `attribute`.
    """
    own = copy.deepcopy(module_of(model))
    ways_by_title: dict[str, Way] = {METHODS[name].title: _by_name(name) for name in methods}
    ways_by_title |= dict(ways or {})
    names = ["none", *(name for name, _ in parts_from_the_top(own))]
    generator = torch.Generator().manual_seed(seed)
    similarities: dict[str, list[float]] = {title: [] for title in ways_by_title}
    first: dict[str, np.ndarray] = {}
    for depth, name in enumerate(names):
        if name != "none":
            scramble(dict(parts_from_the_top(own))[name], generator)
        for place, (title, way) in enumerate(ways_by_title.items()):
            if progress is not None:
                progress(depth * len(ways_by_title) + place, len(names) * len(ways_by_title))
            cells = way(own, x, target).on(grid)
            correlation = rank_correlation([first.setdefault(title, cells), cells])[0, 1]
            similarities[title].append(
                float(np.nan_to_num(correlation))
            )  # a map without any order has nothing in common
    if progress is not None:
        progress(1, 1)
    return Sanity(tuple(names), {title: np.array(values) for title, values in similarities.items()})


def parts_from_the_top(module: nn.Module) -> Iterator[tuple[str, list[nn.Parameter]]]:
    """The parts that hold weights, by name, the last first: a transformer's blocks and a CNN's stages one by one.
    Weights that lie in no part, such as positions, come with the last."""
    parts: list[tuple[str, list[nn.Parameter]]] = []
    for name, child in module.named_children():
        inner = list(child.named_children()) if name in ("blocks", "stages", "features") else []
        for title, part in [(f"{name}.{at}", inside) for at, inside in inner] or [(name, child)]:
            if held := list(part.parameters()):
                parts.append((title, held))
    loose = [parameter for name, parameter in module.named_parameters(recurse=False)]
    if loose and parts:
        parts[0] = parts[0][0], [*parts[0][1], *loose]
    return iter(reversed(parts))


@torch.no_grad()
def scramble(weights: list[nn.Parameter], generator: torch.Generator) -> None:
    """Independent normal numbers of each tensor's own mean and spread."""
    for weight in weights:
        drawn = torch.randn(weight.shape, generator=generator, dtype=torch.float32).to(
            weight.device, weight.dtype
        )
        spread = weight.std() if weight.numel() > 1 else weight.abs().mean()
        weight.copy_(weight.mean() + spread * drawn)


def _by_name(name: str) -> Way:
    return lambda module, x, target: attribute(module, x, name, targets=target)
