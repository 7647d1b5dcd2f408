"""A DETR's bipartite matching for the browser: the three terms of the cost after every decoder layer, as they are."""

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from explorer.analysis.assignment import assign
from explorer.analysis.detection import DetrOutput
from explorer.analysis.true_objects import TrueObjects
from explorer.frontend.wire import encoded, photograph
from explorer.images import Picture

__all__ = ["pack_matching"]

TERMS = ("class_cost", "l1", "giou")


def pack_matching(
    sight: DetrOutput,
    truth: TrueObjects,
    picture: Picture,
    *,
    without_queries: Sequence[int] = (),
    without_objects: Sequence[int] = (),
    name: str = "",
) -> bytes:
    """In double precision, so that the cheapest assignment is the same one.

    Raises:
        ControlError: there is no such query or object to leave out.
    """
    layers = [sight.predictions(layer=layer) for layer in range(sight.decoder_layers)]
    costs = [
        assign(
            found.probs,
            found.boxes_cxcywh,
            truth,
            classes=sight.classes,
            without_queries=without_queries,
            without_objects=without_objects,
        )
        for found in layers
    ]
    header = {
        "names": truth.names,
        "said": [[f"{found.name(query)}" for query in range(sight.queries)] for found in layers],
        "boxes": [found.boxes.round(2).tolist() for found in layers],
        "truth": [[box.left, box.top, box.right, box.bottom] for box in truth.boxes],
        "frame": asdict(sight.frame),
        "without": {"queries": list(without_queries), "objects": list(without_objects)},
    }
    arrays = {term: np.stack([getattr(each, term) for each in costs]) for term in TERMS}
    return encoded(header, arrays | {"photograph": photograph(picture)}, name=name)
