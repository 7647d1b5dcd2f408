"""The buffer read back by another reader gives the library's own attention."""

import numpy as np
import pytest
import timm
import torch
from safetensors.numpy import load

from explorer import gallery, zoo
from explorer.errors import AnalysisError
from explorer.frontend import pack as packing
from explorer.frontend.pack import pack, pack_detr
from explorer.frontend.quantised import quantise
from explorer.frontend.wire import described, encoded, name_of
from explorer.tap import observe
from tests.tap.families import FAMILIES


def read(buffer: bytes) -> tuple[dict, dict[str, np.ndarray]]:
    return described(buffer), load(buffer)


def restored(arrays: dict[str, np.ndarray], name: str) -> np.ndarray:
    return arrays[name] * arrays[f"{name}.step"][:, None] + arrays[f"{name}.low"][:, None]


def test_steps_are_a_65535th_of_the_channels_range():
    x = np.random.default_rng(0).normal(size=(2, 50, 4)).astype(np.float32) * [1, 10, 100, 0]
    packed = quantise(x)
    error = np.abs(packed.low[:, None] + packed.step[:, None] * packed.steps - x)
    assert (error <= np.ptp(x, 1)[:, None] / 65535 * 0.51 + 1e-12).all()


@pytest.mark.parametrize("family", FAMILIES)
def test_rows_from_the_buffer_are_the_librarys(family: str):
    net = FAMILIES[family].build()
    seen = observe(net, FAMILIES[family].pictures())
    picture = gallery.picture("macaw")
    frame = zoo.load("vit").frame(picture)
    header, arrays = read(pack(seen, picture, frame=frame, title="a test"))
    assert tuple(header["prefix"]) == FAMILIES[family].prefix
    for number, (said, call) in enumerate(zip(header["calls"], seen.calls, strict=True)):
        scores = (
            said["scale"] * restored(arrays, f"q.{number}") @ restored(arrays, f"k.{number}").swapaxes(1, 2)
        )
        if said["bias"]:
            scores = scores + arrays[said["bias"]]
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        weights /= weights.sum(-1, keepdims=True)
        exact = call.weights()[0].numpy()
        assert (np.abs(weights - exact).max(-1) <= 1e-3 * exact.max(-1)).all()


def test_the_same_content_has_the_same_bytes_whenever_it_is_written():
    arrays = {"b": np.arange(6, dtype=np.float16), "a": np.arange(5, dtype=np.uint8)}
    files = {encoded({"what": "ü"}, arrays, name="n") for _ in range(30)}
    assert len(files) == 1
    (file,) = files
    read = load(file)
    assert all(np.array_equal(read[key], arrays[key]) for key in arrays)
    assert described(file) == {"what": "ü"}
    assert name_of(file) == "n"


def test_layers_that_share_a_mask_send_it_once():
    from explorer.analysis.detection import run_detr
    from explorer.zoo.detr import preprocess

    model, picture = zoo.load("detr-photos"), gallery.picture("macaw")
    sight = run_detr(model, preprocess(model, picture, fit="letterbox"))
    header, arrays = read(pack_detr(sight, picture, title="a test"))
    assert [call["kind"] for call in header["calls"]] == ["self"] * 3 + ["queries", "cross"] * 3
    masks = [name for name in arrays if name.startswith("bias")]
    assert len(masks) <= 2
    assert arrays[masks[0]].dtype == np.uint8


def test_a_vit_of_224_pixels_takes_less_than_four_megabytes():
    net = timm.create_model("vit_small_patch16_224").eval()
    seen = observe(net, torch.zeros(1, 3, 224, 224))
    picture = gallery.picture("macaw")
    buffer = pack(seen, picture, frame=zoo.load("vit").frame(picture), title="ViT-S/16")
    assert len(buffer) <= 4_000_000


def test_what_is_too_large_is_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(packing, "LARGEST", 1000)
    model, picture = zoo.load("vit"), gallery.picture("macaw")
    seen = observe(model, model.see(picture))
    with pytest.raises(AnalysisError, match="too large to be sent"):
        pack(seen, picture, frame=model.frame(picture), title="ViT")
