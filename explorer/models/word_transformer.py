"""A small masked language model: words in, at each place the logits of the word that should stand there.

Devlin et al., "BERT", 2019, in small: an encoder that sees the whole sentence, some of its words masked.
"""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from explorer.errors import ControlError
from explorer.models.transformer_layer import Layer

__all__ = ["WordTransformer"]


class WordTransformer(nn.Module):
    """Learned positions, layers that normalise first, and the embedding as readout. Number 0 is padding.

    `near` is how many words on either side the first layer sees; the layers after it see all (None: so does the
    first). With it a word learns first what stands beside it, and then looks for what that asks for.
    """

    def __init__(
        self,
        words: int,
        *,
        length: int = 48,
        dim: int = 96,
        depth: int = 3,
        heads: int = 4,
        hidden: int = 256,
        near: int | None = None,
        dropout: float = 0.0,
    ) -> None:
        super().__init__()
        self.embed = nn.Embedding(words, dim)
        self.positions = nn.Parameter(torch.randn(length, dim) * 0.1)
        self.layers = nn.ModuleList(Layer(dim, heads, hidden, dropout=dropout) for _ in range(depth))
        self.near = near
        self.norm = nn.LayerNorm(dim)
        self.bias = nn.Parameter(torch.zeros(words))
        nn.init.normal_(self.embed.weight, std=dim**-0.5)

    def no_weight_decay(self) -> set[str]:
        return {"positions", "embed.weight"}

    def forward(self, numbers: Int[Tensor, "batch places"]) -> Float[Tensor, "batch places words"]:
        """Logits of every word at every place.

        Raises:
            ControlError: there are more places than positions.
        """
        places = numbers.shape[1]
        if places > len(self.positions):
            raise ControlError(f"{places} words are too many", why=f"the model reads {len(self.positions)}")
        x = self.embed(numbers) + self.positions[:places]
        read = numbers != 0
        # A mask only where there is padding: without one the attention is what the page explains.
        seen = None if bool(read.all()) else read[:, None, None]
        for number, layer in enumerate(self.layers):
            x = layer(x, seen=self._beside(seen, places) if number == 0 else seen)
        return nn.functional.linear(self.norm(x), self.embed.weight, self.bias)

    def _beside(
        self, seen: Bool[Tensor, "batch 1 1 places"] | None, places: int
    ) -> Bool[Tensor, "_ 1 _ places"] | None:
        """What the first layer may see; padding sees itself, because a row without anything has no softmax."""
        if self.near is None:
            return seen
        at = torch.arange(places, device=self.positions.device)
        apart = (at[:, None] - at).abs()[None, None]
        beside = apart <= self.near
        return beside if seen is None else beside & (seen | (apart == 0))
