"""The same trained network with one thing about it changed, on a private copy: shared weights stay as they are."""

from typing import Literal

from timm.layers import AvgPool2dSame, BlurPool2d, Conv2dSame
from timm.layers.helpers import to_2tuple
from timm.layers.padding import get_same_padding
from timm.layers.pool2d_same import MaxPool2dSame
from torch import Tensor, nn
from torch.nn import functional

from explorer.errors import UnsupportedModel
from explorer.geometry import TokenLayout
from explorer.tap.clone import clone_sharing_weights

__all__ = ["STRIDES", "Padding", "Strides", "variant", "without_positions"]

Padding = Literal["circular", "as trained"]
Strides = Literal["as trained", "blurred", "one"]
STRIDES: tuple[Strides, ...] = ("as trained", "blurred", "one")


def variant(
    module: nn.Module, *, padding: Padding = "as trained", strides: Strides = "as trained"
) -> nn.Module:
    """A network with the same weights under other edges and strides.

    `circular`: every convolution and pooling reads beyond an edge what lies at the opposite one. `one`: nothing is
    skipped, so that all feature maps have the input's size. `blurred`: what was skipped to by a stride s is computed
    everywhere, smoothed by a binomial filter of 2 s − 1 cells, and only then thinned out (Zhang, "Making
    Convolutional Networks Shift-Invariant Again", 2019; there the network is trained so, here it is not).
    """
    own = clone_sharing_weights(module)
    if strides != "as trained":
        own = _replaced(own, lambda part: _unstrided(part, strides))
    if padding == "circular":
        own = _replaced(own, _circular)
    return own


def without_positions(module: nn.Module, tokens: TokenLayout) -> nn.Module:
    """A vision transformer that is not told where its patches lie.

    Raises:
        UnsupportedModel: its positions are not codes that are added to the patches.
    """
    own, code = clone_sharing_weights(module), getattr(module, "pos_embed", None)
    elsewhere = any(getattr(module, name, None) is not None for name in ("rope", "rel_pos_bias"))
    if not isinstance(code, Tensor) or code.ndim != 3 or elsewhere:
        raise UnsupportedModel(
            "The positions of this model cannot be left out",
            why="they are not codes added to the patches",
            do="choose a plain vision transformer",
        )
    blank = code.detach().clone()
    blank[:, blank.shape[1] - len(tokens.grid) :] = 0
    own.pos_embed = nn.Parameter(blank, requires_grad=False)
    return own


def _replaced(module: nn.Module, change) -> nn.Module:  # type: ignore[no-untyped-def]
    """The module with `change` of every part that has no parts, in place: it must be a private one."""
    for name, part in module.named_children():
        setattr(module, name, _replaced(part, change) if any(True for _ in part.children()) else change(part))
    return module


def _stride(part: nn.Module) -> int:
    stride = getattr(part, "stride", 1)
    return max(stride) if isinstance(stride, tuple) else int(stride or 1)


def _unstrided(part: nn.Module, strides: Strides) -> nn.Module:
    step = _stride(part)
    if not isinstance(part, nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d | BlurPool2d) or step == 1:
        return part
    if isinstance(part, BlurPool2d):
        if strides == "one":
            part.stride = 1
        return part
    part.stride = (1, 1)
    whole = _whole(part)
    if strides == "one":
        return whole
    # The filter has no channels of its own: the kernel is the same for all.
    return Several(whole, Blur(step)).eval()


def _whole(part: nn.Conv2d | nn.MaxPool2d | nn.AvgPool2d) -> nn.Module:
    """A part of stride 1 that gives as many cells as it is given: what its windows lack is put after the last."""
    if isinstance(part, SAME) or isinstance(part.padding, str):
        return part  # it sees to that itself
    kernel, dilation, padding = (
        to_2tuple(pair) for pair in (part.kernel_size, getattr(part, "dilation", 1), part.padding)
    )
    rows, columns = (max(0, d * (k - 1) - 2 * p) for k, d, p in zip(kernel, dilation, padding, strict=True))
    if not rows and not columns:
        return part
    mode = "constant" if isinstance(part, nn.Conv2d) else "replicate"
    return Several(Beyond((0, columns, 0, rows), mode), part)


class Several(nn.Module):
    """Parts one after another in the place of one: no sequence, whose parts would be looked at as layers."""

    def __init__(self, *parts: nn.Module) -> None:
        super().__init__()
        self.parts = nn.ModuleList(parts)

    def forward(self, x: Tensor) -> Tensor:
        for part in self.parts:
            x = part(x)
        return x


class Blur(nn.Module):
    """timm's blur pooling for as many channels as come; of n cells ⌈n / stride⌉ are left."""

    def __init__(self, stride: int, pad_mode: str = "reflect") -> None:
        super().__init__()
        self.stride, self.pad_mode = stride, pad_mode

    def forward(self, x: Tensor) -> Tensor:
        pool = BlurPool2d(x.shape[1], 2 * self.stride - 1, self.stride, pad_mode=self.pad_mode)
        pool.padding = [self.stride - 1] * 4  # timm's own is too wide for strides over 2
        return pool.to(x.device, x.dtype)(x)


class Beyond(nn.Module):
    """So many cells to the left, to the right, above and below: zeros, the edge's own, or those at the opposite."""

    def __init__(self, cells: tuple[int, int, int, int], pad_mode: str) -> None:
        super().__init__()
        self.cells, self.pad_mode = cells, pad_mode

    def forward(self, x: Tensor) -> Tensor:
        return functional.pad(x, self.cells, mode=self.pad_mode)


SAME = Conv2dSame | MaxPool2dSame | AvgPool2dSame
"""They pad by the size of what they are given."""


class SameAround(nn.Module):
    """A part that pads by the size of what it is given, as TensorFlow does, reading there the opposite edge."""

    def __init__(self, part: "Conv2dSame | MaxPool2dSame | AvgPool2dSame") -> None:
        super().__init__()
        self.part = part
        self.windows = [
            to_2tuple(pair) for pair in (part.kernel_size, part.stride, getattr(part, "dilation", 1))
        ]

    def forward(self, x: Tensor) -> Tensor:
        part, (kernel, stride, dilation) = self.part, self.windows
        rows, columns = (
            get_same_padding(*per_axis)
            for per_axis in zip(x.shape[-2:], kernel, stride, dilation, strict=True)
        )
        above, left = rows // 2, columns // 2
        x = functional.pad(x, (left, columns - left, above, rows - above), mode="circular")
        if isinstance(part, Conv2dSame):
            return functional.conv2d(x, part.weight, part.bias, stride, 0, dilation, part.groups)
        if isinstance(part, MaxPool2dSame):
            return functional.max_pool2d(x, kernel, stride, 0, dilation)
        return functional.avg_pool2d(x, kernel, stride)


def _circular(part: nn.Module) -> nn.Module:
    if isinstance(part, SAME):
        return SameAround(part)
    if isinstance(part, nn.Conv2d):
        part.padding_mode = "circular"
    elif isinstance(part, Beyond | Blur | BlurPool2d):
        part.pad_mode = "circular"
    elif isinstance(part, nn.MaxPool2d | nn.AvgPool2d) and part.padding:
        rows, columns = to_2tuple(part.padding)
        part.padding = 0
        return Several(Beyond((columns, columns, rows, rows), "circular"), part)
    return part
