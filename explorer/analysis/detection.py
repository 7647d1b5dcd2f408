"""DETR watched: one pass, and from it every query's class, score and box after every decoder layer.

Carion et al., "End-to-End Object Detection with Transformers", 2020. The decoder's heads are applied to
every layer's output, as the auxiliary losses of the training do (section 3.2), so that a query can be
watched as it converges.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812  as everybody writes it
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torchvision.ops import box_convert, box_iou

from explorer.analysis.result import Arrays, Numbers, Result
from explorer.errors import ControlError, UnsupportedModel
from explorer.geometry import Box, Cell, Frame, Grid, PhotoPoint
from explorer.images import Photo, Picture
from explorer.tap import AttentionCall, observe
from explorer.zoo.detr import DetrInput, preprocess
from explorer.zoo.model import Model

__all__ = [
    "NO_OBJECT",
    "Convergence",
    "DetrOutput",
    "FeatureMap",
    "MaskedPass",
    "Predictions",
    "Trajectory",
    "run_detr",
    "watch_pass",
]

NO_OBJECT = "no object"


@dataclass(frozen=True, eq=False)
class DetrOutput(Result):
    """Everything one forward pass of a DETR computed that a figure may need; all else is derived without
    another."""

    logits: Float[Tensor, "layers queries outputs"]
    """Of every decoder layer; the last output is "no object". The last layer's are the model's own."""
    boxes: Float[Tensor, "layers queries 4"]
    """Centre column, centre row, width, height, as shares of the picture."""
    calls: tuple[AttentionCall, ...]
    """Self-attention of every encoder layer, then self- and cross-attention of each decoder layer in turn."""
    features: Float[Tensor, "channels rows columns"]
    """The backbone's map, before it is projected to the transformer's width."""
    inside: Bool[np.ndarray, "rows columns"]
    """Which cells show the picture; the others are a letterbox's margins, which no query can see."""
    frame: Frame
    classes: tuple[str, ...]
    photo: Photo | None = None

    @property
    def encoder_layers(self) -> int:
        return len(self.calls) - 2 * self.decoder_layers

    @property
    def decoder_layers(self) -> int:
        return self.logits.shape[0]

    @property
    def queries(self) -> int:
        return self.logits.shape[1]

    @property
    def heads(self) -> int:
        return self.calls[0].heads

    @property
    def grid(self) -> Grid:
        """The feature map's cells over the input; where the stride does not divide it, they reach over its
        edge."""
        return Grid.of_features(self.inside.size, self.frame.input_height, self.frame.input_width)

    @property
    def nbytes(self) -> int:
        """Bytes held; tensors that share memory counted once."""
        held = [self.logits, self.boxes, self.features]
        for call in self.calls:
            held += [call.queries, call.keys, call.values]
            held += [] if call.bias is None else [call.bias]
        storages = {tensor.untyped_storage().data_ptr(): tensor.untyped_storage().nbytes() for tensor in held}
        return sum(storages.values())

    @property
    def shapes(self) -> tuple[tuple[str, str], ...]:
        """Each step of the way and the shape of what it hands on, in words."""
        frame, (channels, rows, columns) = self.frame, self.features.shape
        width = self.calls[0].queries.shape[1] * self.calls[0].queries.shape[3]
        tokens, outputs = rows * columns, self.logits.shape[-1]
        return (
            ("picture", f"3 x {frame.input_height} x {frame.input_width}"),
            ("backbone", f"{channels} x {rows} x {columns}"),
            ("projection", f"{width} x {rows} x {columns}, {tokens} tokens of {width}"),
            (f"encoder, {self.encoder_layers} layers", f"{tokens} x {width}"),
            (f"decoder, {self.decoder_layers} layers", f"{self.queries} x {width}"),
            ("classes", f"{self.queries} x {outputs}, the last of them “{NO_OBJECT}”"),
            ("boxes", f"{self.queries} x 4"),
        )

    def layer(self, layer: int | None) -> int:
        """A decoder layer's number, counted from 0; None is the last.

        Raises:
            ControlError: there is none.
        """
        number = self.decoder_layers - 1 if layer is None else layer
        if not 0 <= number < self.decoder_layers:
            raise ControlError(
                f"There is no decoder layer {layer}",
                why=f"the model has layers 0 to {self.decoder_layers - 1}",
            )
        return number

    def query(self, query: int) -> int:
        """The same number if there is such a query.

        Raises:
            ControlError: there is none.
        """
        if not 0 <= query < self.queries:
            raise ControlError(
                f"There is no query {query}", why=f"the model has queries 0 to {self.queries - 1}"
            )
        return query

    def cell_at(self, point: PhotoPoint) -> Cell:
        """The cell under a place of the photograph, or the nearest one that shows it: at the edge of a
        letterbox a cell counts as margin though a part of it does not."""
        place = self.frame.to_input(point)
        cell = self.grid.cell_of(place)
        if self.inside[cell.row, cell.column]:
            return cell
        rows, columns = np.nonzero(self.inside)
        across = (columns + 0.5) * self.grid.cell_width - place.column
        down = (rows + 0.5) * self.grid.cell_height - place.row
        nearest = int(np.hypot(across, down).argmin())
        return Cell(int(rows[nearest]), int(columns[nearest]))

    def predictions(self, *, threshold: float | int = 0.7, layer: int | None = None) -> "Predictions":
        """Every query's class, score and box after a decoder layer, and which are kept.

        The same arithmetic as transformers' `post_process_object_detection`, to the bit.

        Raises:
            ControlError: the threshold is no share, or there is no such layer.
        """
        if not 0.0 <= threshold <= 1.0:
            raise ControlError(
                f"A threshold of {threshold:g} keeps nothing or everything", do="choose one from 0 to 1"
            )
        number = self.layer(layer)
        probs = self.logits[number].softmax(-1)
        scores, labels = probs[:, :-1].max(-1)
        boxes = photo_corners(self.boxes[number], self.frame)
        return Predictions(
            probs=probs.numpy(),
            scores=scores.numpy(),
            labels=labels.numpy(),
            boxes=boxes.numpy(),
            boxes_cxcywh=self.boxes[number].numpy(),
            selected=(scores > threshold).numpy(),
            threshold=threshold,
            layer=number,
            classes=self.classes,
            photo=self.photo,
        )

    def trajectory(self, query: int) -> "Trajectory":
        """The query's box, class and score after every decoder layer.

        Raises:
            ControlError: there is no such query.
        """
        query = self.query(query)
        probs = self.logits[:, query].softmax(-1)
        scores, labels = probs[:, :-1].max(-1)
        return Trajectory(
            query=query,
            boxes=photo_corners(self.boxes[:, query], self.frame).numpy(),
            scores=scores.numpy(),
            no_object=probs[:, -1].numpy(),
            labels=labels.numpy(),
            classes=self.classes,
            photo=self.photo,
        )

    def feature_map(self) -> "FeatureMap":
        """How strongly the backbone answers in each cell."""
        strength = self.features.square().mean(0).sqrt().numpy()
        return FeatureMap(
            np.where(self.inside, strength, np.nan), self.features.shape[0], self.grid, self.photo
        )


