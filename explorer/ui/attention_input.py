"""What self-attention is shown: a sentence to write with its words to pick, or a picture; and which step is drawn."""

from __future__ import annotations

import re
from typing import Any

import streamlit as st

from explorer.errors import ExplorerError
from explorer.ui.page import Page
from explorer.ui.pictures import find
from explorer.ui.progress import within_bounds
from explorer.ui.state import key_of, mirror
from explorer.ui.widgets import widget
from explorer.views.controls import controls_of
from explorer.views.scope import open_scope
from explorer.views.self_attention.controls import WORDS
from explorer.views.self_attention.steps import columns_of
from explorer.views.self_attention.subject import Subject, subject
from explorer.words import sentences
from explorer.zoo.hub_words import MAX_BYTES, adopt_words

__all__ = ["attended", "stepping"]

BELONG = ("layer", "head", "query", "zeroed", "masked")
"""What means something else for another input."""
FIELD, PICKED, HIDDEN, STEP = "sentence written", "word picked", "words hidden", "step picked"
MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!:$~<>|&])")


def attended(page: Page, *, pick: bool = True, hide: bool = False) -> None:
    """The input, with `pick` its query, and with `hide` the tokens that nobody may look at."""
    with page.beside:
        _input(page)
        try:
            shown = subject(page.controls, page.scope)
        except ExplorerError:  # the figures say what is wrong with it
            return
        for note in shown.notes:
            st.info(note, icon=":material/help:")
        if pick:
            _query(page, shown)
        if hide:
            _hidden(page, shown)


def _input(page: Page) -> None:
    controls = _controls(page)
    st.segmented_control(
        "Input",
        controls["source"].choices,
        key=_key(page, "source"),
        required=True,
        on_change=lambda: _begin(page, *BELONG),
    )
    if page.controls.source == WORDS:
        _sentence(page)
        widget(page.view, controls["reader"], page.scope)
        _bring(page)
    else:
        for name in ("picture", "model", "fit"):
            widget(page.view, controls[name], page.scope)


def stepping(page: Page) -> None:
    """Which step is drawn in large, and which of its columns is taken apart."""
    try:
        columns = columns_of(page.controls, page.scope)
    except ExplorerError:
        return
    state, key = st.session_state, _key(page, "column")
    st.segmented_control("Step", _controls(page)["stage"].choices, key=_key(page, "stage"), required=True)
    shown, mine = f"{STEP} {page.controls.stage}", min(page.controls.column, len(columns))

    def move() -> None:
        state[key] = state[shown]

    if len(columns) > 1:
        mirror(shown, mine, columns)
        st.select_slider(
            "Column of the selected cell",
            list(range(1, len(columns) + 1)),
            key=shown,
            on_change=move,
            format_func=lambda at: f"{at} · {columns[at - 1]}" if columns[at - 1] != str(at) else str(at),
        )


def _sentence(page: Page) -> None:
    state, key = st.session_state, _key(page, "sentence")

    def put(text: str) -> None:
        state[key] = "".join(character for character in text if character.isprintable())
        _begin(page, "query", "masked")

    def another() -> None:
        state["sentences seen"] = seen = state.get("sentences seen", 0) + 1
        put(list(sentences(seen, seed=7, held_out=True))[-1].text)

    state[FIELD] = page.controls.sentence
    st.text_input(
        "Sentence ([mask] or ___ is a word to predict)",
        key=FIELD,
        on_change=lambda: put(str(state[FIELD])),
        max_chars=_controls(page)["sentence"].longest,
    )
    st.button(
        "Another sentence",
        on_click=another,
        icon=":material/casino:",
        help="A held-out sentence that is not in the training data.",
    )


def _query(page: Page, shown: Subject) -> None:
    state, key = st.session_state, _key(page, "query")
    places = list(range(1, len(shown.names) + 1))
    if shown.tokens is not None:
        mirror(PICKED, page.controls.query, shown.names)
        st.select_slider(
            "Query token",
            places,
            key=PICKED,
            format_func=lambda at: shown.names[at - 1],
            on_change=lambda: state.update({key: state[PICKED]}),
        )
        return
    widget_key = f"{PICKED} of words"
    state[widget_key] = page.controls.query

    def pick() -> None:
        if state[widget_key] is not None:
            state[key] = state[widget_key]

    st.pills(
        "Query word",
        places,
        key=widget_key,
        format_func=_labels(shown).__getitem__,
        on_change=pick,
    )


def _hidden(page: Page, shown: Subject) -> None:
    state, key = st.session_state, _key(page, "masked")
    names = _labels(shown)
    state[HIDDEN] = [int(word) for word in page.controls.masked.split(",") if word]

    def keep() -> None:
        state[key] = ",".join(str(place) for place in sorted(state[HIDDEN]))

    options: dict[str, Any] = {"key": HIDDEN, "on_change": keep, "format_func": names.__getitem__}
    st.multiselect("Tokens masked in this layer", list(names), placeholder="none", **options)


def _labels(shown: Subject) -> dict[int, str]:
    """A label for each place, no two alike: a widget finds its options by them. A visitor's word is no Markdown."""
    labels = {}
    for at, name in enumerate(shown.names, 1):
        plain = MARKDOWN.sub(r"\\\1", name)
        labels[at] = plain if shown.names.count(name) == 1 else f"{plain} ({at})"
    return labels


def _bring(page: Page) -> None:
    """A BERT of the visitor's own."""
    with st.popover("Your own BERT", icon=":material/folder_open:", width="stretch"):
        files = st.file_uploader(
            "A folder as the Hugging Face hub lays it out",
            accept_multiple_files="directory",
            type=["json", "txt", "safetensors"],
            max_upload_size=MAX_BYTES >> 20,
            help="config.json, model.safetensors, and tokenizer.json or vocab.txt. No pickle is opened.",
        )

        def take() -> None:
            try:
                with within_bounds():
                    name = adopt_words({file.name.rpartition("/")[2]: file.getvalue() for file in files})
            except ExplorerError as error:
                st.session_state["reader trouble"] = str(error)
                return
            st.session_state[_key(page, "reader")] = name
            _begin(page, *BELONG)

        st.button("Load it", on_click=take, disabled=not files)
        if trouble := st.session_state.pop("reader trouble", ""):
            st.error(trouble, icon=":material/error:")


def _begin(page: Page, *names: str) -> None:
    """Give those controls the defaults that they have for what is chosen now."""
    raw = {name: st.session_state[_key(page, name)] for name in _controls(page) if name not in names}
    try:
        scope, _ = open_scope(page.view.controls, raw, find, device=page.scope.device)
        values = {name: _controls(page)[name].resolved(scope).default for name in names}
    except ExplorerError:
        return
    for name, value in values.items():
        st.session_state[_key(page, name)] = value


def _controls(page: Page) -> dict[str, Any]:
    return {control.name: control for control in controls_of(page.view.controls)}


def _key(page: Page, name: str) -> str:
    return key_of(page.view, _controls(page)[name])
