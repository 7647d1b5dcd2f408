"""Attention can be followed through depth (C2): how exactly it is, and how soon the answer is empty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

__all__ = ["measure", "written_out"]


def measure(
    *,
    model: str = "vit",
    image: str = "cat",
    fit: str = "crop",
    trained: bool = True,
    query: str = "class",
    fusion: str = "mean",
    discard: float = 0.0,
    residual: float = 0.5,
    device: str = "auto",
) -> Mapping[str, Any]:
    """Rollout of one picture.

    `difference` is the largest one, in any layer, between the query's row by either of our two ways and by a
    slow written-out reference in double precision; `row_sum_error` the largest |sum - 1|; `collapse` the mean
    cosine between different tokens' rows after each layer, and `collapse_of_random_attention` the same for
    the softmax of Gaussian scores with as many tokens, heads and layers. `query` is a token's name, or a
    patch's row and column from 1, as "3,5".
    """
    from explorer import zoo
    from explorer.analysis.rollout import rollout
    from explorer.images import render
    from explorer.tap import observe
    from explorer.views.scope import find_picture

    loaded = zoo.load(model, kind=zoo.Model, trained=trained, device=device)
    picture = find_picture(image)
    shown = render(picture, loaded.frame(picture, fit))  # type: ignore[arg-type]
    observation = observe(loaded, loaded.prepare(shown))
    options: dict[str, Any] = {
        "query": _query(query),
        "fusion": fusion,
        "discard": discard,
        "residual": residual,
    }
    held = rollout(observation, **options, whole=True)
    carried = rollout(observation, **options, whole=False)
    maps = [call.weights()[0].double().cpu().numpy() for call in observation.calls]
    prefix = observation.tokens.prefix if observation.tokens else 0
    reference = written_out(maps, fusion=fusion, discard=discard, residual=residual, prefix=prefix)
    wanted = np.stack([product[held.query] for product in reference])
    return {
        "values": {
            "difference": max(float(np.abs(ours.rows[0] - wanted).max()) for ours in (held, carried)),
            "row_sum_error": float(max(held.row_sum_error.max(), carried.row_sum_error.max())),
            "collapse": [round(float(cosine), 4) for cosine in held.collapse[0]],
            "collapse_of_random_attention": _random_collapse(
                *maps[0].shape[:2], layers=len(maps), residual=residual
            ),
        },
        "model": loaded.entry.name,
        "checkpoint": loaded.checkpoint,
        "data": f"{picture.name}, {picture.digest}",
        "device": loaded.device,
    }


def _query(text: str) -> Any:
    from explorer.errors import ControlError
    from explorer.geometry import Cell

    if "," not in text:
        return text
    try:
        row, column = (int(part) for part in text.split(","))
    except ValueError as error:
        raise ControlError(f"{text!r} is no patch", do="give its row and column from 1, as in 3,5") from error
    return Cell(row - 1, column - 1)


def written_out(
    maps: Sequence[np.ndarray], *, fusion: str, discard: float, residual: float, prefix: int
) -> list[np.ndarray]:
    """The product after each layer, entry by entry as the definition says it, from maps heads x N x N."""
    product = np.eye(maps[0].shape[-1])
    products = []
    for heads in maps:
        fused = getattr(np, fusion)(heads, axis=0)
        entries = sorted(fused[:, prefix:].ravel())
        lowest = entries[int(discard * len(entries))]
        mixed = np.zeros_like(fused)
        for i, row in enumerate(fused):
            for j, weight in enumerate(row):
                weight_left = weight if j < prefix or weight >= lowest else 0.0
                mixed[i, j] = (1 - residual) * weight_left + residual * (i == j)
            if mixed[i].sum() == 0:
                mixed[i, i] = 1.0
            mixed[i] /= mixed[i].sum()
        product = mixed @ product
        products.append(product)
    return products


def _random_collapse(heads: int, tokens: int, *, layers: int, residual: float) -> list[float]:
    """Collapse of attention that means nothing: softmax of independent Gaussian scores, mean over heads."""
    import torch

    from explorer.analysis.rollout import mean_cosine, with_residual

    random = np.random.default_rng(0)
    product = torch.eye(tokens, dtype=torch.float64)
    differences = []
    for _ in range(layers):
        raised = np.exp(random.standard_normal((heads, tokens, tokens)))
        fused = torch.from_numpy(raised / raised.sum(-1, keepdims=True)).mean(0, keepdim=True)
        product = with_residual(fused, residual=residual) @ product
        differences.append(round(float(mean_cosine(product)), 4))
    return differences
