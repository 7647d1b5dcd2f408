"""The tab *Rollout*: attention followed through depth."""

from __future__ import annotations

from explorer.analysis.attention import as_fusion
from explorer.analysis.rollout import Rollout, rollout
from explorer.export.drawing import Drawing
from explorer.figures.rollout import collapse_figure, depths_figure
from explorer.views.panel import draw, panel
from explorer.views.scope import Scope
from explorer.views.vision_transformer.attention import INPUT, QUERY, look_at, query_of, query_title
from explorer.views.vision_transformer.controls import Controls

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


@panel(
    "rollout", "Attention rollout", tab="rollout", uses=(*ROLLOUT, "log", "depth"),
    click=("row", "column"), click_also={"token": "patch"},
)  # fmt: skip
def rollout_panel(controls: Controls, scope: Scope) -> Drawing:
    last = max(controls.depth, controls.start)  # the product never ends before it starts
    result = _rollout(controls, scope).at(last - 1)
    caption = f"Attention rollout of layers {controls.start} to {last} ({_settings(controls)})."
    return draw(result, caption, **look_at(controls, scope).on_picture, log=controls.log)


@panel("depths", "Rollout after every layer", tab="rollout", uses=ROLLOUT)
def depths_panel(controls: Controls, scope: Scope) -> Drawing:
    result = _rollout(controls, scope)
    caption = f"Attention rollout after every layer from {controls.start} on ({_settings(controls)})."
    return draw(result, caption, figure=depths_figure(result, **look_at(controls, scope).on_picture))


@panel("collapse", "Collapse", tab="rollout", uses=ROLLOUT)
def collapse_panel(controls: Controls, scope: Scope) -> Drawing:
    result = _rollout(controls, scope)
    caption = (
        f"Mean cosine between the rollout rows of different tokens after each layer ({_settings(controls)})."
    )
    return draw(result.collapsing, caption, figure=collapse_figure(result))
