"""The view *Positional encoding*: how a transformer knows where a patch lies, and its predictions without."""

from explorer.views.panel import panels_of
from explorer.views.positions.controls import Controls
from explorer.views.view import View

__all__ = ["VIEW"]

VIEW = View(
    name="positions",
    title="Positional encoding",
    section="Attention",
    icon=":material/pin_drop:",
    summary="Attention alone does not depend on where a patch lies: six encodings of the position, and predictions without.",
    controls=Controls,
    find_panels=panels_of(__name__, "encodings", "move", "compare", "photograph"),
    page="pages/7_Positions.py",
    tabs={
        "encodings": "Encodings",
        "move": "Shuffled patches",
        "compare": "Accuracy",
        "photograph": "On a photograph",
    },
)
