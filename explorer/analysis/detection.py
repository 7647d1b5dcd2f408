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
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode
from torchvision.ops import box_convert

from explorer.analysis.detection_results import NO_OBJECT, FeatureMap, Predictions, Trajectory
from explorer.analysis.result import Result
from explorer.errors import ControlError, UnsupportedModel
from explorer.geometry import Cell, Frame, Grid, PhotoPoint
from explorer.images import Photo, Picture
from explorer.tap import AttentionCall, observe
from explorer.zoo.detr import DetrInput, preprocess
from explorer.zoo.model import Model

__all__ = [
    "DetrOutput",
    "MaskedPass",
    "run_detr",
    "watch_pass",
]


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
