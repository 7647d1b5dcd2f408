"""Everything that ever failed, by what it was given to. What fuzzing finds is added here when it is mended."""

import json
from typing import Any

from tests.fuzz.inputs import BERT
from tests.report.test_session import archive, arrays, opened
from tests.test_decoding import _tiles
from tests.zoo.test_hostile_weights import CONFIGS as BERT_CONFIGS
from tests.zoo.test_hostile_weights import HEADERS

__all__ = ["CORPUS"]


def recipe(view: str, figure: str, **fields: Any) -> bytes:
    text = json.dumps({"explorer": 1, "view": view, "figure": figure, "controls": {}, **fields})
    return text.replace("Infinity", "1e999").encode()


def safetensors(header: object, data: bytes) -> bytes:
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + data


CORPUS: tuple[tuple[str, Any], ...] = (
    ("pictures", _tiles(20, 2_000_000, 16)),
    *(("weights", data) for data in HEADERS.values()),
    ("weights", safetensors({"a": {"dtype": [], "shape": [3], "data_offsets": [0, 6]}}, bytes(6))),
    *(("word-models", BERT | change) for change in BERT_CONFIGS.values()),
    ("recipes", recipe("vision-transformer", "attention", controls={"picture": "/dev/zero"})),
    ("recipes", recipe("vision-transformer", "attention", controls={"picture": "." * 3000})),
    ("recipes", recipe("vision-transformer", "attention", controls={"layer": float("inf")})),
    ("recipes", recipe("vision-transformer", "attention", over={"tab": True})),
    ("recipes", recipe("receptive-field", "stack", controls={"side": 10**39})),
    ("recipes", recipe("image-transformer", "generated", controls={"samples": "9" * 5000})),
    ("recipes", recipe("x" * 5000, "🙂" * 5000)),
    ("addresses", ("image-transformer", {"samples": "²"})),
    ("addresses", ("image-transformer", {"samples": "9" * 5000})),
    ("addresses", ("receptive-field", {"side": "1" + "0" * 39})),
    ("addresses", ("vision-transformer", {"model": "vit_so400m_patch14_siglip_gap_896", "trained": "off"})),
    ("addresses", ("vision-transformer", {"model": "convnext_xxlarge", "trained": "off"})),
    ("opened-figures", archive({"explorer.npy": opened(arrays("{{'descr': '<U5'\0"))["0.npy"]})),
    ("scenes", "scene~noise-5~car_1e308_1e308_0.2_d64030_15"),
)
