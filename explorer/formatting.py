"""Numbers as text: three significant digits and a unit, percentages with one decimal."""

from __future__ import annotations

import math
from numbers import Integral

__all__ = ["Percentage", "percent", "percent_range", "quantity", "quoted", "shortened"]

SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


LONGEST_QUOTE = 80
"""Characters of somebody else's text that a sentence repeats."""


def shortened(text: str, most: int = LONGEST_QUOTE) -> str:
    """The text with what cannot be printed escaped, and without its middle where it is longer than a sentence can bear."""
    cut = text if len(text) <= most else text[: most // 2] + "…" + text[1 - most // 2 :]
    return cut if cut.isprintable() else shortened(ascii(cut)[1:-1], most)


def quoted(value: object) -> str:
    """The value as Python writes it, cut like `shortened`."""
    return shortened(repr(value))


class Percentage(str):
    """A share of 1 as text, which keeps the share for who computes with it."""

    share: float


def percent(share: float) -> Percentage:
    """A share of 1: 0.8893 is "88.9 %"."""
    text = Percentage(f"{100 * share:.1f} %" if math.isfinite(share) else "—")
    text.share = float(share)
    return text


def percent_range(share: float, low: float, high: float, *, confidence: bool = False) -> str:
    """A share with its range over trainings, or with its 95 % interval: "88.9 % (95 %: 87.8 % to 89.8 %)"."""
    return f"{percent(share)} ({'95 %: ' if confidence else ''}{percent(low)} to {percent(high)})"


def quantity(value: float | str, unit: str = "") -> str:
    """A measured number with its unit: 1234.5 is "1,230", 0.000021 is "2.1 × 10⁻⁵". Whole numbers are counts, and lose
    no digit: 5_717_416 is "5,717,416". A "share of the row" is a percentage: "12.3 % of the row". A word stays as it is: "stays"."""
    if isinstance(value, str):
        return f"{value} {unit}".strip()
    if unit == "share" or unit.startswith("share of "):
        return percent(value) + unit.removeprefix("share")
    unit = "" if unit == "1" else f" {unit}" if unit else ""
    return f"{_digits(value)}{unit}"


def _digits(value: float) -> str:
    if not math.isfinite(value):
        return "—" if math.isnan(value) else "∞" if value > 0 else "−∞"
    if isinstance(value, Integral) or value == 0:
        return f"{value:,.0f}"
    mantissa, exponent = f"{value:.2e}".split("e")
    if -4 <= int(exponent) < 6:
        decimals = max(2 - int(exponent), 0)
        text = f"{round(value, 2 - int(exponent)):,.{decimals}f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    mantissa = mantissa.rstrip("0").rstrip(".")
    return f"{mantissa} × 10{str(int(exponent)).translate(SUPERSCRIPTS)}"
