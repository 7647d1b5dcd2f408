"""The tab *Attention*: the lens, and how far heads attend."""

from explorer.analysis.attention import as_fusion
from explorer.analysis.heads import head_statistics
from explorer.analysis.prediction import prediction
from explorer.analysis.token_maps import Direction, token_maps
from explorer.views.controls import describe
from explorer.views.panel import Drawing, Scope, draw, panel
from explorer.views.vision_transformer.controls import Controls
from explorer.views.vision_transformer.lens import VIT, second_of
from explorer.views.vision_transformer.rollout import ROLLOUT, rollout_drawing
from explorer.views.vision_transformer.subject import INPUT, look_at, query_of, query_title


@panel(
    "attention", "Attention", tab="attention", lens=VIT, wide=True,
    uses=(*ROLLOUT, "map", "layer", "head", "second", "log", "depth"),
)  # fmt: skip
def attention_panel(controls: Controls, scope: Scope) -> Drawing:
    if controls.map == "rollout":
        return rollout_drawing(controls, scope)
    look = look_at(controls, scope)
    head = int(controls.head) - 1 if controls.head.isdecimal() else as_fusion(controls.head)
    pins = (query_of(controls), second_of(controls)) if controls.second else (query_of(controls),)
    direction: Direction = "attended by" if controls.map == "attended by" else "attention"
    maps = token_maps(look.observation, controls.layer - 1, asked=pins, head=head, direction=direction)
    what = "Attention" if direction == "attention" else "What attends to it"
    caption = (
        f"{what}: {describe(controls, ('layer', 'head'))}, {query_title(controls)}; every head on one scale."
    )
    return draw(maps, caption, **look.on_picture, log=controls.log)


@panel("distance", "Mean attention distance", tab="attention", uses=INPUT)
def distance_panel(controls: Controls, scope: Scope) -> Drawing:
    statistics = head_statistics(look_at(controls, scope).observation)
    return draw(statistics, "Mean attention distance of each head, by layer.")


@panel("prediction", "Prediction", uses=INPUT)
def prediction_panel(controls: Controls, scope: Scope) -> Drawing:
    look = look_at(controls, scope)
    return draw(prediction(look.observation.output, look.model.classes), "Classes of highest probability.")
