"""What DuckDB answers, against pandas, NumPy and SciPy on the same rows."""

import io
import json
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import bootstrap

from explorer.analysis.many_pictures import paired_difference
from explorer.errors import ExportError
from explorer.export import write
from explorer.provenance import Provenance
from explorer.report.archive import make_figures
from explorer.report.kept import Entry, Kept
from explorer.sweep.job import RECIPE
from explorer.sweep.questions import open_sweep, sweeps
from explorer.views.panel import draw
from tests.sweep.invented import NUMBER, made


def test_quantiles_by_group_and_within_a_filter(tmp_path: Path):
    sweep, frame = made(tmp_path, "one")
    assert sweep.keys == ("class", "layer", "head")
    assert sweep.numbers == (NUMBER,)
    assert sweep.count() == (240, 4)
    found = sweep.distribution(NUMBER, "layer", {"head": ["mean"], "class": ["b"]})
    assert found.unit == "px"
    chosen = frame[(frame["head"] == "mean") & (frame["class"] == "b")].dropna(subset=NUMBER)
    for at, layer in enumerate((1, 2)):
        expected = np.quantile(chosen[chosen["layer"] == layer][NUMBER], (0.05, 0.25, 0.5, 0.75, 0.95))
        np.testing.assert_allclose(found.quantiles[at], expected)
    assert found.count.sum() == len(chosen)
    assert sweep.sentences() == [("It is broken.", "b/7.png", 4)]


def test_medians_by_two_controls(tmp_path: Path):
    sweep, frame = made(tmp_path, "one")
    found = sweep.medians(NUMBER, ("layer", "head"))
    expected = frame.groupby(["layer", "head"])[NUMBER].median().unstack()
    np.testing.assert_allclose(found.median, expected.to_numpy())


@pytest.mark.parametrize("order", ["lowest", "highest", "typical"])
def test_extremes_are_pictures_each_once(tmp_path: Path, order: str):
    sweep, frame = made(tmp_path, "one")
    frame = frame.dropna(subset=NUMBER)
    middle = frame[NUMBER].median()
    key = {"lowest": frame[NUMBER], "highest": -frame[NUMBER], "typical": (frame[NUMBER] - middle).abs()}
    expected = frame.assign(key=key[order]).sort_values("key").drop_duplicates("picture").head(6)
    found = sweep.extremes(NUMBER, order)
    assert [each.picture for each in found] == list(expected["picture"])
    assert found[0].setting == {"layer": str(expected.iloc[0]["layer"]), "head": expected.iloc[0]["head"]}


def test_two_sweeps_are_compared_by_picture(tmp_path: Path):
    (one, first), (other, second) = made(tmp_path, "one"), made(tmp_path, "other", shift=0.3)
    found = one.compared(other, NUMBER, "layer")
    assert list(found.pictures) == [59, 59]
    for at, layer in enumerate((1, 2)):
        means = [
            each[each["layer"] == layer].groupby("digest")[NUMBER].mean().dropna() for each in (first, second)
        ]
        values = (means[1] - means[0]).to_numpy()
        interval = bootstrap((values,), np.mean, n_resamples=4000, rng=5).confidence_interval
        np.testing.assert_allclose(
            found.difference[at],
            [values.mean(), interval.low, interval.high],
            atol=4 * values.std() / 59**0.5 / 10,
        )
    same = one.compared(one, NUMBER)
    np.testing.assert_array_equal(same.difference, [[0, 0, 0]])


def test_a_figure_of_a_sweep_is_written_with_its_recipe(tmp_path: Path):
    (sweep, _), (other, _) = made(tmp_path, "one"), made(tmp_path, "other")
    drawing = draw(sweep.distribution(NUMBER, "layer", {"class": ["b"]}), "Boxes.")
    origin = sweep.provenance("distribution", {"number": NUMBER, "by": "layer", "only class": "b"}, other)
    read = Provenance.from_json(write(drawing, origin, "json"))
    assert read == origin
    assert read.controls == {"sweep": "one", "number": NUMBER, "by": "layer", "only class": "b"}
    assert read.models == {"vit": "sha256:0"}
    script = make_figures([(Entry("one", "Distribution", ""), Kept(drawing, origin, {}))])
    assert "# 01-many-pictures-distribution: of a sweep's rows" in script
    assert "explorer figure" not in script.splitlines()[-1]
    with np.load(io.BytesIO(write(drawing, origin, "npz"))) as arrays:
        np.testing.assert_array_equal(arrays["50%"], drawing.data["50%"])
        assert json.loads(str(arrays["explorer"]))["figure"] == "distribution"


def test_sweeps_are_listed_and_a_damaged_one_is_a_sentence(tmp_path: Path):
    made(tmp_path, "one")
    place = tmp_path / "damaged"
    place.mkdir()
    (place / RECIPE).write_text("{}")
    with pytest.raises(ExportError):
        open_sweep(place)
    (place / "part-000000.parquet").write_bytes(b"PAR1 no")
    with pytest.raises(ExportError):
        open_sweep(place)
    assert sweeps(tmp_path) == ["one"]


def test_the_interval_of_many_pictures_is_that_of_the_plain_bootstrap():
    values = np.random.default_rng(2).exponential(size=5003)
    found = paired_difference({"": values}, label="x").difference[0]
    interval = bootstrap((values,), np.mean, n_resamples=2000, batch=50, rng=3).confidence_interval
    error = values.std() / len(values) ** 0.5
    np.testing.assert_allclose(found, [values.mean(), interval.low, interval.high], atol=0.3 * error)
