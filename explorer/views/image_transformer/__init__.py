"""The view *Image Transformer*: a picture written value by value."""

from __future__ import annotations

from explorer.views.image_transformer.controls import SAMPLED, Controls
from explorer.views.image_transformer.given import (
    draw_classes,
    draw_completed,
    draw_enlarged,
    draw_surprise,
)
from explorer.views.image_transformer.limits import draw_reach, draw_speed
from explorer.views.image_transformer.write import (
    draw_attention,
    draw_canvas,
    draw_next,
    draw_paid,
    draw_samples,
    draw_steps,
)
from explorer.views.view import Panel, View

__all__ = ["VIEW", "Controls"]

WRITTEN = ("writer", "label", "blocks", *SAMPLED, "written", "edits")
GIVEN = ("writer", "blocks", "source", "digit", "picture", "told")
REACH = ("row", "column", "depth", "query", "memory", "convolutions", "kernel")

VIEW = View(
    name="image-transformer",
    title="Image Transformer",
    section="Transformers",
    icon=":material/draw:",
    summary="A picture written one value at a time: what may come next, where the model looks, what it costs.",
    controls=Controls,
    page="pages/4_Image_Transformer.py",
    parts={
        "write": "Generate",
        "complete": "Complete",
        "enlarge": "Super-resolution",
        "surprise": "Likelihood",
        "speed": "Parallel and sequential",
        "reach": "Receptive field",
    },
    panels=(
        Panel(
            "canvas",
            "The canvas",
            draw_canvas,
            (*WRITTEN, "sample"),
            part="write",
            click=("written",),
            first=0,
        ),
        Panel("next", "The next value", draw_next, (*WRITTEN, "sample"), part="write"),
        Panel("attention", "Where it looks", draw_attention, (*WRITTEN, "sample", "layer"), part="write"),
        Panel("paid", "Negative log-likelihood so far", draw_paid, (*WRITTEN, "sample"), part="write"),
        Panel("samples", "Side by side", draw_samples, WRITTEN, part="write"),
        Panel("steps", "Generation steps", draw_steps, (*WRITTEN, "sample"), part="write"),
        Panel("completed", "Completed", draw_completed, (*GIVEN, "keep", *SAMPLED), part="complete"),
        Panel("enlarged", "Enlarged", draw_enlarged, ("enlarger", "picture", *SAMPLED), part="enlarge"),
        Panel("surprise", "Likelihood", draw_surprise, GIVEN, part="surprise"),
        Panel(
            "classes",
            "Told each class",
            draw_classes,
            ("writer", "blocks", "source", "digit", "picture"),
            part="surprise",
        ),
        Panel("speed", "Milliseconds a value", draw_speed, ("writer", "again"), part="speed", heavy=True),
        Panel("reach", "What a pixel can depend on", draw_reach, REACH, part="reach"),
    ),
)