@dataclass(frozen=True, eq=False)
class Predictions(Result):
    """Every query's answer after one decoder layer, kept and not kept alike."""

    probs: Float[np.ndarray, "queries outputs"]
    """Probability of each class; the last is "no object"."""
    scores: Float[np.ndarray, " queries"]
    """Of the likeliest class that is an object."""
    labels: Int[np.ndarray, " queries"]
    boxes: Float[np.ndarray, "queries 4"]
    """Left, top, right, bottom in photograph pixels."""
    boxes_cxcywh: Float[np.ndarray, "queries 4"]
    """Centre column, centre row, width, height as shares of the picture: what the loss is about."""
    selected: Bool[np.ndarray, " queries"]
    """Whose score is above the threshold."""
    threshold: float
    layer: int
    classes: tuple[str, ...]
    photo: Photo | None = None

    def name(self, query: int) -> str:
        """The query's likeliest class that is an object."""
        return self.classes[int(self.labels[query])]

    def box(self, query: int) -> Box:
        left, top, right, bottom = map(float, self.boxes[query])
        return Box(top, left, bottom, right)

    @property
    def sentence(self) -> str:
        """What was found, in words."""
        if not self.selected.any():
            best = int(self.scores.argmax())
            return (
                f"Nothing was found above a threshold of {self.threshold:g}. The highest score is "
                f"{self.scores[best]:.2f}, query {best}, {self.name(best)}. Lower the threshold to see it."
            )
        selected = int(self.selected.sum())
        return f"{selected} of {len(self.selected)} queries found an object; the others say “{NO_OBJECT}” or are unsure."

    def arrays(self) -> Arrays:
        return {
            "query": (np.arange(len(self.scores)), ""),
            "class": (np.array([self.name(query) for query in range(len(self.scores))]), ""),
            "score": (self.scores, ""),
            "no object": (self.probs[:, -1], ""),
            "kept": (self.selected, ""),
            **{
                side: (self.boxes[:, at], "photograph pixels")
                for at, side in enumerate(("left", "top", "right", "bottom"))
            },
        }

    def numbers(self) -> Numbers:
        return {"kept": (f"{int(self.selected.sum())} of {len(self.selected)} queries", "")}

    def alt(self) -> str:
        best = int(self.scores.argmax())
        return (
            f"The picture with a labelled box for each of {int(self.selected.sum())} queries that are kept; the highest score, "
            f"{self.scores[best]:.2f}, is that of query {best}, {self.name(best)}."
        )


