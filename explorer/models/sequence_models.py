"""Six ways to read a sequence, all causal, with the same number of parameters to a tenth.

Recurrent: Elman 1990, LSTM (Hochreiter, Schmidhuber 1997), GRU (Cho et al. 2014). Convolutional: plain, and
dilated with residual branches (van den Oord et al., "WaveNet", 2016). Attention: Vaswani et al. 2017.
"""

import math
from collections.abc import Callable

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from explorer.models.transformer_layer import Layer

__all__ = ["SEQUENCE_MODELS", "SequenceModel", "sine_positions"]


class SequenceModel(nn.Module):
    """Symbols in; at every place the logits of the answer, from that place and those before it."""

    def __init__(self, symbols: int, answers: int, dim: int) -> None:
        super().__init__()
        self.dim = dim
        self.embed = nn.Embedding(symbols, dim)
        self.readout = nn.Linear(dim, answers)

    def forward(self, numbers: Int[Tensor, "batch places"]) -> Float[Tensor, "batch places answers"]:
        return self.read(self.embed(numbers))

    def read(self, x: Float[Tensor, "batch places width"]) -> Float[Tensor, "batch places answers"]:
        """From embeddings, so that gradients with respect to them can be had."""
        return self.readout(self.mix(x))

    def mix(self, x: Float[Tensor, "batch places width"]) -> Float[Tensor, "batch places width"]:
        """What differs between the six."""
        raise NotImplementedError

    def reach(self) -> float:
        """How many steps before its own place an answer can depend on; ∞ where nothing bounds it."""
        return math.inf

    def sequential_steps(self, length: int) -> int:
        """Steps that must wait for each other, a layer at a place or at all places being one."""
        raise NotImplementedError

    def longest_path(self, length: int) -> float:
        """Steps between the first input and the last output; ∞ where no way leads there."""
        raise NotImplementedError

    def operations(self, length: int) -> int:
        """Floating point operations of the matrix products of a pass, a multiplication and an addition being two."""
        return 2 * length * self.readout.weight.numel()


class Recurrent(SequenceModel):
    """One recurrent layer: what it knows of the past is one vector."""

    def __init__(self, symbols: int, answers: int, *, cell: str, dim: int) -> None:
        super().__init__(symbols, answers, dim)
        self.cells = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}[cell](dim, dim, batch_first=True)

    def mix(self, x: Float[Tensor, "batch places width"]) -> Float[Tensor, "batch places width"]:
        return self.cells(x)[0]

    def sequential_steps(self, length: int) -> int:
        return length

    def longest_path(self, length: int) -> float:
        return length

    def operations(self, length: int) -> int:
        inside = self.cells.weight_ih_l0.numel() + self.cells.weight_hh_l0.numel()
        return super().operations(length) + 2 * length * inside


class Convolutional(SequenceModel):
    """Causal convolutions one after the other; with `residual` each is a branch beside the identity."""

    def __init__(
        self,
        symbols: int,
        answers: int,
        *,
        dim: int,
        kernel: int,
        dilations: tuple[int, ...] | list[int],
        residual: bool,
    ) -> None:
        super().__init__(symbols, answers, dim)
        self.kernel, self.residual = kernel, residual
        self.convolutions = nn.ModuleList(
            nn.Conv1d(dim, dim, kernel, dilation=dilation) for dilation in dilations
        )

    def mix(self, x: Float[Tensor, "batch places width"]) -> Float[Tensor, "batch places width"]:
        x = x.transpose(1, 2)
        for layer in self.convolutions:
            padded = F.pad(x, ((self.kernel - 1) * layer.dilation[0], 0))
            y = layer(F.gelu(padded)) if self.residual else F.gelu(layer(padded))
            x = x + y if self.residual else y
        return x.transpose(1, 2)

    def reach(self) -> float:
        return sum((self.kernel - 1) * layer.dilation[0] for layer in self.convolutions)

    def sequential_steps(self, length: int) -> int:
        return len(self.convolutions)

    def longest_path(self, length: int) -> float:
        """Residual branches can be gone past: the path is as many layers as the distance needs."""
        if not self.residual:
            return len(self.convolutions) if self.reach() >= length - 1 else math.inf
        left: int = length - 1
        used = 0
        steps: list[int] = sorted(
            ((self.kernel - 1) * layer.dilation[0] for layer in self.convolutions), reverse=True
        )
        for step in steps:
            if left <= 0:
                break
            left, used = left - step, used + 1
        return used if left <= 0 else math.inf

    def operations(self, length: int) -> int:
        inside = sum(layer.weight.numel() for layer in self.convolutions)
        return super().operations(length) + 2 * length * inside


class Attentive(SequenceModel):
    """Layers of causal self-attention over sine positions."""

    def __init__(self, symbols: int, answers: int, *, dim: int, depth: int, heads: int) -> None:
        super().__init__(symbols, answers, dim)
        self.layers = nn.ModuleList(Layer(dim, heads, 4 * dim) for _ in range(depth))
        self.norm = nn.LayerNorm(dim)

    def mix(self, x: Float[Tensor, "batch places width"]) -> Float[Tensor, "batch places width"]:
        places = x.shape[1]
        x = x + sine_positions(places, self.dim).to(x)
        seen = torch.ones(places, places, dtype=torch.bool, device=x.device).tril()[None, None]
        for layer in self.layers:
            x = layer(x, seen=seen)
        return self.norm(x)

    def sequential_steps(self, length: int) -> int:
        return len(self.layers)

    def longest_path(self, length: int) -> float:
        return 1

    def operations(self, length: int) -> int:
        maps = sum(part.weight.numel() for part in self.layers.modules() if isinstance(part, nn.Linear))
        attention = len(self.layers) * 2 * length * length * self.dim
        return super().operations(length) + 2 * length * maps + 2 * attention


def sine_positions(places: int, dim: int) -> Float[Tensor, "places dim"]:
    """Sines and cosines of wavelengths from 2π to 10,000 · 2π places (Vaswani et al. 2017, section 3.5)."""
    rate = 10_000.0 ** (-torch.arange(0, dim, 2, dtype=torch.float64) / dim)
    angle = torch.arange(places, dtype=torch.float64)[:, None] * rate
    return torch.stack([angle.sin(), angle.cos()], -1).flatten(1)[:, :dim].float()


SEQUENCE_MODELS: dict[str, tuple[str, Callable[..., SequenceModel], dict]] = {
    "rnn": ("RNN", Recurrent, {"cell": "rnn", "dim": 112}),
    "lstm": ("LSTM", Recurrent, {"cell": "lstm", "dim": 58}),
    "gru": ("GRU", Recurrent, {"cell": "gru", "dim": 67}),
    "cnn": (
        "1-D CNN",
        Convolutional,
        {"dim": 37, "kernel": 5, "dilations": [1, 1, 1, 1], "residual": False},
    ),
    "dilated": (
        "dilated residual CNN",
        Convolutional,
        {"dim": 34, "kernel": 3, "dilations": [1, 2, 4, 8, 16, 32, 64, 128], "residual": True},
    ),
    "transformer": ("Transformer", Attentive, {"dim": 34, "depth": 2, "heads": 2}),
}
"""Title, class and options of each, by its name."""
