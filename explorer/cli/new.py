"""`explorer new view NAME` and `explorer new lesson NAME`: files that work as they are and are then changed."""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from string import Template
from typing import Any

from explorer.errors import ControlError

__all__ = ["add_to", "files_of"]

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = Path(__file__).with_name("new_view")
NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
LONGEST = 30
"""Characters of a name: longer ones would break the lines of the templates."""
IMPORTS = re.compile(r"(^from explorer\S* import .+\n)+", re.MULTILINE)
CATALOGUE = "explorer/views/__init__.py"


def add_to(commands: Any) -> None:
    new = commands.add_parser("new", help="the files of a new view or lesson", description=__doc__)
    kinds = new.add_subparsers(title="what", required=True, metavar="view|lesson", parser_class=type(new))
    view = kinds.add_parser("view", help="a view, in a clone of the repository", description=__doc__)
    view.add_argument("name", metavar="NAME", help="lower case, with hyphens: token-norms")
    view.set_defaults(run=_new_view)
    lesson = kinds.add_parser("lesson", help="a lesson", description=__doc__)
    lesson.add_argument("name", metavar="NAME", help="small letters, digits and hyphens; its file is NAME.md")
    lesson.add_argument(
        "--lessons",
        type=Path,
        metavar="DIR",
        help="the folder to write into; default: that of EXPLORER_LESSONS, else lessons/",
    )
    lesson.set_defaults(run=_new_lesson)


def _new_lesson(args: argparse.Namespace) -> None:
    from explorer.lessons.shelf import folders
    from explorer.lessons.template import new_lesson

    print(new_lesson(args.lessons or folders()[0], args.name))


def _new_view(args: argparse.Namespace) -> None:
    contents = files_of(args.name)
    for path, content in contents.items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(content, encoding="utf-8")
    print("Written, each with an example to replace:", *contents, sep="\n  ")
    print("CONTRIBUTING.md, Adding a view, says what belongs in each.")


def files_of(name: str) -> dict[str, str]:
    """Every file of the new view by its path, and the catalogue with its line.

    Raises:
        ControlError: the name cannot be used, or this is not a clone of the repository.
    """
    from explorer.views import VIEWS

    if not NAME.fullmatch(name) or len(name) > LONGEST:
        raise ControlError(
            f"{name!r} is no name for a view",
            why=f"a name is at most {LONGEST} lower-case letters, digits and hyphens",
            do="choose one such as token-norms",
        )
    if not (ROOT / "pages").is_dir():
        raise ControlError("There is no folder pages", do="run this in a clone of the repository")
    module, title = name.replace("-", "_"), name.replace("-", " ").capitalize()
    numbers = [int(path.name.partition("_")[0]) for path in (ROOT / "pages").glob("[0-9]*_*.py")]
    number = max(n for n in numbers if n < 90) + 1  # from 90 on: what is no view and stands last
    page = f"pages/{number}_{module.capitalize()}.py"
    paths = {
        f"explorer/analysis/{module}.py": "analysis.py.txt",
        f"explorer/figures/{module}.py": "figures.py.txt",
        f"explorer/views/{module}/__init__.py": "view.py.txt",
        f"explorer/views/{module}/panels.py": "panels.py.txt",
        page: "page.py.txt",
        f"pages/texts/{name}/map.md": "text.md.txt",
        f"tests/views/test_{module}.py": "test.py.txt",
    }
    for path in (f"explorer/analysis/{module}", f"explorer/views/{module}.py", *paths):
        if (ROOT / path).exists():
            raise ControlError(f"{path} exists", do="choose another name")
    words = {
        "name": name,
        "title": title,
        "module": module,
        "function": module,
        "Class": "".join(word.capitalize() for word in name.split("-")),
        "page": page,
        "section": list(VIEWS.values())[-1].section,
    }
    written = {
        path: _sorted(Template((TEMPLATES / template).read_text(encoding="utf-8")).substitute(words))
        for path, template in paths.items()
    }
    catalogue = (ROOT / CATALOGUE).read_text(encoding="utf-8")
    return {**written, CATALOGUE: _with_line(catalogue, module)}


def _with_line(catalogue: str, module: str) -> str:
    """The catalogue of views with the new one as its last."""
    constant = module.upper()
    with_import = catalogue.replace(
        "from explorer.views.",
        f"from explorer.views.{module} import VIEW as {constant}\nfrom explorer.views.",
        1,
    )
    return _sorted(with_import.replace("\n    )\n", f"\n        {constant},\n    )\n", 1))


def _sorted(source: str) -> str:
    """The imports in the order that the linter asks for, which depends on the view's name."""
    return IMPORTS.sub(lambda block: "".join(sorted(block[0].splitlines(keepends=True))), source)
