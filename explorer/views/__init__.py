"""The catalogue of views. The app's menu, the command line and the README's list come from it."""

from collections.abc import Mapping

from explorer.errors import ControlError
from explorer.views.attention_layers import VIEW as ATTENTION_LAYERS
from explorer.views.attribution import VIEW as ATTRIBUTION
from explorer.views.convolution_bias import VIEW as CONVOLUTION_BIAS
from explorer.views.detr import VIEW as DETR
from explorer.views.image_transformer import VIEW as IMAGE_TRANSFORMER
from explorer.views.long_range import VIEW as LONG_RANGE
from explorer.views.positions import VIEW as POSITIONS
from explorer.views.receptive_field import VIEW as RECEPTIVE_FIELD
from explorer.views.self_attention import VIEW as SELF_ATTENTION
from explorer.views.view import Panel, View
from explorer.views.vision_transformer import VIEW as VISION_TRANSFORMER

__all__ = ["VIEWS", "Panel", "View", "sections", "view"]

VIEWS: Mapping[str, View] = {
    view.name: view
    for view in (
        RECEPTIVE_FIELD,
        CONVOLUTION_BIAS,
        VISION_TRANSFORMER,
        DETR,
        IMAGE_TRANSFORMER,
        SELF_ATTENTION,
        LONG_RANGE,
        POSITIONS,
        ATTENTION_LAYERS,
        ATTRIBUTION,
    )
}


def view(name: str) -> View:
    """The view of that name.

    Raises:
        ControlError: there is none.
    """
    if name not in VIEWS:
        raise ControlError(f"There is no view called {name!r}", do=f"choose among {', '.join(VIEWS)}")
    return VIEWS[name]


def sections() -> dict[str, list[View]]:
    """The views under the headings of the menu."""
    headings: dict[str, list[View]] = {}
    for view in VIEWS.values():
        headings.setdefault(view.section, []).append(view)
    return headings
