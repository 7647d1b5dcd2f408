"""What the browser computes from the packed buffer is what the library computes, to 1e-3 of the largest weight.

Only a rollout that discards is held beside the library's of the q and k that travelled: where entries of a map lie
closer together than those can tell, another one of them is the last to be discarded.
"""

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import timm
import torch

from explorer import gallery, zoo
from explorer.analysis.attention import FUSIONS, attention_maps
from explorer.analysis.detection import run_detr
from explorer.analysis.rollout import rollout
from explorer.frontend.pack import pack, pack_detr
from explorer.frontend.quantised import quantise
from explorer.tap import Observation, observe
from explorer.zoo.detr import preprocess
from tests.frontend.node import answers, node
from tests.tap.families import FAMILIES

TOLERANCE = 1e-3
DISCARDING = 1e-2
"""And beside the library's of the q and k that the model used."""
SETTINGS = (
    {},
    {"fusion": "max", "residual": 0.0},
    {"fusion": "min", "residual": 0.2, "start": 1},
    {"fusion": "max", "discard": 0.9},
    {"fusion": "min", "discard": 0.35},
    {"discard": 0.6, "residual": 0.8, "start": 1},
)
RANDOM = {
    "ViT-S/16": ("vit_small_patch16_224", {}),
    "distilled DeiT": ("deit_small_distilled_patch16_224", {}),
    "DINOv2 with registers": ("vit_small_patch14_reg4_dinov2", {"img_size": 224}),
    "EVA-02": ("eva02_tiny_patch14_224", {}),
    "DINOv3": ("vit_small_patch16_dinov3", {"img_size": 224}),
    "SigLIP": ("vit_base_patch16_siglip_224", {}),
    "not square": ("vit_small_patch16_224", {"img_size": (160, 256)}),
}


