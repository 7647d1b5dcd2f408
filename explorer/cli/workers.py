"""The options that say what computes many pictures, and the bar that says how far it is."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from explorer.sweep.engines import Engine

__all__ = ["add_workers", "chosen_engine", "picture_bar"]


def add_workers(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--engine", default="local", help="local (default) or ray")
    parser.add_argument("--workers", type=int, help="default: one for each core, or one for a GPU")
    parser.add_argument("--address", default="", help="of a running Ray cluster; `auto` finds it")


def chosen_engine(args: argparse.Namespace, device: str) -> Engine:
    """Raises:
    ControlError: there is no such engine, number of workers or device.
    """
    from explorer.sweep.engines import engine
    from explorer.zoo.devices import choose

    workers = args.workers
    if workers is None and not args.address:
        workers = (os.cpu_count() or 1) if choose(device) == "cpu" else 1
    return engine(args.engine, workers, address=args.address)


@contextmanager
def picture_bar() -> Iterator[Callable[[int, int, bool], None]]:
    """A bar on standard error, told of pictures that are done, of how many, and whether they were before."""
    from tqdm import tqdm

    # Where standard error is no terminal, as under Slurm, a line every half minute.
    with tqdm(unit="picture", mininterval=0.1 if os.isatty(2) else 30) as bar:

        def tell(count: int, total: int, before: bool) -> None:
            if before:
                bar.reset(total)
                bar.initial = count
            bar.update(count)

        yield tell
