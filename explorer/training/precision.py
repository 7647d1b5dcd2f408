"""In which numbers a training multiplies."""

from __future__ import annotations

import torch

__all__ = ["autocast", "precision"]

MULTIPLY_BFLOAT16 = ("avx512_bf16", "amx_bf16", "bf16")
"""Any of these abilities of a CPU (of x86, x86 and ARM) makes 16 bits quicker than 32. Without one, bfloat16
products are put together from 32 bits and take up to several hundred times as long."""


def precision(device: torch.device) -> torch.dtype:
    """bfloat16 where the device multiplies it, else float32."""
    if device.type != "cpu":
        return torch.bfloat16
    able = torch.cpu.get_capabilities()
    return torch.bfloat16 if any(able.get(name) for name in MULTIPLY_BFLOAT16) else torch.float32


def autocast(device: torch.device) -> torch.autocast:
    """torch's autocast to that precision; nothing is cast where it is float32."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision(device) is torch.bfloat16)
