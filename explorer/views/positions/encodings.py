"""The tab *Encodings*: similarities, sinusoids, biases, rotations."""

from functools import partial

from explorer.analysis.position_results import OffsetBias, Rotation, SimilarityToPosition, Sinusoidal
from explorer.analysis.positions import CodeSimilarity, code_similarity, offset_bias, rotation_angles
from explorer.models.position_vit import CODES
from explorer.models.sequence_models import sine_positions
from explorer.views.panel import Drawing, Scope, draw, panel
from explorer.views.positions.controls import Controls
from explorer.views.positions.models import of_encoding, training_title, weights_of

SELECTED = ("encoding", "seed", "trained")
PLACE = ("row", "column")
encodings_tab = partial(panel, tab="encodings")


def _vit(controls: Controls, encoding: str) -> str:
    return f"small vision transformer, {CODES[encoding]}, {training_title(controls)}"


def _selected_vit(controls: Controls, scope: Scope) -> str:
    return _vit(controls, controls.encoding)


def _similarity(controls: Controls, scope: Scope) -> CodeSimilarity:
    return code_similarity(of_encoding(controls.encoding, controls, scope)[1])


@encodings_tab(
    "grid", "Similarity of every position to every other", uses=(*SELECTED, *PLACE), click=PLACE,
    weights=weights_of(), subject=_selected_vit,
)  # fmt: skip
def grid_panel(controls: Controls, scope: Scope) -> Drawing:
    return draw(
        _similarity(controls, scope),
        "Cosine of each position's encoding with every other's. Each small grid belongs to the position at its place; a "
        "click selects it.",
        chosen=(controls.row - 1, controls.column - 1),
    )


@encodings_tab(
    "one", "Similarity to one position", uses=(*SELECTED, *PLACE), weights=weights_of(), subject=_selected_vit
)
def one_panel(controls: Controls, scope: Scope) -> Drawing:
    result = SimilarityToPosition(_similarity(controls, scope), (controls.row - 1, controls.column - 1))
    place = f"row {controls.row}, column {controls.column}"
    return draw(result, f"Cosine of the encoding of {place} with every other.")


@encodings_tab("sinusoidal", "Sinusoidal encoding", uses=("width",))
def sinusoidal_panel(controls: Controls, scope: Scope) -> Drawing:
    return draw(
        Sinusoidal(sine_positions(64, controls.width).numpy()),
        f"The sinusoidal encoding of the first 64 positions, {controls.width} numbers each: sines and cosines in turn, "
        "from short waves to long ones.",
    )


@encodings_tab(
    "bias", "Bias added for each offset", uses=("seed", "trained", "layer", "head"),
    weights=weights_of("relative"), subject=lambda controls, scope: _vit(controls, "relative"),
)  # fmt: skip
def bias_panel(controls: Controls, scope: Scope) -> Drawing:
    table = offset_bias(of_encoding("relative", controls, scope)[1], controls.layer - 1)
    return draw(
        OffsetBias(table, controls.head - 1),
        f"What head {controls.head} of layer {controls.layer} adds to a score for each offset from query to key. One "
        "colour scale for all heads of the layer.",
    )


@encodings_tab(
    "rotation", "Rotation by position", uses=("seed", "trained"),
    weights=weights_of("rotary"), subject=lambda controls, scope: _vit(controls, "rotary"),
)  # fmt: skip
def rotation_panel(controls: Controls, scope: Scope) -> Drawing:
    return draw(
        Rotation(rotation_angles(of_encoding("rotary", controls, scope)[1])),
        "By what angle each pair of numbers of queries and keys is rotated from the first patch to each. The first half "
        "of the pairs encodes rows, the second columns.",
    )
