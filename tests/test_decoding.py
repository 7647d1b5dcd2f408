"""Every kind of picture file becomes the right pixels; everything else becomes one sentence."""

import io
import itertools
import re
import struct
import subprocess
import sys
import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

from explorer.decoding import MAX_BYTES, MAX_PIXELS, MAX_SIDE, decode
from explorer.errors import PictureError
from explorer.images import Picture
from explorer.tiff import first_page
from tests.pictures import encoded, noise, png

LOSSLESS = {"PNG": {}, "BMP": {}, "TIFF": {}, "WEBP": {"lossless": True}}


def read(data):
    """The pixels as int, and the notes."""
    picture = Picture.from_bytes(data)
    return picture.pixels.astype(int), picture.notes


def refusal(data):
    with pytest.raises(PictureError) as caught:
        decode(data)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.endswith(".")
    assert len(sentence) < 300
    return sentence


# The right pixels


@given(st.integers(1, 20), st.integers(1, 20), st.integers(0, 1000), st.sampled_from(sorted(LOSSLESS)))
def test_lossless_files_give_back_their_pixels(height, width, seed, kind):
    array = noise(height, width, seed=seed)
    pixels, notes = read(encoded(array, kind, **LOSSLESS[kind]))
    assert (pixels == array).all()
    assert notes == ()


@pytest.mark.parametrize("kind", ["JPEG", "WEBP"])
def test_lossy_files_come_near(kind):
    ramp = np.linspace(0, 255, 64).astype(np.uint8)
    array = np.stack(np.broadcast_arrays(ramp[:, None], ramp, np.uint8(90)), axis=-1)
    pixels, _ = read(encoded(array, kind, quality=95))
    assert np.abs(pixels - array).max() < 16
    assert np.abs(pixels - array).mean() < 3


@pytest.mark.parametrize(
    "options",
    [
        {"compression": "tiff_lzw"},
        {"compression": "tiff_adobe_deflate"},
        {"compression": "packbits"},
        {"big_tiff": True},
    ],
)
def test_tiff_in_its_many_ways(options):
    array = noise(9, 11)
    assert (read(encoded(array, "TIFF", **options))[0] == array).all()


def _as_stored(upright, orientation):
    """The rows and columns a camera writes for each orientation: where the EXIF standard says that row 0 and
    column 0 of the file lie in the upright picture."""
    row_0_is, column_0_is = {
        1: ("top", "left"),
        2: ("top", "right"),
        3: ("bottom", "right"),
        4: ("bottom", "left"),
        5: ("left", "top"),
        6: ("right", "top"),
        7: ("right", "bottom"),
        8: ("left", "bottom"),
    }[orientation]
    height, width = upright.shape[:2]
    place = {
        "top": lambda index: ("row", index),
        "bottom": lambda index: ("row", height - 1 - index),
        "left": lambda index: ("column", index),
        "right": lambda index: ("column", width - 1 - index),
    }
    turned = row_0_is in ("left", "right")
    stored = np.zeros((width, height, 3) if turned else (height, width, 3), np.uint8)
    for row, column in np.ndindex(stored.shape[:2]):
        at = dict([place[row_0_is](row), place[column_0_is](column)])
        stored[row, column] = upright[at["row"], at["column"]]
    return stored


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["PNG", "TIFF", "WEBP", "JPEG"])
def test_pictures_are_turned_as_their_camera_says(kind, orientation):
    upright = np.zeros((16, 24, 3), np.uint8)
    upright[:8, :12] = 250, 10, 10
    upright[:8, 12:] = 10, 250, 10
    upright[8:, :12] = 10, 10, 250
    exif = Image.Exif()
    exif[0x0112] = orientation
    options = {"quality": 95, "subsampling": 0} if kind == "JPEG" else LOSSLESS[kind]
    pixels, _ = read(encoded(_as_stored(upright, orientation), kind, exif=exif, **options))
    assert pixels.shape == upright.shape
    assert np.abs(pixels - upright).max() <= (12 if kind == "JPEG" else 0)


