"""Everything the app does, without a browser."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import Any

from explorer.errors import ControlError, ExplorerError

__all__ = ["main", "parser"]


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> None:  # type: ignore[override]
        self.exit(2, f"{self.prog}: {message}\n")


class Version(argparse.Action):
    """Say the version; to look it up takes longer than all else that `--help` does."""

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from importlib.metadata import version

        print(f"explorer {version('explorer')}")
        parser.exit()


def parser(command: str = "") -> argparse.ArgumentParser:
    """The parser of the whole command; of the one command in full where one is given, the others by name.

    The options of `figure` are those of every view, and take longest to say.
    """
    from explorer.cli import (
        completion,
        figure,
        lens,
        lessons,
        measure,
        models,
        new,
        serve,
        settings,
        sweep,
        train,
    )

    whole = Parser(prog="explorer", description=__doc__)
    whole.add_argument("--version", action=Version, nargs=0, help="show the version and exit")
    commands = whole.add_subparsers(title="commands", required=True, parser_class=Parser, metavar="COMMAND")
    models.add_to(commands)
    figure.add_to(commands, in_full=command in ("", "figure"))
    for module in (lens, measure, sweep, train, lessons, new, settings, serve, completion):
        module.add_to(commands)
    return whole


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Exit status: 0 done, 1 failed, 2 wrongly asked."""
    arguments = sys.argv[1:] if arguments is None else arguments
    command = next((word for word in arguments if not word.startswith("-")), "none")
    args = parser(command).parse_args(arguments)
    try:
        args.run(args)
    except ControlError as error:
        print(f"explorer: {error}", file=sys.stderr)
        return 2
    except ExplorerError as error:
        print(f"explorer: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("explorer: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()
        return 1
    return 0
