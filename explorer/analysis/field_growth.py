"""How the effective field grows with depth in a plain stack of convolutions: radius ∝ depth^½ (Luo et al.
2016)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from jaxtyping import Float

from explorer.analysis.field import gradient_map
from explorer.analysis.result import Result
from explorer.errors import AnalysisError, ControlError
from explorer.models.conv_stack import LayerSpec, build

__all__ = ["FieldGrowth", "field_growth", "fitted_exponent"]

Activation = Literal["relu", "none"]


@dataclass(frozen=True, eq=False)
class FieldGrowth(Result):
    """Radii of the unit in the middle of stacks of `depths` convolutions, and the exponent fitted to them."""

    depths: tuple[int, ...]
    kernel: int
    activation: str
    seeds: int
    sigma: Float[np.ndarray, " depths"]
    """Standard deviation of the effective field along one axis, in pixels, of the mean energy over the
    seeds."""
    theoretical: Float[np.ndarray, " depths"]
    """Half the side of the theoretical field: (depth · (kernel - 1) + 1) / 2."""
    exponent: float
    """p of sigma = c · depth^p."""
    interval: tuple[float, float]
    """Holds p with 95 %, from a bootstrap over the seeds."""

    @property
    def scale(self) -> float:
        """c of sigma = c · depth^p."""
        return float(np.exp(np.mean(np.log(self.sigma) - self.exponent * np.log(self.depths))))


def field_growth(
    depths: Sequence[int] = (4, 8, 16, 32),
    *,
    kernel: int = 3,
    width: int = 16,
    activation: Activation = "relu",
    seeds: int = 8,
    draws: int = 4,
    resamples: int = 400,
) -> FieldGrowth:
    """Measure plain stacks of n `kernel` x `kernel` convolutions with random weights and inputs, no padding.

    Each stack is shown exactly the pixels its one unit can see, so that no edge matters.

    Raises:
        ControlError: fewer than two depths, or an impossible kernel.
        AnalysisError: ReLU has cut off a whole stack.
    """
    if len(set(depths)) < 2 or min(depths) < 1:
        raise ControlError("An exponent needs at least two depths of 1 or more")
    layer = LayerSpec("conv", (kernel, kernel), padding=(0, 0), channels=width)
    energies = [
        np.stack(
            [_energy(layer, depth, activation=activation, seed=seed, draws=draws) for seed in range(seeds)]
        )
        for depth in depths
    ]  # for each depth: seeds x side x side
    chance = np.random.default_rng(0)
    fits = []
    for _ in range(resamples):
        chosen = chance.integers(0, seeds, seeds)
        fits.append(fitted_exponent(depths, [_sigma(energy[chosen].mean(0)) for energy in energies]))
    sigma = np.array([_sigma(energy.mean(0)) for energy in energies])
    low, high = np.percentile(fits, [2.5, 97.5])
    return FieldGrowth(
        depths=tuple(depths),
        kernel=kernel,
        activation=activation,
        seeds=seeds,
        sigma=sigma,
        theoretical=(np.array(depths) * (kernel - 1) + 1) / 2,
        exponent=fitted_exponent(depths, sigma),
        interval=(float(low), float(high)),
    )


def fitted_exponent(depths: Sequence[int], radii: Sequence[float] | np.ndarray) -> float:
    """p of radius = c · depth^p by least squares on logarithms."""
    return float(np.polyfit(np.log(depths), np.log(radii), 1)[0])


def _energy(layer: LayerSpec, depth: int, *, activation: Activation, seed: int, draws: int) -> np.ndarray:
    """Squared gradient of the one unit of a stack with that seed, scaled to sum 1: side x side."""
    side = depth * (layer.kernel[0] - 1) + 1
    stack = build((layer,) * depth, activation=activation, seed=seed)
    generator = torch.Generator().manual_seed(seed)
    x = torch.randn(1, 3, side, side, generator=generator).requires_grad_()
    with torch.enable_grad():
        output = stack(x)[:, :, 0, 0]
    energy = gradient_map(output, x, draws=draws, seed=seed)
    if not energy.sum() > 0:
        raise AnalysisError(
            f"No pixel changes the unit of the stack of {depth} with seed {seed}",
            why="all of its channels are cut off by ReLU",
            do="choose a larger width",
        )
    return energy / energy.sum()


def _sigma(energy: np.ndarray) -> float:
    """Along one axis, of the amplitude √energy about the middle."""
    amplitude = np.sqrt(energy)
    place = np.arange(len(energy)) - (len(energy) - 1) / 2
    squares = place[:, None] ** 2 + place**2
    return float(np.sqrt((amplitude * squares).sum() / amplitude.sum() / 2))
