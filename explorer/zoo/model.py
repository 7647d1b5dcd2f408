"""A loaded model with everything needed to show it a picture and to say what made an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from explorer.errors import ControlError, ModelError
from explorer.geometry import Fit, Frame, TokenLayout
from explorer.images import Photo, Picture, render
from explorer.zoo.catalogue import Entry

if TYPE_CHECKING:
    import numpy as np
    import torch

__all__ = ["Loaded", "Model", "as_input", "input_size_of", "module_of"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Loaded:
    """A network of the catalogue, whatever it reads. Shared by all threads and never changed after loading."""

    entry: Entry
    module: torch.nn.Module
    """In evaluation mode, and none of its parameters requires a gradient."""
    checkpoint: str
    """What the weights are: "sha256:…" of their file, or "random:SEED"."""
    trained: bool
    device: str
    notes: tuple[str, ...] = ()
    """Sentences for the visitor about how it was loaded."""

    @property
    def name(self) -> str:
        return self.entry.name

    @property
    def title(self) -> str:
        return self.entry.title

    @property
    def parameters(self) -> int:
        """Number of trained numbers."""
        return sum(parameter.numel() for parameter in self.module.parameters())

    @property
    def nbytes(self) -> int:
        """Bytes of parameters and buffers."""
        tensors = [*self.module.parameters(), *self.module.buffers()]
        return sum(tensor.numel() * tensor.element_size() for tensor in tensors)


@dataclass(frozen=True, eq=False, kw_only=True)
class Model(Loaded):
    """A network that is shown photographs, and its surroundings."""

    input_size: tuple[int, int]
    """(rows, columns) in pixels."""
    mean: tuple[float, float, float]
    std: tuple[float, float, float]
    """Of the model's own data configuration, for red, green and blue in 0 … 1."""
    classes: tuple[str, ...]
    """Name of each output; empty when the outputs are not classes."""
    tokens: TokenLayout | None
    """For a vision transformer whose attention can be shown."""
    attention_names: tuple[str, ...]
    """Path of the module that makes each layer's attention call, in order."""

    def prepare(self, pixels: np.ndarray) -> torch.Tensor:
        """The model's input, 1 x 3 x rows x columns, from uint8 pixels of rows x columns x 3.

        Raises:
            ModelError: the pixels have another size.
        """
        import torch

        if pixels.shape != (*self.input_size, 3):
            raise ModelError(
                f"{self.entry.title} cannot be shown pixels of {' x '.join(map(str, pixels.shape))}",
                why=f"its input is {self.input_size[0]} x {self.input_size[1]} x 3",
            )
        unit = torch.tensor(pixels).permute(2, 0, 1).to(self.device, torch.float32) / 255
        mean, std = (
            torch.tensor(channels, device=self.device)[:, None, None] for channels in (self.mean, self.std)
        )
        return ((unit - mean) / std)[None]

    def see(self, picture: Picture, fit: Fit = "crop") -> torch.Tensor:
        """The picture as the model's input, 1 x 3 x rows x columns."""
        return self.prepare(render(picture, self.frame(picture, fit)))

    def frame(self, picture: Picture, fit: Fit = "crop") -> Frame:
        """How the picture is brought into the model's input."""
        return Frame.fit((picture.height, picture.width), self.input_size, how=fit)


def module_of(model: Loaded | torch.nn.Module) -> torch.nn.Module:
    """The network itself, of a model of the catalogue or a module of anybody's."""
    return model.module if isinstance(model, Loaded) else model


def input_size_of(model: Model | torch.nn.Module) -> tuple[int, int]:
    """Its input's rows and columns; of a module, what timm says of its weights, else 224 x 224."""
    if isinstance(model, Model):
        return model.input_size
    size = (getattr(model, "pretrained_cfg", None) or {}).get("input_size") or (3, 224, 224)
    return int(size[1]), int(size[2])


def as_input(
    model: Model | torch.nn.Module, x: Picture | torch.Tensor, fit: Fit = "crop"
) -> tuple[torch.Tensor, Photo | None]:
    """A picture as the model's input, with how it was brought there; a tensor as it is.

    Raises:
        ControlError: a picture, for a module that nobody knows the input of.
    """
    if not isinstance(x, Picture):
        return x, None
    if not isinstance(model, Model):
        raise ControlError(
            f"A {type(model).__name__} cannot be shown a picture",
            why="its input's size and colours are not known",
            do="give it a tensor, or a model of `explorer.load`",
        )
    frame = model.frame(x, fit)
    return model.prepare(render(x, frame)), Photo(x, frame)
