"""Attention pays most in late stages (B5): one small residual network, attention in none, one or all stages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from explorer.sweep.measurement import Columns, Measure, Measurement, here

if TYPE_CHECKING:
    from torch import Tensor, nn

    from explorer.analysis.head_offsets import HeadOffsets

__all__ = ["StageAnswers", "measure"]

NEAR = 100
"""Test pictures over which attention by offset is averaged."""


@dataclass(frozen=True, kw_only=True)
class StageAnswers(Measurement):
    """Whether each training's first answer to the first so many test pictures is right."""

    data: Path
    pictures: int
    seeds: Mapping[str, int]
    """Of each model, for its random weights."""
    trained: bool

    batch: ClassVar[int] = 500

    @property
    def count(self) -> int:
        return self.pictures

    @property
    def files(self) -> tuple[Path, ...]:
        from explorer.data.pixels import FILES

        return (Path(self.data) / FILES[1],)

    def load(self, model: str) -> Any:
        from explorer.zoo.small_models import load_small

        return load_small(model, trained=self.trained, seed=self.seeds[model], device=self.device)

    def of(self, model: str, pictures: range) -> Columns:
        import torch

        from explorer.data.pixels import natural
        from explorer.training.stages import as_input

        part, loaded, photographs = (
            slice(pictures.start, pictures.stop),
            self.load(model),
            natural(Path(self.data)),
        )
        shown = torch.from_numpy(photographs.test[part].copy()).permute(0, 3, 1, 2).to(loaded.device)
        with torch.no_grad():
            answers = loaded.module(as_input(shown)).argmax(-1).cpu().numpy()
        return {"right": answers == photographs.test_labels[part]}


def measure(
    *,
    data: Path,
    seeds: int = 3,
    trained: bool = True,
    pictures: int = 10_000,
    device: str = "cpu",
    record: bool = False,
    rows: Measure = here,
) -> Mapping[str, Any]:
    """For each variant, over those of `seeds` trainings that ship: mean, lowest and highest share of right answers on
    CIFAR-10's test pictures (as JPEG), parameters, seconds of training, and milliseconds a picture measured here. Under
    "near", for the ViT on photographs of the gallery and for the network with attention in all stages on test
    pictures: the share of a layer's weight within 1 and within 2 cells of the query, mean of its heads, and that of
    even attention. `record` writes each network's share on its card.

    Raises:
        WeightsNotFound: of a variant no training ships yet; `trained=False` measures random weights.
        AnalysisError: the pictures are not there.
    """
    import time

    import torch

    from explorer.data.pixels import natural
    from explorer.models.stage_net import PLACES
    from explorer.training.stages import as_input
    from explorer.zoo import cards
    from explorer.zoo.small_models import training_name, trainings
    from explorer.zoo.stage_models import stage_name

    photographs = natural(Path(data))
    shown = torch.from_numpy(photographs.test[:pictures].copy()).permute(0, 3, 1, 2)
    available = {
        place: trainings(stage_name(place), seeds=seeds, trained=trained, device=device) for place in PLACES
    }
    every = {training_name(stage_name(place), seed): seed for place in PLACES for seed in range(seeds)}
    measurement = StageAnswers(
        models=tuple(model.name for models in available.values() for model in models),
        device=device,
        data=data,
        pictures=len(shown),
        seeds=every,
        trained=trained,
    )
    answers = rows(measurement)
    values: dict[str, Any] = {}
    for place, models in available.items():
        where = models[0].device
        shares = [float(answers[model.name]["right"].mean()) for model in models]
        if record:
            cards.record_each(
                [model.name for model in models],
                "right",
                shares,
                unit=f"share of {len(shown):,} test pictures of CIFAR-10 as JPEG",
                command="measure attention-stage --data DATA",
            )
        x = as_input(shown[:200].to(where))
        times = []
        with torch.inference_mode():
            for _ in range(5):
                start = time.perf_counter()
                models[0].module(x).sum().item()
                times.append((time.perf_counter() - start) / len(x) * 1000)
        values[place] = {
            "right": [round(share, 4) for share in (sum(shares) / len(shares), min(shares), max(shares))],
            "trainings": len(models),
            "parameters": sum(parameter.numel() for parameter in models[0].module.parameters()),
            "training seconds": [cards.read_card(model.name).seconds for model in models] if trained else [],
            "milliseconds a picture": round(sorted(times)[2], 4),
        }
    return {
        "values": values,
        "near": {
            "vit": _near_in_the_vit(trained, device),
            "stage-all": _near_by_stage([model.module for model in models], as_input(shown[:NEAR].to(where))),
        },
        "model": list(measurement.models),
        "checkpoint": list(measurement.weights.values()),
        "data": f"CIFAR-10 as JPEG, {len(shown)} test pictures",
        "device": device,
    }


def _near_in_the_vit(trained: bool, device: str) -> dict[str, Any]:
    import torch

    from explorer import gallery
    from explorer.analysis.head_offsets import head_offsets
    from explorer.analysis.heads import head_statistics
    from explorer.tap import observe
    from explorer.zoo import Model, load

    vit = load("vit", kind=Model, trained=trained, device=device)
    x = torch.cat([vit.see(gallery.picture(name)) for name in gallery.names()])
    offsets = head_offsets(head_statistics(observe(vit, x)))
    return {f"layer {at + 1}": _shares([offsets], at) for at in range(offsets.layers)}


def _near_by_stage(modules: list[nn.Module], x: Tensor) -> dict[str, Any]:
    """The last of `PLACES` has attention in all stages, in the second layer of both blocks."""
    from explorer.analysis.head_offsets import offsets_by_layer
    from explorer.tap import observe

    per_model = [offsets_by_layer(observe(module, x)) for module in modules]
    return {
        f"stage {at // 2 + 1}, block {at % 2 + 1}": _shares(list(layer), 0)
        for at, layer in enumerate(zip(*per_model, strict=True))
    }


def _shares(per_model: list[HeadOffsets], layer: int) -> dict[str, list[float]]:
    """Within 1 and within 2 cells, mean of trainings and heads, and of even attention."""
    ones, twos = (
        sum(float(getattr(offsets, name)[layer].mean()) for offsets in per_model) / len(per_model)
        for name in ("within_one", "within_two")
    )
    return {
        "weight": [round(ones, 4), round(twos, 4)],
        "even": [round(per_model[0].uniform_one, 4), round(per_model[0].uniform_two, 4)],
    }
