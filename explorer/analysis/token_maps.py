"""What one token attends to, or is attended by, in a layer: in the selected head and in every head."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float

from explorer.analysis.attention import Fusion, entropy_bits, fuse, head_title, query_index, token_title
from explorer.analysis.result import Arrays, Numbers, Result
from explorer.errors import AnalysisError, ControlError
from explorer.geometry import Cell, TokenLayout
from explorer.tap import Observation

__all__ = ["Direction", "TokenMaps", "token_maps"]

Direction = Literal["attention", "attended by"]
"""A row of the map, or a column."""


@dataclass(frozen=True, eq=False)
class TokenMaps(Result):
    """The weights of one or two tokens over all tokens."""

    selected: Float[np.ndarray, "asked tokens"]
    """Of each token asked about, in one head or all heads fused."""
    heads: Float[np.ndarray, "heads tokens"]
    """Of the first of them, in every head."""
    head: int | Fusion
    layer: int
    asked: tuple[int, ...]
    direction: Direction
    tokens: TokenLayout

    @property
    def titles(self) -> tuple[str, ...]:
        """Of the selected maps."""
        return tuple(f"{token_title(self.tokens, token)}, {head_title(self.head)}" for token in self.asked)

    def arrays(self) -> Arrays:
        unit = "share of the row"
        arrays: Arrays = {
            "attention": (self.selected[0], unit),
            "map": (self.tokens.map(self.selected[0]), unit),
            "heads": (self.heads, unit),
        }
        if len(self.asked) > 1:
            arrays["second"] = (self.selected[1], unit)
        return arrays

    def numbers(self) -> Numbers:
        first = self.selected[0]
        numbers: Numbers = {
            "sum": (float(first.sum()), ""),
            "largest weight": (float(first.max()), f"on {self._largest}"),
        }
        if self.direction == "attention" and self.head not in (
            "max",
            "min",
        ):  # the others are no distributions
            numbers["entropy"] = (float(entropy_bits(first[None])[0]), "bits")
        if self.tokens.prefix:
            numbers["on tokens that are no patch"] = (float(first[: self.tokens.prefix].sum()), "")
        return numbers

    def alt(self) -> str:
        return (
            f"The picture with each patch shaded by its attention weight, for {' and '.join(self.titles)}, and "
            f"in each of {len(self.heads)} heads; the largest, {self.selected[0].max():.3g}, lies on {self._largest}."
        )

    @property
    def _largest(self) -> str:
        return token_title(self.tokens, int(self.selected[0].argmax()))


def token_maps(
    observation: Observation,
    layer: int,
    *,
    asked: Sequence[int | str | Cell],
    head: int | Fusion = "mean",
    direction: Direction = "attention",
) -> TokenMaps:
    """The rows of these tokens in a layer, counted from 0, or their columns.

    Raises:
        AnalysisError: the tokens have no place in a picture.
        ControlError: there is no such layer, token or head.
    """
    call, tokens = observation.call(layer), observation.tokens
    if tokens is None:
        raise AnalysisError("These tokens have no place in a picture")
    if isinstance(head, int) and not 0 <= head < call.heads:
        raise ControlError(f"There is no head {head}", why=f"the layer has heads 0 to {call.heads - 1}")
    at = tuple(query_index(tokens, token, call.tokens) for token in asked)
    with torch.no_grad():
        if direction == "attention":
            maps = torch.stack([call.row(token)[0] for token in at])
        else:
            maps = call.weights()[0][:, :, list(at)].permute(2, 0, 1)
        selected = maps[:, head] if isinstance(head, int) else fuse(maps[:, :, None], head)[:, 0]
    return TokenMaps(selected.cpu().numpy(), maps[0].cpu().numpy(), head, layer, at, direction, tokens)
