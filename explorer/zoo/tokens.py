"""Which tokens a vision transformer has, where they lie on the picture, and whether it attends to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from explorer.errors import UnsupportedModel
from explorer.geometry import Grid, TokenLayout

if TYPE_CHECKING:
    from torch import nn

__all__ = ["attends", "attention_depth", "check_calls", "pools_by_attention", "token_layout"]


def token_layout(module: nn.Module, input_size: tuple[int, int]) -> TokenLayout | None:
    """The layout of the module's tokens for an input of (rows, columns) pixels.

    Only for families whose every layer lets all tokens attend to all tokens, in an order known here: timm's
    VisionTransformer (DeiT, DINOv2, SigLIP, CLIP and the R+ViT hybrids are of this class), its distilled
    form, Eva (EVA-02, DINOv3), Beit and VisionTransformerRelPos. None for everything else.
    """
    if not isinstance(module, _families()):
        return None
    net: Any = module
    embed = net.patch_embed
    rows, columns = embed.dynamic_feat_size(input_size)
    cell_height, cell_width = embed.feat_ratio(as_scalar=False)
    return TokenLayout(
        prefix_names=_prefix_names(net),
        # The patches may cover less than the input, or more where it is padded: the grid is what they cover.
        grid=Grid(rows, columns, rows * cell_height, columns * cell_width),
        pooling=str(net.global_pool),
    )


def attention_depth(module: nn.Module) -> int:
    """Number of transformer layers of a module that has a token layout."""
    net: Any = module
    return len(net.blocks)


def pools_by_attention(module: nn.Module) -> bool:
    """Whether the prediction is read by one more attention call, from a learned query over all tokens."""
    return getattr(module, "attn_pool", None) is not None


def attends(module: nn.Module) -> bool:
    """Whether any part of a timm module is an attention layer: those say their number of heads."""
    return any(hasattr(part, "num_heads") for part in module.modules())


def check_calls(module: nn.Module, tokens: TokenLayout | None, calls: Sequence[tuple[int, int]]) -> None:
    """Refuse a module whose calls, given as (queries, keys), are not one a layer over all its tokens.

    Raises:
        UnsupportedModel: says what was seen instead.
    """
    kind = type(module).__name__
    if tokens is None:
        if type(module).__module__.startswith("timm.") and (calls or attends(module)):
            raise UnsupportedModel(
                f"The attention of {kind} cannot be shown",
                why="its layers attend within windows, over other tokens than its patches, or unseen",
                do="choose a plain vision transformer such as ViT, DeiT, DINOv2, EVA-02 or BEiT",
            )
        return
    depth, whole = attention_depth(module), (len(tokens), len(tokens))
    if not calls:
        raise UnsupportedModel(
            f"The attention of this {kind} cannot be seen",
            why="its layers were made without fused attention",
            do="load it with timm's fused attention on (TIMM_FUSED_ATTN unset)",
        )
    expected = depth + pools_by_attention(module)
    if len(calls) != expected or any(call != whole for call in calls[:depth]):
        seen = sorted({f"{queries} x {keys}" for queries, keys in calls})
        raise UnsupportedModel(
            f"The attention of this {kind} cannot be shown",
            why=f"its {depth} layers over {len(tokens)} tokens made {len(calls)} attention calls "
            f"of {', '.join(seen)}",
        )


def _families() -> tuple[type, ...]:
    from timm.models.beit import Beit
    from timm.models.eva import Eva
    from timm.models.vision_transformer import VisionTransformer
    from timm.models.vision_transformer_relpos import VisionTransformerRelPos

    return (VisionTransformer, Eva, Beit, VisionTransformerRelPos)


def _prefix_names(net: Any) -> tuple[str, ...]:
    """Names of the tokens before the patches, in their order: class, distillation, registers."""
    names = []
    if getattr(net, "cls_token", None) is not None:
        names.append("class")
    if getattr(net, "dist_token", None) is not None:
        names.append("distillation")
    names += [f"register {number}" for number in range(1, net.num_prefix_tokens - len(names) + 1)]
    return tuple(names)