@pytest.mark.parametrize("orientation", [0, 9, 60000])
def test_an_orientation_that_makes_no_sense_is_none(orientation):
    exif = Image.Exif()
    exif[0x0112] = orientation
    array = noise(4, 6)
    assert (read(encoded(array, "PNG", exif=exif))[0] == array).all()


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
@pytest.mark.parametrize(
    ("inks", "colour"),
    [
        ((0, 0, 0, 0), (255, 255, 255)),
        ((0, 0, 0, 255), (0, 0, 0)),
        ((255, 0, 0, 0), (0, 255, 255)),
        ((0, 255, 255, 0), (255, 0, 0)),
    ],
)
def test_printing_colours(kind, inks, colour):
    pixels, notes = read(encoded(Image.new("CMYK", (16, 16), inks), kind))
    assert np.abs(pixels - colour).max() <= 4
    assert "CMYK" in notes[0]


def test_grey_with_and_without_alpha():
    grey = noise(5, 6)[..., 0]
    assert (read(encoded(grey, "PNG"))[0] == grey[..., None]).all()
    alpha = np.full_like(grey, 128)
    pixels, notes = read(encoded(Image.merge("LA", [Image.fromarray(item) for item in (grey, alpha)]), "PNG"))
    expected = grey * (128 / 255) + 255 * (127 / 255)
    assert np.abs(pixels - expected[..., None]).max() <= 1
    assert notes == ("Its transparent parts are shown on white.",)


def test_alpha_lies_on_white():
    array = np.concatenate(
        [noise(5, 6), np.random.default_rng(1).integers(0, 256, (5, 6, 1), dtype=np.uint8)], axis=2
    )
    for kind in ("PNG", "TIFF", "WEBP"):
        pixels, notes = read(
            encoded(array, kind, **({"lossless": True, "exact": True} if kind == "WEBP" else {}))
        )
        share = array[..., 3:] / 255
        assert np.abs(pixels - (array[..., :3] * share + 255 * (1 - share))).max() <= 1
        assert notes == ("Its transparent parts are shown on white.",)


def test_an_alpha_that_hides_nothing_is_not_mentioned():
    array = np.concatenate([noise(5, 6), np.full((5, 6, 1), 255, np.uint8)], axis=2)
    pixels, notes = read(encoded(array, "PNG"))
    assert (pixels == array[..., :3]).all()
    assert notes == ()


def test_a_large_transparent_picture_has_no_dark_rims():
    """What is invisible must not bleed into what is seen when the picture is reduced."""
    array = np.zeros((4, 2 * MAX_SIDE, 4), np.uint8)
    array[:, 1::2] = 255, 0, 0, 255  # red beside invisible black
    pixels, _ = read(encoded(array, "PNG"))
    assert np.abs(pixels - (255, 127.5, 127.5)).max() <= 1.5


@given(st.lists(st.integers(0, 65535), min_size=1, max_size=30))
def test_sixteen_bits_are_scaled_not_cut(values):
    packed = struct.pack(f">{len(values)}H", *values)
    expected = np.array([round(value / 257) for value in values])
    pixels, notes = read(png(len(values), 1, depth=16, colour=0, rows=[packed]))
    assert (pixels[0] == expected[:, None]).all()
    assert notes == ()
    array = np.array([values], np.uint16)
    assert (read(encoded(array, "TIFF"))[0][0] == expected[:, None]).all()
    big_endian = _tiff(array.astype(">u2").tobytes(), len(values), 1, bits=16, kind=1)
    assert (read(big_endian)[0][0] == expected[:, None]).all()


def test_sixteen_bits_of_colour():
    values = [(0, 257 * 100, 65535), (65535, 0, 257 * 7)]
    row = b"".join(struct.pack(">3H", *value) for value in values)
    assert read(png(2, 1, depth=16, colour=2, rows=[row]))[0].tolist() == [[[0, 100, 255], [255, 0, 7]]]


def test_one_bit():
    row = bytes([0b10110000])
    assert read(png(4, 1, depth=1, colour=0, rows=[row]))[0][0, :, 0].tolist() == [255, 0, 255, 255]


