"""What can be set on the page *Long-range dependencies*."""

from dataclasses import dataclass

from explorer.views.controls import choice, several, switch, text, whole
from explorer.views.scope import Scope

__all__ = ["Controls"]

LOOK, RECALL, COST, TIME = ("look",), ("recall",), ("cost",), ("time",)


def kinds(scope: Scope) -> tuple[str, ...]:
    from explorer.models.sequence_models import SEQUENCE_MODELS

    return tuple(SEQUENCE_MODELS)


@dataclass(frozen=True)
class Controls:
    """What can be set. Lengths and distances count places."""

    tab: str = choice("Tab", "look", (*LOOK, *RECALL, *COST, *TIME))
    models: str = several("Models", kinds, nothing="all six", help="None selected: all six.")
    seed: int = whole(
        "Training", 1, low=1, high=3, tabs=LOOK, help="Each model was trained with three seeds."
    )
    trained: bool = switch(
        "Trained", True, tabs=(*LOOK, *RECALL), help="Off: the same models with random weights."
    )
    sequence: str = text(
        "Your own sequence", "", tabs=LOOK, longest=400, elsewhere=True,
        help="Letters a to p and one * before the letter to be recalled; without one a sequence is sampled.",
    )  # fmt: skip
    distance: int = whole(
        "Distance", 64, low=1, high=256, unit="steps", tabs=LOOK, elsewhere=True,
        help="From the letter to be recalled to the end. In a sequence of your own the marker says it.",
    )  # fmt: skip
    sample: int = whole(
        "Sample", 1, low=1, high=9999, tabs=LOOK, elsewhere=True, help="Same number, same letters."
    )
    places: int = whole(
        "Length of a sample", 258, low=3, high=258, tabs=LOOK, unit="places",
        help="How many places a sampled sequence has; the distance is two less at most.",
    )  # fmt: skip
    count: int = whole(
        "Sequences", 40, low=20, high=400, step=20, tabs=RECALL,
        help="New ones for every distance, the same for each training.",
    )  # fmt: skip
    length: int = whole("Length", 256, low=16, high=4096, step=16, tabs=COST, unit="places")
    longest: str = choice("Longest sequence", "4096", ("1024", "2048", "4096"), tabs=TIME)
    again: int = whole("Measurement", 1, low=1, high=99, tabs=TIME, elsewhere=True)
