"""Downloads on the page: models of the papers all at once, or the one that was chosen and is not here."""

from __future__ import annotations

from typing import Any

import streamlit as st

from explorer.errors import ExplorerError
from explorer.ui.state import key_of
from explorer.views.controls import controls_of
from explorer.views.view import View
from explorer.zoo.catalogue import Entry, entry
from explorer.zoo.downloads import REAL, Download, offered, start, state_of

__all__ = ["chosen_models", "real_models", "take_finished"]

EVERY = 0.5
"""Seconds between two looks at how far a download is."""
BYTES_A_PARAMETER = 4


def real_models() -> None:
    """The models of the papers: what each is, how large, on what terms, and how far its download is."""
    st.subheader("Real models", anchor=False)
    st.caption(
        "Models of the papers, trained on large collections. They come from the Hugging Face hub, are checked, and stay "
        "on this machine: afterwards no network is needed."
    )
    st.fragment(_table, run_every=EVERY if _under_way(REAL) else None)()


def chosen_models(view: View, raw: dict[str, Any], chosen: dict[str, str]) -> None:
    """Offer to download each model that was chosen in this view and is not here."""
    wanted: dict[str, str] = st.session_state.setdefault("models to come", {})
    for control in controls_of(view.controls):
        name = str(raw.get(control.name, ""))
        if control.kind == "model" and name and name != chosen[control.name] and offered(name):
            wanted[key_of(view, control)] = name
    keys = [key_of(view, control) for control in controls_of(view.controls) if control.kind == "model"]
    for name in dict.fromkeys(wanted[key] for key in keys if key in wanted):
        with st.container(border=True):
            st.fragment(_row, run_every=EVERY if _under_way((name,)) else None)(entry(name))


def take_finished() -> None:
    """Choose what was asked for and has come meanwhile. Must run before the widgets are drawn."""
    wanted: dict[str, str] = st.session_state.get("models to come", {})
    for key, name in list(wanted.items()):
        if offered(name) is None:
            st.session_state[key] = wanted.pop(key)


def _under_way(names: tuple[str, ...]) -> bool:
    return any(download is not None and download.active for download in map(state_of, names))


def _table() -> None:
    missing = [name for name in REAL if offered(name) is not None]
    if missing and not _under_way(REAL):
        size = sum(entry(name).parameters for name in missing) * BYTES_A_PARAMETER
        if st.button(f"Download real models ({_size(size)})", icon=":material/download:", type="primary"):
            for name in missing:
                start(name)
            st.rerun()
    for name in REAL:
        _row(entry(name))


def _row(model: Entry) -> None:
    """One model; where its download ended since the last look, the whole page is drawn again."""
    download = state_of(model.name)
    here = offered(model.name) is None
    row = st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute")
    row_text, button = row.container(width="stretch"), row.container(width="content")
    size = download.size if download is not None and download.size else model.parameters * BYTES_A_PARAMETER
    row_text.markdown(f"**{model.title}** · {_size(size)} · {model.licence} · {model.summary}")
    if here:
        button.markdown(":green[:material/check: downloaded]", width="content")
    elif download is not None and download.active:
        row_text.progress(download.done / download.size if download.size else 0.0, _progress(download))
        button.button("Cancel", key=f"cancel {model.name}", on_click=download.cancel)
    else:
        label = "Continue" if download is not None and download.done else "Download"
        button.button(label, key=f"download {model.name}", on_click=_begin, args=(model.name,))
        if download is not None and download.state == "failed":
            row_text.error(download.error, icon=":material/error:")
    before = st.session_state.get(f"download of {model.name}", False)
    active = st.session_state[f"download of {model.name}"] = download is not None and download.active
    if before != active:
        st.rerun()


def _begin(name: str) -> None:
    try:
        start(name)
    except ExplorerError as error:
        st.error(str(error), icon=":material/error:")


def _progress(download: Download) -> str:
    if download.state == "waiting":
        return "Waiting for the previous download"
    return f"{_size(download.done)} of {_size(download.size)}" if download.size else "Contacting the hub"


def _size(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"
