"""ImageGPT with the same way of stepping as our own models.

Chen, Radford, Child, Wu, Jun, Luan, Sutskever, "Generative Pretraining from Pixels", ICML 2020. A pixel is one
of 512 colours found by clustering, a picture of 32 x 32 is 1,024 values, and every value sees all before it.
"""

from pathlib import Path
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from explorer.errors import CheckpointError
from explorer.models.memory_blocks import Canvas, MemoryBlocks
from explorer.models.palette import Palette, clusters_palette

__all__ = ["ImageGPT", "read_image_gpt"]


class ImageGPT(nn.Module):
    """transformers' ImageGPT as a writer of pictures."""

    classes = 0
    low = None

    def __init__(self, model: nn.Module, palette: Palette) -> None:
        super().__init__()
        self.model: Any = model
        self.palette = palette
        self.levels = palette.levels
        side = round(model.config.n_positions**0.5)
        self.blocks = self.slot_blocks = MemoryBlocks(Canvas(side, side, 1))
        self.begin = model.config.vocab_size - 1
        """The value that stands before the first."""

    @property
    def depth(self) -> int:
        return int(self.model.config.n_layer)

    @property
    def heads(self) -> int:
        return int(self.model.config.n_head)

    @property
    def canvas(self) -> Canvas:
        return self.blocks.canvas

    def forward(
        self,
        values: Int[Tensor, "batch steps"],
        labels: Any = None,
        low: Any = None,
        *,
        length: int | None = None,
    ) -> Float[Tensor, "batch length levels"]:
        """Logits of the first `length` values (None: all) in one parallel pass."""
        length = self.canvas.values if length is None else length
        return self.model(input_ids=self.fed(values, length), use_cache=False).logits[..., : self.levels]

    def fed(self, values: Int[Tensor, "batch steps"], length: int) -> Int[Tensor, "batch length"]:
        """What the first slots are fed: the value that begins, then the values one slot late."""
        return torch.cat([values.new_full((len(values), 1), self.begin), values[:, : length - 1]], 1)

    def cache(self, batch: int, labels: Any = None, low: Any = None) -> "ImageGPTCache":
        return ImageGPTCache(self)


class ImageGPTCache:
    """transformers' own growing cache, cut off when the writing goes back."""

    small = False

    def __init__(self, writer: ImageGPT) -> None:
        from transformers import DynamicCache

        self._writer = writer
        self._kept = DynamicCache(config=writer.model.config)

    @property
    def nbytes(self) -> int:
        """Bytes of keys and values held."""
        if not self._kept.get_seq_length():
            return 0
        return sum(layer.keys.nbytes + layer.values.nbytes for layer in self._kept.layers)

    @torch.inference_mode()
    def step(self, step: int, values: Int[Tensor, "batch steps"]) -> Float[Tensor, "batch levels"]:
        """Logits of the value of this step."""
        self.catch_up(step, values)
        return self._slots(step, step + 1, values)[:, -1, : self._writer.levels]

    @torch.inference_mode()
    def catch_up(self, step: int, values: Int[Tensor, "batch steps"]) -> None:
        """Compute the slots before that of this step."""
        self.forget(step)
        if (ready := self._kept.get_seq_length()) < step:
            self._slots(ready, step, values)

    def forget(self, step: int) -> None:
        """Cut off the slot of this step and those after it."""
        if (beyond := self._kept.get_seq_length() - step) > 0:
            self._kept.crop(-beyond)

    def _slots(self, first: int, end: int, values: Tensor) -> Float[Tensor, "batch slots vocabulary"]:
        fed = self._writer.fed(values, end)[:, first:]
        return self._writer.model(input_ids=fed, past_key_values=self._kept, use_cache=True).logits


def read_image_gpt(folder: Path) -> ImageGPT:
    """An ImageGPT from a folder as the hub lays it out: config, weights, and the colours in the preprocessor's file.

    Raises:
        CheckpointError: it is not an ImageGPT, or its colours are missing.
    """
    import json

    from transformers import ImageGPTForCausalImageModeling

    colours = folder / "preprocessor_config.json"
    try:
        clusters = np.array(json.loads(colours.read_text(encoding="utf-8"))["clusters"], float)
        model = ImageGPTForCausalImageModeling.from_pretrained(folder, local_files_only=True)
    except (OSError, ValueError, KeyError) as error:
        raise CheckpointError(
            f"{folder.name} holds no ImageGPT",
            why=str(error).splitlines()[0],
            do="fetch it again from the hub",
        ) from error
    if clusters.ndim != 2 or len(clusters) != model.config.vocab_size - 1:
        raise CheckpointError(f"{colours.name} does not hold the model's colours")
    for layer in model.transformer.h:
        _open(layer.attn)
    return ImageGPT(model.eval().requires_grad_(False), clusters_palette(clusters))


def _open(attention: Any) -> None:
    """Let a layer attend by PyTorch's own function, which can be watched; transformers multiplies it out."""
    scale = float(attention.head_dim) ** -0.5 if attention.scale_attn_weights else 1.0
    if attention.scale_attn_by_inverse_layer_idx:
        scale /= attention.layer_idx + 1

    def attend(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None = None) -> tuple[Tensor, None]:
        new, all_ = query.shape[-2], key.shape[-2]
        seen = torch.ones(new, all_, dtype=torch.bool, device=query.device).tril(all_ - new)
        if mask is not None:
            seen = torch.where(seen, mask.to(query.dtype), torch.finfo(query.dtype).min)
        return F.scaled_dot_product_attention(query, key, value, attn_mask=seen, scale=scale), None

    attention._attn = attention._upcast_and_reordered_attn = attend
