"""Masked convolution, the other way to write pictures, to be compared with attention.

Van den Oord, Kalchbrenner, Kavukcuoglu, "Pixel Recurrent Neural Networks", ICML 2016, section 3.4. Stacked, the
masks leave a *blind spot*: pixels above and to the right that were written and are never seen, however deep the
network (van den Oord et al., "Conditional Image Generation with PixelCNN Decoders", NeurIPS 2016, section 2.2).
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from explorer.errors import ControlError

__all__ = ["MaskedConvolution", "PixelCNN"]


class MaskedConvolution(nn.Conv2d):
    """A convolution of odd size that sees rows above and, in its own row, what is to the left; the centre only
    where it does not hold the value to be predicted, that is, in every layer but the first."""

    def __init__(self, inputs: int, outputs: int, kernel: int, *, centre: bool) -> None:
        if kernel < 1 or kernel % 2 == 0:
            raise ControlError(f"A kernel of {kernel} has no centre", do="choose an odd size")
        super().__init__(inputs, outputs, kernel, padding=kernel // 2)
        middle = kernel // 2
        mask = torch.zeros(kernel, kernel)
        mask[:middle] = 1
        mask[middle, : middle + centre] = 1
        self.register_buffer("mask", mask, persistent=False)

    def forward(
        self, x: Float[Tensor, "batch inputs height width"]
    ) -> Float[Tensor, "batch outputs height width"]:
        return F.conv2d(x, self.weight * self.mask, self.bias, padding=self.padding)


class PixelCNN(nn.Sequential):
    """Masked convolutions with smooth units between them; logits of each pixel from those written before it."""

    def __init__(self, levels: int = 16, *, width: int = 32, depth: int = 6, kernel: int = 3) -> None:
        layers: list[nn.Module] = [MaskedConvolution(1, width, kernel, centre=False)]
        for _ in range(depth - 1):
            layers += [nn.ELU(), MaskedConvolution(width, width, kernel, centre=True)]
        super().__init__(*layers, nn.ELU(), nn.Conv2d(width, levels, 1))
