"""The tab *Rollout*: attention followed through depth."""

from explorer.analysis.attention import as_fusion
from explorer.analysis.rollout import Rollout, rollout
from explorer.views.panel import Drawing, Scope, draw, panel
from explorer.views.vision_transformer.controls import Controls
from explorer.views.vision_transformer.lens import VIT
from explorer.views.vision_transformer.subject import INPUT, QUERY, look_at, query_of, query_title

ROLLOUT = (*INPUT, *QUERY, "fusion", "discard", "residual", "start")


def _rollout(controls: Controls, scope: Scope) -> Rollout:
    return rollout(
        look_at(controls, scope).observation,
        query=query_of(controls),
        fusion=as_fusion(controls.fusion),
        discard=controls.discard,
        residual=controls.residual,
        start=controls.start - 1,
    )


def _settings(controls: Controls) -> str:
    return (
        f"{controls.fusion} over heads, discard ratio {controls.discard:g}, residual weight {controls.residual:g}, "
        f"{query_title(controls)}"
    )


def rollout_drawing(controls: Controls, scope: Scope) -> Drawing:
    """The rollout after the selected layer, as the lens shows it."""
    last = max(controls.depth, controls.start)  # the product never ends before it starts
    result = _rollout(controls, scope).at(last - 1)
    caption = f"Attention rollout of layers {controls.start} to {last} ({_settings(controls)})."
    return draw(result, caption, **look_at(controls, scope).on_picture, log=controls.log)


@panel(
    "rollout", "Attention rollout", tab="rollout", lens=VIT, wide=True, uses=(*ROLLOUT, "log", "depth"),
    click=("row", "column"), click_also={"token": "patch"},
)  # fmt: skip
def rollout_panel(controls: Controls, scope: Scope) -> Drawing:
    return rollout_drawing(controls, scope)


@panel("collapse", "Collapse", tab="rollout", uses=ROLLOUT)
def collapse_panel(controls: Controls, scope: Scope) -> Drawing:
    caption = (
        f"Mean cosine between the rollout rows of different tokens after each layer ({_settings(controls)})."
    )
    return draw(_rollout(controls, scope).collapsing, caption)
