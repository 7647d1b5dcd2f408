"""What every method is given."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from explorer.analysis.attention import Query, query_index
from explorer.errors import AnalysisError
from explorer.geometry import Grid, TokenLayout
from explorer.zoo.model import Model

__all__ = ["CELLS", "Asked"]

CELLS = 16
"""Rows and columns of the cells of a model without patches."""


@dataclass(frozen=True, eq=False)
class Asked:
    """The pictures before the model, the class of each, and how the method is to be done."""

    model: Model | nn.Module
    module: nn.Module
    x: Float[Tensor, "batch 3 height width"]
    tokens: TokenLayout | None
    targets: tuple[int, ...]
    query: Query | None
    """The token whose map is asked; None for the tokens that the answer is read from."""
    options: Mapping[str, Any]
    tell: Callable[[int, int], None]
    """Told how much of how much is done; what it raises ends the work."""

    @property
    def layout(self) -> TokenLayout:
        assert self.tokens is not None
        return self.tokens

    @property
    def cells(self) -> Grid:
        """The patches; without them, squares over the input."""
        if self.tokens is not None:
            return self.tokens.grid
        height, width = self.x.shape[-2:]
        return Grid(min(CELLS, height), min(CELLS, width), height, width)

    @property
    def pixels(self) -> Grid:
        """One cell for each pixel of the input."""
        height, width = self.x.shape[-2:]
        return Grid(height, width, height, width)

    def score(self, logits: Float[Tensor, "batch classes"]) -> Float[Tensor, " batch"]:
        """Each picture's logit of its class."""
        return logits.gather(1, torch.tensor(self.targets, device=logits.device)[:, None])[:, 0]

    def reading(self) -> Float[Tensor, " tokens"]:
        """How much of each token the answer is read from, of sum 1; the query alone, if one was asked.

        The class token (with the distillation token, where there is one: their answers are averaged), or all
        patches alike. The pooling by a learned query (SigLIP) is taken for the mean of the patches.
        """
        layout = self.layout
        weights = torch.zeros(len(layout), dtype=self.x.dtype, device=self.x.device)
        if self.query is not None:
            weights[query_index(layout, self.query, len(layout))] = 1.0
        elif layout.pooling == "token":
            read = [name for name in ("class", "distillation") if name in layout.prefix_names]
            if not read:
                raise AnalysisError("It is not known from which tokens this model reads its answer")
            for name in read:
                weights[layout.index(name)] = 1 / len(read)
        else:
            weights[layout.prefix :] = 1 / len(layout.grid)
        return weights
