"""The visitor's session: what survives a reload and a restart of the server by the report's link, and goes elsewhere as a file."""

from __future__ import annotations

import io
import time
from functools import partial

import streamlit as st

from explorer.errors import ExplorerError
from explorer.report.session import (
    MOST_PICTURES,
    MOST_SETTINGS,
    Session,
    kept_session,
    pack_session,
    put_picture,
    put_session,
    read_session,
)
from explorer.ui import own_report
from explorer.ui.pictures import KEPT, find
from explorer.ui.state import key_of, last_set
from explorer.views import VIEWS
from explorer.views.controls import controls_of

__all__ = ["follow", "session"]

RESTORED, SAVED, DONE = "session restored", "session saved", "session imported"
EVERY = 5.0
"""Seconds between two savings: a slider that is dragged is not worth a file for each of its places. What the open page shows
is in its address anyway."""


def follow(page: str) -> None:
    """Restore what is kept, once a session, and keep what has changed. Every page calls it first."""
    if not own_report.begun():
        return
    token = str(own_report.own())
    if st.session_state.get(RESTORED) != token:
        _restore(token, page)
        # Last: the run may be broken off before, and the next would keep what is not yet there.
        st.session_state[RESTORED] = token
        return
    now, (at, before) = time.monotonic(), st.session_state[SAVED]
    session = _as_it_is()
    if session != before and now - at > EVERY:
        st.session_state[SAVED] = now, session if _save(token, session, before) else before


def session() -> None:
    """What the page Report says of the session: keep, export, import."""
    st.subheader("Session", anchor=False)
    days = own_report.store().days
    if own_report.begun():
        st.caption(
            f"Your report, your own pictures (the last {MOST_PICTURES}) and your settings are kept for {days:g} days after they "
            "were last opened. After a reload or a restart of the server they are there again in this browser, and in any other by this page's "
            "address and *Go on with this one*."
        )
    else:
        st.caption(
            f"Nothing of yours is kept yet. Kept, your report, your own pictures and your settings are there for {days:g} "
            "days after they were last opened, in this browser and by a private link."
        )
    with st.container(horizontal=True, vertical_alignment="center"):
        if own_report.begun():
            st.download_button(
                "Export the session (ZIP)",
                partial(pack_session, own_report.store(), str(own_report.own())),
                file_name="explorer-session.zip",
                on_click="ignore",
                icon=":material/download:",
            )
        else:
            st.button("Keep my session", icon=":material/save:", on_click=_begin)
    upload = st.file_uploader("Import a session (ZIP)", type=["zip"], key="session file", max_upload_size=100)
    if upload is None or st.session_state.get(DONE) == upload.file_id:
        return
    try:
        token = read_session(own_report.store(), upload.getvalue())
    except ExplorerError as error:
        st.error(str(error), icon=":material/error:")
        return
    own_report.continue_here(token)
    st.session_state[DONE] = upload.file_id  # after what it says: the run may be broken off in between
    st.query_params.clear()
    st.rerun()


def _begin() -> None:
    token = own_report.store().begin()
    try:
        put_session(own_report.store(), token, Session())
    except ExplorerError as error:
        st.toast(str(error), icon=":material/error:")
        return
    st.session_state[RESTORED] = token
    own_report.continue_here(token)
    session = _as_it_is()
    kept = _save(token, session, Session())
    st.session_state[SAVED] = time.monotonic(), session if kept else Session()


def _as_it_is() -> Session:
    known = dict(list(last_set().items())[:MOST_SETTINGS])
    mine: dict[str, str] = st.session_state.get("my uploads", {})
    return Session(known, dict(list(mine.items())[-MOST_PICTURES:]))


def _restore(token: str, page: str) -> None:
    """Put what is kept where pages find it. A page that is opened first is as its address says, whoever opens it; what is kept
    is for the others."""
    kept, state = kept_session(own_report.store(), token), st.session_state
    state[SAVED] = 0.0, kept
    state[KEPT] = partial(_picture, token)
    state["my uploads"] = {**kept.pictures, **state.get("my uploads", {})}
    own = {key_of(view, control) for view in VIEWS.values() for control in controls_of(view.controls)}
    if page in VIEWS:
        own -= {key_of(VIEWS[page], control) for control in controls_of(VIEWS[page].controls)}
    for key, value in kept.settings.items():
        if key in own and key not in state:
            state[key] = last_set()[key] = value


def _picture(token: str, reference: str) -> bytes | None:
    return own_report.store().kept(token, f"{reference}.picture")


def _save(token: str, session: Session, before: Session) -> bool:
    """Whether what has changed is kept; why it is not is said once."""
    from PIL import Image

    store = own_report.store()
    state = st.session_state
    state[KEPT] = partial(_picture, token)
    try:
        put_session(store, token, session, since=before)  # names the pictures, or they would be dropped
        for reference in session.pictures:
            if store.kept(token, f"{reference}.picture") is None:
                written = io.BytesIO()
                Image.fromarray(find(reference).pixels).save(written, "PNG", compress_level=1)
                put_picture(store, token, reference, written.getvalue())
    except ExplorerError as error:
        if state.get("session trouble") != str(error):
            st.toast(f"The session could not be kept. {error}", icon=":material/error:")
        state["session trouble"] = str(error)
        return False
    return True
