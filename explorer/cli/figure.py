"""`explorer figure VIEW`: any figure of any view, in a file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from explorer.cli import paper
from explorer.cli.pictures import file_of, references_of, words_of
from explorer.cli.recipe import OUT, add_recipe, draw_into, forms_of
from explorer.errors import ControlError, ExplorerError

__all__ = ["add_to"]

METAVARS = {"whole": "N", "real": "X", "switch": "on|off", "picture": "PICTURE"}


def add_to(commands: Any, *, in_full: bool = True) -> None:
    figure = commands.add_parser("figure", help="draw a figure of a view into files", description=__doc__)
    if not in_full:
        return
    from explorer.views import VIEWS

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
    names = [panel.name for panel in view.panels]
    command.add_argument(
        "--panel",
        choices=names,
        default=names[0],
        metavar="FIGURE",
        help="which figure (default: %(default)s)",
    )
    command.add_argument("--out", type=Path, nargs="+", action="extend", default=[], help=OUT)
    command.add_argument(
        "--json", action="store_true", help="its numbers as one JSON object a line on standard output"
    )
    command.add_argument("--device", default="auto", help="cpu, cuda, mps or auto")
    command.add_argument(
        "--over",
        metavar="CONTROL[=VALUE,…]",
        help="a grid: the figure for each of these values of one control; in a .gif its animation, over all of a "
        "slider's values if none are given",
    )
    paper.add_to(command)
    controls = command.add_argument_group("controls")
    for control in controls_of(view.controls):
        if control.name != "tab":
            _add_control(controls, control)
    command.set_defaults(run=_figure, view=view.name)


def _add_control(group: Any, control: Any) -> None:
    from explorer.views.terms import help_of
    from explorer.views.values import as_text

    flags = [f"--{control.name.replace('_', '-')}"]
    options: dict[str, Any] = {"metavar": METAVARS.get(control.kind, control.kind.upper())}
    text = f"{control.label}: {control.values_in_words}. {help_of(control)}".rstrip()
    if not callable(control.default) and control.default != "":
        text += f" (default: {as_text(control.default)})"
    if control.kind == "picture":
        flags.append("--image")
        options["nargs"] = "+"
        text += " Of several, or a folder, each is drawn into files of its own."
    elif control.kind == "choice" and not callable(control.choices):
        options["choices"] = control.choices
    group.add_argument(*flags, dest=f"control_{control.name}", help=text.replace("%", "%%"), **options)


def _figure(args: argparse.Namespace) -> None:
    from explorer.views import view as view_named

    view = view_named(args.view)
    panel = view.panel(args.panel)
    raw = {
        name.removeprefix("control_"): value
        for name, value in vars(args).items()
        if name.startswith("control_") and value is not None
    }
    if not args.out and not args.json:
        raise ControlError(
            "It is not said where the figure goes", do="add `--out FILE`, or `--json` for its numbers"
        )
    if panel.tab:
        raw["tab"] = panel.tab
    pictures = raw.get("picture", [])
    references = references_of(pictures)
    if pictures and references == pictures[:1]:
        _draw(args, view, panel, {**raw, "picture": pictures[0]}, args.out)
    elif references:
        _draw_each(args, view, panel, raw, references)
    else:
        _draw(args, view, panel, raw, args.out)


def _draw_each(
    args: argparse.Namespace, view: Any, panel: Any, raw: dict[str, Any], references: list[str]
) -> None:
    """A picture that cannot be drawn is said and left out; a wrong control ends it all."""
    from tqdm import tqdm

    if "picture" not in panel.uses:
        raise ControlError(f"{panel.title} shows no picture", do="leave --image out")
    words, failed = words_of(references), 0
    # Where standard error is no terminal there is no bar.
    for reference, word in zip(
        tqdm(references, unit="picture", leave=False, disable=None), words, strict=True
    ):
        try:
            files = [file_of(file, word) for file in args.out]
            with tqdm.external_write_mode():
                _draw(args, view, panel, {**raw, "picture": reference}, files)
        except ControlError:
            raise
        except ExplorerError as error:
            failed += 1
            tqdm.write(f"explorer: {Path(reference).name}: {error}", file=sys.stderr)
    if failed:
        raise ExplorerError(f"{failed} of {len(references)} pictures could not be drawn")


def _draw(args: argparse.Namespace, view: Any, panel: Any, raw: dict[str, Any], files: list[Path]) -> None:
    from explorer.views.grid import read_over

    style = paper.style_of(args)
    forms_of(files)
    controls, scope = _read(view, raw, args.device)
    over = read_over(args.over)
    draw_into(files, view, panel, controls, scope, over=over, style=style, as_json=args.json)


def _read(view: Any, raw: dict[str, Any], device: str) -> tuple[Any, Any]:
    from explorer.views.controls import read
    from explorer.views.scope import find_picture, open_scope

    scope, _ = open_scope(view.controls, raw, find_picture, device=device, strict=True)
    return read(view.controls, {**raw, **scope.chosen}, scope), scope
