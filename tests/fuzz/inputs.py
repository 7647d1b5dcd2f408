"""What is made up: good input with a few things wrong, which gets further than noise does."""

import io
import json
import re
import tempfile
import zipfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st
from PIL import Image
from safetensors.torch import save

from explorer.images import Picture
from explorer.views import VIEWS
from explorer.views.controls import controls_of

FORMATS = ("PNG", "JPEG", "GIF", "TIFF", "BMP", "WEBP")
NUMBERS = st.one_of(
    st.sampled_from(
        [0, -1, 1, 2**31, 2**32, 2**63, 2**64, 10**19, 10**39, 10**400, 1e308, -1e308, 1e-320, 0.5]
    ),
    st.integers(),
    st.floats(allow_nan=False),
)
TEXTS = st.one_of(
    st.sampled_from(
        [
            "", "nan", "inf", "1e309", "²", "１２", "0x10", "9" * 5000, "../../etc/passwd", "/dev/zero", "/", "\x00", "\u202e",
            "a\nb", "<script>", "🙂" * 500, "x" * 5000, "scene-" + "9" * 60, "on", "off", "vit", "cat", "own-", "1,2,,3",
            "vit_so400m_patch14_siglip_gap_896", "convnext_xxlarge",
        ]
    ),
    st.text(max_size=60),
)  # fmt: skip
PLAIN = st.one_of(NUMBERS, TEXTS, st.booleans())
JSON = st.recursive(
    st.one_of(PLAIN, st.none()),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=8,
)


@cache
def pictures() -> tuple[bytes, ...]:
    """One of each kind that is read, one of two pages, one of tiles and one that is large."""
    image = Image.fromarray(np.random.default_rng(0).integers(0, 255, (24, 17, 3), dtype=np.uint8))
    files = []
    for kind in FORMATS:
        for mode in ("RGB", "L", "P"):
            file = io.BytesIO()
            try:
                image.convert(mode).save(file, kind)
            except OSError:  # no such kind of that format
                continue
            files.append(file.getvalue())
    file = io.BytesIO()
    image.save(file, "GIF", save_all=True, append_images=[image] * 3)
    return (*files, file.getvalue())


@st.composite
def damaged(draw: Callable[[Any], Any], whole: st.SearchStrategy[bytes], *, spared: int = 0) -> bytes:
    """Bytes with some replaced, cut out, doubled or put in; numbers at a file's beginning most. The first `spared` stay,
    but once in ten: a file without its signature is not looked at."""
    data = bytearray(draw(whole))
    spared = draw(st.sampled_from((0,) + 9 * (min(spared, len(data)),)))
    for _ in range(draw(st.integers(0, 5))):
        near = min(len(data), 300) if draw(st.booleans()) else len(data)
        at = draw(st.integers(spared, max(spared, near - 1)))
        what = draw(st.sampled_from(("set", "cut", "double", "insert", "number")))
        if what == "set" and data:
            data[at] = draw(st.integers(0, 255))
        elif what == "cut":
            del data[at : at + draw(st.integers(1, 64))]
        elif what == "double":
            data[at:at] = data[at : at + draw(st.integers(1, 64))]
        elif what == "insert":
            data[at:at] = draw(st.binary(max_size=16))
        else:
            number = draw(st.sampled_from((0, 1, 0x7FFFFFFF, 0xFFFFFFFF, 0xFFFF, 20, 2_000_000)))
            data[at : at + 4] = number.to_bytes(4, draw(st.sampled_from(("little", "big"))))
    return bytes(data)


