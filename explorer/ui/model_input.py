"""What a model is given of the photograph, and what it knows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import ExplorerError
from explorer.figures.photo import data_uri
from explorer.geometry import as_fit
from explorer.images import Picture, render
from explorer.memory import LRUCache

if TYPE_CHECKING:
    import numpy as np

    from explorer.views.scope import Scope
    from explorer.zoo import Model

__all__ = ["model_input"]

INPUTS = LRUCache()
SIDE = 72
"""Pixels the input is wide on the screen."""
LISTED = 20
"""Classes that are named one by one."""


def model_input(scope: Scope, slot: str, fit: str) -> None:
    """The model's own input, pixel for pixel, and how many classes it learnt to tell apart.

    Nothing where the model cannot be had: the panels say why.
    """
    try:
        model, picture = scope.model(slot), scope.picture
        key = model.entry.name, model.checkpoint, model.input_size, picture.digest, fit
        drawn, (rows, columns) = INPUTS.get(key, lambda: _drawn(_pixels(model, picture, fit)))
    except ExplorerError:
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.image(drawn, width=SIDE, alt=f"The input of {model.entry.title}")
        st.caption(
            f"Model input {rows} × {columns} px. {_known(model)}", help=_classes(model), width="stretch"
        )


def _drawn(pixels: np.ndarray) -> tuple[str, tuple[int, int]]:
    """As an address that holds the picture, because a file of the page's may be gone before a busy browser asks for it; rows
    and columns."""
    rows, columns = pixels.shape[:2]
    return data_uri(pixels, largest=max(rows, columns), exact=True), (rows, columns)


def _pixels(model: Model, picture: Picture, fit: str) -> np.ndarray:
    if model.entry.family != "detr":
        return render(picture, model.frame(picture, as_fit(fit)))
    from explorer.zoo.detr import preprocess

    return preprocess(model, picture, fit=fit).pixels  # type: ignore[arg-type]  # it refuses what it does not know


def _known(model: Model) -> str:
    from explorer.zoo.cards import card_names, read_card

    if not model.trained:
        return "Random weights."
    known = f"{len(model.classes):,} classes"
    if model.entry.name not in card_names():
        return f"{known}."
    return ", ".join(filter(None, (known, read_card(model.entry.name).accuracy()))) + "."


def _classes(model: Model) -> str | None:
    """What is not among them is given the name of the nearest."""
    if not model.trained or not 0 < len(model.classes) <= LISTED:
        return None
    return f"{', '.join(model.classes)}. Any other object is classified as one of these."
