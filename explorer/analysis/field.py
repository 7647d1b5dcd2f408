"""The effective receptive field: which pixels do change a unit, and how much.

Luo, Li, Urtasun, Zemel, "Understanding the Effective Receptive Field in Deep Convolutional Neural Networks",
NeurIPS 2016: the gradient of one unit with respect to the input. The same question is put to a token of a
Vision Transformer, so that both can be compared.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn

from explorer.analysis.field_unit import unit_of
from explorer.analysis.heads import radius_holding
from explorer.analysis.receptive_field import ReceptiveField, receptive_field
from explorer.analysis.result import Arrays, Numbers, Result
from explorer.errors import AnalysisError, OutOfMemory, UnsupportedModel
from explorer.geometry import Box, Cell, InputPoint, TokenLayout
from explorer.tap import observe
from explorer.zoo.model import Model, input_size_of, module_of
from explorer.zoo.tokens import token_layout

__all__ = [
    "EffectiveField",
    "FieldPass",
    "RadiusByDepth",
    "depth_layers",
    "effective_field",
    "effective_fields",
    "field_at",
    "field_pass",
    "gradient_map",
]


@dataclass(frozen=True, eq=False)
class EffectiveField(Result):
    """How strongly each input pixel changes one unit of a layer.

    `map` is the root mean square of the gradient over the unit's channels, the colours and the pictures,
    scaled to sum 1: m(i, j) ∝ √E[(∂ s·y / ∂x(i, j))²], s a random sign for each channel of the unit's vector
    y, so that the mean over s is the sum of squares of the whole Jacobian.
    """

    layer: str
    cell: Cell
    """The unit or the patch token asked."""
    centre: InputPoint
    """The middle of the unit's theoretical field, or of the token's patch."""
    map: Float[np.ndarray, "height width"]
    theoretical: Box | None
    """The theoretical field if the picture had no edges; None where it is the whole picture or not known."""
    pictures: int
    draws: int
    """Random sign vectors for each picture."""

    @cached_property
    def radius_50(self) -> float:
        """Radius in pixels of the disc around the centre that holds 50 % of the map."""
        return self.radius_holding(0.5)

    @cached_property
    def radius_90(self) -> float:
        """The same for 90 %."""
        return self.radius_holding(0.9)

    @cached_property
    def sigma(self) -> float:
        """Standard deviation of the map along one axis, in pixels: √(Σ m d² / 2), d the distance from the
        centre."""
        return float(np.sqrt((self.map * self._distances**2).sum() / 2))

    @property
    def theoretical_radius(self) -> float | None:
        """Half the side of the theoretical field, in pixels; the mean of rows and columns."""
        return None if self.theoretical is None else (self.theoretical.height + self.theoretical.width) / 4

    @property
    def share(self) -> float | None:
        """Effective over theoretical radius: `radius_90` / `theoretical_radius`."""
        return None if self.theoretical_radius is None else self.radius_90 / self.theoretical_radius

    def radius_holding(self, share: float) -> float:
        """Radius in pixels of the disc around the centre that holds a share of the map."""
        return float(radius_holding(self.map[None], self._distances, share=share)[0])

    def mass_in(self, box: Box) -> float:
        """Share of the map on pixels whose centres lie in a box of the input."""
        height, width = self.map.shape
        rows, columns = np.arange(height) + 0.5, np.arange(width) + 0.5
        inside = ((rows > box.top) & (rows < box.bottom))[:, None] & (
            (columns > box.left) & (columns < box.right)
        )
        return float(self.map[inside].sum())

    @cached_property
    def _distances(self) -> np.ndarray:
        height, width = self.map.shape
        rows, columns = np.arange(height) + 0.5 - self.centre.row, np.arange(width) + 0.5 - self.centre.column
        return np.hypot(rows[:, None], columns)

    def arrays(self) -> Arrays:
        return {"field": (self.map, "share of the gradient, by input pixel")}

    def numbers(self) -> Numbers:
        numbers: Numbers = {
            "50 % within": (self.radius_50, "px"),
            "90 % within": (self.radius_90, "px"),
        }
        if self.theoretical is not None and self.share is not None:
            sides = f"{self.theoretical.height:.0f} × {self.theoretical.width:.0f}"
            numbers["theoretical field"] = (sides, "px")
            numbers["effective / theoretical radius"] = (self.share, "")
        return numbers

    def alt(self) -> str:
        theoretical = ", and the box of the theoretical field" if self.theoretical else ""
        return (
            f"The picture with each pixel shaded by how strongly it changes the unit{theoretical}; 90 % of it lies "
            f"within {self.radius_90:.3g} pixels of ({self.centre.row:.0f}, {self.centre.column:.0f})."
        )


@dataclass(frozen=True, eq=False)
class RadiusByDepth(Result):
    """The effective fields of all parts of some networks, by the network's title."""

    fields: Mapping[str, Sequence[EffectiveField]]

    def arrays(self) -> Arrays:
        """Radii of the discs; of the first network, a CNN, the theoretical ones too."""
        first = next(iter(self.fields.values()))
        radii: Arrays = {
            f"{title.lower()}_radius_{share}": (np.array([getattr(field, name) for field in fields]), "px")
            for title, fields in self.fields.items()
            for share, name in (("50", "radius_50"), ("90", "radius_90"))
        }
        return {
            "cnn_theoretical_radius": (
                np.array([field.theoretical_radius or np.nan for field in first]),
                "px",
            )
        } | radii

    def numbers(self) -> Numbers:
        return {
            f"{title}, last part, 90 % within": (fields[-1].radius_90, "px")
            for title, fields in self.fields.items()
        }

    def alt(self) -> str:
        spans = (
            f"{title} from {fields[0].radius_90:.3g} to {fields[-1].radius_90:.3g} pixels"
            for title, fields in self.fields.items()
        )
        return f"Curves of radius against depth; 90 % of the gradient: {', '.join(spans)}."


