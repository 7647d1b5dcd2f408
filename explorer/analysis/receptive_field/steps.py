"""What a pass through a model's structure leaves behind: its layers and larger parts, in order."""

from dataclasses import dataclass, field

from explorer.analysis.receptive_field.places import Places

__all__ = ["KINDS", "STRONGEST", "WORDS", "Step", "Trace"]

KINDS = {
    "convolution": "convolution",
    "max_pool2d_with_indices": "max pooling",
    "avg_pool2d": "average pooling",
    "_adaptive_avg_pool2d": "average pooling",
    "adaptive_max_pool2d": "max pooling",
    "native_batch_norm": "normalisation",
    "_native_batch_norm_legit": "normalisation",
    "_native_batch_norm_legit_no_training": "normalisation",
    "native_group_norm": "normalisation",
    "native_layer_norm": "normalisation",
    "cat": "concatenation",
    "mm": "linear",
    "addmm": "linear",
    "upsample_nearest2d": "resizing",
    "upsample_bilinear2d": "resizing",
    "upsample_bicubic2d": "resizing",
    "mean": "global pooling",
    "amax": "global pooling",
}
WORDS = {"concatenation": "cat", "addition": "add", "product": "mul"}
"""Short names of operations that belong to no module of their own."""
STRONGEST = (
    "convolution",
    "linear",
    "max pooling",
    "average pooling",
    "global pooling",
    "resizing",
    "normalisation",
)


@dataclass(frozen=True, eq=False)
class Step:
    """What a layer or a larger part gives, and what it costs."""

    name: str
    kind: str
    places: Places
    shape: tuple[int, ...]
    parameters: int
    flops: int


@dataclass(eq=False)
class Trace:
    """Everything that was seen in one pass."""

    steps: list[Step] = field(default_factory=list)
    """Layers, and sums and concatenations between them, in the order they run."""
    parts: dict[str, Step] = field(default_factory=dict)
    """What each module gives, larger parts included, by its path."""
    cuts: list[str] = field(default_factory=list)
    """Parts whose output is all that is handed on: what comes later sees the picture through it alone."""
    blocks: frozenset[str] = frozenset()
    """Those of `cuts` that are more than one layer."""
    features: Step | None = None
    """What timm's `forward_features` gives, for models that have it."""
