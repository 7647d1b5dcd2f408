"""The part *Shift*: features of the moved picture against moved features."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.errors import UnsupportedModel
from explorer.export.drawing import Drawing
from explorer.images import render
from explorer.views.convolution_bias.changed import hybrid
from explorer.views.convolution_bias.controls import Controls

if TYPE_CHECKING:
    from torch import Tensor

    from explorer.analysis.equivariance import Equivariance, Features
    from explorer.geometry import TokenLayout
    from explorer.views.scope import Scope
    from explorer.zoo import Model

__all__ = ["draw_depth", "draw_distance", "draw_maps"]

POINTS, FARTHEST = 16, 32
"""How many distances, and the longest: a whole cell of most networks' last features."""
SMALL = 64
"""Pixels a side of the picture where no stride makes it smaller."""
MOST = 8
"""Maps side by side."""


def _input(model: Model, scope: Scope, *, small: bool = False) -> Tensor:
    from torch.nn.functional import interpolate

    x = model.prepare(render(scope.picture, model.frame(scope.picture)))
    return interpolate(x, (SMALL, SMALL), mode="area") if small and max(x.shape[-2:]) > SMALL else x


def _of(kind: str, controls: Controls, scope: Scope) -> Equivariance:
    """One of CNN, ViT, ViT without positions and hybrid.

    Raises:
        UnsupportedModel: the model has no positions that can be left out, or its layers are not known.
    """
    return scope.remember(
        ("equivariance", kind, controls.right, controls.down, controls.padding, controls.strides),
        lambda: _measured(kind, controls, scope),
    )


def _measured(kind: str, controls: Controls, scope: Scope) -> Equivariance:
    from explorer.analysis.equivariance import shift_error

    still = _still(kind, controls.padding, controls.strides, scope)
    return shift_error(
        still.module,
        still.x,
        rows=controls.down,
        columns=controls.right,
        tokens=still.tokens,
        before=still.features,
    )


@dataclass(frozen=True, eq=False)
class _Still:
    """A network, the picture as it takes it, and what every layer makes of the picture where it lies."""

    module: Any
    x: Tensor
    tokens: TokenLayout | None
    features: Features


def _still(kind: str, padding: str, strides: str, scope: Scope) -> _Still:
    """Remembered, since only the moved picture changes when it is moved. Raises as `_of`."""
    from explorer.analysis.equivariance import features
    from explorer.surgery import variant, without_positions

    strides = strides if kind == "CNN" else "as trained"

    def make() -> _Still:
        model = hybrid(scope) if kind == "hybrid" else scope.model("cnn" if kind == "CNN" else "vit")
        if model is None:
            raise UnsupportedModel(
                "There is no hybrid at hand", do="run `explorer train hybrid --data FOLDER`"
            )
        module = variant(model.module, padding=padding, strides=strides)  # type: ignore[arg-type]
        if kind == "ViT without positions":
            if model.tokens is None:
                raise UnsupportedModel(
                    "The tokens of this model do not lie on the picture in a way that is known here"
                )
            module = without_positions(module, model.tokens)
        x = _input(model, scope, small=strides == "one")
        return _Still(module, x, model.tokens, features(module, x, tokens=model.tokens))

    return scope.remember(("still", kind, padding, strides), make)


def _said(controls: Controls, scope: Scope) -> str:
    return (
        f"“{scope.picture.name}” moved by {controls.right} px to the right and {controls.down} px down around its "
        f"edges; padding {controls.padding}, strides of the CNN {controls.strides}"
        + ("" if controls.trained else "; random weights")
    )


def draw_depth(controls: Controls, scope: Scope) -> Drawing:
    """The error of every layer of every model."""
    from explorer.figures.equivariance import depth_figure

    found, missing = {}, []
    for kind in ("CNN", "ViT", "ViT without positions", *(["hybrid"] if hybrid(scope) else [])):
        try:
            found[kind] = _of(kind, controls, scope)
        except UnsupportedModel as error:
            if kind in ("CNN", "ViT"):
                raise
            missing.append(str(error))
    names = [(kind, layer) for kind, each in found.items() for layer in each.layers]
    return Drawing(
        figure=depth_figure(found),
        data={
            "model": np.array([kind for kind, _ in names]),
            "layer": np.array([layer.name for _, layer in names]),
            "relative_error": np.array([layer.error for _, layer in names]),
        },
        units={"relative_error": "‖f(S x) − S f(x)‖ / ‖S f(x)‖"},
        caption=f"Error of each layer's features, {_said(controls, scope)}. {' '.join(missing)}".strip(),
        alt=f"Curves of the relative error against depth for {', '.join(found)}, on a logarithmic axis.",
        numbers={f"{kind}, last layer": (float(each.errors[-1]), "") for kind, each in found.items()},
    )


def draw_maps(controls: Controls, scope: Scope) -> Drawing:
    """Where the features of one model differ."""
    from explorer.figures.equivariance import maps_figure

    found = _of(controls.shown, controls, scope)
    chosen = np.unique(np.linspace(0, len(found.layers) - 1, MOST).round().astype(int))
    layers = [found.layers[at] for at in chosen]
    model = hybrid(scope) if controls.shown == "hybrid" else None
    model = model or scope.model("cnn" if controls.shown == "CNN" else "vit")
    shown = render(scope.picture, model.frame(scope.picture))
    return Drawing(
        figure=maps_figure(layers, np.roll(shown, (controls.down, controls.right), (0, 1)), model.input_size),
        data={each.name: each.difference for each in layers},
        units={each.name: "relative error" for each in layers},
        caption=f"Length of the difference in each cell of {controls.shown}, {_said(controls, scope)}.",
        alt=f"{len(layers)} small maps of the picture, bright where features did not move along.",
        numbers={
            "largest change of a probability": (found.change, ""),
            "prediction": ("stays" if found.same_answer else "changes", ""),
        },
    )


def draw_distance(controls: Controls, scope: Scope) -> Drawing:
    """The last layer's error by distance, as trained and blurred."""
    from explorer.analysis.equivariance import shift_error
    from explorer.figures.equivariance import distance_figure

    model = scope.model("cnn")
    stills = {
        title: _still("CNN", controls.padding, strides, scope)
        for title, strides in (
            ("strides as trained", "as trained"),
            ("blurred before thinning out", "blurred"),
        )
    }
    x = stills["strides as trained"].x
    cells = list(stills["strides as trained"].features.maps.values())[-1].shape[-1]
    stride = round(x.shape[-1] / cells)
    pixels = [int(at) for at in np.unique(np.linspace(1, min(FARTHEST, max(stride, POINTS)), POINTS).round())]
    found: dict[str, list[float]] = {}
    for title, still in stills.items():
        found[title] = []
        for at in pixels:
            moved = shift_error(still.module, x, columns=at, tokens=model.tokens, before=still.features)
            found[title].append(moved.layers[-1].error)
            scope.progress(sum(map(len, found.values())) / (2 * len(pixels)))
    return Drawing(
        figure=distance_figure(pixels, found, stride=stride),
        data={"pixels": np.array(pixels), **{name: np.array(each) for name, each in found.items()}},
        units={"pixels": "input pixels", **dict.fromkeys(found, "relative error")},
        caption=f"Error of the last features of {model.entry.title} (a cell every {stride} px) on "
        f"“{scope.picture.name}” moved to the right; padding {controls.padding}.",
        alt="Two curves of the relative error against the distance in pixels.",
        numbers={f"{name}, mean": (float(np.mean(each)), "") for name, each in found.items()},
    )
