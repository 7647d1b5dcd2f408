"""What can be set on the page *Image Transformer*."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from explorer.views.controls import choice, picture, real, text, whole
from explorer.views.controls import writer as model

if TYPE_CHECKING:
    from explorer.views.scope import Scope

__all__ = ["AS_TRAINED", "DIGIT", "LIKELIEST", "PHOTOGRAPH", "SAMPLED", "Controls"]

MOST_SAMPLES = 8
SLOW = 1500
"""Values from which on a pass for each class would be waited for."""
NONE, LIKELIEST, AS_TRAINED = "none", "likeliest", "as trained"
DIGIT, PHOTOGRAPH = "held-out digit", "picture"
WRITES = ("write", "complete", "surprise", "speed")
GIVEN = ("complete", "surprise")
DRAWS = ("write", "complete", "enlarge")
SAMPLED = ("seed", "temperature", "top_k", "top_p", "samples")


def _module(scope: Scope) -> Any:
    return scope.writer().module


def classes(scope: Scope) -> tuple[str, ...]:
    return scope.writer().classes or (NONE,)


def classes_told(scope: Scope) -> tuple[str, ...]:
    found = scope.writer().classes
    return (LIKELIEST, *found) if found else (NONE,)


def first_told(scope: Scope) -> str:
    known = classes_told(scope)
    return known[1] if len(known) > 1 and _module(scope).canvas.values > SLOW else known[0]


def sources(scope: Scope) -> tuple[str, ...]:
    canvas = _module(scope).canvas
    digits = (canvas.height, canvas.width, canvas.channels, _module(scope).levels) == (8, 8, 1, 17)
    return (DIGIT, PHOTOGRAPH) if digits else (PHOTOGRAPH,)


def values(scope: Scope) -> int:
    return int(_module(scope).canvas.values)


def layers(scope: Scope) -> tuple[str, ...]:
    module = _module(scope)
    depth = len(module.layers) if hasattr(module, "layers") else int(module.model.config.n_layer)
    return ("mean", *map(str, range(1, depth + 1)))


def kinds(scope: Scope) -> tuple[str, ...]:
    return (AS_TRAINED, "full", "1d", "2d") if hasattr(_module(scope), "blocked") else (AS_TRAINED,)


def asked_samples(scope: Scope) -> int:
    asked = str(scope.raw.get("samples", 4))
    return min(max(int(asked), 1), MOST_SAMPLES) if asked.isdigit() else 4


@dataclass(frozen=True)
class Controls:
    """What can be set. Samples, layers, rows and columns are counted from 1; values written are counted."""

    part: str = choice("Part", "write", ("write", "complete", "enlarge", "surprise", "speed", "reach"))
    writer: str = model("Model", "pixels-digits", parts=WRITES)
    enlarger: str = model("Model", "pixels-super", enlarging=True, parts=("enlarge",))
    label: str = choice(
        "Class", lambda scope: classes(scope)[min(3, len(classes(scope)) - 1)], classes, parts=("write",),
        help="What the model is told to write.",
    )  # fmt: skip
    source: str = choice(
        "Given", lambda scope: sources(scope)[0], sources, parts=GIVEN,
        help="What is given: a digit that no model learnt from, or the picture below.",
    )  # fmt: skip
    digit: int = whole("Held-out digit", 1, low=1, high=360, parts=GIVEN)
    picture: str = picture(parts=("complete", "enlarge", "surprise"))
    told: str = choice(
        "Class", first_told, classes_told, parts=GIVEN,
        help="What the model is told. The likeliest is the class under which what is given costs the fewest bits.",
    )  # fmt: skip
    keep: int = whole(
        "Rows kept", lambda s: _module(s).canvas.height // 2, low=0, high=lambda s: _module(s).canvas.height,
        parts=("complete",), help="From the top; the model writes the rest.",
    )  # fmt: skip
    seed: int = whole("Seed", 0, low=0, high=999, parts=DRAWS, help="Same seed, same picture.")
    temperature: float = real(
        "Temperature", 1.0, low=0.0, high=2.0, parts=DRAWS,
        help="Divides the logits: below 1 the likely becomes likelier; 0 always takes the likeliest.",
    )  # fmt: skip
    top_k: int = whole(
        "Top-k", 0, low=0, high=lambda s: _module(s).levels, parts=DRAWS,
        help="Keeps the k likeliest values; 0 keeps all, 1 always takes the likeliest.",
    )  # fmt: skip
    top_p: float = real(
        "Top-p", 1.0, low=0.0, high=1.0, parts=DRAWS,
        help="Keeps the fewest values that reach this probability together; 0 is the likeliest alone.",
    )  # fmt: skip
    blocks: str = choice(
        "Attention", AS_TRAINED, kinds, parts=("write", "complete", "surprise"),
        help="The same weights with another memory block. It was not trained so: watch the surprise.",
    )  # fmt: skip
    samples: int = whole("Samples", 4, low=1, high=MOST_SAMPLES, parts=DRAWS, help="Written side by side.")
    sample: int = whole("Sample watched", 1, low=1, high=asked_samples, parts=("write",))
    layer: str = choice(
        "Layer", "mean", layers, parts=("write",), help="Every head of one layer, or each layer's mean."
    )
    written: int = whole(
        "Step", lambda s: min(values(s) // 2, 400), low=0, high=values, parts=("write",),
        elsewhere=True, help="Back to any value, and on again: the same seed writes the same.",
    )  # fmt: skip
    edits: str = text("Put in by hand", "", parts=("write",), longest=400, elsewhere=True)
    again: int = whole("Measurement", 1, low=1, high=9, parts=("speed",), help="Move it to measure again.")
    row: int = whole("Pixel: row", 15, low=1, high=28, parts=("reach",))
    column: int = whole("Pixel: column", 15, low=1, high=28, parts=("reach",))
    depth: int = whole("Layers of attention", 2, low=1, high=6, parts=("reach",))
    query: int = whole("Query block", 4, low=1, high=14, parts=("reach",), unit="rows")
    memory: int = whole("Memory before it", 4, low=0, high=14, parts=("reach",), unit="rows")
    convolutions: int = whole("Layers of convolution", 6, low=1, high=12, parts=("reach",))
    kernel: int = whole("Kernel", 3, low=3, high=7, step=2, parts=("reach",), unit="px")
