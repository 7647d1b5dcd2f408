"""Methods by the gradient of the class's logit by the input's pixels, as Captum computes them.

Captum hangs hooks on modules and is given a twin, never the module that visitors share. The baseline of a pixel is
the mean colour of the model's normalisation, 0 in the model's own units.
"""

import torch
from captum.attr import DeepLift, InputXGradient, IntegratedGradients, NoiseTunnel, Saliency
from jaxtyping import Float
from torch import Tensor, nn

from explorer.analysis.attribution.asked import Asked
from explorer.tap.twin import twin

__all__ = ["RULED", "deep_lift", "input_gradient", "integrated_gradients", "saliency", "smooth_grad"]

Pixels = Float[Tensor, "batch height width"]
RULED = (nn.ReLU, nn.MaxPool2d, nn.Sigmoid, nn.Tanh, nn.GELU, nn.SiLU)
"""Parts that bend, for which a rule is known or whose gradient will do."""


def saliency(asked: Asked) -> Pixels:
    """|∂ logit / ∂ pixel|, the largest of the three colours (Simonyan, Vedaldi, Zisserman 2014)."""
    found = Saliency(asked.module).attribute(_input(asked), target=list(asked.targets), abs=True)
    return found.detach().amax(1)


def input_gradient(asked: Asked) -> Pixels:
    """Pixel times gradient, summed over colours (Shrikumar et al. 2016)."""
    found = InputXGradient(asked.module).attribute(_input(asked), target=list(asked.targets))
    return found.detach().sum(1)


def integrated_gradients(asked: Asked) -> Pixels:
    """The gradient's mean along the straight line from the mean colour to the picture, times their difference, summed
    over colours (Sundararajan, Taly, Yan 2017, eq. 1). Its sum over the picture is the logit's difference."""
    steps = int(asked.options["steps"])
    passes = steps * len(asked.x)
    done = 0

    def forward(x: Tensor) -> Tensor:
        nonlocal done
        asked.tell(min(done, passes), passes)
        done += len(x)
        return asked.module(x)

    found = IntegratedGradients(forward).attribute(
        _input(asked), target=list(asked.targets), n_steps=steps, internal_batch_size=max(8, len(asked.x))
    )
    asked.tell(passes, passes)
    return found.detach().sum(1)


def smooth_grad(asked: Asked) -> Pixels:
    """Saliency's mean over pictures with noise (Smilkov et al. 2017), the same noise for every picture."""
    samples, noise = int(asked.options["samples"]), float(asked.options["noise"])
    found = []
    for at, target in enumerate(asked.targets):
        asked.tell(at, len(asked.targets))
        x = asked.x[at : at + 1]
        with torch.random.fork_rng(devices=[] if x.device.type == "cpu" else [x.device]):
            torch.manual_seed(0)
            mean = NoiseTunnel(Saliency(asked.module)).attribute(
                x.clone().requires_grad_(),
                nt_type="smoothgrad",
                nt_samples=samples,
                nt_samples_batch_size=8,
                stdevs=noise * float(x.max() - x.min()),
                target=target,
            )
        found.append(mean.detach().amax(1))
    return torch.cat(found)


def deep_lift(asked: Asked) -> Pixels:
    """DeepLIFT's rescale rule against the mean colour, summed over colours (Shrikumar, Greenside, Kundaje 2017)."""
    own = twin(asked.module)
    for part in own.modules():
        if hasattr(part, "inplace"):
            setattr(part, "inplace", False)  # noqa: B010  the hooks need what was there before
    found = DeepLift(own).attribute(_input(asked), target=list(asked.targets))
    return found.detach().sum(1)


def _input(asked: Asked) -> Tensor:
    return asked.x.detach().clone().requires_grad_()
