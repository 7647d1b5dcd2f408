import json
import math

import pytest

from explorer.cli import main
from explorer.errors import WeightsNotFound
from explorer.experiments.long_range import measure


def test_the_command_prints_one_json_object_with_what_b3_asks_for(capsys):
    asked = ["--no-trained", "--count", "8", "--seeds", "2", "--longest", "48", "--json"]
    assert main(["measure", "long-range", *asked]) == 0
    result = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)
    assert len(result["model"]) == len(result["checkpoint"]) == 12
    assert set(result["checkpoint"]) == {"random:0", "random:1"}
    assert len(result["values"]) == 6
    for name, item in result["values"].items():
        assert list(item["recalled"]) == ["1", "2", "4", "8", "16", "32", "64", "128", "192", "256"]
        for mean, low, high in item["recalled"].values():
            assert 0 <= low <= mean <= high <= 1
        assert item["holds"] == "has not learnt the task"
        for way in ("forward (ms)", "forward and backward (ms)"):
            assert list(item[way]) == ["32", "48"]
            assert all(math.isfinite(time) and time > 0 for time in item[way].values())
        assert (item["reach"] is None) == (name not in ("1-D CNN", "dilated residual CNN"))
    assert result["values"]["1-D CNN"]["longest path"] == [None, None]
    assert result["values"]["1-D CNN"]["gradient 256 back / at the end"] == 0
    assert result["values"]["Transformer"]["longest path"] == [1, 1]


def test_models_that_do_not_ship_are_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_CHECKPOINTS", str(tmp_path))
    with pytest.raises(WeightsNotFound, match="explorer train recall-rnn"):
        measure(count=1)
