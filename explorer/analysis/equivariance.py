"""Does what a network computes move with the picture? (Equivariance: f(S x) = S f(x).)"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from threading import Lock

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from explorer.analysis.result import Arrays, Numbers, Result
from explorer.errors import AnalysisError, ControlError, UnsupportedModel
from explorer.geometry import TokenLayout
from explorer.tap.clone import capture_activations, clone_sharing_weights

__all__ = [
    "Equivariance",
    "EquivarianceByModel",
    "ErrorByDistance",
    "Features",
    "LayerError",
    "Observed",
    "features",
    "layers_of",
    "moved",
    "permutation_error",
    "permuted",
    "shift_error",
]


@dataclass(frozen=True, eq=False)
class LayerError(Result):
    """One layer's features of the moved picture, against its moved features."""

    name: str
    error: float
    """‖f(S x) − S f(x)‖ / ‖S f(x)‖ over all channels and cells."""
    difference: Float[np.ndarray, "rows columns"]
    """The same cell by cell: length of the difference over the root mean square length of a cell's features."""


@dataclass(frozen=True, eq=False)
class Equivariance(Result):
    """Every layer, in the order of computation, and the answer."""

    layers: tuple[LayerError, ...]
    change: float
    """The largest change of a class's probability."""
    same_answer: bool

    @property
    def errors(self) -> Float[np.ndarray, " layers"]:
        return np.array([layer.error for layer in self.layers])

    def evenly(self, count: int) -> "Equivariance":
        """At most so many layers, evenly through the depth."""
        last = len(self.layers) - 1
        chosen = np.unique(np.linspace(0, last, count).round().astype(int))
        return replace(self, layers=tuple(self.layers[at] for at in chosen))

    def arrays(self) -> Arrays:
        return {layer.name: (layer.difference, "relative error") for layer in self.layers}

    def numbers(self) -> Numbers:
        return {
            "largest change of a probability": (self.change, ""),
            "prediction": ("stays" if self.same_answer else "changes", ""),
        }

    def alt(self) -> str:
        largest = max(self.layers, key=lambda layer: layer.error)
        return (
            f"{len(self.layers)} small maps of the picture, bright where features did not move along; the largest error, "
            f"{largest.error:.2g}, is that of {largest.name}."
        )


@dataclass(frozen=True, eq=False)
class EquivarianceByModel(Result):
    """Every layer of several models, by the model's title."""

    models: Mapping[str, Equivariance]

    def arrays(self) -> Arrays:
        rows = [(title, layer) for title, model in self.models.items() for layer in model.layers]
        return {
            "model": (np.array([title for title, _ in rows]), ""),
            "layer": (np.array([layer.name for _, layer in rows]), ""),
            "relative_error": (
                np.array([layer.error for _, layer in rows]),
                "‖f(S x) − S f(x)‖ / ‖S f(x)‖",
            ),
        }

    def numbers(self) -> Numbers:
        return {f"{title}, last layer": (float(model.errors[-1]), "") for title, model in self.models.items()}

    def alt(self) -> str:
        last = ", ".join(f"{title} {model.errors[-1]:.2g}" for title, model in self.models.items())
        return (
            f"Curves of the relative error against depth, on a logarithmic axis; in the last layer: {last}."
        )


@dataclass(frozen=True, eq=False)
class ErrorByDistance(Result):
    """The last layer's error against how far the picture is moved, of several variants of one network."""

    pixels: Int[np.ndarray, " distances"]
    errors: Mapping[str, Float[np.ndarray, " distances"]]
    stride: int
    """Pixels from one cell of the last layer to the next."""

    def arrays(self) -> Arrays:
        return {
            "pixels": (self.pixels, "input pixels"),
            **{title: (errors, "relative error") for title, errors in self.errors.items()},
        }

    def numbers(self) -> Numbers:
        return {f"{title}, mean": (float(errors.mean()), "") for title, errors in self.errors.items()}

    def alt(self) -> str:
        means = ", ".join(f"{title} {errors.mean():.2g}" for title, errors in self.errors.items())
        return f"Curves of the relative error against the distance in pixels; their means: {means}."


@dataclass(frozen=True, eq=False)
class Features:
    """What every layer makes of a picture, in the order of computation, and the answer."""

    maps: Mapping[str, Float[Tensor, "batch _ _ _"]]
    probs: Float[Tensor, "batch classes"]

    @property
    def nbytes(self) -> int:
        return sum(tensor.nbytes for tensor in (*self.maps.values(), self.probs))


class Observed:
    """A network of which every layer is recorded, for whoever shows it one picture after another: a clone takes longer to
    make than a pass. Threads wait for one another.

    Raises:
        UnsupportedModel: nothing says what its layers are, or, when it is shown a picture, they are no maps.
    """

    def __init__(self, module: nn.Module, tokens: TokenLayout | None = None) -> None:
        self._names, self._tokens = layers_of(module, tokens), tokens
        self._own, self._lock = clone_sharing_weights(module), Lock()
        self._recorded = capture_activations(self._own, self._names)

    @property
    def nbytes(self) -> int:
        return sum(weight.nbytes for weight in (*self._own.parameters(), *self._own.buffers()))

    @torch.no_grad()
    def __call__(self, x: Float[Tensor, "batch channels height width"]) -> Features:
        with self._lock:
            probs = self._own(x).softmax(-1)
            maps = {name: _as_map(self._recorded[name], self._tokens) for name in self._names}
            self._recorded.clear()
        return Features(maps, probs)


