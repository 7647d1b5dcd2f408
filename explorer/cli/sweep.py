"""`explorer sweep WHAT --pictures FOLDER --over layer=1..6 --out runs/NAME`: one analysis for many pictures."""

from __future__ import annotations

import argparse
from typing import Any

from explorer.cli.workers import add_workers, chosen_engine, picture_bar

__all__ = ["add_to"]


def add_to(commands: Any) -> None:
    command = commands.add_parser(
        "sweep", help="one analysis for many pictures and settings, into Parquet", description=__doc__
    )
    command.add_argument(
        "what",
        metavar="WHAT",
        help="a figure of one picture, as vision-transformer/rollout, or rollout alone",
    )
    command.add_argument(
        "--pictures",
        required=True,
        help="a folder with its subfolders, a text file with a path a line, a .zip, a .tar, or `gallery`",
    )
    command.add_argument(
        "--over",
        nargs="+",
        action="extend",
        default=[],
        metavar="CONTROL=VALUES",
        help="every combination of these: layer=1..6 head=all model=vit,hybrid; one value sets a control",
    )
    command.add_argument("--out", required=True, help="a folder, or an address such as s3://bucket/run")
    command.add_argument("--maps", action="store_true", help="keep the arrays of each figure as well")
    add_workers(command)
    command.add_argument(
        "--share", default="1/1", metavar="I/N", help="only every N-th shard, for computers that share --out"
    )
    command.add_argument("--device", default="cpu", help="cpu (default), cuda, mps or auto")
    command.set_defaults(run=_sweep)


def _sweep(args: argparse.Namespace) -> None:
    from explorer.sweep.grid import read_over
    from explorer.sweep.pictures import pictures_of
    from explorer.sweep.plan import plan
    from explorer.sweep.run import Share, run

    share = Share.read(args.share)
    chosen = chosen_engine(args, args.device)
    sweep = plan(
        args.what, pictures_of(args.pictures), read_over(args.over), maps=args.maps, device=args.device
    )
    pictures = sum(len(sweep.shard(shard)) for shard in range(share.at - 1, sweep.shards, share.of))
    with picture_bar() as tell:
        complete = run(
            sweep,
            args.out,
            chosen,
            share=share,
            on_progress=lambda count, before: tell(count, pictures, before),
        )
    if complete:
        print(f"{sweep.count:,} rows in {args.out}{_broken(args.out)}")
    else:
        print(f"This share is done; others of {args.out} are not")


def _broken(place: str) -> str:
    from explorer.sweep.read import broken

    count = broken(place)
    return f", {count:,} of them with a sentence instead of numbers" if count else ""
