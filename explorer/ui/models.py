"""What the Models page shows: the catalogue, the cards, the device, and a local file of weights."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import streamlit as st

from explorer.errors import ExplorerError
from explorer.formatting import quantity
from explorer.ui.progress import within_bounds

if TYPE_CHECKING:
    from explorer.zoo.cards import Card
    from explorer.zoo.shelf import Row

__all__ = ["cards", "catalogue", "device", "local_file"]


def device() -> None:
    """Choose where models compute."""
    from explorer.zoo import devices

    have = ["auto", *devices()]
    chosen = st.session_state.get("device", "auto")
    st.session_state["device"] = st.segmented_control(
        "Compute on",
        have,
        default=chosen if chosen in have else "auto",
        required=True,
        help="auto takes the quickest device of this machine; if its memory runs out, choose cpu.",
    )


def catalogue() -> None:
    """The catalogue as a table; of several trainings of one model the first stands for all."""
    from explorer import zoo
    from explorer.zoo.shelf import shelf

    others = {card.name for rows in shelf().values() for row in rows for card in row.cards[1:]}
    rows = [row for row in zoo.table() if row["name"] not in others]
    families = sorted({row["family"] for row in rows})
    shown = st.pills("Family", families, selection_mode="multi", default=families, key="families")
    st.dataframe(
        [{**row, "parameters": row["parameters"] / 1e6} for row in rows if row["family"] in shown],
        column_config={
            "parameters": st.column_config.NumberColumn("parameters (M)", format="%.1f"),
            "homepage": st.column_config.LinkColumn("homepage", display_text="open"),
        },
        hide_index=True,
        width="stretch",
    )


def cards() -> None:
    """What is known of each model that ships."""
    from explorer.zoo.shelf import shelf

    st.subheader("Cards of the models that ship", anchor=False)
    for group, rows in shelf().items():
        if len(rows) > 1:
            with st.expander(f"**{group}** · {len(rows)} models to compare"):
                _compared(rows)
            continue
        with st.expander(f"**{rows[0].first.name}** · {rows[0].first.title}"):
            for card in rows[0].cards:
                _card(card)


def _compared(rows: tuple[Row, ...]) -> None:
    """A row each, and the cards of all trainings of the one that is chosen."""
    st.dataframe(
        [
            {
                "model": row.first.name,
                "title": row.first.title,
                "trainings": len(row.cards),
                "parameters": row.first.parameters,
                "steps": row.first.steps,
                "measured, mean of the trainings": _mean(row),
            }
            for row in rows
        ],
        hide_index=True,
        width="stretch",
    )
    names = {row.first.name: row for row in rows}
    chosen = st.selectbox("Cards of", list(names), key=f"cards of {rows[0].first.family}")
    for card in names[chosen].cards:
        _card(card)


def _mean(row: Row) -> str:
    """Of each figure of the cards."""
    figures = row.first.figures
    means = {
        name: sum(card.figures[name].value for card in row.cards) / len(row.cards)
        for name in figures
        if all(name in card.figures for card in row.cards)
    }
    return "; ".join(f"{name} {quantity(mean, figures[name].unit)}" for name, mean in means.items())


def _card(card: Card) -> None:
    for label, figure in card.figures.items():
        st.markdown(f"{label} **{quantity(figure.value, figure.unit)}** `{figure.command}`")
    st.markdown(card.notes)
    st.json(
        {k: v for k, v in dataclasses.asdict(card).items() if k not in ("figures", "notes")},
        expanded=False,
    )


def local_file() -> None:
    """Weights of the visitor's own for an architecture of timm."""
    from explorer import zoo

    st.subheader("Your own weights", anchor=False)
    with st.form("own weights"):
        architecture = st.text_input("Architecture (a name of timm)", "vit_small_patch16_224", max_chars=100)
        upload = st.file_uploader("Weights (.safetensors)", type=["safetensors"], max_upload_size=400)
        if not st.form_submit_button("Load") or upload is None:
            return
    try:
        with within_bounds():
            entry = zoo.adopt(architecture.strip(), upload.getvalue(), name=upload.name)
    except ExplorerError as error:
        st.error(str(error), icon=":material/error:")
        return
    st.session_state.setdefault("own models", []).append((entry.name, entry.family))
    st.success(
        f"Loaded. It is called **{entry.name}** in your lists of models, and in links, while this server keeps it."
    )
