"""What is written is opened again, by other programs than wrote it."""

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import xml.etree.ElementTree as ElementTree

import numpy as np
import plotly.graph_objects as go
import pypdf
import pytest
from PIL import Image

from explorer.errors import ControlError, ExportError
from explorer.export import FORMATS, Drawing, PaperStyle, write, write_many
from explorer.export.chromium import CHROMIUM, Chromium
from explorer.export.layout import Sheet
from explorer.figures.overlay import add_cells
from explorer.figures.photo import photo_figure
from explorer.figures.style import colour_scale
from explorer.geometry import Frame, Grid
from explorer.provenance import Provenance

SVG = "{http://www.w3.org/2000/svg}"
ORIGIN = Provenance(
    view="vision-transformer",
    figure="attention",
    controls={"layer": 3, "fusion": "mean", "discard": 0.5, "trained": True},
    models={"vit-small": "sha256:" + "ab" * 32},
    picture='a "cat" <b>& é</b> --> .png',
    picture_digest="cd" * 32,
    versions={"explorer": "0.1.0"},
    date="2026-01-02T03:04:05+00:00",
    link="/Vision_Transformer?layer=3",
)
COLOURS = [(200, 30, 30), (30, 160, 60), (40, 60, 200), (240, 200, 20)]
CELLS = np.array([[0, 1, 2, 3], [3, 2, 1, 0], [1, 1, 3, 3]])
BARE = PaperStyle(caption=False)


def mosaic():
    """Cells of known colours that fill the sheet from edge to edge."""
    scale = [[index / 3, f"rgb{colour}"] for index, colour in enumerate(COLOURS)]
    figure = go.Figure(go.Heatmap(z=CELLS, colorscale=scale, zmin=0, zmax=3, showscale=False))
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False, autorange="reversed")
    figure.update_layout(width=400, height=300, margin={"l": 0, "r": 0, "t": 0, "b": 0})
    return Drawing.of(figure, {"cells": CELLS}, {"cells": "1"}, "Known colours.", "A mosaic of four colours")


def curve(*, theme="plotly_white", caption="Radius by layer of <b>the cat</b> & co.", **layout):
    layers, radius = np.arange(1, 6), np.array([3, 7.5, 9, 20, 21], np.float32)
    figure = go.Figure(go.Scatter(x=layers, y=radius, line_color="crimson"))
    figure.update_layout(
        template=theme, xaxis_title="layer of the network", yaxis_title="radius [pixels]", **layout
    )
    return Drawing.of(
        figure,
        {"layer": layers, "radius": radius},
        {"radius": "pixels"},
        caption,
        'A rising curve of "radius" <over> layers',
        {"largest": (21.0, "pixels")},
    )


@pytest.fixture(scope="module")
def written():
    """A curve in every format, drawn together."""
    return dict(zip(FORMATS, write_many(curve(), ORIGIN, FORMATS), strict=True))


# On paper


@pytest.mark.parametrize(("column", "millimetres"), [("single", 85), ("double", 175)])
def test_a_png_is_as_wide_as_the_column_at_300_dpi(column, millimetres):
    image = Image.open(io.BytesIO(write(curve(), ORIGIN, "png", style=PaperStyle(column=column))))
    assert abs(image.width - millimetres / 25.4 * 300) <= 1
    across, down = image.info["dpi"]
    assert across == down
    assert image.width / across * 25.4 == pytest.approx(millimetres, abs=0.1)


def test_the_pixels_of_a_png_have_the_colours_of_the_cells():
    image = Image.open(io.BytesIO(write(mosaic(), ORIGIN, "png", style=BARE))).convert("RGB")
    assert image.width / image.height == pytest.approx(400 / 300, rel=0.01)
    for (row, column), index in np.ndenumerate(CELLS):
        # The centre and near the corners: a cell is flat, nothing is smoothed over its borders.
        for down, across in ((0.5, 0.5), (0.1, 0.1), (0.9, 0.9)):
            at = (int((column + across) / 4 * image.width), int((row + down) / 3 * image.height))
            assert np.abs(np.subtract(image.getpixel(at), COLOURS[index])).max() <= 1


