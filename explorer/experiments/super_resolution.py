"""Enlarging: bits per dimension given the small picture, and how near nearest, bicubic and samples come."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.errors import AnalysisError
from explorer.sweep.measurement import Measure, here

if TYPE_CHECKING:
    import numpy as np

__all__ = ["enlarged", "measure"]


def measure(
    *,
    model: str = "pixels-super",
    data: Path,
    pictures: int = 1000,
    samples: int = 8,
    temperature: float = 0.8,
    device: str = "auto",
    record: bool = False,
    rows: Measure = here,
) -> Mapping[str, Any]:
    """Bits per dimension of test pictures given their small copies, and for `samples` of them the peak
    signal-to-noise ratio of the model's samples, of nearest and of bicubic enlargement.

    `consistency` is the root mean square difference, in levels, between a sample made small again and what it
    was made from. The ratio rewards blur: the true details are not in the small picture, and a sample invents
    its own. `record` writes the figure on the model's card.

    Raises:
        AnalysisError: the model enlarges nothing, or the pictures are not there.
        ModelError: the model cannot be loaded.
    """
    import numpy as np
    import torch

    from explorer.analysis.code_length import code_lengths
    from explorer.data.pixels import halved
    from explorer.experiments.generation import BITS, Likelihood, pictures_of, smaller
    from explorer.models.sampler import Sampler
    from explorer.models.sampling import Sampling
    from explorer.zoo import cards
    from explorer.zoo.pixel_models import load_pixels

    shown = load_pixels(model, device=device)
    if not shown.enlarges:
        raise AnalysisError(f"{shown.title} enlarges no picture", do="choose pixels-super")
    known = pictures_of(shown, data)
    test = known.test[:pictures]
    low = smaller(shown, test)
    assert low is not None
    measurement = Likelihood(models=(model,), data=data, pictures=len(test), device=device)
    bits = rows(measurement)[model][BITS]
    if record:
        cards.record(
            model,
            {"bits per dimension": float(bits.mean())},
            unit=f"bits per dimension given the small picture, {len(test):,} test pictures",
            command="measure super-resolution --data DATA",
        )
    lengths = code_lengths(test, known.learn, shown.module.palette)
    low_values = torch.from_numpy(low[:samples].astype(np.int64))
    writer = Sampler(
        shown.module, len(low_values), low=low_values, sampling=Sampling(temperature=temperature)
    )
    writer.finish()
    written = np.stack([writer.picture(sample) for sample in range(len(low_values))])
    side = test.shape[1]
    ways = {
        "sample": written,
        "nearest": np.stack([enlarged(low_picture, side, how="nearest") for low_picture in low[:samples]]),
        "bicubic": np.stack([enlarged(low_picture, side, how="bicubic") for low_picture in low[:samples]]),
    }
    again = halved(written.astype(np.uint8), side // shown.enlarges[0]).astype(float)
    return {
        "values": {
            "bits per dimension": round(float(bits.mean()), 4),
            "pictures": len(test),
            "baselines": {
                "histogram": round(lengths.histogram, 4),
                "PNG": round(lengths.png, 4),
                "lossless WebP": round(lengths.webp, 4),
            },
            "below every baseline": float(bits.mean()) < lengths.best,
            "peak signal-to-noise ratio, dB": {
                way: round(_ratio(made, test[:samples]), 2) for way, made in ways.items()
            },
            "consistency": round(float(np.sqrt(((again - low[:samples]) ** 2).mean())), 2),
            "samples": len(low_values),
            "temperature": temperature,
        },
        "unit": "bits per dimension",
        "model": model,
        "checkpoint": shown.checkpoint,
        "data": "test pictures of CIFAR-10",
        "device": shown.device,
    }


def enlarged(picture: np.ndarray, side: int, *, how: str) -> np.ndarray:
    """A small picture (height x width x 3, uint8) at side x side, by the nearest pixel or by bicubic splines."""
    import numpy as np
    from PIL import Image

    way = {"nearest": Image.Resampling.NEAREST, "bicubic": Image.Resampling.BICUBIC}[how]
    return np.asarray(Image.fromarray(picture.astype(np.uint8)).resize((side, side), way))


def _ratio(made: np.ndarray, true: np.ndarray) -> float:
    """Mean over pictures of 10 log10(255² / mean square error)."""
    import numpy as np

    error = ((made.astype(float) - true.astype(float)) ** 2).reshape(len(true), -1).mean(1)
    return float((10 * np.log10(255**2 / np.maximum(error, 1e-9))).mean())