@dataclass(frozen=True, eq=False)
class Trajectory(Result):
    """One query through the decoder."""

    query: int
    boxes: Float[np.ndarray, "layers 4"]
    """Left, top, right, bottom in photograph pixels."""
    scores: Float[np.ndarray, " layers"]
    no_object: Float[np.ndarray, " layers"]
    """Probability of "no object"."""
    labels: Int[np.ndarray, " layers"]
    classes: tuple[str, ...]
    photo: Photo | None = None

    @property
    def agreement(self) -> Float[np.ndarray, " layers"]:
        """Intersection over union of each layer's box with the last one's."""
        boxes = torch.from_numpy(self.boxes)
        return box_iou(boxes, boxes[-1:])[:, 0].numpy()

    def arrays(self) -> Arrays:
        sides = ("left", "top", "right", "bottom")
        return {
            **{side: (self.boxes[:, at], "photograph pixels") for at, side in enumerate(sides)},
            "score": (self.scores, ""),
        }

    def numbers(self) -> Numbers:
        return {
            f"overlap of layer {layer + 1} with the last": (float(share), "IoU")
            for layer, share in enumerate(self.agreement[:-1])
        }

    def alt(self) -> str:
        return (
            f"The picture with the box of query {self.query} after each of {len(self.boxes)} layers and a line along the "
            f"boxes' centres; the first overlaps the last by {self.agreement[0]:.2f}."
        )

    @property
    def convergence(self) -> "Convergence":
        """How its scores and its box settle."""
        return Convergence(self)


@dataclass(frozen=True, eq=False)
class Convergence(Result):
    """A query's scores and the overlap of its box with the last one, layer by layer."""

    way: Trajectory

    def arrays(self) -> Arrays:
        return {
            "score": (self.way.scores, "probability"),
            "no object": (self.way.no_object, "probability"),
            "overlap": (self.way.agreement, "IoU with the last box"),
        }

    def numbers(self) -> Numbers:
        return {"score after the last layer": (float(self.way.scores[-1]), "")}

    def alt(self) -> str:
        return (
            f"Three curves against the decoder layer; the score goes from {self.way.scores[0]:.2f} to "
            f"{self.way.scores[-1]:.2f}."
        )


@dataclass(frozen=True, eq=False)
class FeatureMap(Result):
    """The backbone's answer, cell by cell."""

    strength: Float[np.ndarray, "rows columns"]
    """Root mean square over the channels; NaN in a letterbox's margins."""
    channels: int
    grid: Grid
    photo: Photo | None = None

    def arrays(self) -> Arrays:
        return {"strength": (self.strength, "root mean square of the channels")}

    def numbers(self) -> Numbers:
        return {"mean": (float(np.nanmean(self.strength)), "")}

    def alt(self) -> str:
        row, column = np.unravel_index(int(np.nanargmax(self.strength)), self.strength.shape)
        return (
            "The picture with each cell of the feature map shaded by the strength of the backbone's features; the largest, "
            f"{np.nanmax(self.strength):.3g}, is in cell ({row + 1}, {column + 1})."
        )


def run_detr(model: Model, shown: DetrInput | Picture) -> DetrOutput:
    """One pass of a DETR over a picture, watched. Nothing is set on the model, and its answer is the same as unwatched.

    Raises:
        UnsupportedModel: it is no DETR of transformers, or computes attention where it cannot be seen.
        OutOfMemory: the device has not enough memory.
    """
    given = preprocess(model, shown) if isinstance(shown, Picture) else shown
    sight = watch_pass(model.module, given.x, frame=given.frame, classes=model.classes, mask=given.mask)
    return sight if given.picture is None else replace(sight, photo=Photo(given.picture, given.frame))


