"""DETR over many scenes (E6), at every value of the page's slider: what *Query specialisation* and *Failure cases* read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from explorer.sweep.measurement import Columns, Measure, Measurement, here

__all__ = ["PartsOfScenes", "measure"]


@dataclass(frozen=True, kw_only=True)
class PartsOfScenes(Measurement):
    """The answers on scenes and the scenes' objects: a row for each part that the page asks about at once."""

    most: int
    """Scenes that the page can be set to."""

    batch: ClassVar[int] = 1

    @property
    def count(self) -> int:
        return len(self.parts)

    @property
    def parts(self) -> list[tuple[tuple[int, int | None], ...]]:
        from explorer.recorded.scenes import scenes_of

        return [*scenes_of(self.most, crowded=False), *scenes_of(self.most, crowded=True)]

    def of(self, model: str, pictures: range) -> Columns:
        import numpy as np

        from explorer.recorded.scenes import ask

        (part,) = self.parts[pictures.start : pictures.stop]
        answers, truths = ask(self.load(model), part)
        labels, corners = zip(*truths, strict=True)
        return {
            "scenes": [np.array([(seed, objects or 0) for seed, objects in part], np.int32)],
            "probs": [answers.probs],
            "boxes_cxcywh": [answers.boxes_cxcywh],
            "objects": [np.array([len(of_scene) for of_scene in labels], np.int32)],
            "labels": [np.concatenate(labels)],
            "corners": [np.concatenate(corners)],
        }


def measure(
    *, model: str = "detr-scenes", device: str = "cpu", record: bool = False, rows: Measure = here
) -> Mapping[str, Any]:
    """The model's answers on every held-out scene that the page can be set to; `values` say how many of the queries name
    an object, on average. `record` keeps the answers, and the scenes' objects, for the page.

    Raises:
        WeightsNotFound: the model does not ship yet.
    """
    import numpy as np

    from explorer.recorded.scenes import RECORDED
    from explorer.views.controls import control_of
    from explorer.views.detr.controls import Controls
    from explorer.zoo.answers import write_answers

    most = int(control_of(Controls, "scenes").high)
    measurement = PartsOfScenes(models=(model,), most=most, device=device)
    stored = {name: np.concatenate(parts) for name, parts in rows(measurement)[model].items()}
    loaded, scenes = measurement.load(model), len(stored["objects"])
    shapes = {"scenes": (scenes, 2), "boxes_cxcywh": (scenes, -1, 4), "corners": (-1, 4)}
    shapes["probs"] = (scenes, stored["boxes_cxcywh"].size // (4 * scenes), -1)
    stored |= {name: stored[name].reshape(shape) for name, shape in shapes.items()}
    if record:
        write_answers(RECORDED, {loaded.checkpoint: stored})
    probs = stored["probs"]
    return {
        "values": {
            "queries that name an object, a scene": round(
                float((probs.argmax(-1) < probs.shape[-1] - 1).sum(1).mean()), 3
            )
        },
        "model": model,
        "checkpoint": loaded.checkpoint,
        "data": f"{scenes} held-out scenes",
        "device": device,
    }