def _chunk(name, body):
    import zlib

    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def test_palettes_and_their_transparency():
    palette = _chunk(b"PLTE", bytes([255, 0, 0, 0, 255, 0, 0, 0, 255]))
    rows = [bytes([0, 1, 2])]
    plain = png(3, 1, depth=8, colour=3, rows=rows, extra=palette)
    assert read(plain)[0].tolist() == [[[255, 0, 0], [0, 255, 0], [0, 0, 255]]]
    clear = png(3, 1, depth=8, colour=3, rows=rows, extra=palette + _chunk(b"tRNS", bytes([255, 0, 51])))
    pixels, notes = read(clear)
    assert pixels.tolist() == [[[255, 0, 0], [255, 255, 255], [204, 204, 255]]]
    assert notes == ("Its transparent parts are shown on white.",)


def test_one_transparent_colour():
    row = bytes([10, 20, 30, 40, 50, 60])
    key = _chunk(b"tRNS", struct.pack(">3H", 10, 20, 30))
    pixels, notes = read(png(2, 1, depth=8, colour=2, rows=[row], extra=key))
    assert pixels.tolist() == [[[255, 255, 255], [40, 50, 60]]]
    assert notes
    grey = png(2, 1, depth=8, colour=0, rows=[bytes([7, 9])], extra=_chunk(b"tRNS", struct.pack(">H", 7)))
    assert read(grey)[0][0, :, 0].tolist() == [255, 9]


def test_gif_with_its_transparency():
    image = Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 0, 255])
    image.putdata([0, 1])
    assert read(encoded(image, "GIF"))[0].tolist() == [[[255, 0, 0], [0, 0, 255]]]
    assert read(encoded(image, "GIF", transparency=1))[0].tolist() == [[[255, 0, 0], [255, 255, 255]]]


def _tiff(body, width, height, *, bits, kind):
    """A big-endian TIFF of one strip and one channel, by hand; kind 1 whole, 2 signed, 3 real."""
    entries = [
        (256, 4, width),
        (257, 4, height),
        (258, 3, bits << 16),
        (259, 3, 1 << 16),
        (262, 3, 1 << 16),
        (273, 4, 8),
        (277, 3, 1 << 16),
        (278, 4, height),
        (279, 4, len(body)),
        (339, 3, kind << 16),
    ]
    directory = struct.pack(">H", len(entries))
    directory += b"".join(struct.pack(">HHII", tag, form, 1, value) for tag, form, value in entries)
    return b"MM\0*" + struct.pack(">I", 8 + len(body)) + body + directory + struct.pack(">I", 0)


