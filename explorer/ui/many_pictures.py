"""What the page Many pictures shows of a sweep: distributions, pictures to look at, and a comparison with another."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from explorer.errors import ExplorerError
from explorer.figures.photo import data_uri
from explorer.figures.ready import ReadyFigure
from explorer.formatting import quantity
from explorer.settings import settings
from explorer.sweep.pictures import GALLERY, open_picture
from explorer.sweep.questions import Extreme, Sweep, open_sweep, sweeps
from explorer.ui.export_menu import export_drawn
from explorer.ui.pictures import own_picture
from explorer.views import view
from explorer.views.panel import draw

if TYPE_CHECKING:
    from explorer.analysis.result import Result

__all__ = ["CHOSEN", "results"]

CHOSEN = "sweep shown"
ORDERS = {"Highest": "highest", "Most typical": "typical", "Lowest": "lowest"}
NOTHING = "none"
WIDE, TILE = 256, 168
"""Pixels of a thumbnail, and of the place it has."""


def results() -> None:
    """The sweep that is chosen, or how to make one."""
    names = sweeps(settings().runs)
    if not names:
        st.info("There is no sweep yet. Start one below, or by `explorer sweep`.", icon=":material/info:")
        return
    if st.session_state.get(CHOSEN) not in names:
        st.session_state[CHOSEN] = names[0]
    name = st.selectbox("Sweep", names, key=CHOSEN)
    try:
        _sweep(open_sweep(settings().runs / name), [other for other in names if other != name])
    except ExplorerError as error:
        st.error(str(error), icon=":material/error:")


def _sweep(sweep: Sweep, others: list[str]) -> None:
    rows, errors = sweep.count()
    st.caption(
        f"{_subject(sweep)}: {rows:,} of {sweep.rows_of_all:,} rows, "
        f"{sweep.recipe['sweep']['count']:,} pictures at {len(sweep.recipe['sweep']['settings']):,} settings."
    )
    if errors:
        _sentences(sweep, errors)
    if not sweep.numbers:
        st.info("This figure has no numbers; the sweep kept its maps.", icon=":material/info:")
        return
    key = partial("{} of {}".format, sweep.place.name)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number = st.selectbox("Number", sweep.numbers, key=key("number"))
        groups = sorted(sweep.keys, key="class".__eq__)  # controls first
        by = st.selectbox("Group by", [*groups, NOTHING], key=key("group"), width=180)
        second = st.selectbox(
            "and by",
            [NOTHING, *(name for name in groups if name != by)],
            key=key("second group"),
            width=180,
        )
        where = _filters(sweep, key)
    by, second = by.replace(NOTHING, ""), second.replace(NOTHING, "")
    if by and second:
        _figure(
            sweep,
            sweep.medians(number, (by, second), where),
            "Medians",
            "The median over the rows of each pair of values.",
            {"number": number, "by": by, "and by": second, **_in_words(where)},
        )
    else:
        _figure(
            sweep,
            sweep.distribution(number, by or second, where),
            "Distribution",
            "Boxes from the first to the third quartile with the median, whiskers from 5 % to 95 % of the rows.",
            {"number": number, "by": by or second or NOTHING, **_in_words(where)},
        )
    _thumbnails(sweep, number, where)
    if others:
        _comparison(sweep, others, number, by, where)


def _filters(sweep: Sweep, key: partial[str]) -> dict[str, list[str]]:
    if not sweep.keys:
        return {}
    with st.popover("Filters", icon=":material/filter_alt:"):
        return {
            name: st.multiselect(name, sweep.values(name), key=key(f"filter {name}"), placeholder="all")
            for name in sweep.keys
        }


def _figure(
    sweep: Sweep,
    result: Result,
    title: str,
    caption: str,
    controls: dict[str, str],
    other: Sweep | None = None,
) -> None:
    """A figure below its title, with the menu that writes it to files."""
    drawing = draw(result, f"{caption} {_subject(sweep)}.")
    name = title.lower().replace(" ", "-")
    with st.container(
        horizontal=True,
        horizontal_alignment="distribute",
        vertical_alignment="center",
        key=f"head of many-pictures {name}",
    ):
        st.subheader(title, anchor=False)
        export_drawn(drawing, sweep.provenance(name, controls, other), title)
    st.plotly_chart(
        ReadyFigure.themed(drawing.plain, st.context.theme.type or "light"),
        key=f"{name} of a sweep",
        theme=None,
        alt=drawing.alt,
        config={"displaylogo": False},
    )
    st.caption(caption)


def _subject(sweep: Sweep) -> str:
    """What was swept, in words."""
    shown = view(sweep.recipe["view"])
    return f"{shown.title}, {shown.panel(sweep.recipe['figure']).title}, of the sweep {sweep.place.name}"


def _in_words(where: dict[str, list[str]]) -> dict[str, str]:
    return {f"only {name}": ", ".join(values) for name, values in where.items() if values}


def _thumbnails(sweep: Sweep, number: str, where: dict[str, list[str]]) -> None:
    st.subheader("Pictures", anchor=False)
    order = st.segmented_control(
        "Order", list(ORDERS), default="Highest", required=True, label_visibility="collapsed"
    )
    found = sweep.extremes(number, ORDERS[order], where)
    with st.container(horizontal=True):
        for at, extreme in enumerate(found):
            with st.container(width=TILE, gap="xsmall"):
                _thumbnail(sweep, extreme, at, sweep.units.get(number, ""))


def _thumbnail(sweep: Sweep, extreme: Extreme, at: int, unit: str) -> None:
    try:
        small = _small(sweep.recipe["sweep"]["pictures"], extreme.picture)
    except ExplorerError as error:
        st.caption(str(error))
        return
    name = extreme.picture.rpartition("/")[2]
    st.image(small, caption=name, alt=f"The picture {name}")
    setting = ", ".join(f"{name} {value}" for name, value in extreme.setting.items() if name in sweep.keys)
    st.caption(f"**{quantity(extreme.value, unit)}** {setting}")
    if st.button(
        "Open",
        key=f"open extreme {at}",
        icon=":material/open_in_new:",
        help="In its view, with these settings",
    ):
        _open(sweep, extreme)


@st.cache_data(max_entries=200, show_spinner=False)
def _small(place: str, name: str) -> str:
    """A square thumbnail in an address: a photograph of twelve million pixels is not sent for it, and a file of the page's
    may be gone before a busy browser asks for it."""
    from PIL import Image, ImageOps

    return data_uri(np.asarray(ImageOps.fit(Image.fromarray(open_picture(place, name).pixels), (WIDE, WIDE))))


def _open(sweep: Sweep, extreme: Extreme) -> None:
    """To the picture's view, where everything is set as in the sweep."""
    place = sweep.recipe["sweep"]["pictures"]
    reference = extreme.picture
    if place != GALLERY:
        reference = own_picture(open_picture(place, extreme.picture))
    shown = view(sweep.recipe["view"])
    panel = shown.panel(sweep.recipe["figure"])
    address = {**extreme.setting, "picture": reference, **({"tab": panel.tab} if panel.tab else {})}
    st.switch_page(shown.page, query_params=address)


