"""Which map tells the truth (C2): deletion and insertion of every method, over many test photographs."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.experiments.accuracy import TEST

if TYPE_CHECKING:
    import numpy as np

    from explorer.zoo import Model

__all__ = ["measure"]

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


def measure(
    *,
    data: Path,
    models: Sequence[str] = ("vit", "efficientnet-lite0"),
    methods: Sequence[str] = AFFORDABLE,
    pictures: int = 200,
    steps: int = 8,
    fill: str = "mean",
    device: str = "auto",
) -> Mapping[str, Any]:
    """Areas under the deletion and the insertion curve of each method that applies, on 16 x 16 cells and for the
    class that the model answers, over Imagenette's test photographs (evenly spaced through the file).

    Each area is a mean with its 95 % interval (bootstrap over photographs); so is its lead over the random order and
    over the blob in the middle, photograph by photograph, positive where the method is better. `seconds` are those a
    map takes. `left out` says why a method was.

    Raises:
        AnalysisError: the photographs are not there, or a model's classes are not theirs.
    """
    from explorer.zoo import Model, load

    values = {
        name: _of_model(
            load(name, kind=Model, device=device),
            methods,
            data=data,
            pictures=pictures,
            steps=steps,
            fill=fill,
        )
        for name in models
    }
    return {
        "values": values,
        "model": list(models),
        "checkpoint": [load(name, kind=Model, device=device).checkpoint for name in models],
        "data": f"{TEST}, {pictures} photographs",
        "device": device,
    }


def _of_model(
    model: Model, methods: Sequence[str], *, data: Path, pictures: int, steps: int, fill: str
) -> dict[str, Any]:
    import numpy as np
    import torch

    from explorer.analysis.attribution import METHODS, attribute, why_not
    from explorer.analysis.faithfulness import BASELINES, baselines, bootstrap_ci, faithfulness_curves
    from explorer.data.imagenette import normalised, outputs_of, photographs
    from explorer.geometry import Grid

    outputs_of(model.classes, title=model.entry.title)
    photos = photographs(Path(data) / TEST).centred(model.input_size[0])
    chosen = torch.linspace(0, len(photos) - 1, min(pictures, len(photos))).round().long()
    x = normalised(photos[chosen].to(model.device), mean=model.mean, std=model.std)
    grid = model.tokens.grid if model.tokens is not None else Grid(16, 16, *model.input_size)
    with torch.inference_mode():
        targets = [int(at) for part in x.split(64) for at in model.module(part).argmax(-1)]
    maps: dict[str, np.ndarray] = dict(baselines(x, grid))
    seconds: dict[str, float] = {}
    left_out: dict[str, str] = {}
    for method_options in methods:
        method, title, options = VARIANTS.get(method_options, (method_options, "", {}))
        sentence = why_not(model, method)
        title = title or METHODS[method].title
        if sentence is not None:
            left_out[title] = sentence
            continue
        start = time.perf_counter()
        attributions = []
        for first in range(0, len(x), 8):
            part = slice(first, first + 8)
            attribution = attribute(model, x[part], method, targets=targets[part], **options)
            attributions += [attribution.on(grid, sample=sample) for sample in range(len(attribution.values))]
        maps[title] = np.stack(attributions)
        seconds[title] = (time.perf_counter() - start) / len(x)
    areas: dict[str, dict[str, np.ndarray]] = {
        title: {
            order: faithfulness_curves(
                model,
                x,
                attribution_map,
                grid,
                targets,
                order=order,
                steps=steps,
                fill=fill,  # type: ignore[arg-type]
            ).area
            for order in ("deletion", "insertion")
        }
        for title, attribution_map in maps.items()
    }

    def rounded(values: np.ndarray) -> list[float]:
        return [round(value, 4) for value in bootstrap_ci(values)]

    def lead(title: str, other: str) -> dict[str, list[float]]:
        ours, theirs = areas[title], areas[other]
        return {
            "deletion": rounded(theirs["deletion"] - ours["deletion"]),
            "insertion": rounded(ours["insertion"] - theirs["insertion"]),
        }

    methods_found = {
        title: {
            **{order: rounded(area) for order, area in area_values.items()},
            **({} if title == BASELINES[0] else {"over random order": lead(title, BASELINES[0])}),
            **({} if title in BASELINES else {"over the blob": lead(title, BASELINES[1])}),
            **({"seconds": round(seconds[title], 4)} if title in seconds else {}),
        }
        for title, area_values in areas.items()
    }
    return {"methods": methods_found, "left out": left_out}
