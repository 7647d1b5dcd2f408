"""A stack of layers written in one line, as a network.

"conv7s2c32 maxpool3s2 residual(conv3,conv3) conv3x5d2" reads: a 7 x 7 convolution of stride 2 to 32 channels,
a 3 x 3 max pooling of stride 2, a block of two 3 x 3 convolutions with a shortcut around them, and a
convolution of 3 rows by 5 columns with dilation 2. What is left out is the default: stride 1, dilation 1,
the padding that keeps the size at stride 1 ("p0", or "p1x0" for rows and columns, sets another), and as many
channels as before.
"""

import re
from collections import OrderedDict
from dataclasses import dataclass
from typing import Literal, get_args

from torch import Tensor, nn

from explorer.errors import ControlError
from explorer.zoo.seeded import seeded

__all__ = [
    "KINDS",
    "LIMITS",
    "Kind",
    "LayerSpec",
    "build",
    "parse",
]

Kind = Literal["conv", "depthwise", "maxpool", "avgpool", "residual"]
KINDS: tuple[Kind, ...] = get_args(Kind)
LIMITS = {"layers": 24, "kernel": 15, "stride": 4, "dilation": 16, "channels": 256}
_ALIASES = {"dw": "depthwise", "max": "maxpool", "avg": "avgpool", "res": "residual"}
_LAYER = re.compile(
    r"(?P<kind>[a-z]+?)(?P<rows>\d+)(?:x(?P<columns>\d+))?(?P<options>(?:[sdc]\d+|p\d+(?:x\d+)?)*)"
)
_OPTION = re.compile(r"([sdcp])(\d+)(?:x(\d+))?")
_WORD = re.compile(r"[a-z]+\([^()]*\)|[^\s()]+")


