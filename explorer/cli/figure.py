"""`explorer figure VIEW`: any figure of any view, in a file."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from explorer.cli import paper
from explorer.cli.recipe import add_recipe, forms_of, put

__all__ = ["add_to"]


def add_to(commands: Any) -> None:
    from explorer.views import VIEWS

    figure = commands.add_parser("figure", help="draw a figure of a view into files", description=__doc__)
    add_recipe(figure)
    views = figure.add_subparsers(title="views", metavar="VIEW", parser_class=type(figure))
    for view in VIEWS.values():
        _add_view(views, view)


def _add_view(views: Any, view: Any) -> None:
    from explorer.views.controls import controls_of

    figures = "\n".join(f"  {panel.name:20} {panel.title}" for panel in view.panels)
    command = views.add_parser(
        view.name,
        help=view.summary,
        description=f"{view.summary}\n\nfigures:\n{figures}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument("--panel", default=view.panels[0].name, help="which figure (default: %(default)s)")
    command.add_argument(
        "--out", type=Path, nargs="+", required=True, help="files: .png .svg .pdf .html .csv .npz .json"
    )
    command.add_argument("--device", default="auto", help="cpu, cuda, mps or auto")
    command.add_argument(
        "--over", metavar="CONTROL=VALUE,…", help="a grid: the figure for each of these values of one control"
    )
    paper.add_to(command)
    for control in controls_of(view.controls):
        if control.name == "part":
            continue
        flags = [f"--{control.name.replace('_', '-')}"]
        if control.kind == "picture":
            flags.append("--image")
        text = f"{control.label}: {control.values_in_words}. {control.help}".replace("%", "%%")
        command.add_argument(*flags, dest=f"control_{control.name}", help=text, metavar=control.kind.upper())
    command.set_defaults(run=_figure, view=view.name)


def _figure(asked: argparse.Namespace) -> None:
    from explorer.provenance import Provenance
    from explorer.views import view as view_named
    from explorer.views.grid import draw_over, read_over

    view = view_named(asked.view)
    panel = view.panel(asked.panel)
    raw = {
        name.removeprefix("control_"): value
        for name, value in vars(asked).items()
        if name.startswith("control_") and value is not None
    }
    style, forms = paper.style_of(asked), forms_of(asked.out)
    if panel.part:
        raw["part"] = panel.part
    controls, scope = _read(view, raw, asked.device)
    over = read_over(asked.over)
    drawing = draw_over(view, panel, controls, scope, over)
    provenance = Provenance.of(view, panel, controls, scope, over=over)
    put(drawing, provenance, asked.out, forms, style)


def _read(view: Any, raw: dict[str, Any], device: str) -> tuple[Any, Any]:
    from explorer.views.controls import read
    from explorer.views.scope import find_picture, open_scope

    scope, _ = open_scope(view.controls, raw, find_picture, device=device, strict=True)
    return read(view.controls, {**raw, **scope.chosen}, scope), scope
