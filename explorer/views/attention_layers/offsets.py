"""The tab *Offsets in a ViT*: do heads attend where a convolution would?"""

from explorer.analysis.head_offsets import HeadOffsets, head_offsets
from explorer.analysis.heads import head_statistics
from explorer.views.attention_layers.controls import Controls
from explorer.views.panel import Drawing, Scope, draw, panel


def _offsets(scope: Scope) -> HeadOffsets:
    scope.layout("vit")
    observation = scope.look("vit").observation
    return head_offsets(scope.remember(("offsets",), lambda: head_statistics(observation)))


@panel("offsets", "Attention by offset", wide=True, tab="offsets", uses=("picture", "vit", "early", "late"))
def offsets_panel(controls: Controls, scope: Scope) -> Drawing:
    return draw(
        _offsets(scope).of_layers([controls.early - 1, controls.late - 1]),
        "Attention by offset from the query, averaged over all patches as queries, layers "
        f"{controls.early} and {controls.late}; framed: the query itself.",
    )


@panel("nearness", "Share of attention near the query", tab="offsets", uses=("picture", "vit"))
def nearness_panel(controls: Controls, scope: Scope) -> Drawing:
    return draw(
        _offsets(scope),
        "Share of the weight in the 3 × 3 and 5 × 5 patches around the query: the mean of the heads, each head a point. "
        "Dotted: uniform attention.",
    )