def test_every_drawn_file_carries_its_recipe(written):
    image = Image.open(io.BytesIO(written["png"]))
    assert image.text["explorer"] == ORIGIN.as_json()
    assert image.text["Description"] == curve().caption
    root = ElementTree.fromstring(written["svg"])
    assert root.find(f"{SVG}metadata").text == ORIGIN.as_json()
    assert root.find(f"{SVG}title").text == curve().alt
    assert root.find(f"{SVG}desc").text == curve().caption
    message = pypdf.PdfReader(io.BytesIO(written["pdf"])).metadata
    assert message["/explorer"] == ORIGIN.as_json()
    assert message.title == curve().alt
    assert message.subject == curve().caption


def test_a_png_is_whole_for_a_strict_reader(written):
    with Image.open(io.BytesIO(written["png"])) as image:
        image.verify()  # checks every chunk's sum


def test_an_svg_is_a_drawing_in_millimetres_with_text_of_the_size_asked_for(written):
    for style, millimetres, points in (
        (PaperStyle(), 175, 8),
        (PaperStyle(column="single", font_size=7), 85, 7),
    ):
        root = ElementTree.fromstring(
            written["svg"] if points == 8 else write(curve(), ORIGIN, "svg", style=style)
        )
        assert root.tag == f"{SVG}svg"
        assert root.get("width") == f"{millimetres:.3f}mm"
        _, _, wide, tall = (float(word) for word in root.get("viewBox").split())
        assert float(root.get("height").removesuffix("mm")) == pytest.approx(
            millimetres * tall / wide, rel=1e-3
        )
        sizes = {
            float(result)
            for text in root.iter(f"{SVG}text")
            for result in re.findall(r"font-size: ([\d.]+)px", text.get("style") or "")
        }
        per_unit = millimetres / 25.4 * 72 / wide
        assert min(sizes) * per_unit == pytest.approx(points, rel=0.02)


def test_a_pdf_is_one_page_of_vectors_with_its_fonts(written):
    reader = pypdf.PdfReader(io.BytesIO(written["pdf"]))
    (page,) = reader.pages
    assert float(page.mediabox.width) == pytest.approx(175 / 25.4 * 72, abs=1)
    text = " ".join(page.extract_text().split())
    assert "layer of the network" in text
    assert "radius [pixels]" in text
    assert "Radius by layer of <b>the cat</b> & co." in text
    assert not list(page.images)
    fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]
    assert fonts
    for font in fonts:
        inner = font["/DescendantFonts"][0].get_object() if "/DescendantFonts" in font else font
        if inner["/Subtype"] == "/Type3":
            continue  # its shapes are in the file by definition
        assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(inner["/FontDescriptor"].get_object())


def test_the_caption_can_be_left_out_and_takes_its_own_room():
    long = curve(caption="A caption of many words about the figure. " * 8)
    with_caption, without = (
        ElementTree.fromstring(write(long, ORIGIN, "svg", style=PaperStyle(caption=caption)))
        for caption in (True, False)
    )
    heights = [float(root.get("viewBox").split()[3]) for root in (with_caption, without)]
    assert heights[0] > heights[1] + 40

    def words(root):
        return " ".join(" ".join("".join(text.itertext()) for text in root.iter(f"{SVG}text")).split())

    assert "caption of many words" in words(with_caption)
    assert "caption of many words" not in words(without)


def caption_lines(root: ElementTree.Element) -> tuple[float, list[float]]:
    """The caption's size of text and its lines' heights on the sheet, in pixels from the top."""
    (title,) = [text for text in root.iter(f"{SVG}text") if text.get("class") == "gtitle"]
    size = float(re.search(r"font-size: ([\d.]+)px", title.get("style"))[1])
    shifts = [float(line.get("dy").removesuffix("em")) for line in title.iter(f"{SVG}tspan")]
    own = float((title.get("dy") or "0em").removesuffix("em"))
    return size, [float(title.get("y")) + (own + shift) * size for shift in shifts]


