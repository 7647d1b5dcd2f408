"""The command line: the same figures and numbers without a browser, and errors in one line."""

import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pytest
import shtab

from explorer.bench import BENCHES
from explorer.cli import main
from explorer.cli.completion import SHELLS
from explorer.experiments import EXPERIMENTS
from explorer.views import VIEWS
from explorer.views.controls import controls_of


def run(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    try:
        status = main([str(word) for word in words])
    except SystemExit as stop:
        status = int(stop.code or 0)
    out, err = capsys.readouterr()
    return status, out, err


def test_models_are_listed(capsys):
    status, out, _ = run(capsys, "models", "--json")
    names = {row["name"]: row for row in json.loads(out)}
    assert status == 0
    assert {"efficientnet-lite0", "cnn-128", "vit"} <= set(names)
    assert names["cnn-128"]["parameters"] < 4e6
    assert names["efficientnet-lite0"]["state"] == "installed"


def test_the_list_has_a_header_and_a_line_for_all_trainings_of_a_model(capsys):
    status, out, _ = run(capsys, "models")
    header, *lines = out.splitlines()
    assert status == 0
    assert header.split() == ["NAME", "FAMILY", "PARAMETERS", "STATE", "TRAININGS"]
    named = {line.split()[0]: line for line in lines}
    assert "recall-rnn" in named
    assert "recall-rnn-2" not in named
    assert named["recall-rnn"].endswith("ships      3 trainings")
    # What is in a column stands below its heading.
    assert {
        line.index(state)
        for line in lines
        for state in ("ships", "installed", "cached", "to fetch")
        if f" {state}" in line
    } == {header.index("STATE")}


@pytest.mark.parametrize(("name", "size"), [("vgg16", 212), ("resnet18", 435), ("resnet50", 427)])
def test_published_receptive_fields_are_measured(capsys, name, size):
    status, out, _ = run(capsys, "measure", "receptive-field", "--model", name, "--json")
    result = json.loads(out)
    assert status == 0
    assert set(result) >= {"experiment", "values", "unit", "model", "checkpoint", "data", "device", "seconds"}
    assert result["values"]["last feature layer"] == size


def test_a_figure_is_written_with_its_data_and_recipe(capsys, tmp_path: Path):
    files = [tmp_path / f"figure.{form}" for form in ("npz", "json", "html")]
    status, _, err = run(
        capsys, "figure", "vision-transformer", "--panel", "rollout", "--image", "coffee", "--discard", 0.5,
        "--fusion", "max", "--device", "cpu", "--out", *files[:2], "--out", *files[2:],
    )  # fmt: skip
    assert status == 0, err
    assert all(file.stat().st_size for file in files)
    with np.load(files[0]) as data:
        assert data["rollout"].sum() == pytest.approx(1, abs=1e-5)
    recipe = json.loads(files[1].read_text())
    assert recipe["controls"]["discard"] == 0.5
    assert recipe["figure"] == "rollout"
    assert "max over heads, discard ratio 0.5" in err


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("figure", "nothing", "--out", "a.png"), 2, "invalid choice"),
        (("figure", "vision-transformer", "--layer", "99", "--out", "a.npz"), 2, "1 to 12"),
        (("figure", "vision-transformer", "--panel", "nothing", "--out", "a.npz"), 2, "invalid choice"),
        (("figure", "vision-transformer", "--out", "a.docx"), 2, "names no format"),
        (("figure", "vision-transformer", "--image", "no/such.png", "--out", "a.npz"), 1, "no file"),
        (("figure", "vision-transformer", "--model", "vit_small_patch16_224", "--out", "a.npz"), 1, "explorer fetch"),
        (("figure", "vision-transformer"), 2, "Add `--out FILE`"),
        (("figure", "vision-transformer", "--fusion", "sum", "--json"), 2, "'mean', 'max', 'min'"),
        (("measure", "nothing"), 2, "invalid choice"),
        (("measure",), 2, "required: NAME"),
        (("measure", "rollout", "--nothing"), 2, "unrecognized"),
        (("bench", "nothing"), 2, "invalid choice"),
        (("completion", "nothing"), 2, "invalid choice"),
        (("measure", "receptive-field", "--model", "no_such_model"), 1, "no model called"),
        (("train", "nothing", "--data", "."), 2, "no recipe called"),
    ],
)  # fmt: skip
def test_errors_are_one_line(capsys, words, status, said):
    result, out, err = run(capsys, *words)
    assert (result, out) == (status, "")
    assert said in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    "words", [(), *[(name,) for name in ("models", "fetch", "figure", "measure", "bench", "evidence", "train", "completion")]]
)  # fmt: skip
def test_every_command_explains_itself(capsys, words):
    status, out, err = run(capsys, *words, "--help")
    assert (status, err) == (0, "")
    assert out.startswith(f"usage: {' '.join(('explorer', *words))}")


