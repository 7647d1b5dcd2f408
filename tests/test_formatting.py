"""Numbers as text, against Decimal's own rounding to significant digits."""

import math
from decimal import Context, Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explorer.formatting import percent, percent_range, quantity


@given(st.floats(1e-4, 999_000) | st.floats(-999_000, -1e-4))
def test_three_significant_digits_are_kept(value: float):
    shown = float(quantity(value).replace(",", ""))
    wanted = float(Context(prec=3).create_decimal(Decimal(value)))
    assert shown == pytest.approx(wanted, rel=1e-9)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (0.5, "", "0.5"),
        (12.0, "px", "12 px"),
        (1234.5, "ms", "1,230 ms"),
        (5_717_416, "", "5,717,416"),
        (2.1e-5, "1", "2.1 × 10⁻⁵"),
        (np.int64(123_456), "pixels", "123,456 pixels"),
        (3e9, "FLOPs", "3 × 10⁹ FLOPs"),
        (np.float32(0.12345), "bit", "0.123 bit"),
        (0.0, "px", "0 px"),
        (math.nan, "px", "— px"),
        (math.inf, "", "∞"),
        (0.7967, "share of 3,925 test photographs", "79.7 % of 3,925 test photographs"),
        ("stays", "", "stays"),
    ],
)
def test_a_quantity_has_its_unit(value: float | str, unit: str, text: str):
    assert quantity(value, unit) == text


def test_percentages_have_one_decimal():
    assert percent(0.8893) == "88.9 %"
    assert percent(1.0) == "100.0 %"
    assert percent(math.nan) == "—"
    assert percent_range(0.889, 0.878, 0.898, confidence=True) == "88.9 % (95 %: 87.8 % to 89.8 %)"
    assert percent_range(0.764, 0.762, 0.765) == "76.4 % (76.2 % to 76.5 %)"
