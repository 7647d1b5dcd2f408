"""The tab *On a photograph*: a trained vision transformer with altered positional encodings, and its own."""

from typing import Any

import torch

from explorer.analysis.moved_patches import with_pos_encoding
from explorer.analysis.position_results import OffsetBias, PositionsAltered, Rotation, SimilarityToPosition
from explorer.analysis.positions import code_similarity, offset_bias, rotation_angles
from explorer.errors import AnalysisError
from explorer.views.panel import Drawing, Scope, draw, panel
from explorer.views.positions.controls import Controls

MODES = {"swapped": "two swapped", "shuffled": "all shuffled", "zeroed": "no positional encoding"}
CLASSES, PAIRS = 3, 16


@panel("altered", "Altered encodings", tab="photograph", uses=("picture", "model", "shuffle"))
def altered_panel(controls: Controls, scope: Scope) -> Drawing:
    look = scope.look("model", "crop")
    x, own = look.model.prepare(look.shown), look.observation.output
    likeliest = own.softmax(-1)[0].topk(CLASSES).indices
    outputs = {"as trained": own}
    for mode, title in MODES.items():
        with torch.inference_mode():
            outputs[title] = with_pos_encoding(look.model.module, mode, seed=controls.shuffle)(x)
    classes = look.model.classes
    result = PositionsAltered(
        tuple(classes[at] if at < len(classes) else f"class {at + 1}" for at in likeliest.tolist()),
        {title: logits.softmax(-1)[0][likeliest].float().cpu().numpy() for title, logits in outputs.items()},
        {title: float((logits - own).abs().max()) for title, logits in outputs.items() if logits is not own},
    )
    caption = f"Probability of the three likeliest classes with altered positional encodings (shuffle {controls.shuffle})."
    return draw(result, caption)


@panel("known", "This model's positional encoding", tab="photograph", uses=("model", "layer", "head"))
def known_panel(controls: Controls, scope: Scope) -> Drawing:
    """Added vectors, a bias or a rotation, whichever the model has."""
    module: Any = scope.model().module
    try:
        similarity = code_similarity(module)
        middle = similarity.grid[0] // 2, similarity.grid[1] // 2
        return draw(
            SimilarityToPosition(similarity, middle),
            "An encoding is added to each patch: cosine of the middle one's with every other's.",
        )
    except AnalysisError:
        pass
    try:
        table = offset_bias(module, min(controls.layer, len(module.blocks)) - 1)
        head = min(controls.head, len(table)) - 1
        caption = f"A bias is added for each offset: layer {controls.layer}, head {head + 1}."
        return draw(OffsetBias(table, head), caption)
    except AnalysisError:
        pass
    result = Rotation(rotation_angles(module)[..., :PAIRS])
    return draw(result, "Queries and keys are rotated by the position: the first pairs of numbers.")