def depth_layers(model: Model | nn.Module, *, input_size: tuple[int, int] | None = None) -> tuple[str, ...]:
    """Names of the parts whose outputs follow each other through the depth: a CNN's layers and blocks, a
    Vision Transformer's blocks, in order.

    Raises:
        UnsupportedModel: neither is found.
    """
    module, size = module_of(model), input_size or input_size_of(model)
    if token_layout(module, size) is not None:
        blocks = getattr(module, "blocks", None)
        if blocks is not None and len(blocks):
            return tuple(f"blocks.{number}" for number in range(len(blocks)))
    return receptive_field(model, input_size=size).depth


def effective_field(
    model: Model | nn.Module,
    x: Float[Tensor, "pictures channels height width"],
    *,
    layer: str,
    at: InputPoint | Cell | None = None,
    draws: int = 8,
    seed: int = 0,
) -> EffectiveField:
    """The effective field of one layer; see `effective_fields`."""
    return effective_fields(model, x, layers=(layer,), at=at, draws=draws, seed=seed)[0]


def effective_fields(
    model: Model | nn.Module,
    x: Float[Tensor, "pictures channels height width"],
    *,
    layers: Sequence[str],
    at: InputPoint | Cell | None = None,
    draws: int = 4,
    seed: int = 0,
    field: ReceptiveField | None = None,
) -> tuple[EffectiveField, ...]:
    """The effective field of the unit at a place in each of several layers, averaged over pictures and signs.

    One forward pass serves all. `at` is a point of the input, and the unit taken is the one whose field's
    middle is nearest, or the patch it lies in; a Cell names the unit itself; None is the middle of the
    picture. `field` is the network's receptive field if it is known already.

    Raises:
        ControlError: there is no such layer or unit.
        UnsupportedModel: a layer's output has neither rows and columns nor known tokens.
        AnalysisError: the gradient is zero or not finite everywhere.
        OutOfMemory: the device has not enough memory.
    """
    seen = field_pass(model, x, layers=layers, field=field)
    return tuple(field_at(seen, name, at=at, draws=draws, seed=seed) for name in layers)