def test_the_caption_stays_on_the_sheet_below_the_axis():
    for column in ("single", "double"):
        for margin in (10, 100):
            drawing = curve(caption="A caption of many words about the figure. " * 8, margin={"b": margin})
            root = ElementTree.fromstring(write(drawing, ORIGIN, "svg", style=PaperStyle(column=column)))
            tall = float(root.get("viewBox").split()[3])
            (axis,) = [text for text in root.iter(f"{SVG}text") if text.get("class") == "xtitle"]
            size, baselines = caption_lines(root)
            assert len(baselines) >= 3
            assert baselines[0] - size > float(axis.get("y"))
            assert baselines[-1] + 0.3 * size < tall


@pytest.mark.parametrize("caption", [True, False])
@pytest.mark.parametrize("column", ["single", "double"])
def test_a_photograph_keeps_its_shape_above_its_colour_bar(column, caption):
    values, frame = np.arange(64.0).reshape(8, 8), Frame.fit((300, 450), (224, 224), how="squash")
    figure = photo_figure(np.full((300, 450, 3), 90, np.uint8), frame)
    add_cells(figure, values, Grid(8, 8, 224, 224), frame, scale=colour_scale(values, unit="share"))
    drawing = Drawing.of(
        figure, {"map": values}, {}, "A caption of many words about the figure. " * 4, "A map"
    )
    style = PaperStyle(column=column, caption=caption)
    root = ElementTree.fromstring(write(drawing, ORIGIN, "svg", style=style))
    images = [[float(item.get(side)) for side in ("width", "height")] for item in root.iter(f"{SVG}image")]
    assert len(images) == 2  # the photograph and the cells
    for wide, tall in images:
        assert wide / tall == pytest.approx(1.5, rel=0.01)
    (bar,) = [text for text in root.iter(f"{SVG}text") if "".join(text.itertext()) == "share"]
    foot = max(
        float(item.get("y")) + float(item.get("height")) for item in root.iter(f"{SVG}image") if item.get("y")
    )
    assert 0 < float(bar.get("y")) - foot < 40  # and there is no gap
    if caption:
        size, baselines = caption_lines(root)
        assert len(baselines) >= 2
        assert baselines[0] - size > float(bar.get("y")) + 20  # below the bar and its numbers
        assert baselines[-1] + 0.3 * size < float(root.get("viewBox").split()[3])


def test_a_table_shows_all_its_columns_and_rows_on_narrow_paper():
    table = go.Table(
        header={
            "values": ["a column with a long name", "another of the same length", "and one more of them"]
        },
        cells={"values": [["rather long words 1", "rather long words 2"]] * 3, "height": 25},
    )
    figure = go.Figure(table, {"height": 130, "margin": {"l": 4, "r": 4, "t": 8, "b": 8}})
    drawing = Drawing.of(figure, {}, {}, "A table.", "A table")
    narrow, wide = (
        ElementTree.fromstring(write(drawing, ORIGIN, "svg", style=PaperStyle(column=column, caption=False)))
        for column in ("single", "double")
    )
    lines = [["".join(text.itertext()) for text in root.iter(f"{SVG}text")] for root in (narrow, wide)]
    assert lines[0] == lines[1]
    assert any("words 2" in line for line in lines[0])
    assert narrow.get("width") == "85.000mm"


def test_paper_is_white_under_dark_ink_whatever_the_theme():
    drawing = curve(theme="plotly_dark", paper_bgcolor="black", plot_bgcolor="black", font_color="white")
    image = np.asarray(Image.open(io.BytesIO(write(drawing, ORIGIN, "png"))).convert("RGB"))
    assert (image[:20] == 255).all()
    assert np.median(image) == 255
    root = ElementTree.fromstring(write(drawing, ORIGIN, "svg"))
    for text in root.iter(f"{SVG}text"):
        ink = [
            int(part) for part in re.search(r"fill: rgb\((\d+), (\d+), (\d+)\)", text.get("style")).groups()
        ]
        assert max(ink) < 128


def test_writing_leaves_the_drawing_as_it_was(written):
    drawing = curve()
    before = {name: array.copy() for name, array in drawing.data.items()}
    figure, sent = drawing.figure.to_json(), json.dumps(drawing.plain)
    write_many(drawing, ORIGIN, FORMATS)
    assert (drawing.figure.to_json(), json.dumps(drawing.plain)) == (figure, sent)
    assert {name: array.tolist() for name, array in drawing.data.items()} == {
        name: array.tolist() for name, array in before.items()
    }


