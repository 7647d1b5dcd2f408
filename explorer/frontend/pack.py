"""Everything a lens needs in one buffer: q and k of every attention call, the tokens' places, and the photograph.

The arrays of call i are `q.i`, `q.i.low`, `q.i.step`, the same for k, and `bias.j` where calls have a bias or a mask. q
and k are those that the layer used, after their normalisation and rotation.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from torch import Tensor

from explorer.analysis.attention import Fusion
from explorer.analysis.detection import DetrOutput, run_detr
from explorer.analysis.rollout import rollout
from explorer.errors import AnalysisError, ControlError
from explorer.frontend.quantised import quantise
from explorer.frontend.wire import encoded, photograph
from explorer.geometry import Frame, Grid, TokenLayout, as_fit
from explorer.images import Picture
from explorer.tap import AttentionCall, Observation, observe
from explorer.zoo.model import Model

__all__ = [
    "LARGEST",
    "bytes_of",
    "pack",
    "pack_detr",
    "pack_model",
    "pack_rollout",
    "pack_rows",
    "pack_without",
    "packed_calls",
]

LARGEST = 30_000_000
"""Bytes of q and k that are still sent."""


def pack_model(
    model: Model, picture: Picture, *, fit: str = "", name: str = "", encoder_only: bool = False
) -> bytes:
    """The lens of a vision transformer or a DETR, from one pass over the picture. `fit` is how the picture is brought
    into the model's input; nothing says the way that is usual for the model. `encoder_only` leaves a DETR's queries out.

    Raises:
        UnsupportedModel, AnalysisError: its attention cannot be shown.
        ControlError: there is no such way of fitting.
    """
    if model.entry.family == "detr":
        from explorer.zoo.detr import FITS, preprocess

        if (fit or FITS[0]) not in FITS:
            raise ControlError(
                f"There is no way of fitting called {fit!r}", do=f"choose one of {', '.join(FITS)}"
            )
        way: Any = fit or FITS[0]
        sight = run_detr(model, preprocess(model, picture, fit=way))
        return pack_detr(sight, picture, title=model.entry.title, name=name, encoder_only=encoder_only)
    how = as_fit(fit or "crop")
    with torch.no_grad():
        observation = observe(model, model.see(picture, how))
    return pack(observation, picture, frame=model.frame(picture, how), title=model.entry.title, name=name)


def pack(
    observation: Observation, picture: Picture, *, frame: Frame, title: str, sample: int = 0, name: str = ""
) -> bytes:
    """The lens of a vision transformer's pass over the picture.

    Raises:
        UnsupportedModel: the model has no attention.
        AnalysisError: its tokens have no known place in the picture, or q and k are too large to be sent.
    """
    observation.call(0)
    if observation.tokens is None:
        raise AnalysisError(
            "These tokens have no place in a picture",
            why="the model is no vision transformer of a known layout",
        )
    calls = [("self", call) for call in observation.calls]
    return _packed(
        calls, picture, tokens=observation.tokens, frame=frame, title=title, sample=sample, name=name
    )


def pack_without(
    observation: Observation, picture: Picture, *, frame: Frame, title: str, name: str = ""
) -> bytes:
    """The lens of a pass whose q and k are too large to be sent: it shows the rows of `pack_rows` and `pack_rollout`."""
    if observation.tokens is None:
        raise AnalysisError("These tokens have no place in a picture")
    header = _header(
        [_described("self", call, None) for call in observation.calls], observation.tokens, frame, title
    )
    megabytes = round(bytes_of(observation) / 1e6, 1)
    return encoded(header | {"megabytes": megabytes}, {"photograph": photograph(picture)}, name=name)


def pack_rows(observation: Observation, tokens: Sequence[int], *, name: str = "") -> bytes:
    """What these tokens attend to, in every layer and head."""
    arrays = {
        f"row.{token}": _array(torch.stack([call.row(token)[0] for call in observation.calls]))
        for token in tokens
    }
    return encoded({"tokens": list(tokens)}, arrays, name=name)


def pack_rollout(
    observation: Observation,
    tokens: Sequence[int],
    *,
    fusion: Fusion,
    discard: float,
    residual: float,
    start: int,
    name: str = "",
) -> bytes:
    """The rollout of these tokens after every layer from `start` on.

    Raises:
        AnalysisError, ControlError: as of `rollout`.
    """
    options: Any = {"fusion": fusion, "discard": discard, "residual": residual, "start": start}
    rows = [rollout(observation, query=token, compared=0, **options).rows[0] for token in tokens]
    header = {"tokens": list(tokens), "options": options | {"stop": len(observation.calls) - 1}}
    arrays = {f"row.{token}": np.ascontiguousarray(row) for token, row in zip(tokens, rows, strict=True)}
    return encoded(header, arrays, name=name)


def bytes_of(observation: Observation) -> int:
    """Of q and k as they would be sent."""
    return 2 * sum(call.queries[0].numel() + call.keys[0].numel() for call in observation.calls)


def pack_detr(
    sight: DetrOutput, picture: Picture, *, title: str, name: str = "", encoder_only: bool = False
) -> bytes:
    """The lens of a DETR: the encoder's self-attention, and what each query attends to in the decoder.

    Raises:
        AnalysisError: q and k are too large to be sent.
    """
    decoder_layers = 0 if encoder_only else sight.decoder_layers
    kinds = ["self"] * sight.encoder_layers + ["queries", "cross"] * decoder_layers
    grid: Grid = sight.grid
    tokens = TokenLayout(prefix_names=(), grid=grid, pooling="map")
    return _packed(
        zip(kinds, sight.calls[: len(kinds)], strict=True),
        picture,
        tokens=tokens,
        frame=sight.frame,
        title=title,
        name=name,
        detections=[_detections(sight, layer) for layer in range(decoder_layers)],
    )


def _detections(sight: DetrOutput, layer: int) -> dict[str, Any]:
    """Every query's answer after a decoder layer: boxes are left, top, right, bottom in photograph pixels."""
    found = sight.predictions(layer=layer)
    return {
        "boxes": found.boxes.round(2).tolist(),
        "scores": found.scores.round(5).tolist(),
        "none": found.probs[:, -1].round(5).tolist(),
        "names": [found.name(query) for query in range(sight.queries)],
    }


