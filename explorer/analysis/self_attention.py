"""Self-attention of one layer, step by step: every tensor between its input and its output.

Vaswani et al., "Attention Is All You Need", 2017, section 3.2: q = x Wq, k = x Wk, v = x Wv in every head,
softmax(q kᵀ / √d) v, heads joined, times Wo.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Shaped
from torch import Tensor, nn

from explorer.analysis.attention_parts import depth_of, parts_of
from explorer.analysis.result import Result
from explorer.errors import ControlError, UnsupportedModel
from explorer.tap import AttentionCall, Change, Observation, intervene, observe
from explorer.zoo.model import Model, module_of

__all__ = [
    "STEPS",
    "SelfAttention",
    "Step",
    "attend",
    "observe_layers",
    "self_attention",
    "steps_of",
]

STEPS: dict[str, str] = {
    "embeddings": "x",
    "queries": "q = x Wq",
    "keys": "k = x Wk",
    "values": "v = x Wv",
    "products": "q kᵀ",
    "scaled": "q kᵀ / √d",
    "weights": "softmax(q kᵀ / √d)",
    "weighted": "softmax(q kᵀ / √d) v",
    "joined": "[head 1, …, head h]",
    "output": "[head 1, …, head h] Wo",
}
"""The steps in their order, each with its formula."""
TOLERANCE = 1e-3


@dataclass(frozen=True, eq=False)
class Step:
    """One tensor on the way, of one head where it has heads: a row for each token."""

    name: str
    formula: str
    values: Float[np.ndarray, "tokens columns"]
    over_tokens: bool
    """Whether the columns are tokens, and not dimensions."""


@dataclass(frozen=True, eq=False)
class SelfAttention(Result):
    """Everything that one attention layer computed for one input, in the order in which it did."""

    embeddings: Float[np.ndarray, "tokens width"]
    """What enters the layer, after its normalisation."""
    queries: Float[np.ndarray, "heads tokens dim"]
    """After query and key normalisation and rotary positions, where the layer has them; so the keys."""
    keys: Float[np.ndarray, "heads tokens dim"]
    values: Float[np.ndarray, "heads tokens value_dim"]
    products: Float[np.ndarray, "heads tokens tokens"]
    scaled: Float[np.ndarray, "heads tokens tokens"]
    """With temperature and bias; −∞ where a query may not look."""
    weights: Float[np.ndarray, "heads tokens tokens"]
    weighted: Float[np.ndarray, "heads tokens value_dim"]
    joined: Float[np.ndarray, "tokens joined"]
    output: Float[np.ndarray, "tokens width"]
    scale: float
    change: Change
    layer: int = 0
    layer_name: str = ""
    output_before: Float[np.ndarray, "tokens width"] | None = None
    """The layer's output without the change."""
    prediction: Float[np.ndarray, "..."] | None = None
    """The model's own output."""
    prediction_changed: Float[np.ndarray, "..."] | None = None
    """The model's output when this layer is changed."""

    @property
    def heads(self) -> int:
        return self.queries.shape[0]

    @property
    def tokens(self) -> int:
        return self.queries.shape[1]

    @property
    def dim(self) -> int:
        """d, the length of a query."""
        return self.queries.shape[2]

    @property
    def moved(self) -> Float[np.ndarray, " tokens"]:
        """How far the change moved each token's output: Euclidean distance over the length it had; 0 of 0 is 0."""
        before = self.output if self.output_before is None else self.output_before
        length = np.linalg.norm(before, axis=-1)
        distance = np.linalg.norm(self.output - before, axis=-1)
        return np.divide(distance, length, out=np.zeros_like(distance), where=length > 0)

    def step(self, name: str, head: int = 0) -> Step:
        """One step; `head` counts where the step has heads.

        Raises:
            ControlError: there is no such step or head.
        """
        if name not in STEPS:
            raise ControlError(f"There is no step called {name!r}", do=f"choose among {', '.join(STEPS)}")
        self._check(head=head)
        values = getattr(self, name)
        return Step(
            name,
            STEPS[name],
            values[head] if values.ndim == 3 else values,
            over_tokens=name in ("products", "scaled", "weights"),
        )

    def product_of(self, query: int, key: int, head: int) -> tuple[np.ndarray, np.ndarray, float]:
        """The two vectors whose product a cell of `products` is, and the product."""
        self._check(head=head, query=query)
        self._check(query=key)
        return (
            self.queries[head, query],
            self.keys[head, key],
            float(self.products[head, query, key]),
        )

    def _check(self, *, head: int = 0, query: int = 0) -> None:
        for what, chosen, count in (("head", head, self.heads), ("token", query, self.tokens)):
            if not 0 <= chosen < count:
                raise ControlError(f"There is no {what} {chosen}", why=f"there are 0 to {count - 1}")


