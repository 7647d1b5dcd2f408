"""The methods by name: what each needs, and the one way to ask for any of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from jaxtyping import Float
from torch import Tensor, nn

from explorer.analysis.attention import Query
from explorer.analysis.attribution import attention_methods, covering, gradients
from explorer.analysis.attribution.context import AttributionContext
from explorer.analysis.attribution.flow import flow
from explorer.analysis.attribution.grad_cam import feature_layer, grad_cam
from explorer.analysis.attribution.result import Attribution
from explorer.errors import ControlError, ExplorerError, UnsupportedModel
from explorer.geometry import Fit, Grid, TokenLayout
from explorer.images import Picture
from explorer.tap.watch import refuse_training
from explorer.zoo.model import Model, as_input, input_size_of, module_of
from explorer.zoo.tokens import token_layout

__all__ = ["METHODS", "Method", "attribute", "why_not"]

Compute = Callable[[AttributionContext], Tensor]
Refusal = Callable[[nn.Module, TokenLayout | None, tuple[int, int]], str | None]


def _needs_attention(module: nn.Module, tokens: TokenLayout | None, size: tuple[int, int]) -> str | None:
    return (
        None
        if tokens is not None
        else "it follows attention, and this model has none that lies on the picture"
    )


def _needs_head(module: nn.Module, tokens: TokenLayout | None, size: tuple[int, int]) -> str | None:
    if (without := _needs_attention(module, tokens, size)) is not None:
        return without
    if all(hasattr(module, name) for name in ("blocks", "norm", "forward_head")):
        return None
    return "it reads the class after every layer, and this model's head cannot be put there"


def _needs_features(module: nn.Module, tokens: TokenLayout | None, size: tuple[int, int]) -> str | None:
    try:
        feature_layer(module, tokens, size)
    except (ExplorerError, IndexError):
        return "it weighs the last features that lie on the picture, and none are known of this model"
    return None


def _needs_rules(module: nn.Module, tokens: TokenLayout | None, size: tuple[int, int]) -> str | None:
    if tokens is not None:
        return "it has no rule for attention; what it gives there does not add up"
    without = gradients.without_rule(module)
    if without is not None:
        return f"it has no rule for {without}; what it gives there does not add up"
    return None


def _needs_nothing(module: nn.Module, tokens: TokenLayout | None, size: tuple[int, int]) -> str | None:
    return None


@dataclass(frozen=True)
class Method:
    """A way to say what an answer depends on."""

    name: str
    title: str
    paper: str
    compute: Compute
    refusal: Refusal
    class_specific: bool = True
    signed: bool = False
    faithful: bool = True
    """Whether it claims to show what the model uses and nothing else. Attention by itself does not; LeGrad tells what
    more weight on a patch would bring, whether it has any or not; Grad-CAM's mean of the gradient over the picture
    lights up like features elsewhere (Draelos and Carin 2020)."""
    by_pixel: bool = False
    unit: str = "relevance"
    options: Mapping[str, Any] = field(default_factory=dict)
    """What can be set, with its default."""


ROLLED = {"fusion": "mean", "discard": 0.0, "residual": 0.5}
LOGIT = "logit a pixel"

METHODS: Mapping[str, Method] = {
    method.name: method
    for method in (
        Method("attention", "Attention", "Vaswani et al. 2017", attention_methods.last_attention, _needs_attention,
               class_specific=False, faithful=False, unit="share of the row"),
        Method("rollout", "Rollout", "Abnar and Zuidema 2020", attention_methods.rolled, _needs_attention,
               class_specific=False, faithful=False, unit="share of the row", options=ROLLED),
        Method("flow", "Attention flow", "Abnar and Zuidema 2020", lambda context: flow(context)[0], _needs_attention,
               class_specific=False, faithful=False, unit="flow"),
        Method("gradient-rollout", "Gradient rollout", "Abnar and Zuidema 2020, Barkan et al. 2021",
               attention_methods.gradient_rollout, _needs_attention),
        Method("relevance", "Relevance", "Chefer, Gur and Wolf 2021", attention_methods.relevance, _needs_attention),
        Method("legrad", "LeGrad", "Bousselham et al. 2024", attention_methods.legrad, _needs_head,
               faithful=False),
        Method("grad-cam", "Grad-CAM", "Selvaraju et al. 2017", grad_cam, _needs_features, faithful=False),
        Method("saliency", "Saliency", "Simonyan et al. 2014", gradients.saliency, _needs_nothing,
               by_pixel=True, unit="|gradient|"),
        Method("smooth-grad", "SmoothGrad", "Smilkov et al. 2017", gradients.smooth_grad, _needs_nothing,
               by_pixel=True, unit="|gradient|", options={"samples": 24, "noise": 0.15}),
        Method("input-gradient", "Input × gradient", "Shrikumar et al. 2016", gradients.input_gradient, _needs_nothing,
               signed=True, by_pixel=True, unit=LOGIT),
        Method("integrated-gradients", "Integrated gradients", "Sundararajan et al. 2017",
               gradients.integrated_gradients, _needs_nothing, signed=True, by_pixel=True, unit=LOGIT, options={"steps": 32}),
        Method("deep-lift", "DeepLIFT", "Shrikumar et al. 2017", gradients.deep_lift, _needs_rules,
               signed=True, by_pixel=True, unit=LOGIT),
        Method("occlusion", "Occlusion", "Zeiler and Fergus 2014", covering.occlusion, _needs_nothing,
               signed=True, by_pixel=True, unit="logit lost", options={"window": 2}),
        Method("ablation", "Ablation by cell", "Captum's feature ablation", covering.ablation, _needs_nothing,
               signed=True, by_pixel=True, unit="logit lost"),
    )
}  # fmt: skip


def why_not(model: Model | nn.Module, method: str, *, size: tuple[int, int] | None = None) -> str | None:
    """One sentence why the method does not apply to the model; None where it does. `size` is the input's rows and
    columns, the model's own if not given.

    Raises:
        ControlError: there is no such method.
    """
    chosen = _method(method)
    module = module_of(model)
    size, name = size or input_size_of(model), type(module).__name__
    reason = None
    if isinstance(model, Model):
        name = model.entry.title
        if model.entry.family not in ("cnn", "vit", "hybrid"):
            reason = "it is no classifier of pictures"
        elif chosen.class_specific and not model.classes:
            reason = "it explains a class, and this model names none"
    reason = reason or chosen.refusal(module, token_layout(module, size), size)
    return reason and f"{chosen.title} does not apply to {name}: {reason}."


def attribute(
    model: Model | nn.Module,
    x: Picture | Float[Tensor, "batch 3 height width"],
    method: str,
    *,
    fit: Fit = "crop",
    targets: int | Sequence[int] | None = None,
    query: Query | None = None,
    progress: Callable[[int, int], None] | None = None,
    **options: Any,
) -> Attribution:
    """What the class's logit depends on in a picture, shown to a model of the catalogue by `fit`, or in each of the
    pictures x, which are as the model takes them.

    `targets` is a class for all, or one for each picture; None is each picture's likeliest. `query` is a token whose
    row is asked of the methods that follow attention, instead of the tokens the answer is read from. `progress` is
    told how much of how much is done, and cancels by raising. Nothing is set on the model.

    Raises:
        UnsupportedModel: the method does not apply, or the model is in training mode.
        ControlError: no such method, class, token or option, or an option out of its range.
    """
    chosen = _method(method)
    x, photo = as_input(model, x, fit)
    size = x.shape[-2], x.shape[-1]
    if (sentence := why_not(model, method, size=size)) is not None:
        what, _, why = sentence.partition(": ")
        raise UnsupportedModel(what, why=why.rstrip("."), do="choose another method or model")
    module = module_of(model)
    if any(part.training for part in module.modules()):
        raise refuse_training()
    if unknown := set(options) - set(chosen.options):
        have = ", ".join(chosen.options) or "nothing"
        raise ControlError(f"{chosen.title} has no option {min(unknown)}", why=f"{have} can be set")
    merged = {**chosen.options, **options}
    for name, value in merged.items():
        if name in ("steps", "samples") and not 1 <= int(value) <= 10_000:
            raise ControlError(f"{name} cannot be {value}", why="it is a number from 1 to 10,000")
    context = AttributionContext(
        model=model,
        module=module,
        x=x,
        tokens=token_layout(module, size),
        classes=targets,
        query=query,
        options=merged,
        on_progress=progress or (lambda done, of: None),
    )
    context.on_progress(0, 1)
    values = chosen.compute(context)
    context.on_progress(1, 1)
    grid = context.pixels if chosen.by_pixel else _grid(context, values)
    return Attribution(
        method=method,
        title=chosen.title,
        values=values.detach().cpu().numpy(),
        grid=grid,
        signed=chosen.signed,
        targets=context.targets if chosen.class_specific else None,
        unit=chosen.unit,
        parameters=merged | ({} if query is None else {"query": query}),
        photo=photo,
    )


def _grid(context: AttributionContext, values: Tensor) -> Grid:
    """The cells of what was found: patches or groups of them, or a feature map over the whole input."""
    rows, columns = values.shape[-2:]
    over = context.cells if context.tokens is not None else context.pixels
    return Grid(rows, columns, over.height, over.width)


def _method(name: str) -> Method:
    if name not in METHODS:
        raise ControlError(f"There is no method called {name!r}", do=f"choose among {', '.join(METHODS)}")
    return METHODS[name]
