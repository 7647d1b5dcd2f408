"""A DETR's answers on every picture of a test set, beside the true objects: what average precision and recall are made of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from explorer.errors import AnalysisError
from explorer.sweep.measurement import Columns, Measurement

if TYPE_CHECKING:
    from torch import Tensor

    from explorer.analysis.slots import Answers
    from explorer.scenes import Scene
    from explorer.zoo import Model

__all__ = ["DetrAnswers", "answers_of", "true_of"]

Truth = Mapping[str, "Tensor"]


@dataclass(frozen=True, kw_only=True)
class DetrAnswers(Measurement):
    """All queries' probabilities and boxes, and the true labels and corners, of the pictures that the model is tested on:
    its photographs, or `scenes` held-out scenes, of each of `objects` where it is given."""

    data: Path | None = None
    scenes: int
    objects: tuple[int, ...] = ()

    batch: ClassVar[int] = 16

    @cached_property
    def count(self) -> int:
        from explorer.data.blood_cells import CELLS, micrographs
        from explorer.data.detection_photos import OBJECTS
        from explorer.data.imagenette import count_in

        classes = self._classes
        if classes == CELLS:
            return len(micrographs(Path(str(self.data)), "test"))
        if classes == OBJECTS:
            return count_in(self.files[0])
        return self.scenes * max(1, len(self.objects))

    @property
    def files(self) -> tuple[Path, ...]:
        from explorer.data.blood_cells import CELLS, FILE
        from explorer.data.detection_photos import OBJECTS, TEST

        file = {CELLS: FILE, OBJECTS: TEST}.get(self._classes)
        return () if file is None else (Path(str(self.data)) / file,)

    @property
    def what(self) -> str:
        """The pictures, in words."""
        from explorer.data.blood_cells import CELLS
        from explorer.data.detection_photos import OBJECTS

        return {
            CELLS: "BCCD, the authors' test list",
            OBJECTS: "detection-test.npz: 1,252 photographs of VOC and COCO",
        }.get(self._classes, f"{self.scenes} held-out scenes of 1 to 12 objects")

    def of(self, model: str, pictures: range) -> Columns:
        from explorer.analysis.slots import answers

        shown, true = self._pictures(self.load(model), pictures)
        outputs = answers(self.load(model), shown, batch=self.batch)
        return {
            "probs": outputs.probs,
            "boxes_cxcywh": outputs.boxes_cxcywh,
            "true labels": [truth["labels"].numpy() for truth in true],
            "true corners": [truth["boxes"].numpy() for truth in true],
            **({"true crowd": [truth["iscrowd"].numpy() for truth in true]} if "iscrowd" in true[0] else {}),
        }

    @cached_property
    def _classes(self) -> tuple[str, ...]:
        """Those of the models, which say what they are tested on.

        Raises:
            AnalysisError: nothing here, or the data are not given.
        """
        from explorer.data.blood_cells import CELLS
        from explorer.data.detection_photos import OBJECTS
        from explorer.scenes import KINDS

        shown = self.load(self.models[0])
        classes = tuple(shown.classes)
        if classes in (CELLS, OBJECTS) and self.data is None and not self.objects:
            raise AnalysisError(
                "The test pictures are not available",
                do="say --data, the folder that holds bccd.zip and detection-test.npz",
            )
        if classes not in (CELLS, OBJECTS, KINDS):
            raise AnalysisError(
                f"{shown.entry.title} cannot be measured here",
                why="it knows neither the kinds of objects of scenes, nor blood cells, nor everyday objects",
                do="choose a model that ships",
            )
        return classes

    def _pictures(self, model: Model, chosen: range) -> tuple[list[np.ndarray], Sequence[Truth]]:
        """Pictures as the model is shown them, labels and corners (shares) of each."""
        import torch

        from explorer.data.blood_cells import CELLS, micrographs, resized
        from explorer.data.detection_photos import OBJECTS, detection_photos
        from explorer.scenes import drawn_scenes
        from explorer.zoo.detr import input_frame

        rows, columns = model.input_size
        if self._classes == CELLS:
            pixels, true = resized(micrographs(Path(str(self.data)), "test"), rows, columns)
            return list(pixels[chosen].permute(0, 2, 3, 1).numpy()), true[chosen.start : chosen.stop]
        if self._classes == OBJECTS:
            test = detection_photos(Path(str(self.data)), "test").part(slice(chosen.start, chosen.stop))
            shown = []
            for at, picture in enumerate(test.photos.pictures):
                frame = input_frame(model.entry, *picture.shape[:2], size=model.input_size)
                size = frame.input_height, frame.input_width
                shown.append(test.photos.resized([at], size)[0].permute(1, 2, 0).numpy())
            return shown, test.true()
        shown, drawn = drawn_scenes(self._scene(at, rows, columns) for at in chosen)
        return shown, [
            {"labels": torch.from_numpy(labels), "boxes": torch.from_numpy(boxes)} for labels, boxes in drawn
        ]

    def _scene(self, at: int, rows: int, columns: int) -> Scene:
        from explorer.scenes import random_scene

        if not self.objects:
            return random_scene(at, height=rows, width=columns, held_out=True)
        place, seed = divmod(at, self.scenes)
        count = self.objects[place]
        return random_scene(10_000 * count + seed, count=count, height=rows, width=columns, held_out=True)


def answers_of(columns: Columns, classes: Sequence[str]) -> Answers:
    """The answers in the rows of a model."""
    from explorer.analysis.slots import Answers

    boxes = np.stack(columns["boxes_cxcywh"]).reshape(len(columns["boxes_cxcywh"]), -1, 4)
    probs = np.stack(columns["probs"]).reshape(*boxes.shape[:2], -1)
    return Answers(probs, boxes, tuple(classes))


def true_of(columns: Columns) -> list[dict[str, Any]]:
    """The true objects in the rows, as torchmetrics takes them."""
    import torch

    names = {"labels": "true labels", "boxes": "true corners", "iscrowd": "true crowd"}
    true = [
        {name: torch.tensor(columns[column][at]) for name, column in names.items() if column in columns}
        for at in range(len(columns["true labels"]))
    ]
    return [{**truth, "boxes": truth["boxes"].reshape(-1, 4)} for truth in true]