@dataclass(frozen=True, eq=False)
class FieldPass:
    """One forward pass with its graph, from which the field of any unit of its layers can be asked."""

    x: Float[Tensor, "pictures channels height width"]
    activations: Mapping[str, Tensor]
    tokens: TokenLayout | None
    field: ReceptiveField | None
    nbytes: int
    """Of all that the graph holds, besides the model's own numbers."""


def field_pass(
    model: Model | nn.Module,
    x: Float[Tensor, "pictures channels height width"],
    *,
    layers: Sequence[str],
    field: ReceptiveField | None = None,
) -> FieldPass:
    """The pass of `effective_fields`, whose arguments and errors it shares."""
    size = (x.shape[-2], x.shape[-1])
    tokens = token_layout(module_of(model), size)
    if tokens is None and field is None:
        field = _known_field(model, size, channels=x.shape[1])
    x = x.detach().requires_grad_()
    held: dict[int, int] = {}
    own = {tensor.untyped_storage().data_ptr() for tensor in module_of(model).state_dict().values()}

    def weigh(saved: Tensor) -> Tensor:
        storage = saved.untyped_storage()
        if storage.data_ptr() not in own:
            held[storage.data_ptr()] = storage.nbytes()
        return saved.detach()  # a result that its own node held as it is would never be freed

    with torch.enable_grad(), torch.autograd.graph.saved_tensors_hooks(weigh, lambda saved: saved):
        seen = observe(model, x, activations=list(layers))
    return FieldPass(x, seen.activations, tokens, field, sum(held.values()))


def field_at(
    seen: FieldPass, layer: str, *, at: InputPoint | Cell | None = None, draws: int = 4, seed: int = 0
) -> EffectiveField:
    """The field of one unit; arguments and errors are those of `effective_fields`."""
    x, output = seen.x, seen.activations[layer]
    size = (x.shape[-2], x.shape[-1])
    point = InputPoint(size[0] / 2, size[1] / 2) if at is None else at
    unit = unit_of(layer, output, point, size, seen.tokens, seen.field)
    try:
        with torch.enable_grad():
            vector = unit.vector(output)
        energy = gradient_map(vector, x, draws=draws, seed=seed)
    except torch.OutOfMemoryError as error:
        raise OutOfMemory(
            "The gradients do not fit into the device's memory", do="choose the CPU, or a smaller input"
        ) from error
    amplitude = np.sqrt(energy)
    total = amplitude.sum()
    if not np.isfinite(total) or total <= 0:
        raise AnalysisError(
            f"No pixel changes the unit of {layer}"
            if total == 0
            else f"The gradient of {layer} is not finite",
            why="its gradient is zero everywhere" if total == 0 else "",
            do="choose another place or another picture",
        )
    return EffectiveField(
        layer, unit.cell, unit.centre, amplitude / total, unit.box, pictures=x.shape[0], draws=draws
    )


def gradient_map(
    vector: Float[Tensor, "pictures channels"],
    x: Float[Tensor, "pictures colours height width"],
    *,
    draws: int,
    seed: int = 0,
) -> Float[np.ndarray, "height width"]:
    """Mean over random signs s and pictures of (∂ s·vector / ∂x)², summed over the colours.

    The graph is kept, so that the next layer's vector can be asked.
    """
    generator = torch.Generator().manual_seed(seed)
    energy = torch.zeros(x.shape[-2:], dtype=torch.float64, device=x.device)
    if vector.grad_fn is None:
        return energy.cpu().numpy()
    for _ in range(draws):
        signs = torch.randint(0, 2, vector.shape, generator=generator).to(vector) * 2 - 1
        (gradient,) = torch.autograd.grad(vector, x, signs, retain_graph=True, materialize_grads=True)
        energy += gradient.detach().double().square().sum((0, 1))
    return (energy / (draws * x.shape[0])).cpu().numpy()


def _known_field(model: Model | nn.Module, size: tuple[int, int], *, channels: int) -> ReceptiveField | None:
    try:
        return receptive_field(model, input_size=size, channels=channels)
    except UnsupportedModel:
        return None
