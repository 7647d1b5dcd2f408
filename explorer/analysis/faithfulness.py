"""Which map tells the truth: cover or show the picture's cells in a map's order, and ask the model.

Deletion and insertion (Petsiuk, Das, Saenko, BMVC 2018, section 3.2; MoRF perturbation of Samek et al. 2017).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import torch
from jaxtyping import Float, Int
from scipy.stats import bootstrap, rankdata
from torch import Tensor, nn
from torchvision.transforms.functional import gaussian_blur

from explorer.analysis.result import Result
from explorer.errors import ControlError
from explorer.geometry import Grid
from explorer.zoo.model import Model, module_of

__all__ = [
    "BASELINES",
    "FILLS",
    "Curve",
    "Fill",
    "baselines",
    "bootstrap_ci",
    "faithfulness_curves",
    "rank_correlation",
    "removal_order",
]

Fill = Literal["mean", "blur"]
Order = Literal["deletion", "insertion"]
FILLS: tuple[Fill, ...] = ("mean", "blur")
BASELINES = ("random order", "blob in the middle", "edges")
"""What a map must beat: it knows nothing of the model."""
Maps = Float[np.ndarray, "batch rows columns"]
Pictures = Float[Tensor, "batch 3 height width"]


@dataclass(frozen=True, eq=False)
class Curve(Result):
    """The probability of the class while cells are covered, or shown, the highest of the map first."""

    order: Order
    shares: Float[np.ndarray, " steps"]
    """The share of the cells covered (deletion) or shown (insertion), from 0 to 1."""
    probability: Float[np.ndarray, "batch steps"]

    @property
    def area(self) -> Float[np.ndarray, " batch"]:
        """Under each picture's curve, by trapezoids, from 0 to 1: low is faithful in deletion, high in insertion."""
        return np.trapezoid(self.probability, self.shares, axis=-1)


def faithfulness_curves(
    model: Model | nn.Module,
    x: Pictures,
    values: Maps,
    grid: Grid,
    targets: Sequence[int],
    *,
    order: Order,
    steps: int = 16,
    fill: Fill = "mean",
    seed: int = 0,
    at_once: int = 64,
    progress: Callable[[int, int], None] | None = None,
) -> Curve:
    """The curve of each picture of x by its map on the grid's cells.

    A covered cell has the picture's mean colour, or the picture blurred by a cell's size. Cells of equal value are
    taken in a random order of that seed. `at_once` pictures go through the model in one pass; `progress` is told how
    much of how much is done, and cancels by raising.

    Raises:
        ControlError: fewer steps than one, or another number of maps or classes than pictures.
    """
    if steps < 1:
        raise ControlError(f"The curve cannot have {steps} steps", why="it has at least one")
    if not len(values) == len(targets) == len(x):
        raise ControlError(f"{len(values)} maps and {len(targets)} classes are given for {len(x)} pictures")
    module = module_of(model)
    cells = grid.rows * grid.columns
    counts = np.rint(np.linspace(0, cells, steps + 1)).astype(int)
    covered, place = filled(x, grid, fill), cell_of_pixels(x, grid)
    first, last = (x, covered) if order == "deletion" else (covered, x)
    probability = np.zeros((len(x), len(counts)))
    pairs = [(picture, step) for picture in range(len(x)) for step in range(len(counts))]
    ranks = [torch.from_numpy(np.argsort(removal_order(scores, seed=seed))).to(x.device) for scores in values]
    for start in range(0, len(pairs), at_once):
        if progress is not None:
            progress(start, len(pairs))
        batch = pairs[start : start + at_once]
        shown = [
            torch.where((ranks[picture][place] < int(counts[step]))[None], last[picture], first[picture])
            for picture, step in batch
        ]
        with torch.inference_mode():
            probs = module(torch.stack(shown)).double().softmax(-1).cpu().numpy()
        for row, (picture, step) in enumerate(batch):
            probability[picture, step] = probs[row, targets[picture]]
    if progress is not None:
        progress(1, 1)
    return Curve(order, counts / cells, probability)