def _sentences(sweep: Sweep, errors: int) -> None:
    with st.expander(f"{errors:,} rows have a sentence instead of numbers"):
        st.dataframe(
            [
                {"sentence": sentence, "rows": rows, "one of the pictures": picture}
                for sentence, picture, rows in sweep.sentences()
            ],
            hide_index=True,
            width="stretch",
        )


def _comparison(sweep: Sweep, others: list[str], number: str, by: str, where: dict[str, list[str]]) -> None:
    other_name = st.selectbox(
        "Compared with the sweep", [NOTHING, *others], key=f"other than {sweep.place.name}"
    )
    if other_name == NOTHING:
        return
    other = open_sweep(settings().runs / other_name)
    if number not in other.numbers:
        st.info(f"{other_name} has no “{number}”.", icon=":material/info:")
        return
    shared = by if by in (*other.controls, "class") else ""
    known = {name: values for name, values in where.items() if name in (*other.controls, "class")}
    result = sweep.compared(other, number, shared, known)
    if not result.groups:
        st.info("The two have no picture in common.", icon=":material/info:")
        return
    _figure(
        sweep,
        result,
        "Paired differences",
        f"{number[0].upper()}{number[1:]}, {other_name} minus {sweep.place.name}: the mean over "
        f"{int(result.pictures.max()):,} pictures that both have, with its 95 % interval by bootstrap over pictures.",
        {"number": number, "by": shared or NOTHING, "minus": other_name, **_in_words(known)},
        other,
    )
