"""The scene composer: a random scene, its objects in a table; and true boxes for a photograph."""

from __future__ import annotations

from typing import Any

import streamlit as st

from explorer.errors import ExplorerError
from explorer.scenes import (
    BACKGROUNDS,
    KINDS,
    LETTERS,
    MOST_OBJECTS,
    TEXTURES,
    Background,
    RandomScene,
    Scene,
    SceneObject,
    is_scene,
    read_scene,
    write_scene,
)
from explorer.ui.pictures import picker
from explorer.ui.tables import editor, settled_rows

__all__ = ["objects_table", "scene_or_photograph"]

Row = dict[str, Any]
EMPTY: Row = {
    "kind": "circle",
    "row": 0.5,
    "column": 0.5,
    "size": 0.25,
    "colour": "#d64030",
    "rotation": 0.0,
    "texture": "plain",
    "letter": "A",
    "mirrored": False,
}


def scene_or_photograph(key: str, default: str) -> None:
    """Widgets that set the picture kept under that key: a random scene, or a photograph, at first `default`."""
    reference = str(st.session_state[key])
    kind = f"{key} source"
    st.session_state[kind] = "scene" if is_scene(reference) else "photograph"
    last_choices = st.session_state.setdefault(
        f"{key} kept", {"scene": RandomScene(100).reference, "photograph": default}
    )
    last_choices[st.session_state[kind]] = reference

    def switch() -> None:
        st.session_state[key] = last_choices[st.session_state[kind]]

    st.segmented_control("Source", ["scene", "photograph"], key=kind, on_change=switch, required=True)
    if is_scene(reference):
        _random(key, reference)
    else:
        picker(key)


def _random(key: str, reference: str) -> None:
    random_scene = RandomScene.read(reference) or st.session_state.get(f"{key} random scene", RandomScene())
    st.session_state[f"{key} random scene"] = random_scene
    seed, count, sizes, overlap = (f"{key} {name}" for name in ("seed", "count", "sizes", "overlap"))
    st.session_state[seed] = random_scene.seed
    st.session_state[count] = "any" if random_scene.count is None else random_scene.count
    st.session_state[sizes] = (random_scene.smallest, random_scene.largest)
    st.session_state[overlap] = random_scene.overlap

    def make(step: int = 0) -> None:
        state = st.session_state
        number = None if state[count] == "any" else int(state[count])
        smallest, largest = state[sizes]
        wanted = RandomScene(int(state[seed]) + step, number, smallest, largest, state[overlap])
        _choose(key, wanted.reference)

    st.button(
        "Another scene",
        icon=":material/casino:",
        on_click=make,
        args=(1,),
        width="stretch",
        help="The scene of the next seed. It is not in the training data.",
    )
    with st.popover("Random scene", icon=":material/tune:", width="stretch"):
        st.number_input("Seed", 0, 999_998, key=seed, on_change=make)
        st.select_slider("Objects", ["any", *range(MOST_OBJECTS + 1)], key=count, on_change=make)
        st.slider("Sizes (share of the width)", 0.04, 0.6, step=0.01, key=sizes, on_change=make)
        st.slider("Overlap allowed", 0.0, 1.0, step=0.05, key=overlap, on_change=make)
        st.caption("A change generates a new scene and discards manual edits.")


def _choose(key: str, reference: str) -> None:
    """Another scene has other objects: what was left out of the last one means nothing in it."""
    st.session_state[key] = reference
    view = key.partition(":")[0]
    st.session_state[f"{view}:without_objects"] = ""


def objects_table(key: str) -> None:
    """The scene's objects as a table to edit, and its background. An edit makes another picture."""
    reference = str(st.session_state[key])
    scene = read_scene(reference)
    ground, place = f"{key} background", f"{key} objects"
    st.session_state[ground] = scene.background.name

    def make() -> None:
        try:
            things = tuple(_thing(row) for row in settled_rows(place, EMPTY))
            background = Background(st.session_state[ground], scene.background.seed)
            made = write_scene(Scene(things, background, scene.height, scene.width))
        except ExplorerError as error:
            st.session_state[f"{key} trouble"] = f"{error} The scene stays as it is."
            return
        st.session_state[f"{place} made"] = made
        _choose(key, made)

    if trouble := st.session_state.pop(f"{key} trouble", ""):
        st.warning(trouble, icon=":material/undo:")
    number = st.column_config.NumberColumn
    pick = st.column_config.SelectboxColumn
    editor(
        place,
        [_row(thing) for thing in scene.objects],
        made_from=reference,
        on_change=make,
        columns={
            "kind": pick("kind", options=KINDS, required=True, default="circle"),
            "row": number(
                "row", min_value=0.0, max_value=1.0, step=0.01, default=0.5, help="0 top, 1 bottom"
            ),
            "column": number("column", min_value=0.0, max_value=1.0, step=0.01, default=0.5),
            "size": number(
                "size", min_value=0.01, max_value=1.0, step=0.01, default=0.25, help="Share of the width"
            ),
            "colour": st.column_config.TextColumn(
                "colour", validate="^#[0-9a-fA-F]{6}$", default="#d64030", help="#rrggbb"
            ),
            "rotation": number("rotation (°)", min_value=-180, max_value=180, step=1, default=0),
            "texture": pick("texture", options=TEXTURES, default="plain"),
            "letter": pick("letter", options=LETTERS, default="A"),
            "mirrored": st.column_config.CheckboxColumn("mirrored", default=False),
        },
    )
    left, right = st.columns([1, 3], vertical_alignment="center")
    left.selectbox("Background", BACKGROUNDS, key=ground, on_change=make)
    right.caption(
        "Click a cell to change it; the last, empty row adds an object, and a ticked row can be deleted. "
        "Rows and columns are of the object's centre, 0 to 1. Later rows lie on top."
    )


def _row(thing: SceneObject) -> Row:
    return {
        "kind": thing.kind,
        "row": round(thing.row, 4),
        "column": round(thing.column, 4),
        "size": round(thing.size, 4),
        "colour": "#{:02x}{:02x}{:02x}".format(*thing.colour),
        "rotation": round(thing.rotation, 1),
        "texture": thing.texture,
        "letter": thing.text,
        "mirrored": thing.mirrored,
    }


def _thing(row: Row) -> SceneObject:
    red, green, blue = bytes.fromhex(str(row["colour"]).removeprefix("#"))
    return SceneObject(
        str(row["kind"]),
        float(row["row"]),
        float(row["column"]),
        float(row["size"]),
        (red, green, blue),
        rotation=float(row["rotation"]),
        texture=str(row["texture"]),
        text=str(row["letter"]),
        mirrored=bool(row["mirrored"]),
    )
