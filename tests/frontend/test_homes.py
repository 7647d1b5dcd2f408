"""The lens from the command line, and as a widget of Jupyter."""

from pathlib import Path

import pytest

import explorer
from explorer.cli import main
from explorer.errors import ControlError
from explorer.geometry import Cell


@pytest.mark.parametrize("model", ["vit", "detr-photos"])
def test_the_command_writes_one_page_without_addresses(model: str, tmp_path: Path):
    out = tmp_path / "lens.html"
    assert main(["lens", model, "macaw", "--out", str(out), "--layer", "2"]) == 0
    text = out.read_text(encoding="utf-8")
    assert "src=" not in text.split("<script", 1)[0]
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")
    assert "https://" not in text


def test_a_model_without_attention_is_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    assert (
        main(["lens", "resnet18.a1_in1k", "macaw", "--untrained", "--out", str(tmp_path / "lens.html")]) == 1
    )
    assert "attention" in capsys.readouterr().err


def test_a_widget_says_what_is_pinned():
    picture, vit = explorer.find_picture("macaw"), explorer.load("vit")
    widget = explorer.lens(vit, picture, layer=3)
    assert widget.layer == 3
    assert widget.pinned == ()
    widget.state = {**widget.state, "pins": [1 + 14 * 4 + 6], "head": -1}
    assert widget.pinned == (Cell(4, 6),)
    with pytest.raises(ControlError, match="no way of fitting"):
        explorer.lens(vit, picture, fit="stretched")
