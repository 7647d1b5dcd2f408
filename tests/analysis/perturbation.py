"""Brute force: change one row (or column) of the picture and see which units change. No gradient, no formula.

The networks are first made such that every connection shows: positive random weights, and activations, norms
and gates, which move nothing between places, taken out. The change is so huge that no unit it reaches can
miss it, and a unit it does not reach stays the same to the bit.
"""

import numpy as np
import torch
from torch import Tensor, nn

HUGE = 1e30


GATES = ("SqueezeExcite", "SEModule", "EffectiveSEModule", "GlobalResponseNorm")
"""Parts that carry something from the whole picture everywhere: the local field is the field without them."""


def made_visible(module: nn.Module) -> nn.Module:
    """The module itself, with positive weights, and without what acts on one place alone or on all at once."""
    still = (nn.LayerNorm, nn.GroupNorm, nn.Dropout)
    for parent in list(module.modules()):
        for name, child in list(parent.named_children()):
            moves_nothing = type(child).__module__.startswith(
                ("torch.nn.modules.activation", "timm.layers.activations")
            )
            if isinstance(child, still) or moves_nothing or type(child).__name__ in GATES:
                setattr(parent, name, nn.Identity())
    torch.manual_seed(0)
    for name, parameter in module.named_parameters():
        if parameter.dim() > 1:
            parameter.data = (torch.rand_like(parameter) + 0.5) / parameter[0].numel()
        else:
            parameter.data = (
                torch.zeros_like(parameter) if name.endswith("bias") else torch.ones_like(parameter)
            )
    return module.eval().requires_grad_(False)


def seen_along(
    module: nn.Module, size: tuple[int, int], *, axis: int, names: tuple[str, ...]
) -> dict[str, np.ndarray]:
    """For each named part: pixels x units, whether changing that row (axis 0) or column (1) changes that
    unit."""
    outputs: dict[str, Tensor] = {}
    parts = dict(module.named_modules())

    def keep(name):
        def hook(part, given, output):
            outputs[name] = output.clone()

        return hook

    handles = [parts[name].register_forward_hook(keep(name)) for name in names]
    pixels = size[axis]
    pictures = torch.rand(1, 3, *size).repeat(pixels + 1, 1, 1, 1) + 0.5
    for pixel in range(pixels):
        pictures[pixel].select(1 + axis, pixel).fill_(HUGE)
    with torch.no_grad():
        getattr(module, "forward_features", module)(pictures)
    for handle in handles:
        handle.remove()
    changed = {}
    for name, output in outputs.items():
        differs = ~torch.isclose(
            output[:-1], output[-1:], rtol=0, atol=0
        )  # pixels x channels x rows x columns
        changed[name] = differs.any(dim=1).any(dim=2 - axis).numpy()
    return changed


def intervals(changed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """First and last pixel that changes each unit."""
    assert changed.any(0).all()
    return changed.argmax(0), len(changed) - 1 - changed[::-1].argmax(0)
