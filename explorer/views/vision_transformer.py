"""The view *Vision Transformer*: from picture to tokens, attention in every head, attention through depth."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.export.drawing import Drawing
from explorer.geometry import FITS, Cell, TokenLayout
from explorer.views.controls import choice, describe, model, picture, real, switch, text, whole
from explorer.views.lens import MODES
from explorer.views.view import Panel, View

if TYPE_CHECKING:
    from explorer.analysis.attention import AttentionMaps, Fusion
    from explorer.analysis.rollout import Rollout
    from explorer.views.scope import Look, Scope

__all__ = ["VIEW", "Controls"]

SEEN = ("picture", "fit", "model", "trained")
QUERY = ("token", "row", "column")


def depth(scope: Scope) -> int:
    """Number of attention layers."""
    return len(scope.model().attention_names)


def heads(scope: Scope) -> tuple[str, ...]:
    count = scope.look().observation.call(0).heads
    return ("mean", "max", "min", *map(str, range(1, count + 1)))


def tokens(scope: Scope) -> tuple[str, ...]:
    """The tokens that may be asked: those that are no patch, by name, and any patch."""
    return (*scope.layout().prefix_names, "patch")


@dataclass(frozen=True)
class Controls:
    """What can be set. Layers, heads, rows and columns are counted from 1."""

    part: str = choice("Part", "attention", ("tokens", "attention", "rollout"))
    picture: str = picture(default="macaw")
    fit: str = choice(
        "Fit", "crop", FITS, help="How the photograph is brought into the model's square input."
    )
    model: str = model("Model", "vit", ("vit", "hybrid"))
    trained: bool = switch("Trained", True, help="Off: the same architecture with random weights.")
    map: str = choice("Map", "attention", tuple(MODES), parts=("attention",), elsewhere=True)
    second: str = text("Second patch", "", parts=("attention",), elsewhere=True)
    layer: int = whole("Layer", depth, low=1, high=depth, parts=("attention",))
    head: str = choice(
        "Head",
        "mean",
        heads,
        parts=("attention",),
        help="One head, or all of them fused by mean, max or min.",
    )
    token: str = choice(
        "Query",
        lambda scope: tokens(scope)[0],
        tokens,
        help="The token whose attention is drawn. A click on the photograph chooses a patch.",
    )
    row: int = whole(
        "Patch row", lambda s: (s.layout().grid.rows + 1) // 2, low=1, high=lambda s: s.layout().grid.rows
    )
    column: int = whole(
        "Patch column",
        lambda s: (s.layout().grid.columns + 1) // 2,
        low=1,
        high=lambda s: s.layout().grid.columns,
    )
    log: bool = switch(
        "Logarithmic colours", False, parts=("attention", "rollout"), help="To see small weights."
    )
    fusion: str = choice("Fusion of heads", "mean", ("mean", "max", "min"), parts=("rollout",))
    discard: float = real(
        "Discard",
        0.0,
        low=0.0,
        high=0.95,
        parts=("rollout",),
        help="Share of the weakest entries of each map set to 0.",
    )
    residual: float = real(
        "Residual weight",
        0.5,
        low=0.0,
        high=1.0,
        parts=("rollout",),
        help="Weight r of the identity; ½ in the paper.",
    )
    start: int = whole("Start layer", 1, low=1, high=depth, parts=("rollout",))
    depth: int = whole(
        "Depth", depth, low=1, high=depth, parts=("rollout",), help="The last layer of the product."
    )


def _look(controls: Controls, scope: Scope) -> Look:
    return scope.look("model", controls.fit)


def _query(controls: Controls) -> Cell | str:
    return Cell(controls.row - 1, controls.column - 1) if controls.token == "patch" else controls.token


def _asked(controls: Controls) -> str:
    place = f"patch ({controls.row}, {controls.column})"
    return f"query {place}" if controls.token == "patch" else f"query: the {controls.token} token"


def _who(controls: Controls, look: Look) -> str:
    trained = "" if look.model.trained else ", untrained"
    return f"{look.model.entry.title}{trained}, on “{look.picture.name}” ({controls.fit})"


def _head(controls: Controls) -> int | Fusion:
    return int(controls.head) - 1 if controls.head.isdigit() else _fusion(controls.head)


def _fusion(word: str) -> Fusion:
    return "max" if word == "max" else "min" if word == "min" else "mean"


def _maps(controls: Controls, scope: Scope) -> AttentionMaps:
    from explorer.analysis.attention import attention_maps

    return attention_maps(_look(controls, scope).observation, controls.layer - 1, query=_query(controls))


def _draw_head(controls: Controls, scope: Scope) -> Drawing:
    look, maps = _look(controls, scope), _maps(controls, scope)
    row = maps.row(_head(controls))
    layout = look.tokens
    figure = row.figure(picture=look.picture.pixels, frame=look.frame, log=controls.log)
    place = int(row.weights.argmax())
    numbers: dict[str, tuple[float | int | str, str]] = {
        "sum of the row": (float(row.weights.sum()), ""),
        "largest weight": (float(row.weights.max()), f"on {_name(layout, place)}"),
        "entropy": (float(maps.entropy.mean()), "bits, mean of heads"),
    }
    if layout.prefix:
        numbers["on tokens that are no patch"] = (float(row.weights[: layout.prefix].sum()), "")
    return Drawing(
        figure=figure,
        data={"attention": row.weights, "map": layout.map(row.weights)},
        units={"attention": "share of the row", "map": "share of the row"},
        caption=f"Attention of {_who(controls, look)}: {describe(controls, ('layer', 'head'))}, {_asked(controls)}.",
        alt=f"The photograph with each patch shaded by its attention weight; the largest lies on {_name(layout, place)}.",
        numbers=numbers,
    )


def _name(layout: TokenLayout, index: int) -> str:
    from explorer.analysis.attention import token_title

    return token_title(layout, index)


def _draw_heads(controls: Controls, scope: Scope) -> Drawing:
    look, maps = _look(controls, scope), _maps(controls, scope)
    layout = look.tokens
    return Drawing(
        figure=maps.figure(picture=look.picture.pixels, frame=look.frame, log=controls.log),
        data={
            "attention": maps.weights,
            "map": layout.map(maps.weights),
            "entropy": maps.entropy,
            # A token that is no patch has no place to measure distances from.
            **({"distance": maps.distance} if controls.token == "patch" else {}),
        },
        units={
            "attention": "share of the row",
            "map": "share of the row",
            "entropy": "bit",
            **({"distance": "input pixels"} if controls.token == "patch" else {}),
        },
        caption=f"Attention of every head of layer {controls.layer} of {_who(controls, look)}, {_asked(controls)}; "
        "one colour scale for all.",
        alt=f"{maps.heads} small maps, one for each head, of the weights over the patches.",
        numbers={f"head {i + 1}": (float(bits), "bit") for i, bits in enumerate(maps.entropy)},
    )


def _draw_distance(controls: Controls, scope: Scope) -> Drawing:
    from explorer.analysis.heads import head_statistics, uniform_distance

    look = _look(controls, scope)
    found = head_statistics(look.observation)
    uniform = uniform_distance(found.tokens.grid)
    return Drawing(
        figure=found.figure(),
        data={"distance": found.distance, "radius_half": found.radius_half, "radius_most": found.radius_most},
        units=dict.fromkeys(("distance", "radius_half", "radius_most"), "input pixels"),
        caption=f"Mean attention distance of each head of {_who(controls, look)}.",
        alt="One mark for each head and layer; higher marks look farther.",
        numbers={
            "first layer": (float(found.distance[0].mean()), "px"),
            "last layer": (float(found.distance[-1].mean()), "px"),
            "even attention": (uniform, "px"),
        },
    )


def _rollout(controls: Controls, scope: Scope) -> Rollout:
    from explorer.analysis.rollout import rollout

    return rollout(
        _look(controls, scope).observation,
        query=_query(controls),
        fusion=_fusion(controls.fusion),
        discard=controls.discard,
        residual=controls.residual,
        start=controls.start - 1,
    )


def _said(controls: Controls) -> str:
    return (
        f"{controls.fusion} over heads, discard {controls.discard:g}, residual {controls.residual:g}, "
        f"{_asked(controls)}"
    )


def _last(controls: Controls) -> int:
    """The layer the product ends at, which is never before it starts."""
    return max(controls.depth, controls.start)


def _draw_rollout(controls: Controls, scope: Scope) -> Drawing:
    look, result = _look(controls, scope), _rollout(controls, scope)
    layer = _last(controls) - 1
    row, at = result.row(layer), result.layers.index(layer)
    return Drawing(
        figure=result.figure(layer=layer, picture=look.picture.pixels, frame=look.frame, log=controls.log),
        data={"rollout": row, "map": look.tokens.map(row)},
        units={"rollout": "share of the row", "map": "share of the row"},
        caption=f"Attention rollout ({_said(controls)}), layers {controls.start} to {layer + 1}, of {_who(controls, look)}.",
        alt="The photograph with each patch shaded by its share of the rollout.",
        numbers={
            "largest deviation of a row's sum from 1": (float(result.row_sum_error[0, at]), ""),
            "mean cosine between tokens' rows": (
                float(result.collapse[0, at]),
                f"of {result.compared} tokens",
            ),
        },
    )


def _draw_depths(controls: Controls, scope: Scope) -> Drawing:
    from explorer.figures.rollout import depths_figure

    look, result = _look(controls, scope), _rollout(controls, scope)
    return Drawing(
        figure=depths_figure(result, look.picture.pixels, look.frame),
        data={"rollout": result.rows[0], "map": look.tokens.map(result.rows[0])},
        units={"rollout": "share of the row", "map": "share of the row"},
        caption=f"Attention rollout ({_said(controls)}) after every layer from {controls.start} on, of {_who(controls, look)}.",
        alt=f"{len(result.layers)} small maps, one for each depth.",
    )


def _draw_collapse(controls: Controls, scope: Scope) -> Drawing:
    from explorer.figures.rollout import collapse_figure

    look, result = _look(controls, scope), _rollout(controls, scope)
    return Drawing(
        figure=collapse_figure(result),
        data={"collapse": result.collapse[0], "row_sum_error": result.row_sum_error[0]},
        units={"collapse": "mean cosine", "row_sum_error": "1"},
        caption=f"How alike different tokens' rollout rows are after each layer ({_said(controls)}), {_who(controls, look)}.",
        alt="A curve against depth; at 1 all tokens have the same map.",
        numbers={"after the last layer": (float(result.collapse[0, -1]), "mean cosine")},
    )


def _draw_patches(controls: Controls, scope: Scope) -> Drawing:
    from explorer.analysis.tokens import tokenise

    look = _look(controls, scope)
    found = tokenise(look.model, look.shown)
    grid = found.tokens.grid
    return Drawing(
        figure=found.figure(click=False),
        data={"input": found.pixels},
        units={"input": "0 to 255"},
        caption=f"The input of {_who(controls, look)}, cut into {grid.rows} × {grid.columns} patches.",
        alt="The photograph as the model was shown it, its patches drawn apart.",
        numbers={
            "input": (f"{grid.height} × {grid.width}", "px"),
            "patch": (f"{grid.cell_height:g} × {grid.cell_width:g}", "px"),
            "patches": (len(grid), ""),
            "tokens": (len(found.tokens), ""),
        },
    )


def _draw_filters(controls: Controls, scope: Scope) -> Drawing:
    from explorer.analysis.tokens import patch_filters

    found = patch_filters(scope.model())
    return Drawing(
        figure=found.figure(),
        data={"filters": found.weights, "components": found.components, "explained": found.explained},
        units={"explained": "share of variance"},
        caption=f"Principal components of the {len(found.weights)} patch filters of {scope.model().entry.title}.",
        alt="Small coloured tiles, one for each component, from the strongest down.",
        numbers={"explained by those drawn": (float(found.explained.sum()), "of the variance")},
    )


def _draw_positions(controls: Controls, scope: Scope) -> Drawing:
    from explorer.analysis.tokens import positions
    from explorer.figures.tokens import position_figure

    found = positions(scope.model())
    cell = Cell(controls.row - 1, controls.column - 1)
    similarity = found.similarity(cell)
    return Drawing(
        figure=position_figure(found, cell),
        data={"similarity": similarity},
        units={"similarity": "cosine"},
        caption=f"Cosine similarity of the position code of patch ({controls.row}, {controls.column}) with every "
        f"other, {scope.model().entry.title}.",
        alt="A map over the patch grid, brightest at the chosen patch.",
        numbers={"kind of positions": (found.kind, "")},
    )


def _draw_sequence(controls: Controls, scope: Scope) -> Drawing:
    from explorer.analysis.tokens import tokenise
    from explorer.figures.tokens import steps_figure

    look = _look(controls, scope)
    found = tokenise(look.model, look.shown)
    return Drawing(
        figure=steps_figure(found),
        data={"sequence": found.sequence},
        units={"sequence": "1"},
        caption=f"The sequence that enters the first block of {_who(controls, look)}.",
        alt="A table of steps with the shape after each.",
        numbers={step.name: (" × ".join(map(str, step.shape)), "") for step in found.steps},
    )


def _draw_prediction(controls: Controls, scope: Scope) -> Drawing:
    from explorer.analysis.prediction import prediction

    look = _look(controls, scope)
    found = prediction(look.observation.output, look.model.classes)
    import numpy as np

    return Drawing(
        figure=found.figure(),
        data={"class": np.array(found.classes), "probability": found.probabilities, "logit": found.logits},
        units={"probability": "1", "logit": "1"},
        caption=f"The likeliest classes according to {_who(controls, look)}.",
        alt=f"Bars of probability; the longest is {found.classes[0]}.",
    )


VIEW = View(
    name="vision-transformer",
    title="Vision Transformer",
    section="Transformers",
    icon=":material/grid_view:",
    summary="From a photograph to tokens, attention of every head, and attention rollout through depth.",
    controls=Controls,
    page="pages/2_Vision_Transformer.py",
    parts={"tokens": "From picture to tokens", "attention": "Attention", "rollout": "Rollout"},
    panels=(
        Panel(
            "head",
            "Attention of one query",
            _draw_head,
            (*SEEN, "layer", "head", *QUERY, "log"),
            part="attention",
            click=("row", "column"),
            click_also={"token": "patch"},
        ),
        Panel("heads", "Every head", _draw_heads, (*SEEN, "layer", *QUERY, "log"), part="attention"),
        Panel("distance", "Mean attention distance", _draw_distance, SEEN, part="attention"),
        Panel(
            "rollout",
            "Rollout",
            _draw_rollout,
            (*SEEN, *QUERY, "log", "fusion", "discard", "residual", "start", "depth"),
            part="rollout",
            click=("row", "column"),
            click_also={"token": "patch"},
        ),
        Panel(
            "depths",
            "Every depth",
            _draw_depths,
            (*SEEN, *QUERY, "fusion", "discard", "residual", "start"),
            part="rollout",
        ),
        Panel(
            "collapse",
            "Collapse",
            _draw_collapse,
            (*SEEN, *QUERY, "fusion", "discard", "residual", "start"),
            part="rollout",
        ),
        Panel("patches", "Patches", _draw_patches, SEEN, part="tokens"),
        Panel("filters", "Embedding filters", _draw_filters, ("model", "trained"), part="tokens"),
        Panel(
            "positions",
            "Positions",
            _draw_positions,
            ("model", "trained", "row", "column"),
            part="tokens",
            click=("row", "column"),
        ),
        Panel("sequence", "The sequence", _draw_sequence, SEEN, part="tokens"),
        Panel("prediction", "Prediction", _draw_prediction, SEEN),
    ),
)