@torch.no_grad()
def watch_pass(
    detr: nn.Module,
    x: Float[Tensor, "1 3 height width"],
    *,
    frame: Frame,
    classes: tuple[str, ...],
    mask: Float[Tensor, "1 height width"] | None = None,
) -> DetrOutput:
    """`look`, for a module that is not from the catalogue. `mask` is 0 in the margins of a letterbox.

    Raises: as `look`.
    """
    from transformers import DetrForObjectDetection

    if not isinstance(detr, DetrForObjectDetection):
        raise UnsupportedModel(
            f"{type(detr).__name__} has no object queries to be shown",
            why="it is no DETR for object detection",
            do="choose a DETR",
        )
    ones = torch.ones(1, *x.shape[-2:], device=x.device) if mask is None else mask
    net: Any = detr.model
    # Not `intermediate_hidden_states`: asking for them feeds each layer a normalised output, another model.
    layers = {id(layer.final_layer_norm.weight): place for place, layer in enumerate(net.decoder.layers)}
    with _Caught(layers, net.input_projection.weight) as caught:
        observation = observe(MaskedPass(detr, ones), x)
    calls, depth = observation.calls, len(net.decoder.layers)
    if (
        len(calls) != len(net.encoder.layers) + 2 * depth
        or len(caught.outputs) != depth
        or caught.features is None
    ):
        raise UnsupportedModel(
            "The attention of this DETR cannot be seen",
            why=f"{len(calls)} attention calls were seen, not {len(net.encoder.layers) + 2 * depth}",
            do="load it with attn_implementation='sdpa'",
        )
    hidden = net.decoder.layernorm(torch.cat([caught.outputs[place] for place in range(depth)]))
    # The last layer's answer is the module's own, so that nothing can differ from it.
    logits = torch.cat([detr.class_labels_classifier(hidden)[:-1], observation.output.logits])
    boxes = torch.cat([detr.bbox_predictor(hidden).sigmoid()[:-1], observation.output.pred_boxes])
    size = caught.features.shape[-2:]
    # As the model itself reduces its mask to the feature map.
    inside = F.interpolate(ones[None].float(), size=size)[0, 0].bool()
    return DetrOutput(
        logits=logits.float().cpu(),
        boxes=boxes.float().cpu(),
        calls=calls,
        features=caught.features[0].float().cpu(),
        inside=inside.cpu().numpy(),
        frame=frame,
        classes=classes,
    )


def photo_corners(boxes: Float[Tensor, "*any 4"], frame: Frame) -> Float[Tensor, "*any 4"]:
    """Shares of the picture (centre column, centre row, width, height) to left, top, right, bottom in
    photograph pixels.

    A DETR's shares are of the picture without a letterbox's margins, whatever of the photograph it was shown.
    """
    seen = frame.seen
    corners = box_convert(boxes, "cxcywh", "xyxy")
    scale = torch.tensor([seen.width, seen.height, seen.width, seen.height], dtype=boxes.dtype)
    return corners * scale + torch.tensor([seen.left, seen.top, seen.left, seen.top], dtype=boxes.dtype)


class MaskedPass(nn.Module):
    """The module with its mask, so that the tap can call it with the picture alone."""

    def __init__(self, detr: nn.Module, mask: Tensor) -> None:
        super().__init__()
        self.detr, self.mask = detr, mask
        # Only this shell is new; .eval() would write on the shared module.
        self.training = False

    def forward(self, x: Tensor) -> Any:
        return self.detr(x, pixel_mask=self.mask)


class _Caught(TorchFunctionMode):
    """What the decoder's layers hand on and what the projection is given, told by the parameters they use."""

    def __init__(self, layers: dict[int, int], projection: Tensor) -> None:
        super().__init__()
        self.outputs: dict[int, Tensor] = {}
        self.features: Tensor | None = None
        self._layers, self._projection = layers, projection

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        output = func(*args, **(kwargs or {}))
        if func is F.layer_norm:
            place = self._layers.get(id(args[2] if len(args) > 2 else (kwargs or {}).get("weight")))
            if place is not None:
                self.outputs[place] = output
        elif func is F.conv2d and len(args) > 1 and args[1] is self._projection:
            self.features = args[0]
        return output
