"""A GIF has its frames, their colours, times and comment."""

import io

import numpy as np
from PIL import Image, ImageSequence

from explorer.export.gif import as_gif

SHADES = (0, 40, 80, 255)


def test_it_opens_with_all_frames_their_pixels_and_times():
    frames = [Image.new("RGB", (15, 12 - at % 2), (shade, 9, shade)) for at, shade in enumerate(SHADES)]
    data = as_gif(frames, milliseconds=52, hold=900, comment="explorer: {}")
    with Image.open(io.BytesIO(data)) as film:
        assert film.info["comment"] == b"explorer: {}"
        seen = [
            (frame.info["duration"], np.asarray(frame.convert("RGB")))
            for frame in ImageSequence.Iterator(film)
        ]
    assert [duration for duration, _ in seen] == [50, 50, 50, 900]
    for at, (_, pixels) in enumerate(seen):
        assert pixels.shape == (12, 15, 3)
        assert pixels[7, 7].tolist() == [SHADES[at], 9, SHADES[at]]
        assert pixels[-1, 0].tolist() == ([255] * 3 if at % 2 else [SHADES[at], 9, SHADES[at]])


def test_browsers_slow_down_what_is_faster_than_two_hundredths():
    data = as_gif([Image.new("RGB", (3, 3), colour) for colour in ("red", "blue")], milliseconds=1)
    with Image.open(io.BytesIO(data)) as film:
        assert film.info["duration"] == 20
