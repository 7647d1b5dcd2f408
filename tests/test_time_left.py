"""What a progress bar says of the time that is left."""

import pytest

from explorer.ui.progress import time_left


@pytest.mark.parametrize(
    ("share", "seconds", "said"),
    [
        (0.25, 10, ", about 30 s left"),
        (0.5, 600, ", about 10 min left"),
        (1.0, 7, ", about 0 s left"),
        (0.0, 100, ""),
        (0.01, 100, ""),
        (0.5, 0.2, ""),
    ],
)
def test_it_is_what_the_pace_so_far_says(share: float, seconds: float, said: str):
    assert time_left(share, seconds) == said
