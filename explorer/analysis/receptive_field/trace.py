"""One pass through a model's structure, without numbers, that follows what every place sees."""

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

from explorer.analysis.receptive_field.call import Call
from explorer.analysis.receptive_field.places import Lost, Places
from explorer.analysis.receptive_field.reach import OutOfLine, Reach
from explorer.analysis.receptive_field.rules import follow
from explorer.analysis.receptive_field.steps import KINDS, STRONGEST, WORDS, Step, Trace
from explorer.errors import UnsupportedModel

__all__ = ["trace"]


def trace(module: nn.Module, x_shape: tuple[int, int, int, int]) -> Trace:
    """Follow a picture of B x channels x height x width through the module.

    Raises:
        UnsupportedModel: the module does something whose reach is not known, named in the sentence.
    """
    run = _Run(_shadow(module))
    named, shown = type(module).__name__, f"a picture of {x_shape[2]} x {x_shape[3]}"
    x = torch.empty(x_shape, device="meta")
    rows, columns = (Reach.of_pixels(pixels) for pixels in x_shape[2:])
    run.know(x, Places(("", "", "r", "c"), rows, columns))
    try:
        with torch.no_grad(), run:
            run.module(x)
    except UnsupportedModel:
        raise
    except OutOfLine as error:
        raise UnsupportedModel(
            f"The branches of {named} are out of line on {shown}",
            why=f"in {run.where or 'its forward pass'}, {error}",
            do="choose an input size that the network's strides divide",
        ) from error
    except Lost as error:
        raise UnsupportedModel(
            f"The receptive field of {named} cannot be followed",
            why=f"in {run.where or 'its forward pass'}, {error}",
            do="choose a network of convolutions, pooling, sums and concatenations",
        ) from error
    except Exception as error:
        message = str(error).split("\n")[0]
        raise UnsupportedModel(
            f"{named} cannot be run on {shown} without numbers",
            why=f"in {run.where or 'its forward pass'}, {message[:200]}",
            do="choose another input size or another model",
        ) from error
    return run.finished()


def _shadow(module: nn.Module) -> nn.Module:
    """A private copy of the structure with shapes for parameters: no memory, nothing shared, nothing
    computed."""
    shapes: dict[int, Any] = {}
    for tensor in chain(module.parameters(), module.buffers()):
        empty = torch.empty_like(tensor, device="meta")
        is_parameter = isinstance(tensor, nn.Parameter)
        shapes[id(tensor)] = nn.Parameter(empty, requires_grad=False) if is_parameter else empty
    return copy.deepcopy(module, shapes)


@dataclass(eq=False)
class _Frame:
    """A module that is running."""

    path: str
    module: nn.Module
    leaf: bool
    kinds: list[str] = field(default_factory=list)
    other: str = ""
    """Its class, if it did anything at all."""
    flops: int = 0


@dataclass(frozen=True, eq=False)
class _Leaving:
    """The moment a module gave its output."""

    time: int
    name: str
    tensor: int
    leaf: bool


