"""How weights follow their gradients: Muon where a recipe says so, AdamW everywhere else."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import torch
from torch import Tensor, nn

__all__ = ["Optimizer"]


class Optimizer:
    """AdamW, and Muon for the inner matrices of the parts named by `by_muon`.

    Muon (Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024) steps along the
    orthogonalised momentum of a matrix, so that all of its directions learn alike; scaled to the size of AdamW's
    steps (Liu et al., "Muon is scalable for LLM training", 2025, section 2.2), so that rates compare. A
    convolution's kernel is a matrix with a row for each output channel. First and last maps, vectors and codes
    are AdamW's, which decays matrices alone.

    `by_muon` are prefixes of parameters' names; `muon` is Muon's rate as a multiple of AdamW's.
    """

    def __init__(
        self,
        module: nn.Module,
        *,
        rate: float,
        weight_decay: float,
        by_muon: Collection[str] = (),
        muon: float = 1.0,
    ) -> None:
        free: Collection[str] = getattr(module, "no_weight_decay", tuple)()
        decayed, plain = list[nn.Parameter](), list[nn.Parameter]()
        self.kernels: list[tuple[nn.Parameter, nn.Parameter]] = []
        for name, parameter in module.named_parameters():
            if parameter.ndim < 2 or name in free:
                plain.append(parameter)
            elif name.startswith(tuple(by_muon)):
                self.kernels.append((parameter, nn.Parameter(_matrix(parameter.detach(), like=parameter))))
            else:
                decayed.append(parameter)
        groups: list[dict[str, Any]] = [
            {"params": decayed, "weight_decay": weight_decay},
            {"params": plain, "weight_decay": 0.0},
        ]
        self.parts: dict[str, torch.optim.Optimizer] = {"adamw": torch.optim.AdamW(groups, lr=rate)}
        if self.kernels:
            self.parts["muon"] = torch.optim.Muon(
                [matrix for _, matrix in self.kernels],
                lr=rate * muon,
                weight_decay=weight_decay,
                adjust_lr_fn="match_rms_adamw",
            )

    def step(self, share: float) -> None:
        """One step by the parameters' gradients, at that share of the rates; the gradients are then gone."""
        for kernel, matrix in self.kernels:
            matrix.grad = None if kernel.grad is None else _matrix(kernel.grad, like=kernel)
            kernel.grad = None
        for part in self.parts.values():
            for group in part.param_groups:
                group["lr"] = part.defaults["lr"] * share
            part.step()
            part.zero_grad(set_to_none=True)

    def state_dict(self) -> dict[str, Any]:
        return {name: part.state_dict() for name, part in self.parts.items()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Raises KeyError or ValueError where the state is of other parameters."""
        for name, part in self.parts.items():
            part.load_state_dict(state[name])


def _matrix(kernel: Tensor, *, like: Tensor) -> Tensor:
    """A kernel as a matrix: rows are outputs. With the kernel itself it shares its memory, in whose order the
    columns therefore are."""
    if like.ndim == 4 and not like.is_contiguous():
        kernel = kernel.permute(0, 2, 3, 1)  # channels last
    return kernel.flatten(1)