def mostly(often: st.SearchStrategy[Any], seldom: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """Nine of ten from the first."""
    return st.sampled_from(9 * (often,) + (seldom,)).flatmap(lambda chosen: chosen)


@st.composite
def member_damaged(draw: Callable[[Any], Any], whole: st.SearchStrategy[bytes]) -> bytes:
    """An archive whose checksums are right and one of whose members, or a member of that, is damaged."""
    with zipfile.ZipFile(io.BytesIO(draw(whole))) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    name = draw(st.sampled_from(sorted(members)))
    inner = st.just(members[name])
    members[name] = draw(member_damaged(inner) if members[name].startswith(b"PK") else damaged(inner))
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return written.getvalue()


PICTURES = mostly(damaged(st.sampled_from(pictures()), spared=12), damaged(st.binary(max_size=200)))


@st.composite
def changed(draw: Callable[[Any], Any], good: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """A JSON object with some of its values, at any depth, replaced, added or taken away."""
    whole = good()
    for _ in range(draw(st.integers(1, 4))):
        place: Any = whole
        while isinstance(place, dict) and place:
            key = draw(st.sampled_from(sorted(place)))
            if not isinstance(place[key], dict) or not place[key] or draw(st.booleans()):
                break
            place = place[key]
        if not isinstance(place, dict):
            continue
        if not place or draw(st.integers(0, 3)) == 0:
            place[draw(TEXTS)] = draw(JSON)
        elif draw(st.integers(0, 3)) == 0:
            del place[key]
        else:
            place[key] = draw(JSON)
    return whole


@cache
def _weights() -> tuple[dict[str, Any], bytes]:
    data = save(
        {"a.weight": torch.zeros(4, 3), "a.bias": torch.ones(3, dtype=torch.float16), "n": torch.tensor(3)}
    )
    length = int.from_bytes(data[:8], "little")
    return json.loads(data[8 : 8 + length]), data[8 + length :]


@st.composite
def safetensors(draw: Callable[[Any], Any]) -> bytes:
    header = draw(changed(lambda: json.loads(json.dumps(_weights()[0]))))
    text = json.dumps(header).encode("utf-8", "surrogatepass")
    length = draw(st.sampled_from(9 * (len(text),) + (0, 2**63, len(text) + 1)))
    return length.to_bytes(8, "little") + text + _weights()[1]


WEIGHTS = st.one_of(safetensors(), safetensors(), damaged(safetensors(), spared=9))
BERT = {
    "model_type": "bert", "vocab_size": 11, "hidden_size": 12, "num_hidden_layers": 1, "num_attention_heads": 3,
    "intermediate_size": 16, "max_position_embeddings": 64, "type_vocab_size": 2, "hidden_act": "gelu", "pad_token_id": 0,
}  # fmt: skip
CONFIGS = changed(lambda: dict(BERT))


@st.composite
def recipes(draw: Callable[[Any], Any]) -> bytes:
    view = draw(st.sampled_from(list(VIEWS.values())))
    panel = draw(st.sampled_from(view.panels))

    def good() -> dict[str, Any]:
        values = {
            name: draw(PLAIN) for name in draw(st.lists(st.sampled_from(panel.uses or ("tab",)), max_size=3))
        }
        return {
            "explorer": 1,
            "view": view.name,
            "figure": panel.name,
            "controls": values,
            "over": {},
            "models": {},
        }

    recipe = good()
    what = draw(st.sampled_from(("nothing", "controls", "over", "models", "anything")))
    if what == "anything":
        recipe = draw(changed(lambda: recipe))
    elif what in recipe:
        recipe[what] = draw(changed(lambda: recipe[what]))
    return json.dumps(recipe).replace("Infinity", "1e999").encode("utf-8", "surrogatepass")


@st.composite
def addresses(draw: Callable[[Any], Any]) -> tuple[str, dict[str, str]]:
    view = draw(st.sampled_from(list(VIEWS.values())))
    names = [control.name for control in controls_of(view.controls)]
    chosen = draw(st.lists(st.sampled_from(names) | st.text(max_size=8), max_size=5, unique=True))
    return view.name, {name: draw(TEXTS | NUMBERS.map(str)) for name in chosen}


SCENE = "scene~noise-5~car_0.5_0.3_0.2_d64030_15~letter_0.2_0.7_0.1_0000ff_0_stripes_A_mirrored"
WORDS = NUMBERS.map(str) | TEXTS
SHARES = mostly(st.integers(0, 199).map(lambda hundredths: hundredths / 100), NUMBERS)


@st.composite
def scenes(draw: Callable[[Any], Any]) -> str:
    """A scene with some of its words replaced, left out or said again."""
    parts = [re.split("([_-])", part) for part in SCENE.split("~")[1:]]
    for _ in range(draw(st.integers(0, 4))):
        part = draw(st.sampled_from(parts))
        at = 2 * draw(st.integers(1, 3))  # row, column or size of an object
        what = draw(st.sampled_from((*9 * ("number",), *4 * ("again",), "word", "cut")))
        if what in ("number", "word") and at < len(part):
            part[at] = draw((st.floats(-2, 2) | NUMBERS).map(str) if what == "number" else WORDS)
        elif what == "cut":
            del part[at : at + 2]
        else:
            parts.append(list(part))
    return "~".join(["scene", *map("".join, parts)])


SCENES = st.one_of(
    scenes(),
    scenes(),
    scenes(),
    st.tuples(st.integers(0, 999_999), st.none() | st.integers(0, 99), *3 * (SHARES,)).map(
        lambda words: "scene-" + "-".join("any" if word is None else str(word) for word in words)
    ),
    st.lists(WORDS, max_size=8).map(lambda words: "scene~" + "~".join(words)),
)
SENTENCES = st.one_of(
    TEXTS,
    st.lists(st.sampled_from(["the", "robot", "[mask]", "…", "_", "שלום", "🙂"]) | TEXTS, max_size=80).map(
        " ".join
    ),
)


@cache
def figures() -> tuple[bytes, ...]:
    """A figure with its recipe inside, in every format that is opened; what Chromium draws is a stand-in of a few bytes."""
    from pypdf import PdfWriter

    from explorer.export import write
    from explorer.export.marks import mark_pdf, mark_png, mark_svg
    from explorer.export.slides import Slide, as_pptx
    from tests.test_export import ORIGIN, curve

    recipe, pdf, gif = ORIGIN.as_json(), io.BytesIO(), io.BytesIO()
    png = mark_png(pictures()[0], recipe=recipe, caption="A", width_mm=80)
    page = PdfWriter()
    page.add_blank_page(20, 20)
    page.write(pdf)
    Image.new("P", (8, 8)).save(gif, "GIF", comment=f"explorer: {recipe}".encode())
    html = write(curve(), ORIGIN, "html")
    return (
        *(write(curve(), ORIGIN, form) for form in ("json", "csv", "tex", "npz")),
        png,
        mark_svg(
            b'<svg width="9" height="9"></svg>', recipe=recipe, caption="A", alt="B", width_mm=9, height_mm=9
        ),
        mark_pdf(pdf.getvalue(), recipe=recipe, caption="A", alt="B"),
        gif.getvalue(),
        html[: html.index(b'name="explorer"') + 4000],
        as_pptx("A", [Slide("A", curve(), ORIGIN, png)], home="http://localhost"),
    )


def _figures(*, packed: bool) -> st.SearchStrategy[bytes]:
    chosen = [data for data in figures() if data.startswith(b"PK") == packed]
    return st.sampled_from(range(len(chosen))).map(chosen.__getitem__)  # strategies are told by their values


FIGURES = st.deferred(
    lambda: mostly(
        st.one_of(damaged(_figures(packed=False), spared=16), member_damaged(_figures(packed=True))),
        damaged(st.sampled_from(pictures()) | st.binary(max_size=100)),
    )
)


@cache
def session() -> bytes:
    """An archive of a session with a figure, a picture and settings."""
    from explorer.report import Kept, Store
    from explorer.report.session import Session, pack_session, put_picture, put_session, reference_of
    from tests.test_export import ORIGIN, curve

    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        token, data = store.begin(), pictures()[0]
        reference = reference_of(Picture.from_bytes(data, name="own").digest)
        put_picture(store, token, reference, data)
        put_session(store, token, Session({"model": "vit", "a:log": True}, {reference: "cat.png"}))
        store.add(token, Kept(curve(), ORIGIN, {reference: data}), title="A curve")
        return pack_session(store, token)


SESSIONS = st.deferred(lambda: mostly(member_damaged(st.just(session())), damaged(st.just(session()))))
LESSON = (
    b"---\ntitle: A\nminutes: 3\nlevel: introductory\nsource: B\n---\n\n## C\n\nText.\n\n```yaml\nview: self-attention\n"
    b"panel: look\ncontrols: layer=2\nquestion: D\nanswers:\n  E: argmax(weights) == 1\n  F: argmax(weights) == 2\n```\n"
)
LESSONS = mostly(
    damaged(st.just(LESSON), spared=4).map(lambda data: data.decode("utf-8", "replace")),
    st.text(max_size=400),
)