def test_a_style_that_cannot_be_is_refused():
    for message in (
        {"column": "triple"},
        {"width": 0},
        {"font_size": 100},
        {"dpi": 1e9},
        {"width": float("nan")},
    ):
        with pytest.raises(ControlError):
            PaperStyle(**message)


# For the screen


def test_a_web_page_runs_no_script_of_a_picture_s_name():
    hostile = '"><script>alert(1)</script></pre><img src=x onerror=alert(1)>'
    drawing = Drawing.of(curve().figure, {}, {}, hostile, hostile, {hostile: (hostile, hostile)})
    page = write(drawing, Provenance("v", "f", {}, picture=hostile), "html").decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page


# Numbers


def test_the_npz_holds_what_is_drawn():
    rng = np.random.default_rng(0)
    data = {
        "map of head 3": rng.random((7, 9), np.float32),
        "wide": rng.random(5),
        "counts": np.arange(4),
        "seen": np.array([True, False]),
        "names": np.array(["cat", "Γάτα"]),
        "one": np.array(3.5),
    }
    file = write(Drawing.of(go.Figure(), data, {"wide": "pixels"}, "Said.", "Alt"), ORIGIN, "npz")
    with np.load(io.BytesIO(file), allow_pickle=False) as back:
        assert set(back.files) == {*data, "explorer", "units", "caption"}
        for name, array in data.items():
            assert back[name].dtype == array.dtype
            assert np.array_equal(back[name], array)
        assert str(back["explorer"]) == ORIGIN.as_json()
        assert json.loads(str(back["units"])) == {"wide": "pixels"}
        assert str(back["caption"]) == "Said."


def table(drawing):
    text = write(drawing, ORIGIN, "csv").decode()
    comments = [line for line in text.splitlines() if line.startswith("#")]
    assert comments[0] == f"# explorer: {ORIGIN.as_json()}"
    assert comments[1].startswith("# caption: ")
    return list(csv.reader(line for line in text.splitlines() if not line.startswith("#")))


def test_curves_stand_side_by_side_in_a_csv():
    head, *rows = table(curve())
    assert head == ["layer", "radius [pixels]"]
    assert [(int(a), np.float32(b)) for a, b in rows] == list(zip(*curve().data.values(), strict=True))


def test_maps_are_written_by_row_and_column():
    rng = np.random.default_rng(0)
    data = {"first": rng.random((3, 5), np.float32), "second": rng.random((3, 5))}
    head, *rows = table(Drawing.of(go.Figure(), data, {}, "c\nd", "a"))
    assert head == ["row", "column", "first", "second"]
    assert len(rows) == 15
    for row, column, first, second in rows:
        assert np.float32(first) == data["first"][int(row), int(column)]
        assert float(second) == data["second"][int(row), int(column)]


def test_arrays_of_different_shapes_stand_below_each_other():
    data = {
        "map": np.arange(6).reshape(2, 3),
        "row sums": np.array([3, 12]),
        "names": np.array(["a,b", 'c"d']),
    }
    head, *rows = table(Drawing.of(go.Figure(), data, {"map": "bits"}, "c", "a"))
    assert head == ["array", "row", "column", "value"]
    assert rows[:2] == [["map [bits]", "0", "0", "0"], ["map [bits]", "0", "1", "1"]]
    assert rows[6:] == [
        ["row sums", "0", "", "3"],
        ["row sums", "1", "", "12"],
        ["names", "0", "", "a,b"],
        ["names", "1", "", 'c"d'],
    ]


def test_a_table_that_cannot_be_is_refused_in_a_sentence():
    with pytest.raises(ExportError, match="NPZ"):
        write(Drawing.of(go.Figure(), {"m": np.zeros((1001, 1001))}, {}, "c", "a"), ORIGIN, "csv")
    with pytest.raises(ExportError, match="no table"):
        write(Drawing.of(go.Figure(), {}, {}, "c", "a"), ORIGIN, "csv")


def test_the_recipe_is_the_provenance(written):
    assert Provenance.from_json(written["json"]) == ORIGIN


