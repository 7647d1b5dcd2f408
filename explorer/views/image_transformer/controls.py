"""What can be set on the page *Image Transformer*."""

from dataclasses import dataclass
from typing import Any

from explorer.views.controls import asked_for, choice, picture, real, text, whole
from explorer.views.controls import writer as model
from explorer.views.scope import Scope

__all__ = ["AS_TRAINED", "DIGIT", "LIKELIEST", "PHOTOGRAPH", "SAMPLED", "Controls"]

MOST_SAMPLES = 8
SLOW = 1500
"""Values from which on a pass for each class takes long."""
NONE, LIKELIEST, AS_TRAINED = "none", "maximum likelihood", "as trained"
DIGIT, PHOTOGRAPH = "held-out digit", "picture"
WRITES = ("generate", "complete", "likelihood", "speed")
GIVEN = ("complete", "likelihood")
DRAWS = ("generate", "complete", "super-resolution")
SAMPLED = ("seed", "temperature", "top_k", "top_p", "samples")


def _module(scope: Scope) -> Any:
    return scope.writer().module


def classes(scope: Scope) -> tuple[str, ...]:
    return scope.writer().classes or (NONE,)


def conditions(scope: Scope) -> tuple[str, ...]:
    names = scope.writer().classes
    return (LIKELIEST, *names) if names else (NONE,)


def first_condition(scope: Scope) -> str:
    known = conditions(scope)
    return known[1] if len(known) > 1 and _module(scope).canvas.values > SLOW else known[0]


def sources(scope: Scope) -> tuple[str, ...]:
    canvas = _module(scope).canvas
    digits = (canvas.height, canvas.width, canvas.channels, _module(scope).levels) == (8, 8, 1, 17)
    return (DIGIT, PHOTOGRAPH) if digits else (PHOTOGRAPH,)


def values(scope: Scope) -> int:
    return int(_module(scope).canvas.values)


def layers(scope: Scope) -> tuple[str, ...]:
    return ("mean", *map(str, range(1, _module(scope).depth + 1)))


def kinds(scope: Scope) -> tuple[str, ...]:
    return (AS_TRAINED, "full", "1d", "2d") if hasattr(_module(scope), "blocked") else (AS_TRAINED,)


def samples_set(scope: Scope) -> int:
    """How many samples, as it is set: the sample shown depends on it."""
    return int(asked_for(Controls, "samples", scope))


@dataclass(frozen=True)
class Controls:
    """What can be set. Samples, layers, rows and columns are counted from 1; values written are counted."""

    tab: str = choice(
        "Tab", "generate", ("generate", "complete", "super-resolution", "likelihood", "speed", "reach")
    )
    writer: str = model("Model", "pixels-digits", tabs=WRITES)
    enlarger: str = model("Model", "pixels-super", enlarging=True, tabs=("super-resolution",))
    label: str = choice(
        "Class", lambda scope: classes(scope)[min(3, len(classes(scope)) - 1)], classes, tabs=("generate",),
        help="The class that the model is conditioned on.",
    )  # fmt: skip
    source: str = choice(
        "Input", lambda scope: sources(scope)[0], sources, tabs=GIVEN,
        help="The input: a digit that no model was trained on, or the picture below.",
    )  # fmt: skip
    digit: int = whole("Held-out digit", 1, low=1, high=360, tabs=GIVEN)
    picture: str = picture(tabs=("complete", "super-resolution", "likelihood"))
    class_condition: str = choice(
        "Class", first_condition, conditions, tabs=GIVEN,
        help="The class that the model is conditioned on. Maximum likelihood: the class under which the input has the highest likelihood.",
    )  # fmt: skip
    keep: int = whole(
        "Rows kept", lambda s: _module(s).canvas.height // 2, low=0, high=lambda s: _module(s).canvas.height,
        tabs=("complete",), help="From the top; the model generates the rest.",
    )  # fmt: skip
    seed: int = whole("Seed", 0, low=0, high=999, tabs=DRAWS, help="Same seed, same picture.")
    temperature: float = real(
        "Temperature", 1.0, low=0.0, high=2.0, tabs=DRAWS, help="0 always takes the most probable value."
    )
    top_k: int = whole(
        "Top-k",
        0,
        low=0,
        high=lambda s: _module(s).levels,
        tabs=DRAWS,
        help="0 keeps all, 1 always takes the most probable.",
    )
    top_p: float = real(
        "Top-p", 1.0, low=0.0, high=1.0, tabs=DRAWS, help="0 is the most probable value alone."
    )
    blocks: str = choice(
        "Attention", AS_TRAINED, kinds, tabs=("generate", "complete", "likelihood"),
        help="The same weights with another memory block, which they were not trained with: the likelihood falls.",
    )  # fmt: skip
    samples: int = whole("Samples", 4, low=1, high=MOST_SAMPLES, tabs=DRAWS, help="Generated side by side.")
    sample: int = whole("Sample shown", 1, low=1, high=samples_set, tabs=("generate",))
    layer: str = choice(
        "Layer", "mean", layers, tabs=("generate",), help="Every head of one layer, or each layer's mean."
    )
    written: int = whole(
        "Step", lambda s: min(values(s) // 2, 400), low=0, high=values, tabs=("generate",),
        elsewhere=True, help="How many values are generated. Any step can be returned to: the same seed gives the same values.",
    )  # fmt: skip
    edits: str = text("Overridden values", "", tabs=("generate",), longest=400, elsewhere=True)
    again: int = whole("Measurement", 1, low=1, high=9, tabs=("speed",), help="Move it to measure again.")
    row: int = whole("Pixel: row", 15, low=1, high=28, tabs=("reach",))
    column: int = whole("Pixel: column", 15, low=1, high=28, tabs=("reach",))
    depth: int = whole("Layers of attention", 2, low=1, high=6, tabs=("reach",))
    query: int = whole("Query block", 4, low=1, high=14, tabs=("reach",), unit="rows")
    memory: int = whole("Memory before it", 4, low=0, high=14, tabs=("reach",), unit="rows")
    convolutions: int = whole("Layers of convolution", 6, low=1, high=12, tabs=("reach",))
    kernel: int = whole("Kernel", 3, low=3, high=7, step=2, tabs=("reach",), unit="px")