@torch.no_grad()
def attend(
    call: AttentionCall,
    embeddings: Float[Tensor, "tokens width"],
    *,
    project: Any,
    change: Change | None = None,
    layer: int = 0,
    sample: int = 0,
) -> SelfAttention:
    """The steps of one call; `project` is what the joined heads go through."""
    change = change or Change()
    own = slice(sample, sample + 1)
    one = AttentionCall(
        call.name,
        call.queries[own],
        call.keys[own],
        call.values[own],
        call.scale,
        call.bias if call.bias is None or len(call.bias) == 1 else call.bias[own],
        call.causal,
    )

    def run(given: AttentionCall) -> tuple[Tensor, ...]:
        products = given.queries @ given.keys.transpose(-2, -1)
        scaled, weights = given.scores(0, given.tokens), given.weights()
        weighted = weights @ given.values
        joined = weighted.transpose(1, 2).flatten(2)
        return tuple(tensor[0] for tensor in (products, scaled, weights, weighted, joined, project(joined)))

    changed = change.of(one)
    products, scaled, weights, weighted, joined, output = run(changed)
    before = output if change.nothing else run(one)[-1]
    return SelfAttention(
        embeddings=_array(embeddings),
        queries=_array(one.queries[0]),
        keys=_array(one.keys[0]),
        values=_array(one.values[0]),
        products=_array(products),
        scaled=_array(scaled),
        weights=_array(weights),
        weighted=_array(weighted),
        joined=_array(joined),
        output=_array(output),
        scale=changed.scale,
        change=change,
        layer=layer,
        layer_name=call.name,
        output_before=_array(before),
    )


def self_attention(
    model: Model | nn.Module,
    x: Shaped[Tensor, "batch ..."],
    layer: int,
    *,
    change: Change | None = None,
    sample: int = 0,
) -> SelfAttention:
    """The steps of one layer (from 0) of a timm vision transformer, of our word model or of a BERT, and the model's
    output with and without the change.

    Raises:
        ControlError: there is no such layer, head or token.
        UnsupportedModel: the layer does more than these steps.
    """
    with torch.no_grad():
        seen = observe(model, x, activations=parts_of(module_of(model), layer)[:2])
    return steps_of(model, x, seen, layer, change=change, sample=sample)


def observe_layers(model: Model | nn.Module, x: Shaped[Tensor, "batch ..."]) -> Observation:
    """One pass that holds what `steps_of` needs of every layer.

    Raises:
        UnsupportedModel: the layers are of a kind not known here.
    """
    module = module_of(model)
    names = [name for layer in range(depth_of(module)) for name in parts_of(module, layer)[:2]]
    with torch.no_grad():
        return observe(model, x, activations=tuple(dict.fromkeys(names)))


def steps_of(
    model: Model | nn.Module,
    x: Shaped[Tensor, "batch ..."],
    seen: Observation,
    layer: int,
    *,
    change: Change | None = None,
    sample: int = 0,
) -> SelfAttention:
    """The steps of a layer (from 0) from a pass over x that was observed; only a change needs another pass.

    Raises:
        ControlError: there is no such layer, head or token.
        UnsupportedModel: the layer does more than these steps.
    """
    entering, leaving, project = parts_of(module_of(model), layer)
    given = seen.activations[entering][sample]
    plain = attend(seen.call(layer), given, project=project, layer=layer, sample=sample)
    own = _array(seen.activations[leaving][sample])
    if np.abs(plain.output - own).max() > TOLERANCE * max(1.0, float(np.abs(own).max())):
        raise UnsupportedModel(
            "The steps of this layer cannot be shown",
            why="it does more than project, score, weigh and join",
            do="choose another model",
        )
    prediction = _array(seen.output[sample])
    if change is None or change.nothing:
        return replace(plain, prediction=prediction, prediction_changed=prediction)
    attended = attend(seen.call(layer), given, project=project, change=change, layer=layer, sample=sample)
    after = intervene(model, x[sample : sample + 1], {layer: change})
    return replace(attended, prediction=prediction, prediction_changed=_array(after[0]))


def _array(x: Tensor) -> np.ndarray:
    return x.detach().to("cpu", torch.float64 if x.dtype == torch.float64 else torch.float32).numpy()