@pytest.mark.parametrize(
    ("data", "units"),
    [
        ({"explorer": np.zeros(1)}, {}),
        ({"": np.zeros(1)}, {}),
        ({"a\nb": np.zeros(1)}, {}),
        ({"a": [1, 2]}, {}),
        ({"a": np.array([None])}, {}),
        ({"a": np.zeros(1)}, {"b": "pixels"}),
    ],
)
def test_a_drawing_that_could_not_be_written_is_not_made(data, units):
    with pytest.raises(ValueError, match=r"a|b"):
        Drawing.of(go.Figure(), data, units, "c", "a")


def test_an_unknown_format_is_refused_before_anything_is_drawn():
    with pytest.raises(ExportError, match="png, svg, pdf"):
        write(curve(), ORIGIN, "gif")
    began = CHROMIUM.pid
    with pytest.raises(ExportError, match="docx"):
        write_many(curve(), ORIGIN, ["png", "docx"])
    assert CHROMIUM.pid == began


# Chromium


def _red(width):
    figure = go.Figure(layout={"paper_bgcolor": f"rgb({width % 256},0,0)"})
    return Sheet(figure.to_dict(), width, 200, 1.0)


def test_many_threads_each_get_their_own_figure():
    drawn = {}

    def draw(width):
        drawn[width] = Image.open(io.BytesIO(CHROMIUM.draw(_red(width), "png", scale=1))).convert("RGB")

    threads = [threading.Thread(target=draw, args=(width,)) for width in range(300, 306)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for width in range(300, 306):
        assert drawn[width].size == (width, 200)
        assert drawn[width].getpixel((1, 1)) == (width % 256, 0, 0)


def test_chromium_is_started_once_and_again_when_it_died():
    CHROMIUM.draw(_red(300), "png", scale=1)
    first = CHROMIUM.pid
    CHROMIUM.draw(_red(300), "png", scale=1)
    assert CHROMIUM.pid == first
    os.kill(first, signal.SIGKILL)
    again = CHROMIUM.draw(_red(300), "png", scale=1)
    assert Image.open(io.BytesIO(again)).size == (300, 200)
    assert CHROMIUM.pid not in (first, None)


def test_a_figure_that_cannot_be_drawn_is_said_so_and_the_next_one_is_drawn():
    with pytest.raises(ExportError, match="cannot draw"):
        CHROMIUM.draw(Sheet({"data": 5, "layout": 3}, 300, 200, 1.0), "png", scale=1)
    assert Image.open(io.BytesIO(CHROMIUM.draw(_red(301), "png", scale=1))).size == (301, 200)


def test_without_chromium_it_is_said_what_still_works(monkeypatch):
    monkeypatch.setenv("BROWSER_PATH", "/nowhere/chromium")
    with pytest.raises(ExportError) as caught:
        Chromium().draw(_red(300), "png", scale=1)
    for word in ("HTML", "CSV", "NPZ", "JSON", "camera button", "apt install chromium", "plotly_get_chrome"):
        assert word in str(caught.value)


def test_the_process_takes_chromium_with_it():
    program = (
        "from explorer.export.chromium import CHROMIUM\n"
        "from explorer.export.layout import Sheet\n"
        "CHROMIUM.draw(Sheet({'data': [], 'layout': {}}, 300, 200, 1.0), 'svg', scale=1)\n"
        "print(CHROMIUM.pid)\n"
        "import tempfile\n"
        "process, profile = CHROMIUM._kaleido.subprocess, str(CHROMIUM._kaleido._browser_impl.tmp_dir.path)\n"
        "remove = tempfile.TemporaryDirectory._rmtree\n"
        "def told(name, **said):\n"
        "    if name == profile: print(process.poll() is not None)\n"
        "    remove(name, **said)\n"
        "tempfile.TemporaryDirectory._rmtree = staticmethod(told)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    pid, *gone = done.stdout.split()
    for _ in range(100):
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            break
        time.sleep(0.1)
    else:
        pytest.fail("Chromium outlives the process that started it")
    assert done.stderr == ""
    assert set(gone) == {"True"}, "Chromium's folder was taken away before Chromium had ended"
