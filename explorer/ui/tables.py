"""Tables that a visitor edits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

__all__ = ["editor", "settled_rows"]

Row = dict[str, Any]


def editor(
    key: str,
    rows: Sequence[Row],
    *,
    made_from: str,
    on_change: Callable[[], None],
    columns: Mapping[str, Any],
) -> None:
    """A table to edit, with rows to add and delete; `on_change` reads it by `settled_rows`.

    `made_from` says in a word what the rows stand for. While the session holds, under KEY + " made", that the
    table itself made that word, its own rows stay: built anew after each edit it would lose its focus.
    """
    import pandas

    state = st.session_state
    base = state.get(f"{key} base")
    if base is None or made_from not in (base[0], state.get(f"{key} made")):
        version = 0 if base is None else base[1] + 1
        base = state[f"{key} base"] = (made_from, version, [dict(row) for row in rows])
        state.pop(f"{key} made", None)
    st.data_editor(
        pandas.DataFrame(base[2], columns=list(columns)),
        key=f"{key} {base[1]}",
        num_rows="dynamic",
        hide_index=True,
        column_config=dict(columns),
        on_change=on_change,
        height="content" if len(base[2]) < 8 else 300,
    )


def settled_rows(key: str, empty: Row) -> list[Row]:
    """The table's rows as the visitor left them; an empty place has the value of `empty`."""
    _, version, rows = st.session_state[f"{key} base"]
    edits = st.session_state.get(f"{key} {version}") or {}
    changed = {int(at): values for at, values in edits.get("edited_rows", {}).items()}
    gone = set(edits.get("deleted_rows", ()))
    remaining = [row | changed.get(at, {}) for at, row in enumerate(rows) if at not in gone]
    return [
        empty | {name: value for name, value in row.items() if value is not None and name in empty}
        for row in (*remaining, *edits.get("added_rows", ()))
    ]
