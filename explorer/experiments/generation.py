"""What a written picture costs: bits a value on pictures never seen, and whether both ways of writing agree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from explorer.errors import AnalysisError
from explorer.sweep.measurement import Columns, Measure, Measurement, here

if TYPE_CHECKING:
    import numpy as np

    from explorer.data.pixels import Pictures
    from explorer.zoo.pixel_models import PixelModel

__all__ = ["Likelihood", "measure", "pictures_of"]

BITS = "bits per dimension"


@dataclass(frozen=True, kw_only=True)
class Likelihood(Measurement):
    """The bits per dimension of the first so many test pictures of a model."""

    data: Path | None
    pictures: int

    batch: ClassVar[int] = 50

    @property
    def count(self) -> int:
        return self.pictures

    @property
    def files(self) -> tuple[Path, ...]:
        """Those of the folder that any such model is tested on."""
        from explorer.data.pixels import FILES

        known = [Path(self.data) / name for name in FILES] if self.data else []
        return tuple(file for file in known if file.is_file())

    def load(self, model: str) -> PixelModel:
        from explorer.zoo.pixel_models import load_pixels

        return load_pixels(model, device=self.device)

    def of(self, model: str, pictures: range) -> Columns:
        from explorer.analysis.generation import surprises

        shown = self.load(model)
        known = pictures_of(shown, self.data)
        part = slice(pictures.start, pictures.stop)
        test, labels = known.test[part], known.test_labels[part] if shown.classes else None
        bits = surprises(shown.module, test, labels=labels, low=smaller(shown, test), batch=self.batch)
        return {BITS: bits.reshape(len(bits), -1).mean(1)}


def measure(
    *,
    model: str = "pixels-digits",
    data: Path | None = None,
    pictures: int = 0,
    agree: int = 2,
    device: str = "auto",
    record: bool = False,
    rows: Measure = here,
) -> Mapping[str, Any]:
    """Bits per dimension on test pictures (0: all; 1,000 of the larger ones), beside simple codes of the same
    pictures, and the largest difference between the probabilities while writing `agree` pictures step by step
    and those of one parallel pass. `data` is the folder of training data; digits need none. `record` writes
    the figure on the model's card.

    Raises:
        AnalysisError: the pictures are not there.
        ModelError: the model cannot be loaded.
    """
    from explorer.analysis.code_length import code_lengths
    from explorer.zoo import cards
    from explorer.zoo.pixel_models import load_pixels

    shown = load_pixels(model, device=device)
    known = pictures_of(shown, data)
    count = pictures or (1000 if shown.module.canvas.values > 64 else len(known.test))
    test = known.test[:count]
    measurement = Likelihood(models=(model,), data=data, pictures=len(test), device=device)
    per_picture = rows(measurement)[model][BITS]
    lengths = code_lengths(test, known.learn, shown.module.palette)
    error = 1.96 * float(per_picture.std(ddof=1)) / len(per_picture) ** 0.5
    value = float(per_picture.mean())
    if record:
        cards.record(
            model,
            {BITS: value},
            unit=f"bits per dimension, {len(test):,} test pictures",
            command=f"measure generation --model {model}{'' if model == 'pixels-digits' else ' --data DATA'}",
        )
    return {
        "values": {
            "bits per dimension": round(value, 4),
            "95 % interval": [round(value - error, 4), round(value + error, 4)],
            "nats per dimension": round(value * 0.6931471805599453, 4),
            "pictures": len(test),
            "baselines": {
                "uniform": round(lengths.uniform, 4),
                "histogram": round(lengths.histogram, 4),
                "PNG": round(lengths.png, 4),
                "lossless WebP": round(lengths.webp, 4),
            },
            "below every baseline": value < lengths.best,
            "step by step against parallel": agreement(shown, agree, smaller(shown, test)),
        },
        "model": model,
        "checkpoint": shown.checkpoint,
        "data": f"test pictures of {known.name}",
        "device": shown.device,
    }


def pictures_of(shown: PixelModel, data: Path | None) -> Pictures:
    """The pictures that a model of the catalogue learnt from and is tested on, by the size of its canvas.

    Raises:
        AnalysisError: there are none of its size, or their folder is not given.
    """
    from explorer.data.pixels import digits, fashion, natural

    canvas = shown.module.canvas
    if (canvas.height, canvas.channels) == (8, 1):
        return digits()
    if data is None:
        raise AnalysisError("The test pictures are not available", do="give their folder with --data")
    if (canvas.height, canvas.channels) == (28, 1):
        return fashion(Path(data), shown.module.levels)
    if canvas.channels == 3:
        return natural(Path(data), canvas.height)
    raise AnalysisError(f"No test pictures are known for {shown.title}")


def smaller(shown: PixelModel, pictures: np.ndarray) -> np.ndarray | None:
    """What the model is told of pictures that it enlarges."""
    from explorer.data.pixels import halved

    return halved(pictures, pictures.shape[1] // shown.enlarges[0]) if shown.enlarges else None


def agreement(shown: PixelModel, samples: int, low: np.ndarray | None) -> float:
    """The largest difference of a probability between writing with the cache and one pass over what was written."""
    import torch

    from explorer.models.sampler import Sampler

    labels = torch.arange(samples) % len(shown.classes) if shown.classes else None
    low_values = None if low is None else torch.from_numpy(low[:samples].astype("int64"))
    writer = Sampler(shown.module, samples, labels=labels, low=low_values)
    stepped = []
    while not writer.done:
        stepped.append(writer.probabilities())
        writer.step()
    with torch.inference_mode():
        parallel = shown.module(writer.values, writer.labels, writer.low).double().softmax(-1)
    return float((torch.stack(stepped, 1) - parallel).abs().max())
