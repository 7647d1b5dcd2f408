import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from explorer.analysis.discard import threshold, threshold_in_blocks

VALUES = st.one_of(st.floats(0, 1, width=32), st.sampled_from([0.0, 0.25, 0.5, 1.0]))


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@given(
    entries=arrays.arrays(
        np.float32, st.tuples(st.integers(1, 2), st.integers(1, 9), st.integers(1, 6)), elements=VALUES
    ),
    share=st.floats(0, 0.999),
    rows=st.integers(1, 9),
)
def test_the_threshold_is_the_entry_at_that_place_when_sorted(dtype, entries, share, rows):
    tensor = torch.tensor(entries).to(dtype) / 3
    count = entries[0].size
    expected = [sorted(row.flatten().tolist())[int(share * count)] for row in tensor]
    assert threshold(tensor, share).tolist() == expected
    assert threshold_in_blocks(lambda: tensor.split(rows, 1), count, share).tolist() == expected
