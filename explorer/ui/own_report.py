"""The visitor's own report: found by the session, after a reload by a cookie, elsewhere by its link."""

from __future__ import annotations

import io
import secrets
from functools import cache

import streamlit as st

from explorer.errors import ExplorerError
from explorer.export.drawing import Drawing
from explorer.provenance import Provenance
from explorer.report import Kept, Store, folder
from explorer.report.session import PREFIX
from explorer.settings import settings
from explorer.ui.pictures import UPLOADS, find

__all__ = ["add", "begun", "continue_here", "is_own", "own", "quotas", "remember", "restore", "store"]

KEY, COOKIE = "own report", "explorer_report"


@cache
def store() -> Store:
    """The reports of all visitors of this server."""
    allowed = settings()
    return Store(
        folder(),
        reports=allowed.report_count,
        max_bytes=allowed.reports_bytes,
        figures=allowed.report_figures,
        report_bytes=allowed.report_bytes,
        days=allowed.report_days,
    )


def quotas() -> str:
    """What this server keeps, before anybody relies on it."""
    kept = store()
    return (
        f"A report takes {kept.figures} figures and {kept.report_bytes / 1e6:.0f} MB and is kept for {kept.days:g} days after it "
        f"was last opened. This server keeps {kept.reports:,} reports and {kept.max_bytes / 1e9:.3g} GB: beyond that, the report "
        "opened longest ago is cleared first."
    )


def own() -> str | None:
    """The token of the visitor's own report; None before the first figure."""
    if KEY not in st.session_state:
        known = st.context.cookies.get(COOKIE)
        if not store().has(known):
            return None
        st.session_state[KEY] = known
    return str(st.session_state[KEY])


def is_own(token: str) -> bool:
    """Whether the report of a link is the visitor's own, in a time that tells nothing of it to who makes links up."""
    return secrets.compare_digest(token, own() or "")


def begun() -> bool:
    """Whether the visitor's own report holds anything."""
    return store().has(own())


def continue_here(token: str) -> None:
    """Make the report of a link the visitor's own."""
    st.session_state[KEY] = token


def remember() -> None:
    """Have the browser keep the link, for a reload. Tokens are our own and of letters, digits, - and _ only."""
    if begun():
        st.html(
            f"<script>document.cookie = '{COOKIE}={own()}; path=/; SameSite=Lax; "
            f"max-age={int(store().days * 86_400)}' + (location.protocol === 'https:' ? '; Secure' : '')</script>",
            unsafe_allow_javascript=True,
        )


def add(drawing: Drawing, provenance: Provenance, title: str) -> str:
    """Put a figure at the end of the visitor's own report. What to tell the visitor: that it is there, or why not."""
    try:
        if own() is None or not begun():
            st.session_state[KEY] = store().begin()
        kept_figure = Kept(drawing, provenance, _uploads(provenance))
        store().add(st.session_state[KEY], kept_figure, title=title)
    except ExplorerError as error:
        return f":material/error: {error}"
    return ":material/check: Added to the report."


def restore(kept_figure: Kept) -> None:
    """Have the uploads of a kept figure available again, so that its link reopens the view after a restart."""
    from explorer.images import Picture

    for reference, data in kept_figure.pictures.items():

        def read(data: bytes = data) -> Picture:
            return Picture.from_bytes(data, name=kept_figure.provenance.picture or "upload.png")

        UPLOADS.get(reference, read)


def _uploads(provenance: Provenance) -> dict[str, bytes]:
    from PIL import Image

    references = {
        str(provenance.controls.get("picture", "")),
        *provenance.over.get("picture", "").split("\n"),
    }
    uploads = {}
    for reference in references:
        if reference.startswith(PREFIX):
            written = io.BytesIO()
            Image.fromarray(find(reference).pixels).save(written, "PNG")
            uploads[reference] = written.getvalue()
    return uploads
