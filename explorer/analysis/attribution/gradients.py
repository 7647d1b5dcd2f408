"""Methods by the gradient of the class's logit by the input's pixels, as Captum computes them.

Captum hangs hooks on modules and is given a clone, never the module that visitors share. The baseline of a pixel is
the mean colour of the model's normalisation, 0 in the model's own units.
"""

from collections.abc import Callable
from typing import Any

import torch
from captum.attr import DeepLift, InputXGradient, IntegratedGradients, NoiseTunnel, Saliency
from captum.attr._core.deep_lift import SUPPORTED_NON_LINEAR
from jaxtyping import Float
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from explorer.analysis.attribution.context import AttributionContext
from explorer.errors import AnalysisError
from explorer.tap.clone import clone_sharing_weights

__all__ = [
    "deep_lift",
    "input_gradient",
    "integrated_gradients",
    "saliency",
    "smooth_grad",
    "without_rule",
]

Pixels = Float[Tensor, "batch height width"]
BENDING = (
    "torch.nn.modules.activation",
    "timm.layers.activations",
    "timm.layers.squeeze_excite",
    "timm.layers.eca",
)
"""Where parts come from that are not linear; squeeze-and-excitation multiplies two signals."""
OVER_FEATURES = (nn.LayerNorm, nn.GroupNorm, nn.RMSNorm, nn.LocalResponseNorm, nn.InstanceNorm2d)


def saliency(context: AttributionContext) -> Pixels:
    """|∂ logit / ∂ pixel|, the largest of the three colours (Simonyan, Vedaldi, Zisserman 2014)."""
    attributions = Saliency(context.module).attribute(_input(context), target=list(context.targets), abs=True)
    return attributions.detach().amax(1)


def input_gradient(context: AttributionContext) -> Pixels:
    """Pixel times gradient, summed over colours (Shrikumar et al. 2016)."""
    attributions = InputXGradient(context.module).attribute(_input(context), target=list(context.targets))
    return attributions.detach().sum(1)


def integrated_gradients(context: AttributionContext) -> Pixels:
    """The gradient's mean along the straight line from the mean colour to the picture, times their difference, summed
    over colours (Sundararajan, Taly, Yan 2017, eq. 1). Its sum over the picture is the logit's difference."""
    steps = int(context.options["steps"])
    forward = context.counted(steps * len(context.x))
    attributions = IntegratedGradients(forward).attribute(
        _input(context),
        target=list(context.targets),
        n_steps=steps,
        internal_batch_size=max(8, len(context.x)),
    )
    return attributions.detach().sum(1)


def smooth_grad(context: AttributionContext) -> Pixels:
    """Saliency's mean over pictures with noise (Smilkov et al. 2017), the same noise for every picture. `noise` is its
    standard deviation in units of the picture's range."""
    samples, noise = int(context.options["samples"]), float(context.options["noise"])
    tunnel = NoiseTunnel(Saliency(context.counted(samples * len(context.x))))
    means = []
    for at, target in enumerate(context.targets):
        x = context.x[at : at + 1].detach().clone()
        with _Drawn(x.device):
            mean = tunnel.attribute(
                x.requires_grad_(),
                nt_type="smoothgrad",
                nt_samples=samples,
                nt_samples_batch_size=min(8, samples),
                stdevs=noise * float(x.detach().max() - x.detach().min()),
                target=target,
            )
        means.append(mean.detach().amax(1))
    return torch.cat(means)


def deep_lift(context: AttributionContext) -> Pixels:
    """DeepLIFT's rescale rule against the mean colour, summed over colours (Shrikumar, Greenside, Kundaje 2017).

    Raises:
        AnalysisError: its sum is not the logit's difference: the model bends somewhere that is no part of it.
    """
    own = clone_sharing_weights(context.module)
    for part in list(own.modules()):
        for name, child in part.named_children():
            if isinstance(child, nn.ReLU6):
                setattr(part, name, _Clipped())
        if hasattr(part, "inplace"):
            setattr(part, "inplace", False)  # noqa: B010  the hooks need what was there before
    attributions, left_over = DeepLift(own).attribute(
        _input(context), target=list(context.targets), return_convergence_delta=True
    )
    values = attributions.detach().sum(1)
    total, size = values.sum((1, 2)), values.abs().sum((1, 2))
    if (left_over.abs() > 0.01 * (total - left_over).abs() + 1e-4 * size).any():
        raise AnalysisError(
            "DeepLIFT says nothing of this model",
            why="what it gives does not add up to the logit's difference",
            do="choose integrated gradients, which do",
        )
    return values


class _Clipped(nn.Module):
    """ReLU6 by two parts that Captum has the rule for: the slope of their difference is the difference of their slopes,
    Δ relu6(x) / Δx, which is the rule's for ReLU6 itself."""

    def __init__(self) -> None:
        super().__init__()
        self.rises, self.falls = nn.ReLU(), nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        # Captum takes all of the gradient that comes to a part's input for that part's own.
        return self.rises(x.clone()) - self.falls(x - 6)


def without_rule(module: nn.Module) -> str | None:
    """A kind of part for which DeepLIFT has no rule, or None."""
    for part in module.modules():
        bends = type(part).__module__ in BENDING and type(part) not in {*SUPPORTED_NON_LINEAR, nn.ReLU6}
        if isinstance(part, OVER_FEATURES) or bends:
            return type(part).__name__
    return None


class _Drawn(TorchFunctionMode):
    """Captum's noise from a generator of its own: PyTorch's is shared by all threads, and another visitor's numbers
    would come in between."""

    def __init__(self, device: torch.device) -> None:
        super().__init__()
        self._generator = torch.Generator(device).manual_seed(0)

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        seeded = {"generator": self._generator} if func is torch.normal else {}
        return func(*args, **(kwargs or {}), **seeded)


def _input(context: AttributionContext) -> Tensor:
    return context.x.detach().clone().requires_grad_()
