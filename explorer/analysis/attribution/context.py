"""What every method is given."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from jaxtyping import Float
from torch import Tensor, nn

from explorer.analysis.attention import Query, query_index
from explorer.errors import AnalysisError, ControlError, UnsupportedModel
from explorer.geometry import Grid, TokenLayout
from explorer.zoo.model import Model

__all__ = ["CELLS", "AttributionContext"]

CELLS = 16
"""Rows and columns of the cells of a model without patches."""


@dataclass(frozen=True, eq=False)
class AttributionContext:
    """The pictures before the model, the class of each, and how the method is to be done."""

    model: Model | nn.Module
    module: nn.Module
    x: Float[Tensor, "batch 3 height width"]
    tokens: TokenLayout | None
    classes: int | Sequence[int] | None
    """A class for all pictures or one for each; None for each picture's likeliest."""
    query: Query | None
    """The token whose map is asked; None for the tokens that the answer is read from."""
    options: Mapping[str, Any]
    on_progress: Callable[[int, int], None]
    """Told how much of how much is done; what it raises ends the work."""
    _resolved: list[tuple[int, ...]] = field(default_factory=list)

    @property
    def targets(self) -> tuple[int, ...]:
        """Each picture's class. Costs a pass if the model's answer has not been seen by `score` or `resolve_targets`.

        Raises:
            UnsupportedModel, ControlError: as for `resolve_targets`.
        """
        if not self._resolved:
            with torch.no_grad():
                self.resolve_targets(self.module(self.x))
        return self._resolved[0]

    def resolve_targets(self, logits: Any) -> None:
        """Read from the model's own answer which classes are asked.

        Raises:
            UnsupportedModel: the answer is not one of classes.
            ControlError: there is no such class, or another number of them than pictures.
        """
        if not isinstance(logits, Tensor) or logits.dim() != 2:
            raise UnsupportedModel("This model gives no classes", do="choose a classifier of pictures")
        self._resolved[:] = [_chosen(logits.detach(), self.classes)]

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
        """Each picture's logit of its class; the first time, of the model's own answer."""
        if not self._resolved:
            self.resolve_targets(logits)
        return logits.gather(1, torch.tensor(self.targets, device=logits.device)[:, None])[:, 0]

    def counted(self, passes: int) -> Callable[[Tensor], Tensor]:
        """The model as a function that tells how many of so many pictures it has seen."""
        done = 0

        def forward(x: Tensor) -> Tensor:
            nonlocal done
            self.on_progress(min(done, passes), passes)
            done += len(x)
            return self.module(x)

        return forward

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


def _chosen(logits: Float[Tensor, "batch classes"], context: int | Sequence[int] | None) -> tuple[int, ...]:
    if context is None:
        return tuple(logits.argmax(-1).tolist())
    classes = (
        (context,) * len(logits) if isinstance(context, int) else tuple(int(target) for target in context)
    )
    if len(classes) != len(logits):
        raise ControlError(f"{len(classes)} classes are given for {len(logits)} pictures")
    for target in classes:
        if not 0 <= target < logits.shape[1]:
            raise ControlError(f"There is no class {target}", why=f"the model has {logits.shape[1]}")
    return classes
