"""The same trained network with one thing about it changed, on a private copy: shared weights stay as they are."""

from typing import Literal

from timm.layers import BlurPool2d, Conv2dSame
from torch import Tensor, nn
from torch.nn import functional

from explorer.errors import UnsupportedModel
from explorer.geometry import TokenLayout
from explorer.tap.twin import twin

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

    Raises:
        UnsupportedModel: it pads in a way of its own.
    """
    own = twin(module)
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
    own, code = twin(module), getattr(module, "pos_embed", None)
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
    part.stride = 1 if not isinstance(part, nn.Conv2d) else (1, 1)
    if strides == "one":
        return part
    # The filter has no channels of its own: the kernel is the same for all.
    return nn.Sequential(part, Blur(step)).eval()


class Blur(nn.Module):
    """timm's blur pooling for as many channels as come."""

    def __init__(self, stride: int, pad_mode: str = "reflect") -> None:
        super().__init__()
        self.stride, self.pad_mode = stride, pad_mode

    def forward(self, x: Tensor) -> Tensor:
        pool = BlurPool2d(x.shape[1], 2 * self.stride - 1, self.stride, pad_mode=self.pad_mode)
        return pool.to(x.device, x.dtype)(x)


class CircularPool(nn.Module):
    """A pooling whose picture is a torus."""

    def __init__(self, pool: nn.Module, padding: int) -> None:
        super().__init__()
        self.pool, self.padding = pool, padding

    def forward(self, x: Tensor) -> Tensor:
        return self.pool(functional.pad(x, (self.padding,) * 4, mode="circular"))


def _circular(part: nn.Module) -> nn.Module:
    if isinstance(part, Conv2dSame):
        raise UnsupportedModel(
            "The edges of this model cannot be joined", why="its padding depends on the size of the picture"
        )
    if isinstance(part, nn.Conv2d):
        part.padding_mode = "circular"
    elif isinstance(part, Blur | BlurPool2d):
        part.pad_mode = "circular"
    elif isinstance(part, nn.MaxPool2d | nn.AvgPool2d) and part.padding:
        padding = part.padding if isinstance(part.padding, int) else max(part.padding)
        part.padding = 0
        return CircularPool(part, padding)
    return part
