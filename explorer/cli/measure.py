"""`explorer measure NAME` and `explorer bench NAME`: repeat a number."""

from __future__ import annotations

import argparse
import inspect
import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from explorer.bench import BENCHES, bench
from explorer.cli.options import add_options, chosen
from explorer.cli.workers import add_workers, chosen_engine, picture_bar
from explorer.experiments import EXPERIMENTS, experiment

__all__ = ["add_to"]

ROWS = "rows"
"""The argument of an experiment that reads many pictures: what computes its rows."""


def add_to(commands: Any) -> None:
    measured = {name: experiment.claim for name, experiment in EXPERIMENTS.items()}
    _command(commands, "measure", "repeat an experiment's number", measured, _measure)
    _command(commands, "bench", "measure both sides of a comparison", BENCHES, _bench)
    command = commands.add_parser("evidence", help="write docs/evidence.md and the README's headlines anew")
    command.add_argument("--folder", type=Path, default=Path(), help="of the repository; default: this one")
    command.set_defaults(run=_evidence)


def _evidence(args: argparse.Namespace) -> None:
    from explorer.cli.evidence import write_tables

    write_tables(args.folder)


def _command(
    commands: Any,
    name: str,
    what: str,
    subjects: Mapping[str, str],
    run: Callable[[argparse.Namespace], None],
) -> None:
    listed = "\n".join(f"  {subject:20} {claim}" for subject, claim in subjects.items())
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
    args: argparse.Namespace, function: Callable[..., Any]
) -> tuple[dict[str, Any], argparse.Namespace]:
    """The subject's own options: known only once its module is imported."""
    parser = type(args.command)(prog=f"{args.command.prog} {args.name}", description=function.__doc__)
    add_options(parser, function)
    parser.add_argument("--json", action="store_true", help="one JSON object on standard output")
    parser.add_argument("--keep", action="store_true", help="keep the result for docs/evidence.md")
    if ROWS in inspect.signature(function).parameters:
        add_workers(parser)
        parser.add_argument(
            "--out",
            default="",
            help="folder or address that keeps the rows; by default the user's cache keeps them until all are there",
        )
    given = parser.parse_args(args.rest)
    return dict(chosen(function, given)), given


def _measure(args: argparse.Namespace) -> None:
    subject = experiment(args.name)
    options, given = _options(args, subject.measure)
    start = time.perf_counter()
    measured = dict(_measured(subject.measure, options, given))
    values = measured.pop("values")
    result = {
        "experiment": subject.name,
        "values": values,
        "unit": measured.pop("unit", subject.unit),
        "model": measured.pop("model", None),
        "checkpoint": measured.pop("checkpoint", None),
        "data": measured.pop("data", None),
        "device": measured.pop("device", "cpu"),
        "seconds": round(time.perf_counter() - start, 3),
        **measured,
    }
    _tell(result, args, given)


def _measured(
    measure: Callable[..., Mapping[str, Any]], options: Mapping[str, Any], given: argparse.Namespace
) -> Mapping[str, Any]:
    """The result; of many pictures, what an earlier command of the same words left of it is not computed again."""
    if ROWS not in inspect.signature(measure).parameters:
        return measure(**options)
    from explorer.sweep.measurement import kept

    engine = chosen_engine(given, options["device"])
    with picture_bar() as tell:
        return measure(**options, **{ROWS: kept(engine, given.out, on_progress=tell)})


def _bench(args: argparse.Namespace) -> None:
    run = bench(args.name)
    options, given = _options(args, run)
    _tell(dict(run(**options)), args, given)


def _tell(result: Mapping[str, Any], args: argparse.Namespace, given: argparse.Namespace) -> None:
    if given.keep:
        from explorer.cli.evidence import keep, words_of

        keep(words_of([args.command.prog.split()[-1], args.name, *args.rest]), result)
    if given.json:
        print(json.dumps(result, default=str))
        return
    for name, value in result.items():
        if isinstance(value, Mapping):
            print(f"{name}:")
            for inner, inner_value in value.items():
                print(f"  {inner}: {inner_value}")
        elif isinstance(value, list | tuple):
            print(f"{name}:")
            for item in value:
                print(f"  {item}")
        elif value is not None:
            print(f"{name}: {value}")