def _tiles(width, height, side):
    """A little-endian TIFF whose tiles all lie in one place of the file."""
    count = -(-width // side) * -(-height // side)
    lists = 8 + 2 + 10 * 12 + 4
    entries = [
        *((256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, 8), (259, 3, 1, 1), (262, 3, 1, 1)),
        *((277, 3, 1, 1), (322, 4, 1, side), (323, 4, 1, side)),
        *((324, 4, count, lists), (325, 4, count, lists + 4 * count)),
    ]
    directory = struct.pack("<2sHIH", b"II", 42, 8, len(entries))
    directory += b"".join(struct.pack("<HHII", *entry) for entry in entries) + struct.pack("<I", 0)
    data = lists + 8 * count
    return (
        directory
        + struct.pack("<I", data) * count
        + struct.pack("<I", side * side) * count
        + bytes([127] * side * side)
    )


def test_a_tiff_of_very_many_tiles_is_refused_before_a_decoder_sees_it(monkeypatch):
    assert read(_tiles(64, 64, 16))[0].shape == (64, 64, 3)
    monkeypatch.setattr(Image, "open", lambda *_, **__: pytest.fail("a decoder was asked"))
    assert "too many tiles" in refusal(_tiles(20, 2_000_000, 16))


@pytest.mark.parametrize("options", [{}, {"big_tiff": True}])
@pytest.mark.parametrize("pages", [1, 2, 5])
def test_the_pages_of_a_tiff_are_not_counted_to_say_that_there_are_several(pages, options, monkeypatch):
    image = Image.new("L", (4, 3), 90)
    more = [image] * (pages - 1)
    data = encoded(image, "TIFF", save_all=True, append_images=more, **options)
    with Image.open(io.BytesIO(data)) as opened:
        assert first_page(data).more == opened.is_animated
    monkeypatch.setattr(TiffImageFile, "n_frames", property(lambda _: pytest.fail("they were counted")))
    assert any("several pages" in note for note in read(data)[1]) == (pages > 1)


def test_real_numbers_between_0_and_1_are_shares_of_white():
    array = np.array([[0.0, 0.25, 0.5, 1.0]], np.float32)
    for data in (encoded(array, "TIFF"), _tiff(array.astype(">f4").tobytes(), 4, 1, bits=32, kind=3)):
        pixels, notes = read(data)
        assert pixels[0, :, 0].tolist() == [0, 64, 128, 255]
        assert notes == ()


def test_real_numbers_of_another_range_are_stretched_and_said_to_be():
    pixels, notes = read(encoded(np.array([[-3.0, 0.0, 7.0]], np.float32), "TIFF"))
    assert pixels[0, :, 0].tolist() == [0, round(3 / 10 * 255), 255]
    assert notes == ("Its values, from -3 to 7, were stretched from black to white.",)


@pytest.mark.parametrize("odd", [np.nan, np.inf, -np.inf])
def test_values_that_are_no_number_do_no_harm(odd):
    pixels, notes = read(encoded(np.array([[odd, 1.0, 0.5]], np.float32), "TIFF"))
    assert pixels[0, :, 0].tolist() == [0, 255, 128]
    assert "no finite number" in notes[0]


def test_extreme_and_equal_numbers_do_no_harm():
    huge = np.finfo(np.float32).max
    assert read(encoded(np.array([[-huge, huge]], np.float32), "TIFF"))[0][0, :, 0].tolist() == [0, 255]
    assert read(encoded(np.full((2, 2), 5.0, np.float32), "TIFF"))[0].shape == (2, 2, 3)


def test_whole_numbers_of_32_bits():
    assert read(encoded(np.array([[0, 65535, 257]], np.int32), "TIFF"))[0][0, :, 0].tolist() == [0, 255, 1]
    pixels, notes = read(encoded(np.array([[-100_000, 0, 100_000]], np.int32), "TIFF"))
    assert pixels[0, :, 0].tolist() == [0, 128, 255]
    assert "stretched" in notes[0]


# Sizes


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "WEBP", "JPEG", "GIF"])
def test_a_single_pixel(kind):
    pixels, notes = read(encoded(np.full((1, 1, 3), 200, np.uint8), kind))
    assert pixels.shape == (1, 1, 3)
    assert np.abs(pixels - 200).max() <= 2
    assert notes == ()


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
@pytest.mark.parametrize(("height", "width"), [(3, 10_000), (10_000, 3)])
def test_a_picture_of_10_000_by_3(kind, height, width):
    pixels, notes = read(encoded(np.full((height, width, 3), 60, np.uint8), kind))
    assert pixels.shape == (max(1, round(height * 0.2048)), max(1, round(width * 0.2048)), 3)
    assert np.abs(pixels - 60).max() <= 2
    assert notes == (
        f"It was reduced from {width:,} × {height:,} to {pixels.shape[1]:,} × {pixels.shape[0]:,} pixels.",
    )


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "GIF", "WEBP"])
def test_large_pictures_are_reduced_to_means(kind):
    height, width = 1500, 3000
    array = np.zeros((height, width, 3), np.uint8)
    array[:, : width // 3] = 250, 10, 10
    array[height // 2 :, width // 3 :] = 10, 10, 250
    options = {"WEBP": {"lossless": True, "method": 0}, "PNG": {"compress_level": 1}}.get(kind, {})
    pixels, notes = read(encoded(array, kind, **options))
    assert pixels.shape == (1024, 2048, 3)
    small = np.zeros((1024, 2048, 3))
    small[:, :683] = 250, 10, 10
    small[512:, 683:] = 10, 10, 250
    near_an_edge = np.zeros((1024, 2048), bool)
    near_an_edge[:, 670:696] = near_an_edge[500:524] = True
    assert np.abs(pixels - small)[~near_an_edge].max() <= 8
    assert notes == ("It was reduced from 3,000 × 1,500 to 2,048 × 1,024 pixels.",)


def test_a_large_turned_picture_says_its_upright_size():
    exif = Image.Exif()
    exif[0x0112] = 6
    for kind in ("JPEG", "TIFF"):
        pixels, notes = read(encoded(np.zeros((1000, 4096, 3), np.uint8), kind, exif=exif))
        assert pixels.shape == (2048, 500, 3)
        assert notes == ("It was reduced from 1,000 × 4,096 to 500 × 2,048 pixels.",)


def _patched(data, find, offset, *fields):
    """The file with its size overwritten."""
    at = data.index(find) + offset
    packed = b"".join(struct.pack(*field) for field in fields)
    return data[:at] + packed + data[at + len(packed) :]


def _bombs():
    tiny = noise(8, 8)
    side = 30_000
    yield "PNG", png(side, side, depth=1, colour=0, rows=[bytes(side // 8)] * 8)
    yield "JPEG", _patched(encoded(tiny, "JPEG"), b"\xff\xc0", 5, (">HH", side, side))
    yield "GIF", _patched(encoded(tiny, "GIF"), b"GIF8", 6, ("<HH", side, side))
    yield "BMP", _patched(encoded(tiny, "BMP"), b"BM", 18, ("<ii", side, side))
    yield "TIFF", _tiff(bytes(64), side, side, bits=8, kind=1)
    film = encoded(tiny, "WEBP", save_all=True, append_images=[Image.new("RGB", (8, 8))])
    yield "WebP", _patched(film, b"VP8X", 12, ("<I", 16_382 | (16_382 & 0xFF) << 24), ("<H", 16_382 >> 8))


def test_bombs_are_refused_from_their_header():
    for kind, bomb in _bombs():
        sentence = refusal(bomb)
        assert "too large" in sentence, (kind, sentence)


def test_the_limit_is_where_it_is_said_to_be():
    width = 10_000
    over = MAX_PIXELS // width + 1
    assert f"{width:,} × {over:,}" in refusal(png(width, over, depth=1, colour=0, rows=[]))
    # One row fewer is decoded.
    pixels, _ = read(png(width, over - 1, depth=1, colour=0, rows=[bytes(width // 8)] * (over - 1)))
    assert pixels.shape == (1024, 2048, 3)


def test_bombs_cost_no_memory(tmp_path):
    """In a process of its own, whose largest memory the operating system counts."""
    for kind, bomb in _bombs():
        (tmp_path / kind).write_bytes(bomb)
    whole = [bytes(30_000 // 8)] * 30_000
    (tmp_path / "whole").write_bytes(png(30_000, 30_000, depth=1, colour=0, rows=whole))
    program = (
        "import pathlib, resource, sys\n"
        "from explorer.decoding import decode\n"
        "from explorer.errors import PictureError\n"
        "files = [path.read_bytes() for path in sorted(pathlib.Path(sys.argv[1]).iterdir())]\n"
        "peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "def refused(data):\n"
        "    try: decode(data)\n"
        "    except PictureError: return True\n"
        "refused(b'BM' + bytes(60))\n"
        "before = peak()\n"
        "assert all(refused(data) for data in files)\n"
        "print(peak() - before)\n"
    )
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    )
    unit = 1 if sys.platform == "darwin" else 1024
    assert int(done.stdout) * unit < 40 << 20
    assert done.stderr == ""


def test_a_file_of_too_many_bytes():
    assert "20 MB" in refusal(bytes(MAX_BYTES + 1))


def test_a_jpeg_of_thousands_of_passes():
    data = encoded(noise(32, 32), "JPEG", progressive=True)
    start = data.rindex(b"\xff\xda")
    scan = data[start:-2]
    assert "scans" in refusal(data[:-2] + scan * 1000 + data[-2:])


# One sentence for everything else


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "empty"),
        (b"hello, this is a letter", "not a picture"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><rect/></svg>', "SVG is a drawing"),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- made by me -->\n<SVG width="3">', "SVG is a drawing"),
        ('<?xml version="1.0" encoding="utf-16"?><svg/>'.encode("utf-16"), "SVG is a drawing"),
        (b"<!doctype html><html><body>404</body></html>", "not a picture"),
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3", "PDF"),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "HEIC"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1", "HEIC"),
        (b"\0\0\0\x1cftypavif\0\0\0\0avif", "AVIF"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0", "film"),
        (b"PK\x03\x04\x14\0", "ZIP"),
        (b"8BPS\0\x01", "Photoshop"),
        (b"\0\0\x01\0\x01\0", "icon"),
    ],
)
def test_what_is_no_picture_is_said(data, says):
    assert says in refusal(data)


def test_other_formats_that_pillow_knows_are_not_opened():
    for kind in ("PPM", "TGA", "ICO", "PCX", "EPS", "SGI", "DDS"):
        assert refusal(encoded(noise(8, 8), kind))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP"])
def test_files_cut_anywhere(kind):
    whole = encoded(noise(24, 24), kind)
    for length in range(0, len(whole) - len(whole) // 4, max(1, len(whole) // 25)):
        assert re.search("cut short|damaged|makes no sense|empty|not a picture", refusal(whole[:length])), (
            length
        )


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF", "GIF", "BMP"])
def test_half_a_file_is_cut_short(kind):
    whole = encoded(noise(40, 40), kind)
    assert re.search("cut short|damaged", refusal(whole[: len(whole) // 2]))


@pytest.mark.parametrize(
    ("kind", "says"),
    [("GIF", "animated"), ("PNG", "animated"), ("WEBP", "animated"), ("TIFF", "several pages")],
)
def test_of_several_pictures_the_first_is_shown(kind, says):
    first, second = (Image.new("RGB", (6, 5), colour) for colour in ((200, 0, 0), (0, 0, 200)))
    options = {"lossless": True} if kind == "WEBP" else {}
    pixels, notes = read(encoded(first, kind, save_all=True, append_images=[second], **options))
    assert np.abs(pixels - (200, 0, 0)).max() == 0
    assert len(notes) == 1
    assert says in notes[0]


def test_lab_colours_are_refused():
    assert "LAB" in refusal(encoded(Image.new("LAB", (3, 3)), "TIFF"))


# Nothing but PictureError, whatever comes

SEEDS = [
    encoded(noise(12, 10), kind, **options)
    for kind, options in (
        ("PNG", {}),
        ("JPEG", {}),
        (
            "JPEG",
            {"progressive": True, "exif": b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0"},
        ),
        ("WEBP", {}),
        ("WEBP", {"lossless": True}),
        ("TIFF", {}),
        ("TIFF", {"compression": "tiff_lzw"}),
        ("TIFF", {"compression": "jpeg"}),
        ("GIF", {}),
        ("BMP", {}),
    )
]
STARTS = [
    b"",
    b"\xff\xd8\xff\xe0",
    b"\x89PNG\r\n\x1a\n",
    b"II*\0",
    b"MM\0*",
    b"GIF89a",
    b"BM",
    b"RIFF\0\0\0\0WEBP",
    b"<svg",
]


def _picture_or_sentence(data):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            image, notes = decode(data)
        except PictureError:
            pass
        else:
            assert image.mode == "RGB"
            assert max(image.size) <= MAX_SIDE
            assert all(note.endswith(".") for note in notes)
    assert not caught


@settings(max_examples=300)
@given(st.sampled_from(STARTS), st.binary(max_size=400))
def test_any_bytes(start, rest):
    _picture_or_sentence(start + rest)


@settings(max_examples=500)
@given(
    st.sampled_from(SEEDS),
    st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), min_size=1, max_size=8),
)
def test_files_with_a_few_bytes_changed(seed, changes):
    data = bytearray(seed)
    for place, value in changes:
        data[place % len(data)] = value
    _picture_or_sentence(bytes(data))


@settings(max_examples=200)
@given(st.sampled_from(SEEDS), st.integers(0, 5000), st.integers(0, 5000), st.binary(max_size=12))
def test_files_with_a_piece_replaced(seed, start, stop, piece):
    start, stop = sorted((start % len(seed), stop % len(seed)))
    _picture_or_sentence(seed[:start] + piece + seed[stop:])


@given(st.sampled_from(list(itertools.permutations(SEEDS, 2))), st.integers(0, 5000))
def test_two_files_stuck_together(pair, cut):
    first, second = pair
    _picture_or_sentence(first[: cut % len(first)] + second)


def test_a_failed_picture_leaves_the_next_one_alone():
    array = noise(6, 6)
    refusal(encoded(array, "PNG")[:60])
    assert (read(encoded(array, "PNG"))[0] == array).all()
    assert isinstance(Image.open(io.BytesIO(encoded(array, "PPM"))), Image.Image)
