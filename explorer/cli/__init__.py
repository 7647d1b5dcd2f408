"""Everything the app does, without a browser."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib.metadata import version

from explorer.errors import ControlError, ExplorerError

__all__ = ["main", "parser"]


class Parser(argparse.ArgumentParser):
    """A parser whose errors are one line."""

    def error(self, message: str) -> None:  # type: ignore[override]
        self.exit(2, f"{self.prog}: {message}\n")


def parser() -> argparse.ArgumentParser:
    """The parser of the whole command."""
    from explorer.cli import completion, figure, measure, models, train

    whole = Parser(prog="explorer", description=__doc__)
    whole.add_argument("--version", action="version", version=f"explorer {version('explorer')}")
    commands = whole.add_subparsers(title="commands", required=True, parser_class=Parser, metavar="COMMAND")
    for module in (models, figure, measure, train, completion):
        module.add_to(commands)
    return whole


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command. Exit status: 0 done, 1 failed, 2 wrongly asked."""
    asked = parser().parse_args(arguments)
    try:
        asked.run(asked)
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
