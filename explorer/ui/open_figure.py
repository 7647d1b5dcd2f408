"""A figure opened from a file: any that Explorer wrote, dropped on Home or Report, opens its view as it was."""

from __future__ import annotations

from functools import partial

import streamlit as st

from explorer.errors import ExplorerError
from explorer.export.reading import ENDINGS, LARGEST_FILE, recipes_in
from explorer.provenance import Provenance
from explorer.report.session import PREFIX, reference_of
from explorer.ui.pictures import find
from explorer.ui.progress import within_bounds
from explorer.views import VIEWS
from explorer.views.controls import controls_of
from explorer.views.recipe import reopen
from explorer.views.values import as_text

__all__ = ["open_figure"]

DONE, WANTED = "opened figure", "figure to open"


def open_figure() -> None:
    """Take a file, and go to its view; of a report's file, to the figure that is chosen."""
    upload = st.file_uploader(
        "Open a figure",
        type=list(ENDINGS),
        key="figure file",
        max_upload_size=LARGEST_FILE >> 20,
        help=f"Any file that Explorer wrote ({', '.join(ending.upper() for ending in ENDINGS)}): the view opens as it was.",
    )
    if upload is None:
        return
    wanted: Provenance | None = st.session_state.pop(WANTED, None)
    try:
        recipes = recipes_in(upload.getvalue())
        if len(recipes) > 1:
            _choose(recipes)
        elif st.session_state.get(DONE) != upload.file_id:
            wanted = recipes[0]
        if wanted is not None:
            st.session_state[DONE] = upload.file_id
            _go(wanted)
    except ExplorerError as error:
        st.error(str(error), icon=":material/error:")


def _choose(recipes: list[Provenance]) -> None:
    st.caption(f"This file holds {len(recipes)} figures.")
    for at, recipe in enumerate(recipes, 1):
        view = VIEWS.get(recipe.view)
        st.button(
            f"{at}. {view.title if view else recipe.view}: {recipe.figure.replace('-', ' ')}",
            key=f"open figure {at}",
            on_click=partial(st.session_state.__setitem__, WANTED, recipe),
        )


def _go(recipe: Provenance) -> None:
    """To the view of a recipe.

    Raises:
        ExplorerError: something that it needs is not here; the sentence says how to get it.
    """
    reference = reference_of(recipe.picture_digest)
    known = str(recipe.controls.get("picture", ""))
    # The command line names a picture by its file; here it may be an upload with the same pixels.
    own_file = bool(known) and not known.startswith(PREFIX) and known == recipe.picture
    with within_bounds():
        opened = reopen(recipe, find, picture=reference if own_file and _has(reference) else "")
    for note in opened.notes:
        st.toast(note, icon=":material/info:")
    for name, values in recipe.over.items():
        st.toast(f"The file shows {name} {', '.join(values.splitlines())}; the view shows one of them.")
    address = {
        control.name: as_text(getattr(opened.controls, control.name))
        for control in controls_of(opened.view.controls)
    }
    st.switch_page(opened.view.page, query_params=address)


def _has(reference: str) -> bool:
    try:
        find(reference)
    except ExplorerError:
        return False
    return True