class _Run(TorchDispatchMode):
    """Sees every primitive operation of one pass and follows the places through it."""

    def __init__(self, module: nn.Module) -> None:
        super().__init__()
        self.module = module
        self.trace = Trace()
        self._frames: list[_Frame] = []
        self._places: dict[int, Places] = {}
        self._held: list[Tensor] = []
        self._time = 0
        self._last_use: dict[int, int] = {}
        self._born: dict[int, int] = {}
        self._leavings: list[_Leaving] = []
        self._names: dict[str, int] = {}
        self._features_at: int | None = None
        for path, part in module.named_modules():
            part.register_forward_pre_hook(self._enter(path))
            part.register_forward_hook(self._leave, always_call=False)
        self._watch_features()

    @property
    def where(self) -> str:
        """The path of the running module, the innermost that has a name."""
        return next((frame.path for frame in reversed(self._frames) if frame.path), "")

    def know(self, tensor: Tensor, places: Places) -> None:
        if id(tensor) not in self._places:
            self._held.append(tensor)  # so that its id is not given to another
            self._born[id(tensor)] = self._time
        self._places[id(tensor)] = places

    def __torch_dispatch__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        out = func(*args, **kwargs)
        name = func._schema.name.split("::")[1]
        given = {argument.name: value for argument, value in zip(func._schema.arguments, args, strict=False)}
        for argument in func._schema.arguments[len(args) :]:
            given[argument.name] = kwargs.get(
                argument.name, argument.default_value if argument.has_default_value() else None
            )
        call = Call(
            name=name.rstrip("_") if name.rstrip("_") != "copy" else name,
            given=given,
            out=out,
            where=self._owner(),
            places=self._of,
            pointwise=torch.Tag.pointwise in func.tags,
        )
        tracked = call.tracked
        if not tracked:
            return out
        self._time += 1
        for value in given.values():
            for argument in value if isinstance(value, list | tuple) else (value,):
                if isinstance(argument, Tensor) and id(argument) in self._places:
                    self._last_use[id(argument)] = self._time
        outs = out if isinstance(out, list | tuple) else [out]
        for tensor, places in zip(outs, follow(call), strict=True):
            if isinstance(tensor, Tensor) and places is not None:
                self.know(tensor, places)
        self._note(func, call, args, kwargs, tracked)
        return out

    def finished(self) -> Trace:
        """The trace, with the parts through which everything passes."""
        best: dict[int, _Leaving] = {}
        tensors = np.array(list(self._born))
        born = np.array(list(self._born.values()))
        used = np.array([self._last_use.get(tensor, 0) for tensor in self._born])
        for leaving in self._leavings:
            if self._features_at is not None and leaving.time > self._features_at:
                continue
            waiting = ((born <= leaving.time) & (leaving.time < used) & (tensors != leaving.tensor)).any()
            known = best.get(leaving.tensor)
            # Of modules that end together, the innermost that is more than one layer names the place; of
            # layers that write over their input, the last.
            if not waiting and (known is None or known.leaf):
                best[leaving.tensor] = leaving
        blocks = [leaving.name for leaving in best.values() if not leaving.leaf]
        self.trace.cuts = [
            leaving.name
            for leaving in best.values()
            if not (leaving.leaf and any(leaving.name.startswith(f"{block}.") for block in blocks))
        ]
        self.trace.blocks = frozenset(blocks)
        return self.trace

    def _of(self, value: Any) -> Places | None:
        return self._places.get(id(value)) if isinstance(value, Tensor) else None

    def _owner(self) -> str:
        """What a global operation is called: the innermost module, or the one it serves for nameless layers."""
        frames = [frame for frame in self._frames if frame.path]
        if not frames:
            return ""
        return f"{frames[-1].path} ({type(frames[-1].module).__name__})"

    def _enter(self, path: str) -> Callable[..., None]:
        def hook(part: nn.Module, given: Any) -> None:
            self._frames.append(_Frame(path, part, leaf=next(part.children(), None) is None))

        return hook

    def _leave(self, part: nn.Module, given: Any, output: Any) -> None:
        frame = self._frames.pop()
        if self._frames:
            self._frames[-1].flops += frame.flops
        places = self._of(output)
        if places is None or not frame.path:
            return
        kind = next((kind for kind in STRONGEST if kind in frame.kinds), next(iter(frame.kinds), frame.other))
        shape = tuple(output.shape)
        if frame.leaf and kind:
            own = sum(parameter.numel() for parameter in part.parameters())
            name = self._unused(frame.path)
            self.trace.steps.append(Step(name, kind, places, shape, own, frame.flops))
        counted = sum(parameter.numel() for parameter in part.parameters())
        self.trace.parts[frame.path] = Step(
            frame.path, type(part).__name__, places, shape, counted, frame.flops
        )
        if places.local and not isinstance(part, nn.Sequential | nn.ModuleList | nn.Identity | nn.Dropout):
            layer_like = frame.leaf or isinstance(part, nn.BatchNorm2d | nn.GroupNorm | nn.LayerNorm)
            self._leavings.append(_Leaving(self._time, frame.path, id(output), layer_like))

    def _note(
        self, func: Any, call: Call, args: tuple[Any, ...], kwargs: dict[str, Any], tracked: list[Any]
    ) -> None:
        """What kind of layer the running module is, or a step of its own for what belongs to no layer."""
        if not self._frames:
            return
        frame, flops = self._frames[-1], self._cost(func, args, kwargs, call.out)
        frame.flops += flops
        frame.other = type(frame.module).__name__
        kind = self._kind(call, tracked)
        if not kind:
            return
        if frame.leaf:
            frame.kinds.append(kind)
            return
        out = call.out[0] if isinstance(call.out, list | tuple) else call.out
        places = self._of(out)
        if kind == "activation" or places is None or out.dim() < 2:
            return
        own = 0
        if kind in ("normalisation", "convolution", "linear") and frame.path not in self._names:
            name = self._unused(frame.path or kind)
            own = sum(parameter.numel() for parameter in frame.module.parameters(recurse=False))
        else:
            word = WORDS.get(kind, kind.replace(" ", "_"))
            name = self._unused(f"{frame.path}.{word}" if frame.path else word)
        self.trace.steps.append(Step(name, kind, places, tuple(out.shape), own, flops))

    def _kind(self, call: Call, tracked: list[tuple[Places, tuple[int, ...]]]) -> str:
        if call.name in ("mean", "amax"):
            before = tracked[0][0]
            return "global pooling" if before.local and not self._is_local(call.out) else ""
        if call.name in KINDS:
            return KINDS[call.name]
        if not call.pointwise:
            return ""
        if len(tracked) > 1 and all(places.local for places, _ in tracked):
            return {"add": "addition", "mul": "product"}.get(call.name, "")
        if len(tracked) > 1 and any(places.local for places, _ in tracked) and call.name == "mul":
            return "product"
        return "activation"

    def _is_local(self, tensor: Any) -> bool:
        places = self._of(tensor)
        return places is not None and places.local

    @staticmethod
    def _cost(func: Any, args: tuple[Any, ...], kwargs: dict[str, Any], out: Any) -> int:
        count = flop_registry.get(func._overloadpacket)
        return int(count(*args, **kwargs, out_val=out)) if count else 0

    def _unused(self, name: str) -> str:
        self._names[name] = times = self._names.get(name, 0) + 1
        return name if times == 1 else f"{name} ({times})"

    def _watch_features(self) -> None:
        """timm's models say where their features end and their head begins."""
        inner = getattr(self.module, "forward_features", None)
        if not callable(inner):
            return

        def forward_features(*args: Any, **kwargs: Any) -> Any:
            output = inner(*args, **kwargs)
            places = self._of(output)
            if places is not None and places.local:
                self.trace.features = Step("forward_features", "features", places, tuple(output.shape), 0, 0)
                self._features_at = self._time
            return output

        self.module.forward_features = forward_features  # type: ignore[assignment]
