"""`explorer measure NAME` and `explorer bench NAME`: repeat a number."""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from explorer.bench import BENCHES, bench
from explorer.cli.options import add_options, chosen
from explorer.experiments import EXPERIMENTS, experiment

__all__ = ["add_to"]


def add_to(commands: Any) -> None:
    measured = {name: each.claim for name, each in EXPERIMENTS.items()}
    _command(commands, "measure", "repeat an experiment's number", measured, _measure)
    _command(commands, "bench", "measure both sides of a comparison", BENCHES, _bench)
    command = commands.add_parser("evidence", help="write docs/evidence.md and the README's headlines anew")
    command.add_argument("--folder", type=Path, default=Path(), help="of the repository; default: this one")
    command.set_defaults(run=_evidence)


def _evidence(asked: argparse.Namespace) -> None:
    from explorer.cli.evidence import write_tables

    write_tables(asked.folder)


def _command(
    commands: Any,
    name: str,
    what: str,
    subjects: Mapping[str, str],
    run: Callable[[argparse.Namespace], None],
) -> None:
    listed = "\n".join(f"  {subject:20} {said}" for subject, said in subjects.items())
    command = commands.add_parser(
        name,
        help=what,
        description=f"{what}\n\n{listed}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    command.add_argument(
        "name", choices=list(subjects), metavar="NAME", help="one of these; NAME --help says its options"
    )
    rest = command.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    rest.required = False
    command.set_defaults(run=run, command=command)


def _options(
    asked: argparse.Namespace, function: Callable[..., Any]
) -> tuple[dict[str, Any], argparse.Namespace]:
    """The subject's own options: known only once its module is imported."""
    parser = type(asked.command)(prog=f"{asked.command.prog} {asked.name}", description=function.__doc__)
    add_options(parser, function)
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--keep", action="store_true", help="keep the result for docs/evidence.md")
    given = parser.parse_args(asked.rest)
    return dict(chosen(function, given)), given


def _measure(asked: argparse.Namespace) -> None:
    subject = experiment(asked.name)
    options, given = _options(asked, subject.measure)
    start = time.perf_counter()
    found = dict(subject.measure(**options))
    values = found.pop("values")
    result = {
        "experiment": subject.name,
        "values": values,
        "unit": found.pop("unit", subject.unit),
        "model": found.pop("model", None),
        "checkpoint": found.pop("checkpoint", None),
        "data": found.pop("data", None),
        "device": found.pop("device", "cpu"),
        "seconds": round(time.perf_counter() - start, 3),
        **found,
    }
    _tell(result, asked, given)


def _bench(asked: argparse.Namespace) -> None:
    run = bench(asked.name)
    options, given = _options(asked, run)
    _tell(dict(run(**options)), asked, given)


def _tell(result: Mapping[str, Any], asked: argparse.Namespace, given: argparse.Namespace) -> None:
    if given.keep:
        from explorer.cli.evidence import keep, words_of

        keep(words_of([asked.command.prog.split()[-1], asked.name, *asked.rest]), result)
    if given.json:
        print(json.dumps(result, default=str))
        return
    for name, value in result.items():
        if isinstance(value, Mapping):
            print(f"{name}:")
            for inner, said in value.items():
                print(f"  {inner}: {said}")
        elif isinstance(value, list | tuple):
            print(f"{name}:")
            for said in value:
                print(f"  {said}")
        elif value is not None:
            print(f"{name}: {value}")
