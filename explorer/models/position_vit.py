"""Small vision transformers that are alike but for how they are told where a patch lies.

No class token: the prediction is read from the mean over patches, so that without positions the order of the
patches cannot matter. Sine: Vaswani et al. 2017, for rows and columns apart; learned: Dosovitskiy et al. 2021,
appendix D.4; relative bias: Liu et al., "Swin Transformer", 2021; rotary: Su et al., "RoFormer", 2021, for rows
and columns apart.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from explorer.errors import ControlError
from explorer.models.sequence_models import sine_positions

__all__ = ["CODES", "PositionViT"]

CODES = {
    "none": "no positions",
    "learned-1d": "1-D learned",
    "learned-2d": "2-D learned",
    "sine-2d": "2-D sine",
    "relative": "relative bias",
    "rotary": "rotary",
}
"""Title of each variant, by its name."""
PERIOD = 100.0
"""The longest wavelength of a rotation is 2π times this, in patches."""


class PositionViT(nn.Module):
    """`code` is one of `CODES`; `size` is the picture's side in pixels, `patch` that of a patch."""

    def __init__(
        self,
        code: str,
        *,
        size: int = 8,
        patch: int = 1,
        channels: int = 1,
        dim: int = 48,
        depth: int = 4,
        heads: int = 4,
        classes: int = 10,
    ) -> None:
        super().__init__()
        if code not in CODES:
            raise ControlError(f"There is no code called {code!r}", do=f"choose among {', '.join(CODES)}")
        self.code, self.side, self.dim, self.heads = code, size // patch, dim, heads
        self.patches = nn.Conv2d(channels, dim, patch, stride=patch)
        if code == "learned-1d":
            self.table = nn.Parameter(torch.randn(self.side**2, dim) * 0.1)
        if code == "learned-2d":
            self.rows = nn.Parameter(torch.randn(self.side, dim // 2) * 0.1)
            self.columns = nn.Parameter(torch.randn(self.side, dim // 2) * 0.1)
        offsets = 2 * self.side - 1
        self.layers = nn.ModuleList(
            _Layer(dim, heads, offsets if code == "relative" else 0) for _ in range(depth)
        )
        self.norm = nn.LayerNorm(dim)
        self.head = nn.Linear(dim, classes)

    def no_weight_decay(self) -> set[str]:
        return {"table", "rows", "columns", *(f"layers.{n}.bias" for n in range(len(self.layers)))}

    def forward(
        self,
        x: Float[Tensor, "batch channels height width"],
        *,
        order: Int[Tensor, " patches"] | None = None,
        places: Int[Tensor, " patches"] | None = None,
        coded: bool = True,
    ) -> Float[Tensor, "batch classes"]:
        """Logits. `order` says which patch comes at each place, `places` whose position each token is told;
        without `coded` it is told none. A picture of another size has its positions interpolated."""
        tokens = self.patches(x)
        grid = (tokens.shape[2], tokens.shape[3])
        tokens = tokens.flatten(2).transpose(1, 2)  # batch, patches, dim
        places = torch.arange(tokens.shape[1], device=x.device) if places is None else places
        if order is not None:
            tokens = tokens[:, order]
        code = self.absolute(grid) if coded else None
        if code is not None:
            tokens = tokens + code[places]
        turns = self.rotations(grid)[places] if coded and self.code == "rotary" else None
        for layer in self.layers:
            bias = None
            if coded and self.code == "relative":
                bias = layer.bias_between(grid)[:, places][:, :, places]
            tokens = layer(tokens, bias=bias, turns=turns)
        return self.head(self.norm(tokens).mean(1))

    def absolute(self, grid: tuple[int, int]) -> Float[Tensor, "patches width"] | None:
        """What is added to each patch of a grid of rows x columns; None where nothing is."""
        if self.code == "learned-1d":
            table = self.table.T.unflatten(1, (self.side, self.side))[None]
            return _resized(table, grid)[0].flatten(1).T
        if self.code == "learned-2d":
            return _crossed(
                *(_line(part, count) for part, count in zip((self.rows, self.columns), grid, strict=True))
            )
        if self.code == "sine-2d":
            sines = sine_positions(self.side, self.dim // 2).to(self.head.weight)
            return _crossed(*(_line(sines, count) for count in grid))
        return None

    def rotations(self, grid: tuple[int, int]) -> Float[Tensor, "patches pairs"]:
        """The angle by which each pair of numbers of a query or key is turned: first those of rows, then of columns."""
        pairs = self.dim // self.heads // 4
        rate = PERIOD ** (-torch.arange(pairs, dtype=torch.float64) / pairs)
        rows, columns = (
            ((torch.arange(count, dtype=torch.float64) + 0.5) * self.side / count - 0.5)[:, None] * rate
            for count in grid
        )
        return _crossed(rows, columns).to(self.head.weight)


class _Layer(nn.Module):
    """A layer that normalises first; with `offsets` it has a bias for each offset of rows and of columns."""

    def __init__(self, dim: int, heads: int, offsets: int) -> None:
        super().__init__()
        self.heads = heads
        self.attention_norm, self.hidden_norm = nn.LayerNorm(dim), nn.LayerNorm(dim)
        self.qkv, self.out = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)
        self.hidden, self.shrink = nn.Linear(dim, 3 * dim), nn.Linear(3 * dim, dim)
        self.bias = nn.Parameter(torch.zeros(heads, offsets, offsets)) if offsets else None

    def forward(self, x: Tensor, *, bias: Tensor | None, turns: Tensor | None) -> Tensor:
        q, k, v = self.qkv(self.attention_norm(x)).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        if turns is not None:
            q, k = _turned(q, turns), _turned(k, turns)
        mask = None if bias is None else bias[None].to(q.dtype)
        heads = F.scaled_dot_product_attention(q, k, v, attn_mask=mask)
        x = x + self.out(heads.transpose(1, 2).flatten(2))
        return x + self.shrink(F.gelu(self.hidden(self.hidden_norm(x))))

    def bias_between(self, grid: tuple[int, int]) -> Float[Tensor, "heads patches patches"]:
        """The bias from each patch to each: that of key's row and column minus the query's."""
        assert self.bias is not None
        rows, columns = grid
        table = _resized(self.bias[None], (2 * rows - 1, 2 * columns - 1))[0]
        at = torch.arange(rows * columns, device=table.device)
        row, column = at // columns, at % columns
        return table[:, row[None] - row[:, None] + rows - 1, column[None] - column[:, None] + columns - 1]


def _turned(x: Tensor, turns: Tensor) -> Tensor:
    """Each pair of neighbouring numbers turned by its angle."""
    even, odd = x[..., 0::2], x[..., 1::2]
    cosine, sine = turns.cos().to(x.dtype), turns.sin().to(x.dtype)
    return torch.stack([even * cosine - odd * sine, even * sine + odd * cosine], -1).flatten(-2)


def _crossed(rows: Tensor, columns: Tensor) -> Tensor:
    """A row's numbers, then a column's, for every patch of the grid."""
    across = (len(rows), len(columns), -1)
    return torch.cat([rows[:, None].expand(across), columns[None].expand(across)], -1).flatten(0, 1)


def _resized(table: Tensor, grid: tuple[int, int]) -> Tensor:
    if tuple(table.shape[-2:]) == tuple(grid):
        return table
    return F.interpolate(table, size=grid, mode="bicubic", align_corners=False)


def _line(table: Tensor, count: int) -> Tensor:
    if len(table) == count:
        return table
    return F.interpolate(table.T[None], size=count, mode="linear", align_corners=False)[0].T
