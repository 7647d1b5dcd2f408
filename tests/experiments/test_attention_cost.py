import json

import pytest

from explorer.cli import main


def test_the_command_prints_one_json_object_with_exponents(capsys):
    asked = ["--longest", "64", "--features", "8", "--key", "8", "--kernel", "3", "--json"]
    assert main(["measure", "attention-cost", *asked]) == 0
    values = json.loads(capsys.readouterr().out, parse_constant=pytest.fail)["values"]
    assert len(values) == 9
    for value in values.values():
        assert list(value["flops"]) == ["8", "16", "32", "64"]
        assert all(time > 0 for time in value["milliseconds"].values())
    grows = {title: value["exponents"]["peak"] for title, value in values.items()}
    assert grows["Stand-alone (local)"] == pytest.approx(1, abs=0.05)
    assert 1.1 < grows["Axial"] < 1.55
    assert grows["Global self-attention"] == pytest.approx(2, abs=0.1)
    assert grows["Global, fused"] == pytest.approx(1, abs=0.1)
