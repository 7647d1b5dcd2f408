"""The picture picker: gallery, upload, camera."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from explorer import gallery
from explorer.errors import PictureError
from explorer.images import MAX_BYTES, Picture
from explorer.memory import LRUCache
from explorer.report.session import PREFIX, reference_of
from explorer.scenes import is_scene, scene_picture

__all__ = ["KEPT", "find", "own_picture", "picker"]

UPLOADS = LRUCache()
KEPT = "kept pictures"
"""The session's key of what finds an own picture that is kept on disk."""


def find(reference: str) -> Picture:
    """The picture of a gallery name, of a scene or of an upload's reference.

    Raises:
        PictureError: no such picture, or the server no longer has the upload.
        ControlError: the scene cannot be drawn.
    """
    if is_scene(reference):
        return scene_picture(reference)
    if not reference.startswith(PREFIX):
        return gallery.picture(reference)

    def gone() -> Picture:
        loader: Callable[[str], bytes | None] = st.session_state.get(KEPT, lambda _: None)
        if (data := loader(reference)) is not None:
            return Picture.from_bytes(
                data, name=st.session_state.get("my uploads", {}).get(reference, "upload")
            )
        raise PictureError(
            "This server no longer has the uploaded picture",
            why="uploads are kept in memory only, and only the latest ones, unless a session is kept",
            do="upload it again and the same link will work",
        )

    return UPLOADS.get(reference, gone)


def own_picture(picture: Picture) -> str:
    """Hold a picture as one of the visitor's own; the reference by which `find` gives it back."""
    reference = reference_of(picture.digest)
    UPLOADS.get(reference, lambda: picture)
    st.session_state.setdefault("my uploads", {})[reference] = picture.name
    return reference


def _take(widget: str, key: str) -> None:
    upload = st.session_state.get(widget)
    if upload is None:
        return
    try:
        picture = Picture.from_bytes(upload.getvalue(), name=upload.name)
    except PictureError as error:
        st.session_state["picture trouble"] = f"{error} The picture on the screen stays as it is."
        return
    st.session_state[key] = own_picture(picture)
    st.session_state["picture trouble"] = " ".join(f"{note.rstrip('.')}." for note in picture.notes)


def picker(key: str = "picture") -> None:
    """Widgets that set the picture kept under that key of the session."""
    mine: dict[str, str] = st.session_state.get("my uploads", {})
    options = [*gallery.names(), *mine]
    if st.session_state[key] not in options:
        options.append(st.session_state[key])
    st.selectbox("Picture", options, key=key, format_func=lambda name: mine.get(name, name.replace("-", " ")))
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", key="own picture"):
        own = st.popover(
            "Upload", icon=":material/add_a_photo:", help="Your own picture, from a file or the camera"
        )
        if (shown := st.session_state[key]) in gallery.names():
            st.caption(f"{gallery.title(shown)}. Photograph: {gallery.credit(shown)}.", width="stretch")
    with own:
        st.file_uploader(
            "Upload a picture",
            type=["jpg", "jpeg", "png", "webp", "tif", "tiff", "gif", "bmp"],
            max_upload_size=MAX_BYTES >> 20,
            key="uploaded",
            on_change=_take,
            args=("uploaded", key),
            help="It is kept in this server's memory only, until newer ones need the room, unless you keep your session "
            "(page Report).",
        )
        if st.toggle("Use the camera", key="camera on"):
            st.camera_input("Take a picture", key="photographed", on_change=_take, args=("photographed", key))
    if trouble := st.session_state.pop("picture trouble", ""):
        st.info(trouble, icon=":material/image:")
