"""What several tests of training look at."""

import numpy as np
import pytest

from explorer.data.everyday import FILES, HELD_OUT, VALIDATION
from tests.training.photographs import archive


@pytest.fixture(scope="session")
def everyday_data(tmp_path_factory):
    """More photographs than are held out, each of one colour of its own."""
    folder = tmp_path_factory.mktemp("everyday")
    count = (HELD_OUT + VALIDATION) // 3 + 10
    for part, file in enumerate(FILES):
        pictures = [
            np.full((6 + part, 9, 3), ((count * part + i) % 256, (count * part + i) // 256, 7), np.uint8)
            for i in range(count)
        ]
        archive(folder / file, pictures, [0] * count)
    return folder
