"""Which map tells the truth (C2): deletion and insertion of every method, over many test photographs."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from explorer.experiments.accuracy import TEST, OfTestPhotographs
from explorer.sweep.measurement import Columns, Measure, here

if TYPE_CHECKING:
    import numpy as np

    from explorer.zoo import Model

__all__ = ["Areas", "measure"]

ORDERS = ("deletion", "insertion")

AFFORDABLE = (
    "attention",
    "rollout",
    "rollout-discarded",
    "flow",
    "gradient-rollout",
    "relevance",
    "legrad",
    "grad-cam",
    "saliency",
    "smooth-grad",
    "input-gradient",
    "integrated-gradients",
    "deep-lift",
    "occlusion",
)
"""All but the ablation of each cell by itself, which is as dear as the rest together."""
VARIANTS: Mapping[str, tuple[str, str, Mapping[str, Any]]] = {
    "rollout-discarded": ("rollout", "Rollout (90 % discarded)", {"discard": 0.9}),
}
"""A method under another name, with its title and options. The share is vit-explain's; of a few others, fusions and
residual weights none was better on photographs held out of the training."""


@dataclass(frozen=True, kw_only=True)
class Areas(OfTestPhotographs):
    """Areas under both curves of each map that applies, and the seconds that it took."""

    methods: tuple[str, ...]
    pictures: int
    steps: int
    fill: str

    batch: ClassVar[int] = 8

    @cached_property
    def count(self) -> int:
        return len(self._chosen)

    def of(self, model: str, pictures: range) -> Columns:
        import numpy as np
        import torch

        from explorer.analysis.attribution import attribute
        from explorer.analysis.faithfulness import baselines, faithfulness_curves
        from explorer.data.imagenette import centred, decoded, normalised
        from explorer.geometry import Grid

        loaded = self.load(model)
        chosen = self._chosen[pictures.start : pictures.stop]
        shown = centred(decoded(self.files[0], chosen), loaded.input_size[0]).to(loaded.device)
        x = normalised(shown, mean=loaded.mean, std=loaded.std)
        grid = loaded.tokens.grid if loaded.tokens is not None else Grid(16, 16, *loaded.input_size)
        with torch.inference_mode():
            targets = loaded.module(x).argmax(-1).tolist()
        maps: dict[str, np.ndarray] = dict(baselines(x, grid, first=pictures.start))
        columns: dict[str, np.ndarray] = {}
        for title, (method, options) in _applying(loaded, self.methods)[0].items():
            start = time.perf_counter()
            attribution = attribute(loaded, x, method, targets=targets, **options)
            maps[title] = np.stack([attribution.on(grid, sample=sample) for sample in range(len(x))])
            columns[f"{title}, seconds"] = np.full(len(x), (time.perf_counter() - start) / len(x))
        for title, attribution_map in maps.items():
            for order in ORDERS:
                columns[f"{title}, {order}"] = faithfulness_curves(
                    loaded,
                    x,
                    attribution_map,
                    grid,
                    targets,
                    order=order,  # type: ignore[arg-type]
                    steps=self.steps,
                    fill=self.fill,  # type: ignore[arg-type]
                ).area
        return columns

    @cached_property
    def _chosen(self) -> list[int]:
        """The places of the photographs, evenly spaced through the file."""
        import torch

        from explorer.data.imagenette import count_in

        count = count_in(self.files[0])
        return torch.linspace(0, count - 1, min(self.pictures, count)).round().long().tolist()


def measure(
    *,
    data: Path,
    models: Sequence[str] = ("vit", "efficientnet-lite0"),
    methods: Sequence[str] = AFFORDABLE,
    pictures: int = 200,
    steps: int = 8,
    fill: str = "mean",
    device: str = "auto",
    rows: Measure = here,
) -> Mapping[str, Any]:
    """Areas under the deletion and the insertion curve of each method that applies, on 16 x 16 cells and for the
    class that the model answers, over Imagenette's test photographs (evenly spaced through the file).

    Each area is a mean with its 95 % interval (bootstrap over photographs); so is its lead over the random order and
    over the blob in the middle, photograph by photograph, positive where the method is better. `seconds` are those a
    map takes. `left out` says why a method was.

    Raises:
        AnalysisError: the photographs are not there, or a model's classes are not theirs.
    """
    measurement = Areas(
        models=tuple(models),
        methods=tuple(methods),
        data=data,
        pictures=pictures,
        steps=steps,
        fill=fill,
        device=device,
    )
    weights = measurement.weights
    return {
        "values": {
            name: _folded(columns, measurement.load(name), methods)
            for name, columns in rows(measurement).items()
        },
        "model": list(models),
        "checkpoint": list(weights.values()),
        "data": f"{TEST}, {pictures} photographs",
        "device": device,
    }


def _applying(
    model: Model, methods: Sequence[str]
) -> tuple[dict[str, tuple[str, Mapping[str, Any]]], dict[str, str]]:
    """By title, the methods that apply to a model with their options; and why the others do not."""
    from explorer.analysis.attribution import METHODS, why_not

    applying: dict[str, tuple[str, Mapping[str, Any]]] = {}
    left_out: dict[str, str] = {}
    for name in methods:
        method, title, options = VARIANTS.get(name, (name, "", {}))
        title = title or METHODS[method].title
        if (sentence := why_not(model, method)) is not None:
            left_out[title] = sentence
        else:
            applying[title] = method, options
    return applying, left_out


def _folded(columns: Columns, model: Model, methods: Sequence[str]) -> dict[str, Any]:
    """Each map's mean areas and its leads, with their intervals over photographs."""
    from explorer.analysis.faithfulness import BASELINES, bootstrap_ci

    applying, left_out = _applying(model, methods)

    def rounded(values: np.ndarray) -> list[float]:
        return [round(value, 4) for value in bootstrap_ci(values)]

    def lead(title: str, other: str) -> dict[str, list[float]]:
        lower, higher = (columns[f"{title}, {order}"] - columns[f"{other}, {order}"] for order in ORDERS)
        return {"deletion": rounded(-lower), "insertion": rounded(higher)}

    methods_found = {
        title: {
            **{order: rounded(columns[f"{title}, {order}"]) for order in ORDERS},
            **({} if title == BASELINES[0] else {"over random order": lead(title, BASELINES[0])}),
            **({} if title in BASELINES else {"over the blob": lead(title, BASELINES[1])}),
            **(
                {"seconds": round(float(columns[f"{title}, seconds"].mean()), 4)} if title in applying else {}
            ),
        }
        for title in (*BASELINES, *applying)
    }
    return {"methods": methods_found, "left out": left_out}
