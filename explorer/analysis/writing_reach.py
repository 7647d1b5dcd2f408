"""Which values a value can depend on, by gradient: for attention of every kind, and for masked convolution."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float

from explorer.analysis.result import Arrays, Numbers, Result
from explorer.errors import ControlError
from explorer.formatting import percent
from explorer.models.image_transformer import ImageTransformer
from explorer.models.pixel_cnn import PixelCNN
from explorer.zoo.seeded import seeded

__all__ = [
    "ReachesCompared",
    "WritingReach",
    "compared_reach",
    "reach_of_convolution",
    "reach_of_transformer",
]


@dataclass(frozen=True, eq=False)
class WritingReach(Result):
    """How much the distribution of one pixel's values depends on each pixel written before it."""

    title: str
    row: int
    column: int
    strength: Float[np.ndarray, "height width"]
    """Norm of the gradient of the pixel's logits with respect to what each pixel feeds in; 0: out of reach."""
    written: Bool[np.ndarray, "height width"]
    """Pixels written before it, all of which a perfect model could use."""

    @property
    def seen(self) -> Bool[np.ndarray, "height width"]:
        return self.strength > 0

    @property
    def blind(self) -> Bool[np.ndarray, "height width"]:
        """Written, and out of reach."""
        return self.written & ~self.seen

    @property
    def share(self) -> float:
        """The share of the pixels written before that are in reach; 1 for the first pixel."""
        return float(self.seen[self.written].mean()) if self.written.any() else 1.0


@dataclass(frozen=True, eq=False)
class ReachesCompared(Result):
    """What one pixel can depend on in several networks."""

    networks: tuple[WritingReach, ...]

    def arrays(self) -> Arrays:
        return {
            "network": (np.array([network.title for network in self.networks]), ""),
            "strength": (np.stack([network.strength for network in self.networks]), "norm of the gradient"),
            "written": (self.networks[0].written, ""),
        }

    def numbers(self) -> Numbers:
        return {network.title: (percent(network.share), "of what is generated") for network in self.networks}

    def alt(self) -> str:
        shares = ", ".join(f"{network.title} {percent(network.share)}" for network in self.networks)
        return (
            f"A map of the canvas for each network; of the pixels generated before, in reach are: {shares}."
        )


def reach_of_transformer(
    model: ImageTransformer, row: int, column: int, *, title: str, seeds: int = 2
) -> WritingReach:
    """Of an Image Transformer, averaged over random pictures; a pixel's channels are taken together.

    Raises:
        ControlError: there is no such pixel.
    """
    canvas, blocks = model.canvas, model.blocks
    _check(row, column, canvas.height, canvas.width)
    steps = blocks.steps[row, column]
    stop = model.stop(int(steps[-1]) + 1)
    device = model.norm.weight.device
    reach = np.zeros(canvas.values)
    labels = torch.zeros(1, dtype=torch.long, device=device) if model.classes else None
    low = None
    if model.low is not None:
        low = torch.zeros((1, *model.low, canvas.channels), dtype=torch.long, device=device)
    for seed in range(seeds):
        generator = torch.Generator().manual_seed(seed)
        values = torch.randint(model.levels, (1, canvas.values), generator=generator).to(device)
        with torch.enable_grad():
            fed = model.fed(values, stop, low)
            looked_up, near = model.look_up(fed).detach().requires_grad_(), model.near(fed)
            inputs = [looked_up] if near is None else [looked_up, near.requires_grad_()]
            x, memory = model.slots(looked_up, labels), model.encode(low, 1)
            logits = model.decode(x, memory, near=near, values=values)[0, steps]
            weights = torch.randn(logits.shape, generator=generator).to(device)
            gradients = torch.autograd.grad((logits * weights).sum(), inputs)
        by_source = torch.cat([gradient[0].reshape(*fed.shape[1:], -1) for gradient in gradients], -1)
        strength = by_source.norm(dim=-1).cpu().numpy()  # slots, sources
        sources = model.sources[:stop].cpu().numpy()
        written = (sources >= 0) & (sources < canvas.values)
        np.add.at(reach, sources[written], strength[written])
    picture = np.zeros((canvas.height, canvas.width, canvas.channels))
    picture[tuple(blocks.places.T)] = reach / seeds
    written = blocks.steps[:, :, 0] < steps[0]
    # The pixel's own earlier channels are no neighbours: the map is of other pixels.
    return WritingReach(title, row, column, np.where(written, picture.sum(-1), 0.0), written)


def reach_of_convolution(
    model: PixelCNN, row: int, column: int, *, height: int, width: int, title: str, seeds: int = 4
) -> WritingReach:
    """Of stacked masked convolutions, averaged over random pictures."""
    _check(row, column, height, width)
    reach = np.zeros((height, width))
    for seed in range(seeds):
        generator = torch.Generator().manual_seed(seed)
        with torch.enable_grad():
            picture = torch.randn((1, 1, height, width), generator=generator).requires_grad_()
            logits = model(picture)[0, :, row, column]
            weights = torch.randn(logits.shape, generator=generator)
            (gradient,) = torch.autograd.grad((logits * weights).sum(), picture)
        reach += gradient[0, 0].abs().numpy()
    order = np.arange(height * width).reshape(height, width)
    return WritingReach(title, row, column, reach / seeds, order < order[row, column])


def compared_reach(
    row: int,
    column: int,
    *,
    height: int = 28,
    width: int = 28,
    depth: int = 2,
    query: int = 4,
    memory: int = 4,
    kernel: int = 3,
    convolutions: int = 6,
) -> tuple[WritingReach, ...]:
    """The same pixel for full, 1-D local and 2-D local attention and for masked convolution, untrained.

    `query` and `memory` count rows for 1-D blocks (`query` rows of the canvas; `memory` rows before), and the
    sides of the rectangles for 2-D blocks. Every model has random weights: what can be reached does not depend
    on them.

    Raises:
        ControlError: there is no such pixel, or a block has no pixels.
    """
    kinds: dict[str, dict[str, Any]] = {
        "full attention": {"attention": "full"},
        "1-D local attention": {"attention": "1d", "query": [query * width], "memory": [memory * width]},
        "2-D local attention": {"attention": "2d", "query": [query, query], "memory": [memory, memory]},
    }
    reaches = []
    for title, blocks in kinds.items():
        with seeded(0):
            model = ImageTransformer(
                height=height, width=width, levels=8, dim=32, depth=depth, heads=2, **blocks
            ).eval()
        reaches.append(reach_of_transformer(model, row, column, title=f"{title}, {depth} layers"))
    with seeded(0):
        convolution = PixelCNN(8, width=16, depth=convolutions, kernel=kernel).eval()
    title = f"masked convolution, {convolutions} layers"
    reaches.append(reach_of_convolution(convolution, row, column, height=height, width=width, title=title))
    return tuple(reaches)


def _check(row: int, column: int, height: int, width: int) -> None:
    if not (0 <= row < height and 0 <= column < width):
        raise ControlError(
            f"There is no pixel ({row + 1}, {column + 1})", why=f"the canvas is {height} x {width}"
        )
