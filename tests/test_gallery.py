"""The gallery: every photograph is there, small, credited, and the ones with a thing on them are recognised."""

import io
import re
import subprocess
import sys
from importlib.resources import files

import pytest
from PIL import Image

from explorer import gallery, zoo
from explorer.errors import PictureError
from explorer.gallery import PHOTOGRAPHS

FOLDER = files("explorer") / "photographs"
RECOGNISED = [name for name, photograph in PHOTOGRAPHS.items() if photograph.shows]
ONLY_BY_THE_CNN = {"macaw", "burger", "airliner", "koala", "camera"}
"""What the ViT, which learnt from 36,491 photographs, does not name among its first five."""
FREE = re.compile(r"CC0|CC BY 2\.0|public domain|no known restrictions|free for use with citation")


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_every_photograph_is_there_with_its_maker_and_terms(name: str):
    assert gallery.title(name)
    assert FREE.search(gallery.credit(name))
    assert min(gallery.picture(name).pixels.shape[:2]) >= 300


@pytest.mark.parametrize("name", RECOGNISED)
def test_the_cnn_names_it_rightly_among_its_first_three(name: str):
    model = zoo.load("efficientnet-lite0", device="cpu")
    first = model.module(model.see(gallery.picture(name)))[0].topk(3).indices
    messages = [model.classes[at] for at in first]
    assert set(messages) & set(PHOTOGRAPHS[name].shows), messages


@pytest.mark.parametrize("name", sorted(set(RECOGNISED) - ONLY_BY_THE_CNN))
def test_the_vit_names_it_rightly_among_its_first_five(name: str):
    model = zoo.load("vit", device="cpu")
    first = model.module(model.see(gallery.picture(name)))[0].topk(5).indices
    messages = [model.classes[at] for at in first]
    assert set(messages) & set(PHOTOGRAPHS[name].shows), messages


def test_what_they_show_are_names_of_classes():
    known = set(zoo.load("efficientnet-lite0", device="cpu").classes)
    assert {thing for photograph in PHOTOGRAPHS.values() for thing in photograph.shows} <= known
    assert len(set(RECOGNISED) - ONLY_BY_THE_CNN) >= 12


def test_the_files_of_our_own_are_small_and_all_listed_with_their_sources():
    listed = (FOLDER / "SOURCES.md").read_text(encoding="utf-8")
    ours = {photograph.file for photograph in PHOTOGRAPHS.values() if photograph.package == "explorer"}
    have = {path.name: path.read_bytes() for path in FOLDER.iterdir() if path.name.endswith(".webp")}
    assert ours == set(have) == set(re.findall(r"^\| `(.+?)`", listed, re.M))
    assert sum(map(len, have.values())) <= 1_500_000
    for data in have.values():
        assert len(data) <= 150_000
        assert Image.open(io.BytesIO(data)).getexif() == {}


def test_a_photograph_is_found_without_importing_its_package():
    code = (
        "import sys; from explorer import gallery\n"
        "for name in gallery.names(): gallery.picture(name)\n"
        "print([each for each in ('skimage', 'sklearn', 'torch') if each in sys.modules])"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output.strip() == "[]"


def test_an_unknown_name_is_a_sentence():
    with pytest.raises(PictureError, match="no photograph called 'unicorn'"):
        gallery.picture("unicorn")
