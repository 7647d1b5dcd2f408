"""How weights follow their gradients: Muon where a recipe says so, AdamW everywhere else."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from explorer.training.precision import precision

__all__ = ["Muon", "Optimizer", "orthogonal"]

MOMENTUM = 0.95
ITERATION = (3.4445, -4.7750, 2.0315)
"""Coefficients of Jordan et al.'s quintic Newton-Schulz iteration, and it is done five times."""

SLOW = 0.1
"""The rate of what is slow, as a multiple of AdamW's."""


class Optimizer:
    """AdamW, and Muon for the inner matrices of the parts named by `by_muon`.

    First and last maps, vectors and codes are AdamW's, which decays matrices alone. `by_muon` and `slow` are prefixes of
    parameters' names; `muon` is Muon's rate as a multiple of AdamW's, and what is slow learns at a tenth of the rate,
    as DETR's backbone does.
    """

    def __init__(
        self,
        module: nn.Module,
        *,
        rate: float,
        weight_decay: float,
        by_muon: Collection[str] = (),
        muon: float = 1.0,
        slow: Collection[str] = (),
    ) -> None:
        free: Collection[str] = getattr(module, "no_weight_decay", tuple)()
        decayed, plain, inner = list[nn.Parameter](), list[nn.Parameter](), list[nn.Parameter]()
        slower = list[nn.Parameter]()
        for name, parameter in module.named_parameters():
            if name.startswith(tuple(slow)):
                slower.append(parameter)
            elif parameter.ndim < 2 or name in free:
                plain.append(parameter)
            elif name.startswith(tuple(by_muon)):
                inner.append(parameter)
            else:
                decayed.append(parameter)
        groups: list[dict[str, Any]] = [
            {"params": decayed, "weight_decay": weight_decay},
            {"params": plain, "weight_decay": 0.0},
        ]
        if slower:
            groups.append({"params": slower, "weight_decay": weight_decay, "lr": rate * SLOW})
        self.parts: dict[str, torch.optim.Optimizer] = {"adamw": torch.optim.AdamW(groups, lr=rate)}
        if inner:
            self.parts["muon"] = Muon(inner, lr=rate * muon, weight_decay=weight_decay)
        for part in self.parts.values():
            for group in part.param_groups:
                group["initial_lr"] = group["lr"]

    def step(self, share: float) -> None:
        """One step by the parameters' gradients, at that share of the rates; the gradients are then gone."""
        for part in self.parts.values():
            for group in part.param_groups:
                group["lr"] = group["initial_lr"] * share
            part.step()
            part.zero_grad(set_to_none=True)

    def state_dict(self) -> dict[str, Any]:
        return {name: part.state_dict() for name, part in self.parts.items()}

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Raises KeyError or ValueError where the state is of other parameters."""
        for name, part in self.parts.items():
            part.load_state_dict(state[name])


class Muon(torch.optim.Optimizer):
    """Muon (Jordan et al., "Muon: an optimizer for hidden layers in neural networks", 2024) steps along the
    orthogonalised momentum of a matrix, so that all of its directions learn alike; scaled to the size of AdamW's
    steps (Liu et al., "Muon is scalable for LLM training", 2025, section 2.2), so that rates compare.

    torch's own computes in bfloat16 everywhere and takes matrices only. This one computes in what the device
    multiplies, and takes a convolution's kernel as a matrix with a row for each output channel.
    """

    def __init__(self, parameters: Iterable[nn.Parameter], *, lr: float, weight_decay: float) -> None:
        super().__init__(parameters, {"lr": lr, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self) -> None:  # type: ignore[override]
        """One step; parameters without a gradient stay."""
        for group in self.param_groups:
            rate, decay = group["lr"], group["weight_decay"]
            alike: dict[torch.Size, list[tuple[Tensor, Tensor]]] = {}
            for parameter in group["params"]:
                gradient = parameter.grad
                if gradient is None:
                    continue
                state = self.state[parameter]
                if not state:
                    state["momentum"] = torch.zeros_like(parameter)
                momentum = state["momentum"].lerp_(gradient, 1 - MOMENTUM)
                wanted = gradient.lerp(momentum, MOMENTUM).flatten(1)
                alike.setdefault(wanted.shape, []).append((parameter, wanted))
            for shape, pairs in alike.items():
                size = rate * 0.2 * max(shape) ** 0.5
                # Matrices of one shape at once: on a GPU each would be too small to keep it busy.
                for (parameter, _), direction in zip(
                    pairs, orthogonal(torch.stack([wanted for _, wanted in pairs])), strict=True
                ):
                    parameter.mul_(1 - rate * decay).sub_(direction.view(parameter.shape), alpha=size)


def orthogonal(matrices: Tensor) -> Tensor:
    """About U V^T of each matrix U S V^T of a stack: what stands for S lies between 0.7 and 1.2, but for the least
    of S."""
    x = matrices.to(precision(matrices.device))
    upright = x.shape[-2] > x.shape[-1]
    x = x.mT if upright else x
    x = x / x.norm(dim=(-2, -1), keepdim=True).clamp(min=1e-7)
    a, b, c = ITERATION
    for _ in range(5):
        gram = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return (x.mT if upright else x).to(matrices.dtype)
