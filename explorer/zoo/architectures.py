"""Any architecture of timm, described from timm's own register and without weights."""

from __future__ import annotations

import difflib
import threading
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from explorer.zoo.catalogue import Entry

if TYPE_CHECKING:
    from torch import nn

__all__ = ["BUILDING", "described", "family_of", "like", "on_meta"]

BUILDING = threading.RLock()
"""Held while a module is built: timm's layer settings and torch's random numbers are the whole process's."""


@lru_cache(maxsize=256)
def described(name: str) -> Entry | None:
    """The entry of a timm architecture, its weights' tag said or not; None if timm has none of it."""
    import timm

    architecture = name.partition(".")[0]
    if not timm.is_model(architecture):
        return None
    try:
        known = timm.get_pretrained_cfg(name)
    except RuntimeError:  # timm has the architecture, but no weights of that tag
        return None
    module = on_meta(name)
    rows, columns = known.input_size[-2:] if known is not None else (224, 224)
    full = f"{architecture}.{known.tag}" if known is not None and known.tag else architecture
    return Entry(
        name=name,
        title=name,
        family=family_of(module),
        source="timm",
        architecture=full,
        parameters=sum(parameter.numel() for parameter in module.parameters()),
        licence=(known.license if known is not None else None) or "not stated",
        input_size=(rows, columns),
        homepage=f"https://huggingface.co/timm/{full}" if known is not None and known.has_weights else "",
        summary=type(module).__name__,
    )


def on_meta(name: str) -> nn.Module:
    """The architecture without any numbers in it."""
    import timm
    import torch

    with BUILDING, torch.device("meta"):
        return timm.create_model(name)


def family_of(module: nn.Module) -> str:
    """cnn, vit or hybrid; "other" for what is none of them."""
    from timm.layers import HybridEmbed
    from torch import nn

    from explorer.zoo.tokens import attends, token_layout

    net: Any = module
    if token_layout(module, (1, 1)) is not None:
        return "hybrid" if isinstance(net.patch_embed, HybridEmbed) else "vit"
    wide = sum(isinstance(part, nn.Conv2d) and max(part.kernel_size) > 1 for part in module.modules())
    return "cnn" if wide > 2 and not attends(module) else "other"


def like(name: str) -> tuple[str, ...]:
    """Names of timm's architectures that look like this one."""
    import timm

    return tuple(difflib.get_close_matches(name.partition(".")[0], timm.list_models(), n=3))
