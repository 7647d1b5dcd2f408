"""From a slot's vector to the distribution of its value. Parmar et al. 2018, section 4."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

__all__ = ["Categorical", "LogisticMixture"]


class Categorical(nn.Linear):
    """One logit for each intensity, the same matrix for every colour channel."""

    def __init__(self, width: int, levels: int) -> None:
        super().__init__(width, levels)
        nn.init.normal_(self.weight, std=0.02)
        nn.init.zeros_(self.bias)

    def log_probability(
        self, x: Float[Tensor, "*slots width"], values: Int[Tensor, "*slots"]
    ) -> Float[Tensor, "*slots"]:
        """Natural logarithm of the probability of one intensity for each slot."""
        return -F.cross_entropy(self(x).float().movedim(-1, 1), values, reduction="none")


class LogisticMixture(nn.Module):
    """A discretised mixture of logistic distributions (Salimans et al., "PixelCNN++", 2017, section 2.1).

    The probability of an intensity is what the mixture's density holds between the middles to its neighbours;
    the first and the last intensity take the tails, so that all sum to 1. Each channel is a step of its own
    here and has seen the channels before it, so the paper's linear terms between channels are not needed.
    """

    def __init__(self, width: int, levels: int, components: int = 10) -> None:
        super().__init__()
        self.levels = levels
        self.parts = nn.Linear(width, 3 * components)
        nn.init.normal_(self.parts.weight, std=0.02)
        with torch.no_grad():
            self.parts.bias.copy_(
                torch.cat(
                    [
                        torch.zeros(components),
                        torch.linspace(-1, 1, components),
                        torch.full((components,), -2.0),
                    ]
                )
            )

    def forward(self, x: Float[Tensor, "*slots width"]) -> Float[Tensor, "*slots levels"]:
        """Natural logarithms of the probabilities, which serve as logits."""
        weights, mean, steepness = self._mixture(x)
        steepness = steepness[..., None]  # …, components, 1
        borders = (torch.arange(1, self.levels, device=x.device, dtype=mean.dtype) - 0.5) * 2 / (
            self.levels - 1
        ) - 1
        z = (
            borders - mean[..., None]
        ) * steepness  # …, components, levels - 1: between intensity i and i + 1
        below, above = F.logsigmoid(z), F.logsigmoid(-z)
        between = below[..., 1:] + above[..., :-1] + self._width(steepness)
        each = torch.cat([below[..., :1], between, above[..., -1:]], -1)
        return torch.logsumexp(weights[..., None] + each, -2)

    def log_probability(
        self, x: Float[Tensor, "*slots width"], values: Int[Tensor, "*slots"]
    ) -> Float[Tensor, "*slots"]:
        """What `forward` gives at one intensity for each slot, without computing all the others."""
        weights, mean, steepness = self._mixture(x)
        half = 1 / (self.levels - 1)
        away = values[..., None] * 2 * half - 1 - mean
        below, above = F.logsigmoid((away + half) * steepness), F.logsigmoid((half - away) * steepness)
        each = torch.where(values[..., None] < self.levels - 1, below, 0.0)
        each = each + torch.where(values[..., None] > 0, above, 0.0)
        inside = (values > 0) & (values < self.levels - 1)
        return torch.logsumexp(weights + each + inside[..., None] * self._width(steepness), -1)

    def _mixture(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Logarithms of the components' weights, their means, and one over their scales."""
        parts = self.parts(x)
        weights, mean, log_scale = (parts if parts.dtype == torch.float64 else parts.float()).chunk(3, -1)
        return F.log_softmax(weights, -1), mean, torch.exp(-log_scale.clamp(min=-7.0))

    def _width(self, steepness: Tensor) -> Tensor:
        # log(σ(b) − σ(a)) = log σ(b) + log σ(−a) + log(1 − e^(a − b)), exact however far out a and b lie
        return torch.log(-torch.expm1(-steepness * (2 / (self.levels - 1))))
