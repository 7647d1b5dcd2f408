"""The tab *Shift*: features of the moved picture against moved features."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from torch import Tensor
from torch.nn.functional import interpolate

from explorer.analysis.equivariance import (
    Equivariance,
    EquivarianceByModel,
    ErrorByDistance,
    Features,
    Observed,
    shift_error,
)
from explorer.errors import UnsupportedModel
from explorer.figures.equivariance import maps_figure
from explorer.images import render
from explorer.surgery import variant, without_positions
from explorer.views.convolution_bias.changed import BOTH, hybrid, other_models
from explorer.views.convolution_bias.controls import Controls
from explorer.views.panel import Drawing, Scope, draw, panel
from explorer.zoo import Model

POINTS, FARTHEST = 16, 32
"""How many distances, and the longest: a whole cell of most networks' last features."""
SMALL = 64
"""Pixels a side of the picture where no stride makes it smaller."""
MAPS = 8
"""Maps side by side."""
MOVED = ("right", "down", "padding", "strides")


@dataclass(frozen=True, eq=False)
class _Unmoved:
    """A network, the picture as its input, and every layer's features of the picture where it lies."""

    observed: Observed
    x: Tensor
    features: Features


def _model(kind: str, scope: Scope) -> Model:
    model = hybrid(scope) if kind == "hybrid" else scope.model("cnn" if kind == "CNN" else "vit")
    if model is None:
        raise UnsupportedModel("There is no hybrid here", do="run `explorer train hybrid --data FOLDER`")
    return model


def _unmoved(kind: str, padding: str, strides: str, scope: Scope) -> _Unmoved:
    """Remembered, since only the moved picture changes when it is moved.

    Raises:
        UnsupportedModel: the model has no positions that can be left out, or its layers are not known.
    """
    strides, model = strides if kind == "CNN" else "as trained", _model(kind, scope)

    def make() -> _Unmoved:
        module = variant(model.module, padding=padding, strides=strides)  # type: ignore[arg-type]
        if kind == "ViT without positions":
            if model.tokens is None:
                raise UnsupportedModel(
                    "The tokens of this model do not lie on the picture in a way that is known here"
                )
            module = without_positions(module, model.tokens)
        x = model.prepare(render(scope.picture, model.frame(scope.picture)))
        if strides == "one" and max(x.shape[-2:]) > SMALL:
            x = interpolate(x, (SMALL, SMALL), mode="area")
        observed = Observed(module, model.tokens)
        return _Unmoved(observed, x, observed(x))

    return scope.remember(("unmoved", kind, model.checkpoint, padding, strides), make)


def _equivariance(kind: str, controls: Controls, scope: Scope) -> Equivariance:
    """One of CNN, ViT, ViT without positions and hybrid. Raises as `_unmoved`."""

    def make() -> Equivariance:
        unmoved = _unmoved(kind, controls.padding, controls.strides, scope)
        return shift_error(
            unmoved.observed,
            unmoved.x,
            rows=controls.down,
            columns=controls.right,
            before=unmoved.features,
        )

    checkpoint = _model(kind, scope).checkpoint
    key = (
        "equivariance",
        kind,
        checkpoint,
        controls.right,
        controls.down,
        controls.padding,
        controls.strides,
    )
    return scope.remember(key, make)


def _shift(controls: Controls) -> str:
    return (
        f"the picture moved by {controls.right} px to the right and {controls.down} px down around its edges; padding "
        f"{controls.padding}, strides of the CNN {controls.strides}"
    )


shift_tab = partial(panel, tab="shift", weights=other_models)


@shift_tab("depth", "Equivariance error by layer", uses=(*BOTH, *MOVED))
def depth_panel(controls: Controls, scope: Scope) -> Drawing:
    models, failures = {}, ""
    for kind in ("CNN", "ViT", "ViT without positions", *(["hybrid"] if hybrid(scope) else [])):
        try:
            models[kind] = _equivariance(kind, controls, scope)
        except UnsupportedModel as error:
            if kind in ("CNN", "ViT"):
                raise
            failures += f" {error}"
    caption = f"Relative error of each layer's features, {_shift(controls)}.{failures}"
    return draw(EquivarianceByModel(models), caption)


@shift_tab("maps", "Equivariance error by place", wide=True, uses=(*BOTH, *MOVED, "shown"))
def maps_panel(controls: Controls, scope: Scope) -> Drawing:
    result, model = _equivariance(controls.shown, controls, scope).evenly(MAPS), _model(controls.shown, scope)
    shown = render(scope.picture, model.frame(scope.picture))
    rolled = np.roll(shown, (controls.down, controls.right), (0, 1))
    return draw(
        result,
        f"Length of the difference of features in each cell of the {controls.shown}, {_shift(controls)}.",
        figure=maps_figure(result, rolled, model.input_size),
    )


@panel("distance", "Aliasing", tab="shift", uses=("picture", "cnn", "trained", "padding"))
def distance_panel(controls: Controls, scope: Scope) -> Drawing:
    titles = {"strides as trained": "as trained", "blurred before subsampling": "blurred"}
    variants = {title: _unmoved("CNN", controls.padding, strides, scope) for title, strides in titles.items()}
    first = variants["strides as trained"]
    cells = list(first.features.maps.values())[-1].shape[-1]
    stride = round(first.x.shape[-1] / cells)
    pixels = np.unique(np.linspace(1, min(FARTHEST, max(stride, POINTS)), POINTS).round()).astype(int)
    errors: dict[str, list[float]] = {title: [] for title in variants}
    for title, unmoved in variants.items():
        for distance in pixels.tolist():
            moved = shift_error(unmoved.observed, first.x, columns=distance, before=unmoved.features)
            errors[title].append(moved.layers[-1].error)
            scope.progress(sum(map(len, errors.values())) / (len(variants) * len(pixels)))
    return draw(
        ErrorByDistance(pixels, {title: np.array(values) for title, values in errors.items()}, stride),
        f"Relative error of the last features (a cell every {stride} px), the picture moved to the right; padding "
        f"{controls.padding}.",
    )
