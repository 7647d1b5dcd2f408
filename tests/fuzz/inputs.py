"""What is made up: good input with a few things wrong, which gets further than noise does."""

import io
import json
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import torch
from hypothesis import strategies as st
from PIL import Image
from safetensors.torch import save

from explorer.views import VIEWS
from explorer.views.controls import controls_of

FORMATS = ("PNG", "JPEG", "GIF", "TIFF", "BMP", "WEBP", "PPM")
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
def damaged(draw: Callable[[Any], Any], whole: st.SearchStrategy[bytes]) -> bytes:
    """Bytes with some replaced, cut out, doubled or put in; numbers at a file's beginning most."""
    data = bytearray(draw(whole))
    for _ in range(draw(st.integers(0, 5))):
        near = min(len(data), 300) if draw(st.booleans()) else len(data)
        at = draw(st.integers(0, max(0, near - 1)))
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


PICTURES = damaged(st.sampled_from(pictures()) | st.binary(max_size=200))


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
    length = draw(st.sampled_from((len(text), len(text), len(text), 0, 2**63, len(text) + 1)))
    return length.to_bytes(8, "little") + text + _weights()[1]


WEIGHTS = st.one_of(safetensors(), damaged(safetensors()))
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

    recipe = draw(changed(good)) if draw(st.booleans()) else good()
    return json.dumps(recipe).replace("Infinity", "1e999").encode("utf-8", "surrogatepass")


@st.composite
def addresses(draw: Callable[[Any], Any]) -> tuple[str, dict[str, str]]:
    view = draw(st.sampled_from(list(VIEWS.values())))
    names = [control.name for control in controls_of(view.controls)]
    chosen = draw(st.lists(st.sampled_from(names) | st.text(max_size=8), max_size=5, unique=True))
    return view.name, {name: draw(TEXTS | NUMBERS.map(str)) for name in chosen}


SCENE = "scene~noise-5~car_0.5_0.3_0.2_d64030_15~letter_0.2_0.7_0.1_0000ff_0_stripes_A_mirrored"
SCENES = st.one_of(
    damaged(st.just(SCENE.encode())).map(lambda data: "scene" + data.decode("utf-8", "replace")[5:]),
    st.lists(NUMBERS.map(str) | TEXTS, max_size=8).map(lambda words: "scene-" + "-".join(words)),
    st.lists(NUMBERS.map(str) | TEXTS, max_size=8).map(lambda words: "scene~" + "~".join(words)),
)
SENTENCES = st.one_of(
    TEXTS,
    st.lists(st.sampled_from(["the", "robot", "[mask]", "…", "_", "שלום", "🙂"]) | TEXTS, max_size=80).map(
        " ".join
    ),
)


@cache
def figures() -> tuple[bytes, ...]:
    """A figure with its recipe inside, in every format that needs no browser."""
    from explorer.export import DRAWN, FORMATS, write
    from tests.test_export import ORIGIN, curve

    return tuple(write(curve(), ORIGIN, form) for form in FORMATS if form not in DRAWN)


FIGURES = st.deferred(
    lambda: damaged(st.sampled_from(figures()) | st.sampled_from(pictures()) | st.binary(max_size=100))
)
LESSON = (
    b"---\ntitle: A\nminutes: 3\nlevel: introductory\nsource: B\n---\n\n## C\n\nText.\n\n```yaml\nview: self-attention\n"
    b"panel: look\ncontrols: layer=2\nquestion: D\nanswers:\n  E: argmax(weights) == 1\n  F: argmax(weights) == 2\n```\n"
)
LESSONS = st.one_of(
    st.text(max_size=400),
    damaged(st.just(LESSON)).map(lambda data: data.decode("utf-8", "replace")),
)
