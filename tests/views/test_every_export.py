"""A figure of every view in every format, opened by other programs than wrote it, and made again from its recipe."""

import csv
import io
import json
import re
import unicodedata
import xml.etree.ElementTree as ElementTree

import numpy as np
import pypdf
import pytest
from PIL import Image

from explorer.cli import main
from explorer.export import FORMATS, write_many
from explorer.export.chromium import CHROMIUM
from explorer.provenance import Provenance
from explorer.views import VIEWS, View
from tests.views.without_browser import opened

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("view", VIEWS.values(), ids=list(VIEWS))
def test_a_figure_of_every_view_in_every_format(view: View):
    controls, scope, _ = opened(view)
    panel = view.panels[0]
    drawing = view.draw(panel, controls, scope)
    provenance = Provenance.of(view, panel, controls, scope)
    first = write_many(drawing, provenance, FORMATS[:1])[0]
    browser = CHROMIUM.pid
    others = [form for form in FORMATS[1:] if form != "tex"]  # photographs have none
    files = dict(zip((FORMATS[0], *others), [first, *write_many(drawing, provenance, others)], strict=True))
    assert CHROMIUM.pid == browser  # one start for all of them

    with Image.open(io.BytesIO(files["png"])) as image:
        image.load()
        assert image.width / image.info["dpi"][0] * 25.4 == pytest.approx(175, abs=0.1)
        assert image.text["explorer"] == provenance.as_json()
        assert len(image.convert("RGB").getcolors(1 << 24) or ()) > 2  # something is drawn
    root = ElementTree.fromstring(files["svg"])
    assert root.get("width") == "175.000mm"
    assert root.find(f"{SVG}metadata").text == provenance.as_json()
    words = "".join("".join("".join(text.itertext()) for text in root.iter(f"{SVG}text")).split())
    reader = pypdf.PdfReader(io.BytesIO(files["pdf"]))
    (page,) = reader.pages
    assert reader.metadata["/explorer"] == provenance.as_json()
    caption = "".join(drawing.caption.split())[:24]
    assert caption in words
    read = unicodedata.normalize("NFKC", page.extract_text())  # ligatures are letters again
    assert caption in "".join(read.split())
    html = files["html"].decode()
    assert not re.search(r"<(script|link|img|iframe)[^>]*(src|href)=[\"']?(https?:)?//", html)
    with np.load(io.BytesIO(files["npz"]), allow_pickle=False) as back:
        for name, array in drawing.data.items():
            np.testing.assert_array_equal(back[name], array)
    rows = list(csv.reader(line for line in files["csv"].decode().splitlines() if line[:1] != "#"))
    assert len(rows) > 1
    assert {len(row) for row in rows} == {len(rows[0])}
    assert Provenance.from_json(files["json"]) == provenance


@pytest.mark.parametrize("view", VIEWS.values(), ids=list(VIEWS))
def test_a_recipe_of_every_view_gives_the_same_numbers(view: View, tmp_path):
    controls, scope, _ = opened(view)
    panel = view.panels[-1 if view.name == "vision-transformer" else 0]
    drawing = view.draw(panel, controls, scope)
    recipe, again = tmp_path / "recipe.json", tmp_path / "again.npz"
    recipe.write_bytes(write_many(drawing, Provenance.of(view, panel, controls, scope), ["json"])[0])
    assert main(["figure", "--recipe", str(recipe), "--device", "cpu", "--out", str(again)]) in (None, 0)
    with np.load(again, allow_pickle=False) as back:
        for name, array in drawing.data.items():
            assert back[name].tobytes() == np.asarray(array).tobytes()
        assert json.loads(str(back["explorer"]))["view"] == view.name
