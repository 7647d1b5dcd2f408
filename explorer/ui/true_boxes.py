"""True boxes of a photograph: typed in a table, or dragged on the picture."""

from __future__ import annotations

from typing import Any

import streamlit as st

from explorer.errors import ExplorerError
from explorer.geometry import Box, Frame, Grid
from explorer.images import Picture
from explorer.true_boxes import TypedBox, true_boxes, write_boxes
from explorer.ui.tables import editor, settled_rows

__all__ = ["boxes_table"]

PLACES = 48
"""Rows and columns of unseen marks that make the photograph selectable."""


def boxes_table(key: str, reference: str, picture: Picture, kinds: tuple[str, ...]) -> None:
    """A table of the boxes kept under that key, and the photograph to drag another on."""
    text = str(st.session_state[key])
    try:
        boxes = true_boxes(reference, text, kinds)
    except ExplorerError as error:
        st.warning(f"{error} The table begins empty.", icon=":material/undo:")
        boxes = ()
    place = f"{key} table"
    empty: dict[str, Any] = {
        "kind": kinds[0],
        "top": 0.0,
        "left": 0.0,
        "bottom": picture.height,
        "right": picture.width,
    }

    def make() -> None:
        rows = settled_rows(place, empty)
        made = write_boxes([(str(row["kind"]), _box(row)) for row in rows])
        st.session_state[f"{place} made"] = st.session_state[key] = made
        if not made:  # What the gallery knows is the truth again, and the table is built anew from it.
            st.session_state[f"{place} base"] = ("", *st.session_state[f"{place} base"][1:])

    left, right = st.columns([3, 2], gap="medium")
    with left:
        side = st.column_config.NumberColumn
        editor(
            place,
            [_row(typed) for typed in boxes],
            made_from=text or write_boxes(boxes),
            on_change=make,
            columns={
                "kind": st.column_config.SelectboxColumn(
                    "kind", options=kinds, required=True, default=kinds[0]
                ),
                **{name: side(f"{name} (px)", default=float(empty[name])) for name in list(empty)[1:]},
            },
        )
        kind = st.selectbox("Kind of a dragged box", kinds, key=f"{key} kind")
        st.caption(
            f"The photograph has {picture.height} rows and {picture.width} columns. Type boxes into the table, "
            "or drag one on the photograph. Of an upload nothing is known but what you say here; of some of the "
            "gallery's photographs the objects are, as far as the model knows their kinds, and an empty table "
            "brings them back."
        )
    with right:
        _to_drag_on(key, picture, boxes, kind)


def _to_drag_on(key: str, picture: Picture, boxes: tuple[TypedBox, ...], kind: str) -> None:
    from explorer.figures.overlay import add_box, add_click_layer
    from explorer.figures.photo import photo_figure

    size = picture.height, picture.width
    frame = Frame.fit(size, size, how="squash")
    figure = photo_figure(picture.pixels, frame, height=280)
    for name, box in boxes:
        add_box(figure, box, label=name)
    add_click_layer(figure, Grid(PLACES, PLACES, *size), frame)
    figure.update_layout(dragmode="select", template="explorer")
    # Each box makes the figure another one, so that the last selection does not come again.
    chart = f"{key} dragged {len(boxes)}"

    def take() -> None:
        dragged = dragged_box(st.session_state.get(chart))
        if dragged is not None:
            st.session_state[key] = write_boxes([*boxes, (kind, dragged.clipped(*size))])

    st.plotly_chart(
        figure,
        key=chart,
        theme=None,
        alt="The photograph, to drag boxes on.",
        on_select=take,
        selection_mode="box",
        config={"displayModeBar": False, "scrollZoom": False},
    )


def dragged_box(event: Any) -> Box | None:
    """The box of a selection event, in the figure's coordinates; None if there is none."""
    dragged = (event or {}).get("selection", {}).get("box", [])
    if not dragged:
        return None
    across, down = sorted(map(float, dragged[-1]["x"])), sorted(map(float, dragged[-1]["y"]))
    return Box(down[0], across[0], down[-1], across[-1])


def _box(row: dict[str, Any]) -> Box:
    return Box(*(float(row[side]) for side in ("top", "left", "bottom", "right")))


def _row(typed: TypedBox) -> dict[str, Any]:
    kind, box = typed
    return {"kind": kind, "top": box.top, "left": box.left, "bottom": box.bottom, "right": box.right}
