"""An animation has the figure of every value of its slider, in order, and carries its recipe."""

import io

import numpy as np
import pytest
from PIL import Image

from explorer.cli import main
from explorer.errors import ControlError
from explorer.export import PaperStyle, write
from explorer.export.gif import STRIP
from explorer.export.reading import recipes_in
from explorer.provenance import Provenance
from explorer.views import VIEWS
from explorer.views.animation import FRAMES, animated, sliders, values_of
from tests.views.without_browser import opened

VIEW = VIEWS["vision-transformer"]


def frames(data: bytes) -> list[np.ndarray]:
    with Image.open(io.BytesIO(data)) as image:
        found = []
        for at in range(image.n_frames):
            image.seek(at)
            found.append(np.asarray(image.convert("L"), float)[STRIP:])
    return found


def test_each_frame_is_the_figure_at_its_value():
    panel, values = VIEW.panel("rollout"), ["1", "6", "12"]
    controls, scope, _ = opened(VIEW)
    told: list[float] = []
    data = animated(VIEW, panel, controls, scope, "depth", values, on_progress=told.append)
    found = frames(data)
    assert len(found) == 3
    assert told == [0, 1 / 3, 2 / 3]
    alone = []
    for value in values:
        controls, scope, _ = opened(VIEW, depth=value)
        drawing = VIEW.draw(panel, controls, scope)
        png = write(
            drawing, Provenance.of(VIEW, panel, controls, scope), "png", style=PaperStyle(caption=False)
        )
        size = found[0].shape[1], found[0].shape[0]
        alone.append(np.asarray(Image.open(io.BytesIO(png)).convert("L").resize(size), float))
    apart = np.array([[np.abs(frame - figure).mean() for figure in alone] for frame in found])
    assert (apart.argmin(1) == [0, 1, 2]).all(), apart
    (recipe,) = recipes_in(data)
    assert (recipe.figure, dict(recipe.over)) == ("rollout", {"depth": "1\n6\n12"})


def test_the_values_are_the_slider_s():
    _, scope, _ = opened(VIEW)
    known = sliders(VIEW, VIEW.panel("rollout"))
    assert values_of(known["depth"], scope) == [str(layer) for layer in range(1, 13)]
    assert values_of(known["discard"], scope) == [f"{at * 0.05:.12g}" for at in range(20)]
    assert set(known) >= {"depth", "start", "discard", "residual", "row", "column"}
    written = VIEWS["image-transformer"]
    _, scope, _ = opened(written)
    seeds = values_of(sliders(written, written.panel("samples"))["seed"], scope)
    assert len(seeds) == FRAMES
    assert (seeds[0], seeds[-1]) == ("0", "999")


def test_the_command_line_writes_one_and_says_what_cannot_be(tmp_path, capsys: pytest.CaptureFixture[str]):
    out = tmp_path / "out.gif"
    figure = ["figure", "vision-transformer", "--panel", "rollout", "--out", str(out)]
    assert main([*figure, "--over", "depth=1,12"]) == 0
    assert len(frames(out.read_bytes())) == 2
    for more, word in (
        ([], "Add `--over CONTROL`"),
        (["--over", "model"], "cannot be animated over 'model'"),
        (["--over", "depth=1,99"], "cannot be '99'"),
        (["--over", "depth=1"], "cannot have 1 frames"),
    ):
        assert main([*figure, *more]) == 2
        assert word in capsys.readouterr().err
    controls, scope, _ = opened(VIEW)
    with pytest.raises(ControlError):
        animated(VIEW, VIEW.panel("collapse"), controls, scope, "seed")
