import pytest

from explorer.errors import WeightsNotFound
from explorer.experiments import experiment


def test_untrained_words_do_no_better_than_chance():
    result = experiment("reference").measure(count=200, trained=False)
    assert result["values"]["both right, both masked"] < 0.2
    assert result["checkpoint"] == "random:0"


def test_what_is_drawn_is_the_models_own():
    assert experiment("self-attention").measure(trained=False)["values"]["largest difference"] <= 1e-5


@pytest.mark.parametrize("name", ["reference", "self-attention"])
def test_a_model_that_does_not_ship_yet_is_said(name, tmp_path, monkeypatch):
    monkeypatch.setenv("EXPLORER_CHECKPOINTS", str(tmp_path))
    with pytest.raises(WeightsNotFound, match="words"):
        experiment(name).measure()
