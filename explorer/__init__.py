"""See how convolution and attention look at a picture, without the app.

    import explorer

    seen = explorer.observe(explorer.load("vit"), explorer.find_picture("cat"))
    explorer.rollout(seen).figure()

Each name below is imported when it is first used, so that importing the package brings in neither torch nor plotly.
Every analysis gives a frozen result of NumPy arrays that says its units and draws itself: `result.figure()` is a Plotly
figure.
"""

import importlib
import os
import sys
from typing import Any

# torch's threads wait for each other awake, but for some 20 µs only, then asleep. Asleep at once, a small operation takes five
# times as long (a pass of the vit 22 ms, not 17); awake until they are needed, they take all of a busy machine and come to
# nothing. GNU's OpenMP, which torch brings on Linux, reads this where torch is loaded; others know no such bound.
if sys.platform == "linux":
    os.environ.setdefault("OMP_WAIT_POLICY", "ACTIVE")
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")
else:
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

_WHERE = {
    "errors": ("ExplorerError",),
    "geometry": ("Box", "Cell", "Frame", "Grid", "InputPoint", "PhotoPoint"),
    "images": ("Picture",),
    "views.scope": ("find_picture",),
    "zoo": ("Model", "entries", "fetch", "load"),
    "zoo.detr": ("preprocess",),
    "zoo.pixel_models": ("load_pixels", "pixel_models"),
    "figures": ("plot",),
    "tap": ("Change", "Observation", "intervene", "observe", "observe_with_gradients"),
    "frontend.notebook": ("lens",),
    "models.sampling": ("Sampling",),
    "models.sampler": ("Sampler",),
    "scenes": ("boxes", "read_scene"),
    "analysis.assignment": ("assign",),
    "analysis.attention": ("attention_maps", "attention_row"),
    "analysis.attribution": ("attribute", "why_not"),
    "analysis.attribution.detr_query": ("query_relevance",),
    "analysis.answer_change": ("answer_change",),
    "analysis.detection": ("run_detr",),
    "analysis.equivariance": ("permutation_error", "shift_error"),
    "analysis.faithfulness": ("baselines", "faithfulness_curves"),
    "analysis.field": ("depth_layers", "effective_field", "effective_fields"),
    "analysis.field_growth": ("field_growth",),
    "analysis.generation": ("next_value", "step_attention", "surprise"),
    "analysis.head_offsets": ("head_offsets",),
    "analysis.heads": ("head_statistics",),
    "analysis.prediction": ("prediction",),
    "analysis.query_attention": ("cross_attention", "encoder_attention", "query_attention"),
    "analysis.receptive_field": ("receptive_field",),
    "analysis.recall": ("recall_by_count", "recall_by_size"),
    "analysis.rollout": ("rollout",),
    "analysis.sanity": ("sanity",),
    "analysis.self_attention": ("self_attention",),
    "analysis.slots": ("answers", "slots"),
    "analysis.tokens": ("patch_filters", "positions", "tokenise"),
    "analysis.true_objects": ("true_objects",),
    "timing.writing_speed": ("writing_speed",),
}
"""Where each public name is defined."""

_MODULES = {name: f"explorer.{module}" for module, names in _WHERE.items() for name in names}

__all__ = sorted(_MODULES)


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'explorer' has no attribute {name!r}")
    value = globals()[name] = getattr(importlib.import_module(_MODULES[name]), name)
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
