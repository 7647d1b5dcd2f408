"""How a figure looks on paper, as options of the command line."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from explorer.export.style import PaperStyle

__all__ = ["add_to", "style_of"]


def add_to(parser: argparse.ArgumentParser) -> None:
    from explorer.export.style import COLOURS, COLUMNS, PAPER

    widths = ", ".join(f"{name} {width:g} mm" for name, width in COLUMNS.items())
    paper = parser.add_argument_group("on paper")
    defaults: dict[str, Any] = {"default": argparse.SUPPRESS}
    paper.add_argument(
        "--paper",
        dest="column",
        choices=list(COLUMNS),
        help=f"{widths} (default: {PAPER.column})",
        **defaults,
    )
    paper.add_argument(
        "--width-mm", type=float, metavar="MM", help="another width, 20 to 1000 mm", **defaults
    )
    paper.add_argument(
        "--font-size",
        type=float,
        metavar="POINTS",
        help=f"4 to 40 (default: {PAPER.font_size:g})",
        **defaults,
    )
    paper.add_argument(
        "--dpi", type=float, metavar="DPI", help=f"of a PNG, 50 to 1200 (default: {PAPER.dpi:g})", **defaults
    )
    paper.add_argument(
        "--colours",
        choices=COLOURS,
        help=f"the colour map of magnitudes (default: {PAPER.colours})",
        **defaults,
    )
    paper.add_argument(
        "--caption",
        action=argparse.BooleanOptionalAction,
        help="write the caption under the figure (default: yes)",
        **defaults,
    )


def style_of(args: argparse.Namespace) -> PaperStyle:
    """The style that was asked for.

    Raises:
        ControlError: a measure is out of bounds.
    """
    from explorer.export.style import PaperStyle

    names = {name: name for name in ("column", "font_size", "dpi", "colours", "caption")}
    names["width_mm"] = "width"
    return PaperStyle(**{ours: getattr(args, name) for name, ours in names.items() if hasattr(args, name)})