@pytest.mark.parametrize("words", [("--help",), ("models",), ("models", "--json"), ("bench", "--help")])
def test_what_only_lists_imports_no_library(words):
    """Each of these would take longer to import than the whole command may take."""
    heavy = (
        "torch timm transformers plotly pandas streamlit cv2 scipy numpy PIL huggingface_hub.file_download"
    )
    code = (
        "import sys; from explorer.cli import main\n"
        f"try: main({words!r})\n"
        "except SystemExit: pass\n"
        f"print(*[each for each in {heavy.split()!r} if each in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout
    assert done.stderr.split() == []


def test_the_shells_are_those_that_can_be_completed(capsys):
    assert tuple(shtab.SUPPORTED_SHELLS) == SHELLS
    assert run(capsys, "--version")[1] == f"explorer {version('explorer')}\n"


@pytest.mark.parametrize(("command", "names"), [("measure", EXPERIMENTS), ("bench", BENCHES)])
def test_what_can_be_measured_is_listed_and_explains_its_options(capsys, command, names):
    _, listed, _ = run(capsys, command, "--help")
    for name in names:
        assert name in listed
        status, out, _ = run(capsys, command, name, "--help")
        assert status == 0
        assert "--json" in out


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_help_names_every_control_with_its_range_and_unit(capsys, view):
    status, out, _ = run(capsys, "figure", view.name, "--help")
    message = " ".join(out.split())
    assert status == 0
    for panel in view.panels:
        assert panel.name in message
    for control in controls_of(view.controls):
        if control.name != "tab":
            assert f"--{control.name.replace('_', '-')} " in message
            assert f"{control.label}: " in message
        if control.kind in ("whole", "real") and not callable(control.low) and not callable(control.high):
            assert f"{control.low:g} to {control.high:g} {control.unit}".strip() in message


@pytest.mark.parametrize("view", VIEWS.values(), ids=VIEWS)
def test_what_a_view_cannot_do_is_one_line(capsys, tmp_path: Path, view):
    controls = controls_of(view.controls)
    bounded = [
        control for control in controls if control.kind in ("whole", "real") and not callable(control.high)
    ]
    cases = [
        (("--panel", "nothing"), 2, "invalid choice"),
        (("--no-such-control", "1"), 2, "unrecognized"),
        (("--over", "nothing=1,2"), 2, "nothing"),
        *((_flag(item, item.high + 1), 2, item.label) for item in bounded[:1]),
        *((_flag(item, "nan"), 2, item.label) for item in bounded[-1:]),
        *((_flag(control, "perhaps"), 2, control.label) for control in controls if control.kind == "switch"),
        *(
            (_flag(control, "no_such_model"), 1, "no model")
            for control in controls
            if control.kind == "model"
        ),
        *(
            (_flag(control, tmp_path / "no.png"), 1, "no file")
            for control in controls
            if control.kind == "picture"
        ),
    ]
    for words, status, message in cases:
        result, out, err = run(
            capsys, "figure", view.name, *words, "--device", "cpu", "--out", tmp_path / "a.npz"
        )
        assert (result, out, err.count("\n")) == (status, "", 1), (words, err)
        assert message in err
    assert not list(tmp_path.iterdir())


def _flag(control, value) -> tuple[str, str]:
    return f"--{control.name.replace('_', '-')}", str(value)


def test_completion_knows_commands_views_and_choices(capsys, tmp_path: Path):
    status, script, _ = run(capsys, "completion", "bash")
    assert status == 0
    (tmp_path / "completion").write_text(script)

    def completed(*words: str) -> list[str]:
        line = " ".join(f"'{word}'" for word in words)
        asked = f"COMP_WORDS=({line}); COMP_CWORD={len(words) - 1}; _shtab_explorer; printf '%s\\n' \"${{COMPREPLY[@]}}\""
        done = subprocess.run(
            ["bash", "-c", f"source '{tmp_path / 'completion'}'; {asked}"],
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.split()

    assert completed("explorer", "fig") == ["figure"]
    assert "vision-transformer" in completed("explorer", "figure", "v")
    assert completed("explorer", "figure", "vision-transformer", "--fus") == ["--fusion"]
    assert completed("explorer", "figure", "vision-transformer", "--fusion", "m") == ["mean", "max", "min"]
    assert "rollout" in completed("explorer", "measure", "ro")
