"""What the browser says of every step of a generation is what the library says of it."""

import json
from pathlib import Path

import numpy as np
import pytest

from explorer.analysis.generation import next_value, step_attention, surprise
from explorer.errors import AnalysisError
from explorer.frontend.generation import LARGEST, generation_bytes, pack_generation
from explorer.models.edits import Edits, go_to
from explorer.models.sampler import Sampler
from explorer.models.sampling import Sampling
from explorer.zoo.pixel_models import load_pixels
from tests.frontend.node import node
from tests.models.writing import PIXELS, small

OFF = 1e-3
"""Of the largest entry of a row."""
EDITS = Edits(((5, 3), (30, 0)))
WAYS = (
    ("pixels-digits", {}, None, {"label": 3, "sampling": Sampling(0.7, 6, 0.9), "first": 2}),
    ("pixels-digits", {"attention": "2d", "query": [2, 2], "memory": [2, 2], "order_block": None}, 1, {"label": 8}),
    ("pixels-digits", {"attention": "1d", "query": [16], "memory": [16], "order_block": None}, None, {"label": 1, "seed": 9}),
    ("pixels-natural", {}, 2, {"label": 0, "first": 1}),
)  # fmt: skip


@pytest.mark.parametrize(("model", "blocks", "layer", "how"), WAYS)
def test_every_step_is_the_librarys(model: str, blocks: dict, layer: int | None, how: dict, tmp_path: Path):
    module = load_pixels(model, device="cpu", blocks=blocks).module
    label = how.pop("label", None)
    told: list[float] = []
    packed = pack_generation(
        Sampler(module, labels=label, **how), edits=EDITS, layer=layer, on_progress=told.append
    )
    assert told == [written / module.canvas.values for written in range(1, module.canvas.values + 1)]
    (tmp_path / "file").write_bytes(packed)
    node("tests/bundle.mjs", "tests/generation.ts", tmp_path / "generation.mjs")
    node(tmp_path / "generation.mjs", tmp_path / "file", tmp_path / "out")
    found = json.loads((tmp_path / "out").read_text())
    writer = Sampler(module, 1, labels=label, **how)
    places, total = module.blocks.places, module.canvas.values
    assert len(found) == total
    looked = range(total) if total < 100 else (0, 1, 2, 5, 6, 30, 31, 100, 191, 192, 200, 500, 767)
    for step in looked:
        go_to(writer, step, EDITS, before=EDITS)
        said, exact, seen = found[step], next_value(writer), step_attention(writer)
        assert said["place"] == [exact.row, exact.column, exact.channel] == list(seen.place)
        assert said["first"] == module.blocks.steps[exact.row, exact.column, 0]
        assert said["drawn"] == exact.drawn
        assert said["value"] == dict(EDITS.pairs).get(step, exact.drawn)
        np.testing.assert_array_equal(np.reshape(said["memory"], seen.memory.shape), seen.memory)
        for kind, row in (("probability", exact.probabilities), ("kept", exact.truncated)):
            assert np.abs(np.array(said[kind]) - row).max() <= OFF * row.max()
        maps = seen.maps.mean(1) if layer is None else seen.maps[layer]
        starts = seen.on_start.mean(1) if layer is None else seen.on_start[layer]
        assert len(said["maps"]) == len(maps)
        for each, weights, start in zip(said["maps"], maps, starts, strict=True):
            row = np.append(weights[tuple(places[:step].T)], start)
            assert np.abs(np.append(each["onValues"], each["onStart"]) - row).max() <= OFF * row.max()
    go_to(writer, total, EDITS, before=EDITS)
    exact_bits = surprise(module, writer.picture(), label=label).bits[tuple(places.T)]
    np.testing.assert_allclose([each["bits"] for each in found], exact_bits, atol=2e-3, rtol=1e-3)


def test_the_size_is_known_before_it_is_made():
    module = load_pixels("pixels-digits", device="cpu").module
    guess = generation_bytes(module.blocks, module.levels, len(module.layers))
    made = len(pack_generation(Sampler(module, labels=0)))
    assert guess < made < guess + 20_000


@pytest.mark.parametrize(("said", "channels"), [({"height": 60, "width": 60}, 3), (PIXELS, 3)])
def test_what_is_too_long_or_written_in_pixels_is_refused_before_it_is_written(said: dict, channels: int):
    writer = Sampler(small(channels, **said), 1)
    with pytest.raises(AnalysisError, match="sent"):
        pack_generation(writer)
    assert writer.written == 0


def test_what_ships_is_sent():
    """All as they were trained, of each a layer's heads and the layers' means."""
    for model in ("pixels-digits", "pixels-fashion", "pixels-natural"):
        module = load_pixels(model, device="cpu").module
        for maps in (len(module.layers), module.heads):
            assert generation_bytes(module.blocks, module.levels, maps) <= LARGEST
