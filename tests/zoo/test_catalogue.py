import subprocess
import sys

import pytest
import timm
import torch

from explorer import zoo
from explorer.errors import ModelError
from explorer.zoo.curated import CURATED

in_catalogue = pytest.mark.parametrize("entry", CURATED, ids=lambda entry: entry.name)


@in_catalogue
def test_what_the_catalogue_says_is_what_timm_says(entry: zoo.Entry):
    known = timm.get_pretrained_cfg(entry.architecture)
    with torch.device("meta"):
        net = timm.create_model(entry.architecture)
    assert sum(weight.numel() for weight in net.parameters()) == entry.parameters
    assert known.license == entry.licence
    assert tuple(known.input_size) == (3, *entry.input_size)
    assert known.hf_hub_id == entry.repository
    assert known.hf_hub_filename is None


@in_catalogue
def test_the_short_name_means_timms_own_choice_of_weights(entry: zoo.Entry):
    shorter = timm.get_pretrained_cfg(entry.name)
    assert f"{entry.name}.{shorter.tag}" == entry.architecture


def test_names_are_unique_and_what_ships_comes_first():
    names = [entry.name for entry in zoo.entries()]
    assert len(names) == len(set(names))
    sources = [entry.source for entry in zoo.entries()]
    assert sources == sorted(sources, key=("shipped", "package", "timm", "hub").index)


def test_entries_of_a_family_or_source():
    assert {entry.family for entry in zoo.entries(family="hybrid")} == {"hybrid"}
    assert {entry.source for entry in zoo.entries(source="timm")} == {"timm"}
    assert zoo.entries(family="hybrid", source="nowhere") == ()


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("resnet10t", "cnn"),
        ("deit_tiny_patch16_224", "vit"),
        ("eva02_tiny_patch14_224", "vit"),
        ("vit_tiny_r_s16_p8_224", "hybrid"),
        ("swin_tiny_patch4_window7_224", "other"),
        ("mixer_s32_224", "other"),
    ],
)
def test_any_architecture_of_timm_has_an_entry(name: str, family: str):
    entry = zoo.entry(name)
    assert (entry.name, entry.family, entry.source) == (name, family, "timm")
    assert entry.parameters > 1_000_000


def test_a_tag_chooses_the_weights():
    assert zoo.entry("resnet18.tv_in1k").repository == "timm/resnet18.tv_in1k"
    assert zoo.entry("resnet18.a1_in1k") == zoo.entry("resnet18")


@pytest.mark.parametrize(
    "name", ["resnet19", "", "resnet18.no_such_tag", "../../etc/passwd", "hf-hub:a/b", "🐈"]
)
def test_an_unknown_name_is_a_sentence(name: str):
    with pytest.raises(ModelError, match="There is no model called"):
        zoo.entry(name)


def test_a_slip_of_the_pen_is_told_what_is_near():
    with pytest.raises(ModelError, match="resnet18"):
        zoo.entry("resnet_18")


def test_every_row_of_the_table_says_where_the_weights_are():
    rows = {row["name"]: row for row in zoo.table()}
    assert rows.keys() == {entry.name for entry in zoo.entries()}
    for row in rows.values():
        assert row["state"] in ("ships", "installed", "cached", "to fetch")
        assert row["command"] == (f"explorer fetch {row['name']}" if row["state"] == "to fetch" else "")
        assert row["parameters"] > 0


def test_the_catalogue_is_had_without_torch():
    """The first page must not wait for torch: a fresh interpreter lists every model and loads none of it."""
    code = "import sys; from explorer import zoo; zoo.table(); print([m for m in ('torch', 'timm') if m in sys.modules])"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output.strip() == "[]"
