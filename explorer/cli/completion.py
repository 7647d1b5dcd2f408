"""`explorer completion SHELL`: a script by which the shell completes commands, views and options."""

from __future__ import annotations

import argparse
from typing import Any

__all__ = ["add_to"]

SHELLS = ("bash", "zsh", "tcsh", "fish", "powershell")
"""Those of shtab, whose import every command would pay for."""


def add_to(commands: Any) -> None:
    command = commands.add_parser(
        "completion",
        help="a script that lets the shell complete commands",
        description='For bash: eval "$(explorer completion bash)", in ~/.bashrc to keep it.',
    )
    command.add_argument("shell", choices=SHELLS, metavar="SHELL", help="%(choices)s")
    command.set_defaults(run=_print)


def _print(args: argparse.Namespace) -> None:
    import shtab

    from explorer.cli import parser

    print(shtab.complete(parser(), args.shell))