def layers_of(module: nn.Module, tokens: TokenLayout | None) -> tuple[str, ...]:
    """Names of the parts to be looked at: a vision transformer's embedding and blocks, with a hybrid's stem; of a
    CNN of timm its stages, block by block where they are plain sequences.

    Raises:
        UnsupportedModel: nothing says what its layers are.
    """
    parts = dict(module.named_modules())
    if tokens is not None:
        stem = [name for name in parts if name.startswith("patch_embed.backbone.") and name.count(".") == 2]
        return (*stem, "patch_embed", *(f"blocks.{at}" for at in range(len(parts["blocks"]))))
    stages = [
        stage["module"] for stage in getattr(module, "feature_info", ()) if stage.get("module") in parts
    ]
    blocks = parts.get("blocks")
    if stages and isinstance(blocks, nn.Sequential):  # feature_info names but the last stage of each stride
        stages = [f"blocks.{name}" for name, _ in blocks.named_children()]
    if not stages:
        raise UnsupportedModel("The layers of this model are not known", do="choose another one of timm")
    names: list[str] = []
    for stage in stages:
        inside = [f"{stage}.{name}" for name, _ in parts[stage].named_children()]
        names += inside if isinstance(parts[stage], nn.Sequential) and inside else [stage]
    return tuple(names)


def moved(
    features: Float[Tensor, "batch channels rows columns"], rows: float, columns: float
) -> Float[Tensor, "batch channels rows columns"]:
    """Features moved down and right by that many cells, around the edges.

    A part of a cell is a turn of the phases of the Fourier transform, which loses nothing of what is finer than no
    two cells: what then differs has been lost by thinning out (aliasing).
    """
    if float(rows).is_integer() and float(columns).is_integer():
        return torch.roll(features, (int(rows), int(columns)), (-2, -1))
    height, width = features.shape[-2:]
    down = torch.fft.fftfreq(height, device=features.device)[:, None] * rows
    right = torch.fft.fftfreq(width, device=features.device) * columns
    return torch.fft.ifft2(torch.fft.fft2(features) * torch.exp(-2j * math.pi * (down + right))).real


def permuted(
    x: Float[Tensor, "batch channels height width"], order: Int[Tensor, " tiles"], grid: tuple[int, int]
) -> Float[Tensor, "batch channels height width"]:
    """The picture cut into rows x columns equal tiles; at place i then lies tile `order[i]`.

    Raises:
        ControlError: the order or the grid does not fit.
    """
    rows, columns = grid
    batch, channels, height, width = x.shape
    if height % rows or width % columns or sorted(order.tolist()) != list(range(rows * columns)):
        raise ControlError(
            "The tiles do not fit", why=f"{height} x {width} is not cut into {rows} x {columns}"
        )
    down, right = height // rows, width // columns
    tiles = x.reshape(batch, channels, rows, down, columns, right).permute(0, 2, 4, 1, 3, 5)
    tiles = tiles.reshape(batch, rows * columns, channels, down, right)[:, order.to(x.device)]
    tiles = tiles.reshape(batch, rows, columns, channels, down, right).permute(0, 3, 1, 4, 2, 5)
    return tiles.reshape(x.shape)


def shift_error(
    module: nn.Module | Observed,
    x: Float[Tensor, "batch channels height width"],
    *,
    rows: int = 0,
    columns: int = 0,
    tokens: TokenLayout | None = None,
    before: Features | None = None,
) -> Equivariance:
    """The picture moved by whole pixels around its edges, and every layer's features moved as far.

    Whoever moves the same picture again and again gives what observes the module in its place, and `before`, the features
    of x.
    """
    height, width = x.shape[-2:]

    def move(features: Tensor) -> Tensor:
        high, wide = features.shape[-2:]
        return moved(features, rows * high / height, columns * wide / width)

    observed = module if isinstance(module, Observed) else Observed(module, tokens)
    return _compared(before or observed(x), observed(torch.roll(x, (rows, columns), (-2, -1))), move)


def permutation_error(
    module: nn.Module,
    x: Float[Tensor, "batch channels height width"],
    order: Int[Tensor, " patches"],
    *,
    tokens: TokenLayout,
) -> Equivariance:
    """The picture's patches put in another order, and every layer's tokens put in that order."""
    grid = tokens.grid.rows, tokens.grid.columns
    return _compared(
        features(module, x, tokens=tokens),
        features(module, permuted(x, order, grid), tokens=tokens),
        lambda maps: permuted(maps, order, grid),
    )


def features(
    module: nn.Module,
    x: Float[Tensor, "batch channels height width"],
    *,
    tokens: TokenLayout | None = None,
) -> Features:
    """One pass. Raises as `Observed`."""
    return Observed(module, tokens)(x)


def _compared(before: Features, after: Features, move: Callable[[Tensor], Tensor]) -> Equivariance:
    layers = tuple(_error(name, move(maps), after.maps[name]) for name, maps in before.maps.items())
    same = bool((before.probs.argmax(-1) == after.probs.argmax(-1)).all())
    return Equivariance(layers, float((after.probs - before.probs).abs().max()), same)


def _error(name: str, wanted: Tensor, actual: Tensor) -> LayerError:
    length = (actual - wanted).double().norm(dim=1).square().mean(0).sqrt()
    size = wanted.double().norm(dim=1).square().mean().sqrt()
    if not size > 0:
        raise AnalysisError(f"The features of {name} are all 0", do="choose another picture or model")
    difference = (length / size).cpu().numpy()
    return LayerError(name, float(np.sqrt((difference**2).mean())), difference)


def _as_map(features: Tensor, tokens: TokenLayout | None) -> Tensor:
    """Features as maps: of tokens those of the patches, laid out as the patches lie."""
    if features.ndim == 4:
        return features
    if tokens is None or features.ndim != 3:
        raise UnsupportedModel("The features of this model are no maps", do="choose another one")
    grid = tokens.grid
    return features[:, -len(grid) :].transpose(1, 2).unflatten(-1, (grid.rows, grid.columns))
