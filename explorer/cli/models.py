"""`explorer models` and `explorer fetch`: what there is, and how to have it without a network."""

from __future__ import annotations

import argparse
import json
from typing import Any

__all__ = ["add_to"]

LINE = "{:44} {:10} {:>11}  {:9}  {}"


def add_to(commands: Any) -> None:
    models = commands.add_parser("models", help="the catalogue of models", description=__doc__)
    models.add_argument("--family", help="only this family: cnn, vit, hybrid …")
    models.add_argument("--json", action="store_true", help="one JSON list on standard output")
    models.set_defaults(run=_models)
    fetch = commands.add_parser("fetch", help="download weights for a place without a network")
    fetch.add_argument("names", nargs="+", metavar="NAME")
    fetch.set_defaults(run=_fetch)


def _models(args: argparse.Namespace) -> None:
    from explorer import zoo
    from explorer.zoo.shelf import models

    rows = [row for row in zoo.table() if args.family in (None, row["family"])]
    if args.json:
        print(json.dumps(rows, default=str))
        return
    further = {card.name for model in models() for card in model.cards[1:]}
    counted = {model.first.name: model.trainings for model in models()}
    print(LINE.format("NAME", "FAMILY", "PARAMETERS", "STATE", "TRAININGS").rstrip())
    for row in rows:
        if row["name"] not in further:
            size = f"{row['parameters']:,}"
            several = counted.get(row["name"], "")
            print(LINE.format(row["name"], row["family"], size, row["state"], several).rstrip())


def _fetch(args: argparse.Namespace) -> None:
    from explorer import zoo

    for name in args.names:
        zoo.fetch(name)
        print(f"{name} is downloaded")
