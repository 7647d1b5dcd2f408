"""From a slot's vector to the distribution of its value. Parmar et al. 2018, section 4."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

__all__ = ["Categorical", "LogisticMixture"]


class Categorical(nn.Linear):
    """One logit for each intensity, the same matrix for every colour channel. `near` is for mixtures only."""

    def __init__(self, width: int, levels: int) -> None:
        super().__init__(width, levels)
        nn.init.normal_(self.weight, std=0.02)
        nn.init.zeros_(self.bias)

    def forward(self, x: Float[Tensor, "*slots width"], near: None = None) -> Float[Tensor, "*slots levels"]:
        return super().forward(x)

    def log_probability(
        self, x: Float[Tensor, "*slots width"], values: Int[Tensor, "*slots"], near: None = None
    ) -> Float[Tensor, "*slots"]:
        """Natural logarithm of the probability of one intensity for each slot."""
        return -F.cross_entropy(self(x).float().movedim(-1, 1), values, reduction="none")


class LogisticMixture(nn.Module):
    """A discretised mixture of logistic distributions (Salimans et al., "PixelCNN++", 2017, section 2.1).

    The probability of an intensity is what the mixture's density holds between the middles to its neighbours;
    the first and the last intensity take the tails, so that all sum to 1.

    Where it has `sources`, all means are moved by a weighted sum of as many intensities written nearby, with
    weights that the slot's vector gives. PixelCNN++ does so with the earlier channels of a pixel (its section
    2.2); here each channel is a step of its own, and the values nearby are those that the slot is fed.
    """

    def __init__(self, width: int, levels: int, components: int = 10, *, sources: int = 0) -> None:
        super().__init__()
        self.levels, self.components, self.sources = levels, components, sources
        self.parts = nn.Linear(width, 3 * components + sources)
        nn.init.normal_(self.parts.weight, std=0.02)
        spread = 0.2 if sources else 1.0
        with torch.no_grad():
            self.parts.bias.copy_(
                torch.cat(
                    [
                        torch.zeros(components),
                        torch.linspace(-spread, spread, components),
                        torch.full((components,), -2.0),
                        torch.full((sources,), 1 / max(1, sources)),
                    ]
                )
            )

    def forward(
        self, x: Float[Tensor, "*slots width"], near: Float[Tensor, "*slots sources"] | None = None
    ) -> Float[Tensor, "*slots levels"]:
        """Natural logarithms of the probabilities, which serve as logits."""
        weights, mean, steepness = self._mixture(x, near)
        steepness = steepness[..., None]  # …, components, 1
        borders = (torch.arange(1, self.levels, device=x.device, dtype=mean.dtype) - 0.5) * 2 / (
            self.levels - 1
        ) - 1
        z = (
            borders - mean[..., None]
        ) * steepness  # …, components, levels - 1: between intensity i and i + 1
        below, above = F.logsigmoid(z), F.logsigmoid(-z)
        between = below[..., 1:] + above[..., :-1] + self._width(steepness)
        log_probs = torch.cat([below[..., :1], between, above[..., -1:]], -1)
        return torch.logsumexp(weights[..., None] + log_probs, -2)

    def log_probability(
        self,
        x: Float[Tensor, "*slots width"],
        values: Int[Tensor, "*slots"],
        near: Float[Tensor, "*slots sources"] | None = None,
    ) -> Float[Tensor, "*slots"]:
        """What `forward` gives at one intensity for each slot, without computing all the others."""
        weights, mean, steepness = self._mixture(x, near)
        half = 1 / (self.levels - 1)
        away = values[..., None] * 2 * half - 1 - mean
        below, above = F.logsigmoid((away + half) * steepness), F.logsigmoid((half - away) * steepness)
        log_probs = torch.where(values[..., None] < self.levels - 1, below, 0.0)
        log_probs = log_probs + torch.where(values[..., None] > 0, above, 0.0)
        inside = (values > 0) & (values < self.levels - 1)
        return torch.logsumexp(weights + log_probs + inside[..., None] * self._width(steepness), -1)

    def _mixture(self, x: Tensor, near: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        """Logarithms of the components' weights, their means, and one over their scales."""
        # Sixteen bits would round a mean by about an intensity, so autocast is kept out.
        with torch.autocast(x.device.type, enabled=False):
            parts = self.parts(x.to(self.parts.weight.dtype))
            weights, mean, log_scale, shares = parts.split(
                (self.components, self.components, self.components, self.sources), -1
            )
            if near is not None:
                mean = mean + (shares * near).sum(-1, keepdim=True)
        return F.log_softmax(weights, -1), mean, torch.exp(-log_scale.clamp(min=-7.0))

    def _width(self, steepness: Tensor) -> Tensor:
        # log(σ(b) − σ(a)) = log σ(b) + log σ(−a) + log(1 − e^(a − b)), exact however far out a and b lie
        return torch.log(-torch.expm1(-steepness * (2 / (self.levels - 1))))
