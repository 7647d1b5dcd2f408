"""Small models that write pictures, of every kind and order, and the cells they may see, found the slow way."""

import torch

from explorer.models.image_transformer import ImageTransformer

KINDS = {
    "full, raster": {},
    "full, in blocks": {"order_block": (3, 2)},
    "1-D": {"attention": "1d", "query": (7,), "memory": (10,)},
    "1-D, a block no divisor of the picture": {"attention": "1d", "query": (11,), "memory": (3,)},
    "1-D, in blocks": {"attention": "1d", "query": (8,), "memory": (20,), "order_block": (3, 2)},
    "2-D": {"attention": "2d", "query": (2, 3), "memory": (2, 2)},
    "2-D, one row high, so in raster order": {"attention": "2d", "query": (1, 4), "memory": (1, 3)},
    "2-D without memory above": {"attention": "2d", "query": (3, 3), "memory": (0, 1)},
}


PIXELS = {
    "whole_pixels": True,
    "ordinal": True,
    "output": "logistic",
    "linear": True,
    "neighbours": ((-1, 0), (-1, 1)),
}
"""A slot that writes a whole pixel; blocks of 1-D attention end where a pixel ends."""


def of_pixels(kind: dict[str, object], channels: int) -> dict[str, object]:
    """A kind whose sizes count pixels."""
    if kind.get("attention") != "1d":
        return kind
    return kind | {name: (kind[name][0] * channels,) for name in ("query", "memory")}


def small(channels: int = 1, **said: object) -> ImageTransformer:
    """Random weights, 6 x 7 pixels of 5 levels, in double precision."""
    torch.manual_seed(0)
    options = {"height": 6, "width": 7, "channels": channels, "levels": 5, "dim": 16, "depth": 2, "heads": 2}
    return ImageTransformer(**{**options, **said}).eval().requires_grad_(False)


def seen_directly(kind: dict[str, object], step: int, places: list[tuple[int, int, int]]) -> set[int]:
    """Values that one layer's attention may look at when value `step` is predicted, from the definition alone."""
    attention = kind.get("attention", "full")
    if attention == "full":
        return set(range(step))
    if attention == "1d":
        (length,), (before,) = kind["query"], kind["memory"]
        start = step // length * length
        # The slot that begins a block is fed the value before it, and belongs to the block.
        return {value for value in range(step) if value >= min(start - before, start - 1)}
    (rows, columns), (above, beside) = kind["query"], kind["memory"]
    row, column, _ = places[step]
    top, left = row // rows * rows, column // columns * columns
    bottom, right = min(top + rows, 6), min(left + columns, 7)
    block = [s for s, (r, c, _) in enumerate(places) if top <= r < bottom and left <= c < right]
    inside = {
        value
        for value in range(step)
        if top - above <= places[value][0] < bottom and left - beside <= places[value][1] < right + beside
    }
    return inside | ({min(block) - 1} if min(block) else set())
