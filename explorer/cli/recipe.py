"""`explorer figure --recipe FILE`: a figure made again from the recipe that it was exported with."""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from explorer.cli import paper
from explorer.errors import ControlError, ExportError
from explorer.whole import write_whole

if TYPE_CHECKING:
    from explorer.export import Drawing, PaperStyle
    from explorer.images import Picture
    from explorer.provenance import Provenance
    from explorer.views.scope import Scope
    from explorer.views.view import Panel, View

__all__ = ["OUT", "add_recipe", "draw_into", "forms_of"]

OUT = "files: .png .svg .pdf .pptx .html .tex .csv .npz .json; with --over also .gif, an animation"


GIF = "gif"


def add_recipe(figure: argparse.ArgumentParser) -> None:
    figure.add_argument(
        "--recipe",
        type=Path,
        metavar="FILE",
        help="draw the figure of this recipe, or of any file that Explorer wrote, whatever its view",
    )
    figure.add_argument(
        "--out", type=Path, nargs="+", action="extend", default=[], help=f"with --recipe: {OUT}"
    )
    figure.add_argument(
        "--image", default="", help="with --recipe: the picture, where the recipe's was an upload"
    )
    figure.add_argument(
        "--pictures", type=Path, help="with --recipe: a folder that holds uploads, as a report has"
    )
    figure.add_argument(
        "--json", action="store_true", help="its numbers as one JSON object on standard output"
    )
    figure.add_argument("--device", default="auto", help="cpu, cuda, mps or auto")
    paper.add_to(figure)
    figure.set_defaults(run=_again)


def forms_of(files: Sequence[Path]) -> list[str]:
    """The formats of the files by their endings.

    Raises:
        ControlError: one has no format's ending.
        ExportError: one lies in no folder.
    """
    from explorer.export import FORMATS

    forms = [file.suffix.lstrip(".").lower() for file in files]
    for form, file in zip(forms, files, strict=True):
        if form not in (*FORMATS, GIF):
            raise ControlError(f"{file.name} names no format", do=f"end it in one of .{', .'.join(FORMATS)}")
        if not file.resolve().parent.is_dir():
            raise ExportError(f"{file.parent} is no folder", do="make it first")
    return forms


def draw_into(
    files: Sequence[Path],
    view: View,
    panel: Panel,
    controls: Any,
    scope: Scope,
    *,
    over: Mapping[str, str],
    style: PaperStyle,
    as_json: bool,
) -> None:
    """Draw the figure, or the grid `over` a control, into the files; into a GIF the animation over it."""
    from explorer.provenance import Provenance
    from explorer.views.grid import draw_over

    forms = forms_of(files)
    still = [file for file, form in zip(files, forms, strict=True) if form != GIF]
    moving = [file for file, form in zip(files, forms, strict=True) if form == GIF]
    if moving:
        _animate(moving, view, panel, controls, scope, over)
    if still or as_json:
        drawing = draw_over(view, panel, controls, scope, over)
        provenance = Provenance.of(view, panel, controls, scope, over=over)
        _put(drawing, provenance, still, forms_of(still), style, title=panel.title, as_json=as_json)


def _animate(
    files: Sequence[Path], view: View, panel: Panel, controls: Any, scope: Scope, over: Mapping[str, str]
) -> None:
    from tqdm import tqdm

    from explorer.views.animation import animated

    if not over:
        raise ControlError("A GIF needs a slider to move", do="add `--over CONTROL`")
    ((name, values),) = over.items()
    with tqdm(total=100, unit="%", leave=False, disable=None) as bar:
        data = animated(
            view,
            panel,
            controls,
            scope,
            name,
            [value for value in values.split("\n") if value],
            on_progress=lambda share: bar.update(round(100 * share) - bar.n),
        )
    for file in files:
        _write(file, data)
        print(file)


def _write(file: Path, data: bytes) -> None:
    try:
        write_whole(file, data)
    except OSError as error:
        raise ExportError(f"{file} cannot be written", why=error.strerror or str(error)) from error


def _put(
    drawing: Drawing,
    provenance: Provenance,
    files: Sequence[Path],
    forms: Sequence[str],
    style: PaperStyle,
    *,
    title: str,
    as_json: bool,
) -> None:
    """Write the files, name them on standard output, and say the caption beside it; or all of it, with the numbers and
    the recipe, as one JSON object."""
    from explorer.export import write_many

    written = write_many(drawing, provenance, forms, style=style, title=title) if files else []
    for file, data in zip(files, written, strict=True):
        _write(file, data)
        if not as_json:
            print(file)
    if not as_json:
        print(drawing.caption, file=sys.stderr)
        return
    numbers = {
        name: {"value": _plain(value), "unit": unit} for name, (value, unit) in drawing.numbers.items()
    }
    summary = {"numbers": numbers, "caption": drawing.caption, "files": [str(file) for file in files]}
    print(json.dumps({**summary, "recipe": provenance.as_dict()}, allow_nan=False))


def _plain(value: Any) -> Any:
    """A number as JSON has it: one that is not finite is null."""
    value = value.item() if hasattr(value, "item") else value
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _again(args: argparse.Namespace) -> None:
    from explorer.export.reading import LARGEST_FILE, recipes_in
    from explorer.views.recipe import reopen

    if args.recipe is None or not (args.out or args.json):
        raise ControlError(
            "It is not said which figure",
            do="write `explorer figure VIEW --out FILE` or `explorer figure --recipe FILE --out FILE`",
        )
    style = paper.style_of(args)
    forms_of(args.out)
    try:
        with args.recipe.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except OSError as error:
        raise ExportError(f"{args.recipe} cannot be read", why=error.strerror or str(error)) from error
    recipe = recipes_in(data)[0]

    def find(reference: str) -> Picture:
        from explorer.views.scope import find_picture

        upload = args.pictures and args.pictures / f"{Path(reference).name}.png"
        return find_picture(str(upload) if upload and upload.is_file() else reference)

    opened = reopen(recipe, find, device=args.device, picture=args.image)
    for note in opened.notes:
        print(f"explorer: {note}", file=sys.stderr)
    draw_into(
        args.out,
        opened.view,
        opened.panel,
        opened.controls,
        opened.scope,
        over=recipe.over,
        style=style,
        as_json=args.json,
    )
