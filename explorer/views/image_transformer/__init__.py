"""The view *Image Transformer*: a picture generated value by value."""

from explorer.views.image_transformer.controls import Controls
from explorer.views.panel import panels_of
from explorer.views.view import View

__all__ = ["VIEW"]

VIEW = View(
    name="image-transformer",
    title="Image Transformer",
    section="Transformers",
    icon=":material/draw:",
    summary="A picture generated one value at a time: the next value's distribution, attention, and likelihood.",
    controls=Controls,
    find_panels=panels_of(__name__, "generate", "given", "limits"),
    page="pages/4_Image_Transformer.py",
    tabs={
        "generate": "Generate",
        "complete": "Complete",
        "super-resolution": "Super-resolution",
        "likelihood": "Likelihood",
        "speed": "Parallel and sequential",
        "reach": "Receptive field",
    },
)