def removal_order(values: Float[np.ndarray, "rows columns"], *, seed: int = 0) -> Int[np.ndarray, " cells"]:
    """The cells in row-major places, the highest first, equal ones in a random order."""
    flat = np.asarray(values, np.float64).ravel()
    return np.lexsort((np.random.default_rng(seed).permutation(flat.size), -flat))


def cell_of_pixels(x: Pictures, grid: Grid) -> Int[Tensor, "height width"]:
    """The place of each pixel's cell in row-major order; what lies beyond the grid belongs to the nearest."""
    height, width = x.shape[-2:]
    rows = (torch.arange(height) / grid.cell_height).long().clamp(max=grid.rows - 1)
    columns = (torch.arange(width) / grid.cell_width).long().clamp(max=grid.columns - 1)
    return (rows[:, None] * grid.columns + columns).to(x.device)


def filled(x: Pictures, grid: Grid, fill: Fill) -> Pictures:
    """What is there where a cell is covered."""
    if fill == "mean":
        return x.mean((2, 3), keepdim=True).expand_as(x)
    sigma = max(grid.cell_height, grid.cell_width)
    side = 2 * min(round(2 * sigma), min(x.shape[-2:]) - 1) + 1
    return gaussian_blur(x, [side, side], [sigma, sigma])


def baselines(x: Pictures, grid: Grid, *, seed: int = 0, first: int = 0) -> dict[str, Maps]:
    """Maps that know nothing of a model, by `BASELINES`: random numbers, a round blob in the middle whose standard
    deviation is a quarter of the picture, and the mean strength of edges (Sobel) of the grey picture. `first` is the place
    of the first picture where these are some of many, whose random numbers are those of all together."""
    random = np.random.default_rng(seed).random((first + len(x), grid.rows, grid.columns))[first:]
    down, across = ((np.arange(count) + 0.5) / count - 0.5 for count in (grid.rows, grid.columns))
    blob = np.exp(-(down[:, None] ** 2 + across**2) / (2 * 0.25**2))
    place = cell_of_pixels(x, grid).cpu().numpy().ravel()
    edges = []
    for picture in x.detach().cpu().double().mean(1).numpy():
        strength = np.hypot(cv2.Sobel(picture, cv2.CV_64F, 1, 0), cv2.Sobel(picture, cv2.CV_64F, 0, 1))
        total = np.bincount(place, strength.ravel(), grid.rows * grid.columns)
        edges.append((total / np.bincount(place, minlength=total.size)).reshape(grid.rows, grid.columns))
    return dict(zip(BASELINES, (random, np.stack([blob] * len(x)), np.stack(edges)), strict=True))


def rank_correlation(maps: Sequence[Float[np.ndarray, "rows columns"]]) -> Float[np.ndarray, "maps maps"]:
    """Spearman's rank correlation of every pair; NaN with a map that is the same everywhere."""
    ranks = np.stack([rankdata(scores) for scores in maps])
    ranks = ranks - ranks.mean(-1, keepdims=True)
    with np.errstate(invalid="ignore", divide="ignore"):
        units = ranks / np.linalg.norm(ranks, axis=-1, keepdims=True)
    return np.clip(units @ units.T, -1, 1)


def bootstrap_ci(values: Float[np.ndarray, " pictures"]) -> tuple[float, float, float]:
    """Mean, and the lowest and highest of its 95 % interval over pictures, by SciPy's percentile bootstrap."""
    mean = float(values.mean())
    if len(values) < 2 or np.ptp(values) == 0:
        return mean, mean, mean
    interval = bootstrap((values,), np.mean, n_resamples=2000, method="percentile", rng=0).confidence_interval
    return mean, float(interval.low), float(interval.high)
