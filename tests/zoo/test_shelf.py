"""What ships is listed once: trainings of one model are one row, models to compare one group."""

import dataclasses
from pathlib import Path

import pytest
import torch

from explorer.zoo.cards import Card, write_checkpoint
from explorer.zoo.shelf import shelf

LINE = Card(
    name="line", title="A line", family="cnn", architecture="torch.nn:Linear", options={"out_features": 1},
    input_size=(1, 1), mean=(0.0,), std=(1.0,), classes=(), parameters=0, data="points", recipe="", seed=0, steps=1,
    hardware="", seconds=0.0,
)  # fmt: skip


@pytest.fixture
def ships(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("EXPLORER_CHECKPOINTS", str(tmp_path))

    def put(**said):
        write_checkpoint(torch.nn.Linear(2, 1), dataclasses.replace(LINE, **said), tmp_path)

    return put


def test_seeds_are_folded_and_families_to_compare_grouped(ships):
    ships()
    for kind in ("rnn", "gru"):
        for seed in (2, 0, 1):
            name = f"recall-{kind}" + (f"-{seed + 1}" if seed else "")
            ships(name=name, family="recall", options={"cell": kind}, seed=seed)
    ships(name="positions-none", family="positions", options={"code": "none"})
    result = shelf()
    assert list(result) == ["line", "positions", "recall"]
    assert [row.first.name for row in result["recall"]] == ["recall-gru", "recall-rnn"]
    for row in result["recall"]:
        assert [card.seed for card in row.cards] == [0, 1, 2]
        assert row.trainings == "3 trainings"
    assert result["line"][0].trainings == ""


def test_models_of_other_data_or_options_are_other_models(ships):
    ships(name="a")
    ships(name="b", data="curves")
    ships(name="c", options={"out_features": 2})
    assert list(shelf()) == ["a", "b", "c"]


def test_the_models_that_ship_are_all_listed_once():
    from explorer.zoo.cards import card_names

    rows = [row for group in shelf().values() for row in group]
    assert sorted(card.name for row in rows for card in row.cards) == list(card_names())
    for group, most in (("recall", 6), ("positions", 12)):  # six codes learnt digits, and CIFAR-10
        assert len(shelf().get(group, ())) <= most