def _packed(
    calls: Iterable[tuple[str, AttentionCall]],
    picture: Picture,
    *,
    tokens: TokenLayout,
    frame: Frame,
    title: str,
    name: str,
    sample: int = 0,
    detections: list[dict[str, Any]] | None = None,
) -> bytes:
    described, arrays = packed_calls(calls, sample)
    arrays["photograph"] = photograph(picture)
    header = _header(described, tokens, frame, title, detections)
    return encoded(header, arrays, name=name)


def _header(
    calls: list[dict[str, Any]],
    tokens: TokenLayout,
    frame: Frame,
    title: str,
    detections: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    return {
        "title": title,
        "calls": calls,
        "prefix": tokens.prefix_names,
        "grid": asdict(tokens.grid),
        "frame": asdict(frame),
        "detections": detections or [],
    }


def _described(kind: str, call: AttentionCall, bias: str | None) -> dict[str, Any]:
    return {
        "name": call.name,
        "kind": kind,
        "heads": call.heads,
        "queries": call.tokens,
        "keys": call.keys.shape[2],
        "dim": call.queries.shape[3],
        "scale": call.scale,
        "causal": call.causal,
        "bias": bias,
    }


def packed_calls(
    calls: Iterable[tuple[str, AttentionCall]], sample: int = 0
) -> tuple[list[dict[str, Any]], dict[str, np.ndarray]]:
    """The calls in words, and their arrays.

    Raises:
        AnalysisError: they are too large to be sent.
    """
    arrays: dict[str, np.ndarray] = {}
    biases: dict[tuple[int, ...], str] = {}
    described = []
    for number, (kind, call) in enumerate(calls):
        for letter, x in (("q", call.queries), ("k", call.keys)):
            packed = quantise(_array(x[sample]))
            own = f"{letter}.{number}"
            arrays |= {own: packed.steps, f"{own}.low": packed.low, f"{own}.step": packed.step}
        described.append(_described(kind, call, _bias(call, arrays, biases, sample)))
    size = sum(array.nbytes for name, array in arrays.items() if name[0] in "qk" and name.count(".") == 1)
    if size > LARGEST:
        raise AnalysisError(
            "This model's attention is too large to be sent to the browser",
            why=f"its queries and keys are {size / 1e6:.0f} MB, and at most {LARGEST / 1e6:.0f} MB are sent",
            do="choose a smaller model or a smaller input",
        )
    return described, arrays


def _bias(
    call: AttentionCall, arrays: dict[str, np.ndarray], known: dict[tuple[int, ...], str], sample: int
) -> str | None:
    """The name of the call's bias among the arrays; layers that share one share its bytes."""
    if call.bias is None:
        return None
    key = (call.bias.data_ptr(), *call.bias.shape, *call.bias.stride())
    if key not in known:
        known[key] = f"bias.{len(known)}"
        own = call.bias[sample if call.bias.shape[0] > 1 else 0]
        mask = call.bias.dtype == torch.bool
        arrays[known[key]] = own.cpu().numpy().astype(np.uint8) if mask else _array(own)
    return known[key]


def _array(x: Tensor) -> np.ndarray:
    return np.ascontiguousarray(x.detach().to("cpu", torch.float32).numpy())
