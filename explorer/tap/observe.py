"""Watch one forward pass: every attention call, and the activations asked for."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import torch
from jaxtyping import Shaped
from torch import Tensor, nn

from explorer.errors import ControlError, OutOfMemory, UnsupportedModel
from explorer.geometry import Fit, TokenLayout
from explorer.images import Photo, Picture
from explorer.tap.calls import AttentionCall
from explorer.tap.clone import capture_activations, clone_sharing_weights
from explorer.tap.watch import Watch, refuse_training
from explorer.zoo.devices import out_of_memory
from explorer.zoo.model import Model, as_input, module_of
from explorer.zoo.tokens import attention_depth, check_calls, pools_by_attention, token_layout

__all__ = ["Observation", "observe", "observe_with_gradients", "watched"]

Maps = Literal["none", "all"] | Sequence[int]


@dataclass(frozen=True, eq=False)
class Observation:
    """What one forward pass computed."""

    output: Any
    """The module's own output; for a classifier the logits, batch x classes."""
    calls: tuple[AttentionCall, ...]
    """Every attention call, in the order they were made; of a vision transformer, one a layer."""
    activations: dict[str, Tensor]
    """Outputs of the modules asked for, by name."""
    tokens: TokenLayout | None
    """How the tokens of the calls lie on the picture, for a vision transformer."""
    pooling: AttentionCall | None = None
    """The call that reads the prediction from all tokens by a learned query (SigLIP); no layer."""
    photo: Photo | None = None
    """The picture of the pass, where it was given as one."""

    def call(self, layer: int) -> AttentionCall:
        """The attention call of that layer, counted from 0.

        Raises:
            UnsupportedModel: the model has no attention.
            ControlError: it has no such layer.
        """
        if not self.calls:
            raise UnsupportedModel("This model has no attention to be seen", do="choose a vision transformer")
        if not 0 <= layer < len(self.calls):
            raise ControlError(
                f"There is no attention layer {layer}", why=f"the model has layers 0 to {len(self.calls) - 1}"
            )
        return self.calls[layer]

    @property
    def nbytes(self) -> int:
        """Bytes of memory held by the observation; q, k and v are often views of one tensor, counted once."""
        held = [self.output, *self.activations.values()]
        for call in self.calls:
            held += [call.queries, call.keys, call.values, call.bias, call.cached]
        storages = {
            tensor.untyped_storage().data_ptr(): tensor.untyped_storage().nbytes()
            for tensor in held
            if isinstance(tensor, Tensor)
        }
        return sum(storages.values())


def observe(
    model: Model | nn.Module,
    x: Picture | Shaped[Tensor, "batch ..."],
    *,
    fit: Fit = "crop",
    maps: Maps = "none",
    activations: Sequence[str] = (),
    names: Sequence[str] | None = None,
) -> Observation:
    """One forward pass of x, watched. The output is the same to the bit as without watching.

    x is a picture, brought into a catalogue model's input by `fit` and carried on to be drawn on, or a tensor of
    whatever the module takes.

    Only torch.nn.MultiheadAttention, whose closed inference kernel no mode can look into, takes its open way
    instead: there the output is equal to rounding.

    `maps` says of which attention layers the whole map is made at once: it is then ready, at N² numbers a
    head; any row of any layer can be had later from the observation alone. `activations` are names of modules
    whose outputs are kept. `names` names the calls of a module that is not from the catalogue. A graph for
    gradients is built only when x requires one.

    Raises:
        UnsupportedModel: the model is in training mode, or computes attention where it cannot be seen.
        ControlError: there is no such layer or module.
        OutOfMemory: the device has not enough memory.
    """
    x, photo = as_input(model, x, fit)
    if not isinstance(maps, str):
        chosen = frozenset(maps)
        watch = Watch(wanted=chosen.__contains__)
    else:
        chosen = frozenset()
        watch = Watch(wanted=lambda call: maps == "all")
    with torch.set_grad_enabled(torch.is_grad_enabled() and x.requires_grad):
        observation = watched(model, x, watch, activations, names)
    for layer in chosen:
        observation.call(layer)
    if maps == "all":
        observation.call(0)
    return observation if photo is None else replace(observation, photo=photo)


def observe_with_gradients(
    model: Model | nn.Module,
    x: Shaped[Tensor, "batch ..."],
    *,
    activations: Sequence[str] = (),
    names: Sequence[str] | None = None,
) -> Observation:
    """One forward pass whose attention weights are in the graph: `torch.autograd.grad(score, weights)` works.

    Every call's weights are made at once and are what `call.weights()` gives. The output differs from the
    plain pass by rounding, since attention is computed in the open and not by the fused kernel.

    Raises:
        UnsupportedModel: as for `observe`, or the model has no attention.
        ControlError: as for `observe`.
        OutOfMemory: as for `observe`.
    """
    with torch.enable_grad():
        observation = watched(model, x, Watch(in_graph=True), activations, names)
    observation.call(0)
    return observation


def watched(
    model: Model | nn.Module,
    x: Tensor,
    watch: Watch,
    activations: Sequence[str],
    names: Sequence[str] | None = None,
) -> Observation:
    """One pass inside this watch; whether there is a graph is the caller's affair.

    Raises:
        UnsupportedModel, ControlError, OutOfMemory: as for `observe`.
    """
    shared = module_of(model)
    if any(part.training for part in shared.modules()):
        raise refuse_training()
    own = clone_sharing_weights(shared) if activations else shared
    recorded = capture_activations(own, activations)
    try:
        with watch:
            output = own(x)
    except RuntimeError as error:
        if not out_of_memory(error):
            raise
        raise OutOfMemory(
            f"{x.device.type} has not enough memory for this pass",
            why=f"the input is {' x '.join(map(str, x.shape))}",
            do="choose the CPU as device, or a smaller input",
        ) from error
    missed = [name for name in activations if name not in recorded]
    if missed:
        raise UnsupportedModel(
            f"The part {missed[0]} cannot be recorded", why="the forward pass does not call it"
        )
    calls = tuple(watch.calls)
    tokens = token_layout(shared, (x.shape[-2], x.shape[-1]))
    check_calls(shared, tokens, [(call.tokens, call.keys.shape[2]) for call in calls])
    pooling = None
    if tokens is not None and pools_by_attention(shared):
        depth = attention_depth(shared)
        calls, pooling = calls[:depth], replace(calls[depth], name="attn_pool")
    return Observation(
        output=output,
        calls=_named(calls, model, names),
        activations={name: recorded[name] for name in activations},
        tokens=tokens,
        pooling=pooling,
    )


def _named(
    calls: tuple[AttentionCall, ...], model: Model | nn.Module, names: Sequence[str] | None
) -> tuple[AttentionCall, ...]:
    if names is None:
        names = model.attention_names if isinstance(model, Model) else ()
    if len(names) != len(calls):
        return calls
    return tuple(replace(call, name=name) for call, name in zip(calls, names, strict=True))