@dataclass(frozen=True)
class LayerSpec:
    """One layer of a stack.

    Raises:
        ControlError: a value is beyond the limits, or makes no sense for the kind.
    """

    kind: Kind
    kernel: tuple[int, int] = (1, 1)
    """Rows and columns."""
    stride: int = 1
    dilation: int = 1
    padding: tuple[int, int] | None = None
    """Rows and columns on either side; None keeps the size at stride 1 (for an odd kernel)."""
    channels: int | None = None
    """Of the output, for a convolution; None for as many as before."""
    inner: tuple["LayerSpec", ...] = ()
    """The layers of a residual block."""

    def __post_init__(self) -> None:
        if self.kind == "residual":
            if not self.inner:
                raise ControlError("A residual block needs layers", do="write residual(conv3,conv3)")
            if any(layer.kind == "residual" for layer in self.inner):
                raise ControlError("A residual block cannot hold another", do="put it behind the first")
            return
        for word, values in {
            "kernel": self.kernel,
            "stride": (self.stride,),
            "dilation": (self.dilation,),
            "channels": (self.channels or 1,),
        }.items():
            if not all(1 <= value <= LIMITS[word] for value in values):
                raise ControlError(
                    f"A {word} of {' x '.join(map(str, values))} cannot be",
                    why=f"it takes 1 to {LIMITS[word]}",
                )
        pools = self.kind in ("maxpool", "avgpool")
        if self.kind == "avgpool" and self.dilation > 1:
            raise ControlError("Average pooling has no dilation", do="choose maxpool or depthwise")
        if self.kind != "conv" and self.channels is not None:
            raise ControlError(f"{self.kind} keeps the number of channels", do="set channels on a conv")
        for padding, kernel in zip(self.pads, self.kernel, strict=True):
            most = kernel // 2 if pools else (kernel - 1) * self.dilation
            if not 0 <= padding <= most:
                raise ControlError(
                    f"A padding of {padding} cannot be with a kernel of {kernel}", why=f"it takes 0 to {most}"
                )

    @property
    def pads(self) -> tuple[int, int]:
        """The padding in numbers."""
        if self.padding is not None:
            return self.padding
        rows, columns = ((kernel - 1) * self.dilation // 2 for kernel in self.kernel)
        if self.kind == "maxpool":
            # PyTorch allows a pooling no more padding than half of its kernel, dilated or not.
            return min(rows, self.kernel[0] // 2), min(columns, self.kernel[1] // 2)
        return rows, columns

    def __str__(self) -> str:
        if self.kind == "residual":
            return f"residual({','.join(map(str, self.inner))})"
        rows, columns = self.kernel
        text = f"{self.kind}{rows}" + (f"x{columns}" if columns != rows else "")
        text += f"s{self.stride}" if self.stride > 1 else ""
        text += f"d{self.dilation}" if self.dilation > 1 else ""
        if self.padding is not None:
            high, wide = self.padding
            text += f"p{high}" + (f"x{wide}" if wide != high else "")
        return text + (f"c{self.channels}" if self.channels else "")


def parse(text: str) -> tuple[LayerSpec, ...]:
    """The layers of a line.

    Raises:
        ControlError: a word that is no layer, values beyond the limits, or too many layers.
    """
    line = re.sub(r"\s*([,(])\s*|\s+(?=\))", r"\1", text.lower().replace("×", "x")).replace(")", ") ").strip()
    if not line:
        raise ControlError("There are no layers", do="write a line such as conv3s2 conv3 maxpool2s2")
    words = _WORD.findall(line)
    if "".join(words) != re.sub(r"\s", "", line):
        raise ControlError("The brackets do not match", do="write residual(conv3,conv3)")
    stack = tuple(_read(word) for word in words)
    count = sum(len(layer.inner) or 1 for layer in stack)
    if count > LIMITS["layers"]:
        raise ControlError(f"{count} layers are too many", why=f"at most {LIMITS['layers']} are drawn")
    return stack


def build(
    stack: tuple[LayerSpec, ...],
    *,
    channels: int = 3,
    width: int = 16,
    activation: Literal["relu", "none"] = "none",
    seed: int = 0,
) -> nn.Sequential:
    """The stack as a network with random weights (He), each layer named by its place and its text.

    A first convolution without channels has `width`. With "relu" one follows every convolution.
    """
    with seeded(seed):
        layers, now = OrderedDict[str, nn.Module](), channels
        for number, layer in enumerate(stack, start=1):
            layers[f"{number} {layer}"], now = _module(layer, now, channels, width, activation)
        return nn.Sequential(layers).eval().requires_grad_(False)


class Residual(nn.Module):
    """Layers, and a shortcut around them: as it is, or a 1 x 1 convolution where stride or channels change."""

    def __init__(self, branch: nn.Sequential, shortcut: nn.Module | None) -> None:
        super().__init__()
        self.branch = branch
        self.shortcut = shortcut

    def forward(self, x: Tensor) -> Tensor:
        return self.branch(x) + (x if self.shortcut is None else self.shortcut(x))


def _read(word: str) -> LayerSpec:
    head, bracket, rest = word.partition("(")
    if bracket:
        if _ALIASES.get(head, head) != "residual":
            raise ControlError(f"{head} takes no brackets", do="write residual(conv3,conv3)")
        return LayerSpec("residual", inner=tuple(_read(part) for part in rest.removesuffix(")").split(",")))
    match = _LAYER.fullmatch(word)
    kind = _ALIASES.get(match["kind"], match["kind"]) if match else ""
    if match is None or kind not in KINDS or kind == "residual":
        shown = word if len(word) <= 24 else word[:23] + "…"
        raise ControlError(
            f"{shown!r} is no layer",
            why=f"a layer is one of {', '.join(KINDS[:-1])} and its kernel",
            do="write conv3, conv3x5s2d2c32, maxpool2s2 or residual(conv3,conv3)",
        )
    rows = _number(match["rows"])
    given: dict[str, tuple[int, int]] = {}
    for letter, one, other in _OPTION.findall(match["options"]):
        if letter in given:
            raise ControlError(f"{word!r} says {letter} twice")
        given[letter] = (_number(one), _number(other or one))
    return LayerSpec(
        kind,
        kernel=(rows, _number(match["columns"] or match["rows"])),
        stride=given.get("s", (1, 1))[0],
        dilation=given.get("d", (1, 1))[0],
        padding=given.get("p"),
        channels=given["c"][0] if "c" in given else None,
    )


def _number(digits: str) -> int:
    return int(digits) if len(digits) < 6 else 10**6


def _module(layer: LayerSpec, now: int, first: int, width: int, activation: str) -> tuple[nn.Module, int]:
    """The layer for `now` input channels, and its output channels."""
    if layer.kind == "residual":
        inner, channels = OrderedDict[str, nn.Module](), now
        for number, spec in enumerate(layer.inner, start=1):
            inner[f"{number} {spec}"], channels = _module(spec, channels, 0, width, activation)
        stride = 1
        for spec in layer.inner:
            stride *= spec.stride
        same = stride == 1 and channels == now
        shortcut = None if same else nn.Conv2d(now, channels, 1, stride=stride, bias=False)
        return Residual(nn.Sequential(inner), shortcut), channels
    if layer.kind == "maxpool":
        return nn.MaxPool2d(layer.kernel, layer.stride, layer.pads, layer.dilation), now
    if layer.kind == "avgpool":
        return nn.AvgPool2d(layer.kernel, layer.stride, layer.pads), now
    channels = now if layer.kind == "depthwise" else layer.channels or (width if now == first else now)
    conv = nn.Conv2d(
        now,
        channels,
        layer.kernel,
        layer.stride,
        layer.pads,
        layer.dilation,
        groups=now if layer.kind == "depthwise" else 1,
    )
    nn.init.kaiming_normal_(conv.weight, nonlinearity="relu" if activation == "relu" else "linear")
    if activation == "none":
        return conv, channels
    return nn.Sequential(OrderedDict(conv=conv, relu=nn.ReLU())), channels
