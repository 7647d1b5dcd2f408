"""The page Report: what was collected, to be put in order, annotated and written."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from urllib.parse import parse_qsl, urlsplit

import streamlit as st

from explorer.errors import ExplorerError
from explorer.export import PaperStyle
from explorer.export.chromium import at_hand
from explorer.figures.photo import fitting_height
from explorer.figures.style import themed
from explorer.provenance import Provenance
from explorer.report.archive import as_markdown, as_zip
from explorer.report.document import Contents, as_deck, as_html, as_pdf
from explorer.report.kept import LONGEST_NOTE, LONGEST_TITLE, Entry, Kept, Report
from explorer.ui.own_report import begun, continue_here, is_own, own, quotas, restore, store
from explorer.ui.paper import paper
from explorer.views import view as view_named

__all__ = ["report"]

WIDTH = 470
"""Pixels a figure is wide beside its title and note."""


def report() -> None:
    """The report of the address, else the visitor's own."""
    st.caption(quotas())
    token = st.query_params.get("report")
    if token is not None and not store().has(token):
        st.warning("This server has no such report, or no longer.", icon=":material/undo:")
        token = None
    token = token or (own() if begun() else None)
    if token is None:
        st.query_params.clear()
        st.info("The report is empty. *Export*, *Add to report* above any figure puts it here.")
        return
    st.query_params.from_dict({"report": token})
    if not is_own(token):
        st.info("This report was opened by its link. Figures that you add go to your own report.")
        st.button("Go on with this one", on_click=continue_here, args=(token,))
    try:
        opened = store().open(token)
        contents = [(entry, store().figure(token, entry.figure)) for entry in opened.entries]
    except ExplorerError as error:
        st.error(str(error), icon=":material/error:")
        return
    _title(token, opened)
    for at, (entry, kept_figure) in enumerate(contents):
        _entry(token, entry, kept_figure, at, len(contents))
    if contents:
        _files(opened, contents)


def _title(token: str, opened: Report) -> None:
    def rename() -> None:
        title = st.session_state["report title"]
        _change(token, lambda report: Report(title, report.entries))

    st.text_input(
        "Title of the report", opened.title, max_chars=LONGEST_TITLE, key="report title", on_change=rename
    )


def _entry(token: str, entry: Entry, kept_figure: Kept, at: int, number: int) -> None:
    restore(kept_figure)
    name = entry.figure

    def say(what: str) -> None:
        _change(token, lambda report: report.said(name, **{what: st.session_state[f"{what} {name}"]}))

    with st.container(border=True):
        left, right = st.columns([5, 4], gap="medium")
        with left:
            _figure(kept_figure, name)
        with right:
            st.text_input(
                f"Title of figure {at + 1}",
                entry.title,
                max_chars=LONGEST_TITLE,
                key=f"title {name}",
                on_change=say,
                args=("title",),
            )
            st.text_area(
                f"Note to figure {at + 1}",
                entry.note,
                max_chars=LONGEST_NOTE,
                key=f"note {name}",
                on_change=say,
                args=("note",),
            )
            with st.container(horizontal=True):
                for label, icon, how, idle in (
                    ("Up", "arrow_upward", partial(Report.moved, figure=name, by=-1), at == 0),
                    ("Down", "arrow_downward", partial(Report.moved, figure=name, by=1), at == number - 1),
                    ("Remove", "delete", partial(Report.without, figure=name), False),
                ):
                    st.button(
                        label,
                        icon=f":material/{icon}:",
                        key=f"{label} {name}",
                        on_click=_change,
                        args=(token, how),
                        disabled=idle,
                    )
                _link(kept_figure.provenance)


def _figure(kept_figure: Kept, name: str) -> None:
    """The figure in a narrow place: a table can be scrolled there, and photographs leave no gap below."""
    drawing, data = kept_figure.drawing, kept_figure.drawing.data
    if (
        any(trace["type"] == "table" for trace in drawing.plain["data"])
        and len({a.shape for a in data.values()}) == 1
    ):
        import pandas

        columns = {
            f"{label} ({drawing.units[label]})" if label in drawing.units else label: list(column)
            for label, column in data.items()
        }
        st.dataframe(pandas.DataFrame(columns), key=f"kept {name}", hide_index=True, height="content")
    else:
        figure = themed(drawing.figure, st.context.theme.type or "light")
        if figure.layout.height and (fitting := fitting_height(figure, WIDTH)):
            figure.update_layout(height=min(figure.layout.height, fitting))
        st.plotly_chart(figure, key=f"kept {name}", theme=None, alt=drawing.alt, config={"staticPlot": True})
    st.caption(drawing.caption)


def _link(provenance: Provenance) -> None:
    try:
        view = view_named(provenance.view)
    except ExplorerError:
        return
    query = dict(parse_qsl(urlsplit(provenance.link).query))
    st.page_link(view.page, label="Open the view", icon=view.icon, query_params=query)


def _change(token: str, how: Callable[[Report], Report]) -> None:
    try:
        store().change(token, how)
    except ExplorerError as error:
        st.toast(str(error), icon=":material/error:")


def _files(opened: Report, contents: Contents) -> None:
    st.subheader("Export", anchor=False)
    with st.popover("Print style", icon=":material/straighten:"):
        style = paper("report", caption=False)
    if not at_hand():
        st.caption(
            "PDF, slides and Markdown need Chrome or Chromium on the server, and the ZIP holds no drawn files without."
        )
    with st.container(horizontal=True):
        for label, file, make in _forms(opened.title, contents, style):
            st.download_button(label, make, file_name=file, on_click="ignore", key=f"write {label}")


def _forms(title: str, contents: Contents, style: PaperStyle) -> list[tuple[str, str, Callable[[], bytes]]]:
    forms: list[tuple[str, str, Callable[[], bytes]]] = [
        ("HTML", "report.html", partial(as_html, title, contents))
    ]
    if at_hand():
        forms += [
            ("PDF", "report.pdf", partial(as_pdf, title, contents, style=style)),
            ("Slides (PPTX)", "report.pptx", partial(as_deck, title, contents, style=style)),
            ("Markdown", "report-markdown.zip", partial(as_markdown, title, contents, style=style)),
        ]
    return [*forms, ("Everything (ZIP)", "report.zip", partial(as_zip, title, contents, style=style))]
