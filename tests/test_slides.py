"""A deck is opened by python-pptx's own reader: pictures, alt texts, captions, links and notes."""

import io
import zipfile
from pathlib import Path

import pytest
from PIL import Image
from pptx import Presentation
from pptx.enum.shapes import MSO_SHAPE_TYPE
from pptx.util import Length

from explorer.export import write
from explorer.export.style import PaperStyle
from explorer.report.document import as_deck
from tests.report.test_report import of_figures
from tests.test_export import ORIGIN, curve


def pictures(slide):
    return [shape for shape in slide.shapes if shape.shape_type == MSO_SHAPE_TYPE.PICTURE]


def links(slide) -> list[str]:
    runs = (
        run for shape in slide.shapes if shape.has_text_frame for run in shape.text_frame.paragraphs[0].runs
    )
    return [run.hyperlink.address for run in runs if run.hyperlink.address]


def test_a_figure_is_a_slide(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("EXPLORER_URL", "https://explorer.example/")
    style = PaperStyle(column="single", dpi=600)
    deck = Presentation(io.BytesIO(write(curve(), ORIGIN, "pptx", style=style, title="Radius by layer")))
    (slide,) = deck.slides
    assert slide.shapes.title.text == "Radius by layer"
    (picture,) = pictures(slide)
    assert picture._element.nvPicPr.cNvPr.get("descr") == curve().alt
    with Image.open(io.BytesIO(picture.image.blob)) as image:
        assert abs(image.width - 85 / 25.4 * 600) <= 1  # the resolution of print, whatever the slide's
        assert picture.width / picture.height == pytest.approx(image.width / image.height, rel=0.01)
    for shape in slide.shapes:
        assert shape.left >= 0
        assert shape.left + shape.width <= Length(deck.slide_width)
        assert shape.top + shape.height <= deck.slide_height
    assert any(curve().caption in shape.text_frame.text for shape in slide.shapes if shape.has_text_frame)
    assert links(slide) == ["https://explorer.example/Vision_Transformer?layer=3"]
    assert "largest: 21 pixels" in slide.notes_slide.notes_text_frame.text


def test_a_report_is_a_deck_with_its_notes(tmp_path: Path):
    contents = of_figures(tmp_path)
    data = as_deck("My <i>report</i>", contents)
    deck = Presentation(io.BytesIO(data))
    assert [slide.shapes.title.text for slide in deck.slides] == [entry.title for entry, _ in contents]
    assert all(len(pictures(slide)) == 1 for slide in deck.slides)
    assert contents[0][0].note in deck.slides[0].notes_slide.notes_text_frame.text
    assert deck.core_properties.title == "My <i>report</i>"
    again = io.BytesIO()
    deck.save(again)  # as another program would: the recipes stay
    with zipfile.ZipFile(again) as archive:
        assert b"vision-transformer" in archive.read("customXml/item1.xml")
