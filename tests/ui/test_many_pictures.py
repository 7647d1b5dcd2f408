"""The page Many pictures, as Streamlit draws it, over invented sweeps; a real one that is started and cancelled."""

import time
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from explorer.ui import start_sweep
from tests.sweep.invented import NUMBER, made

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EXPLORER_RUNS", str(tmp_path))
    return tmp_path


def opened() -> AppTest:
    return (
        AppTest.from_file(str(ROOT / "app.py"), default_timeout=120)
        .run()
        .switch_page("pages/96_Many_pictures.py")
        .run()
    )


def set_to(test: AppTest, label: str, value: str) -> AppTest:
    return next(box for box in test.selectbox if box.label == label).select(value).run()


def press(test: AppTest, label: str) -> AppTest:
    return next(button for button in test.button if button.label == label).click().run()


def test_a_sweep_is_shown_filtered_and_compared(runs: Path):
    made(runs, "one")
    made(runs, "other", shift=0.5)
    test = set_to(set_to(opened(), "Sweep", "one"), "Group by", "layer")
    assert not test.exception
    assert any("240 of 240 rows" in caption.value for caption in test.caption)
    assert next(box for box in test.selectbox if box.label == "Number").value == NUMBER
    assert {"head", "layer", "class"} <= {box.label for box in test.multiselect}
    assert len(test.get("plotly_chart")) == 1
    test = set_to(test, "Compared with the sweep", "other")
    assert len(test.get("plotly_chart")) == 2
    assert any("over 59 pictures" in caption.value for caption in test.caption)
    assert [error.label for error in test.expander] == ["4 rows have a sentence instead of numbers"]


def test_what_is_too_much_or_cannot_be_is_a_sentence(runs: Path):
    test = opened()
    for label, value, said in (
        ("Name", "../elsewhere", "That name cannot be"),
        ("Over", "depth=99", "cannot be"),
        ("Over", "depth=1..12 residual=all", "too many for the page"),
    ):
        before = {box.label: box.value for box in test.text_input}
        next(box for box in test.text_input if box.label == label).set_value(value)
        test = press(test, "Start")
        assert any(said in error.value for error in test.error), (label, value)
        next(box for box in test.text_input if box.label == label).set_value(before[label])
    assert not list(runs.iterdir())
    assert not list(runs.parent.glob("elsewhere"))


def test_a_name_that_another_sweep_has_is_refused(runs: Path):
    made(runs, "rollout-by-depth")
    test = press(opened(), "Start")
    assert any("holds a sweep of another figure" in error.value for error in test.error)


def test_a_sweep_is_started_and_cancelled(runs: Path):
    test = opened()
    next(box for box in test.text_input if box.label == "Over").set_value("depth=1..12 fusion=all")
    test = press(test, "Start")
    assert not test.error
    (run,) = start_sweep._runs
    assert run.process.poll() is None
    press(test, "Cancel")
    assert run.process.wait(60) != 0
    end = time.monotonic() + 60
    while start_sweep._runs and time.monotonic() < end:
        test = test.run()
    assert not start_sweep._runs
    assert "Start" in [button.label for button in test.run().button]
    assert len(list((runs / run.name).glob("*.parquet"))) < run.sweep.shards
