"""`explorer train NAME`: make a shipped model again."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

__all__ = ["add_to"]


def add_to(commands: Any) -> None:
    command = commands.add_parser("train", help="train a shipped model by its recipe", description=__doc__)
    command.add_argument("name", help="a recipe, or `all`", metavar="NAME")
    command.add_argument(
        "--data", type=Path, required=True, help="the folder of training data (see the README)"
    )
    command.add_argument("--device", default="auto", help="cpu, cuda, mps or auto")
    command.add_argument(
        "--minutes", type=float, help="stop after so long; the same command goes on from there"
    )
    command.add_argument(
        "--state", type=Path, help="where the resumable state is kept (default: the user's cache)"
    )
    command.add_argument("--out", type=Path, help="where the checkpoint is written (default: checkpoints/)")
    command.set_defaults(run=_train)


def _train(args: argparse.Namespace) -> None:
    from explorer.training import train, train_all

    options = {"data": args.data, "device": args.device, "minutes": args.minutes}
    if args.name == "all":
        train_all(**options)
    else:
        train(args.name, **options, state=args.state, out=args.out)