@pytest.fixture(scope="session")
def script(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("answer") / "answer.mjs"
    node("tests/bundle.mjs", "tests/answer.ts", out)
    return out


@lru_cache(maxsize=2)
def seen(name: str) -> Observation:
    picture = gallery.picture("macaw")
    if name in ("vit", "hybrid"):
        model = zoo.load(name)
        return observe(model, model.see(picture))
    torch.manual_seed(0)
    if name in FAMILIES:
        return observe(FAMILIES[name].build(), FAMILIES[name].pictures())
    architecture, options = RANDOM[name]
    net = timm.create_model(architecture, **options).eval()
    height, width = net.patch_embed.img_size
    return observe(net, torch.randn(1, 3, height, width))


def travelled(x: torch.Tensor) -> torch.Tensor:
    sent = quantise(x[0].numpy())
    return torch.from_numpy(sent.low[:, None] + sent.step[:, None] * sent.steps.astype(np.float32))[None]


def close(found: np.ndarray, exact: np.ndarray, tolerance: float = TOLERANCE) -> None:
    """Rows beside rows; one of zeros, as of a masked key, is zeros."""
    assert found.shape == exact.shape
    error = np.abs(found - exact).max(-1) / np.maximum(exact.max(-1), 1e-30)
    assert error.max() <= tolerance, error.max()


@pytest.mark.parametrize(
    "name", ["vit", "hybrid", *RANDOM, "BEiT", "ViT, relative positions", "ViT, q/k norm"]
)
def test_rows_and_columns_are_the_librarys(name: str, script: Path):
    observation = seen(name)
    picture, frame = gallery.picture("macaw"), zoo.load("vit").frame(gallery.picture("macaw"))
    tokens = observation.tokens
    assert tokens is not None
    count, depth = len(tokens), len(observation.calls)
    places = sorted({0, tokens.prefix, count // 2, count - 1})
    layers = sorted({0, depth // 2, depth - 1})
    questions, exact = [], []
    for layer in layers:
        weights = observation.calls[layer].weights()[0].numpy()
        for token in places:
            questions.append({"what": "row", "layer": layer, "token": token})
            exact += list(weights[:, token])
            questions.append({"what": "column", "layer": layer, "token": token})
            exact += list(weights[:, :, token])
            for fusion in FUSIONS:
                questions.append({"what": "fused", "layer": layer, "token": token, "fusion": fusion})
                exact.append(attention_maps(observation, layer, query=token).row(fusion).weights)
    buffer = pack(observation, picture, frame=frame, title=name)
    close(answers(script, buffer, questions).reshape(len(exact), count), np.stack(exact))


@pytest.mark.parametrize("settings", SETTINGS, ids=str)
@pytest.mark.parametrize(
    "name", ["vit", "hybrid", *RANDOM, "BEiT", "ViT, relative positions", "ViT, q/k norm"]
)
def test_rollouts_are_the_librarys(name: str, settings: dict[str, Any], script: Path):
    observation = seen(name)
    assert observation.tokens is not None
    picture, frame = gallery.picture("macaw"), zoo.load("vit").frame(gallery.picture("macaw"))
    sent = tuple(
        replace(call, queries=travelled(call.queries), keys=travelled(call.keys))
        for call in observation.calls
    )
    questions, exact, exact_sent = [], [], []
    for token in sorted({0, observation.tokens.prefix, len(observation.tokens) // 2}):
        result = rollout(observation, query=token, **settings)
        exact += list(result.rows[0])
        exact_sent += list(rollout(replace(observation, calls=sent), query=token, **settings).rows[0])
        options = {
            "fusion": result.fusion,
            "discard": result.discard,
            "residual": result.residual,
            "start": result.layers[0],
            "stop": result.layers[-1],
        }
        questions.append({"what": "rollout", "layer": 0, "token": token, "options": options})
    buffer = pack(observation, picture, frame=frame, title=name)
    results = answers(script, buffer, questions).reshape(len(exact), -1)
    close(results, np.stack(exact_sent))
    close(results, np.stack(exact), DISCARDING if settings.get("discard") else TOLERANCE)


def test_rollouts_that_the_page_computes_are_the_workers(script: Path):
    observation, picture = seen("vit"), gallery.picture("macaw")
    whole = {"fusion": "mean", "discard": 0.0, "residual": 0.5, "start": 0, "stop": 11}
    buffer = pack(observation, picture, frame=zoo.load("vit").frame(picture), title="ViT")
    questions = [
        {"what": what, "layer": 0, "token": 60, "options": whole | settings}
        for what in ("rollout", "quick")
        for settings in SETTINGS
    ]
    worker, page = np.split(answers(script, buffer, questions), 2)
    assert worker.max() > 0
    assert np.array_equal(worker, page)


@pytest.mark.parametrize("name", ["vit", "SigLIP"])
def test_numbers_are_the_librarys(name: str, script: Path):
    observation = seen(name)
    picture, frame = gallery.picture("macaw"), zoo.load("vit").frame(gallery.picture("macaw"))
    questions, exact = [], []
    for layer in (0, len(observation.calls) - 1):
        for token in (0, 60):
            maps = attention_maps(observation, layer, query=token)
            questions.append({"what": "numbers", "layer": layer, "token": token})
            exact.append(np.stack([maps.entropy, maps.distance, maps.on_prefix], -1))
    result = answers(script, pack(observation, picture, frame=frame, title=name), questions)
    exact = np.concatenate(exact)
    assert np.allclose(result.reshape(exact.shape), exact, rtol=1e-3, atol=1e-4, equal_nan=True)


@pytest.mark.parametrize("name", ["detr-photos", "detr-scenes"])
@pytest.mark.parametrize("fit", ["keep", "letterbox"])
def test_a_detrs_cells_and_queries_are_the_librarys(name: str, fit: str, script: Path):
    model, picture = zoo.load(name), gallery.picture("macaw")
    sight = run_detr(model, preprocess(model, picture, fit=fit))
    questions, exact = [], []
    cells = len(sight.grid)
    for layer in range(sight.encoder_layers):
        weights = sight.calls[layer].weights()[0].float().numpy()
        for token in (cells // 2, cells // 2 + 3):
            questions.append({"what": "row", "layer": layer, "token": token})
            exact += list(weights[:, token])
            questions.append({"what": "column", "layer": layer, "token": token})
            exact += list(weights[:, :, token])
    for layer in range(sight.decoder_layers):
        weights = sight.calls[sight.encoder_layers + 2 * layer + 1].weights()[0].float().numpy()
        for query in (0, sight.queries - 1):
            questions.append({"what": "cross", "layer": layer, "token": query})
            exact += list(weights[:, query])
    found = answers(script, pack_detr(sight, picture, title=name), questions)
    close(found.reshape(len(exact), cells), np.stack(exact))


def test_the_weights_that_queries_give_a_cell_are_the_librarys(script: Path):
    model, picture = zoo.load("detr-photos"), gallery.picture("macaw")
    sight = run_detr(model, preprocess(model, picture))
    layer = sight.decoder_layers - 1
    weights = sight.calls[sight.encoder_layers + 2 * layer + 1].weights()[0].float().numpy().mean(0)
    cells = (0, len(sight.grid) // 2, len(sight.grid) - 1)
    questions = [{"what": "lookers", "layer": layer, "token": cell} for cell in cells]
    found = answers(script, pack_detr(sight, picture, title="DETR"), questions).reshape(len(cells), -1)
    close(found, weights.T[list(cells)])
