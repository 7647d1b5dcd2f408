"""`python -m tests.fuzz --seconds 600`: all targets in turn until the time is over, or so many `--inputs` were tried; one
JSON object says what was found, and how much of what was made up got past the first check, such as a file's signature.

What fails is shown with the smallest input that fails, and the exit status is 1. Hypothesis keeps it in `.hypothesis`
and tries it first next time; put it into `corpus.py`, where every test run tries it.
"""

from __future__ import annotations

import argparse
import json
import resource
import sys
import time
import traceback
from collections import Counter

from hypothesis import HealthCheck, Phase, Verbosity, given, settings

from explorer.errors import ExplorerError
from tests.fuzz.corpus import CORPUS
from tests.fuzz.targets import TARGETS, Target

SLOW, LARGE = 10.0, 2 << 30
"""Seconds of an input, and bytes by which the process may grow over one."""
BATCH = 40


class Fuzz:
    """What was tried and what was found."""

    def __init__(self) -> None:
        self.tried: Counter[str] = Counter()
        self.seconds: Counter[str] = Counter()
        self.refused: Counter[str] = Counter()
        self.at_once: Counter[str] = Counter()
        self.slow = self.large = 0
        self.failures: list[str] = []

    def give(self, name: str, target: Target, value: object) -> None:
        """One input: refused in a sentence or taken, in little time and memory."""
        began, before = time.process_time(), _peak()
        self.tried[name] += 1
        try:
            target.take(value)
        except ExplorerError as error:
            if not str(error).isprintable() or len(str(error)) > 2500:
                raise AssertionError("a sentence that is too long or cannot be printed") from error
            self.refused[name] += 1
            self.at_once[name] += any(part.lower() in str(error).lower() for part in target.first)
        finally:
            took = time.process_time() - began
            self.seconds[name] += took
            self.slow += took > SLOW
            self.large += _peak() - before > LARGE

    def batch(self, name: str, target: Target, seed: int) -> None:
        """Some inputs made up; the smallest that fails is kept."""

        @settings(
            max_examples=BATCH * target.share,
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
            verbosity=Verbosity.quiet,
        )
        @given(target.inputs)
        def tries(value: object) -> None:
            last.append(value)
            del last[:-1]
            self.give(name, target, value)

        from hypothesis import seed as seeded

        last: list[object] = []
        try:
            seeded(seed)(tries)()
        except Exception:
            self.failures.append(f"{name}: {last[0]!r:.2000}\n{traceback.format_exc(limit=-6)}")

    def corpus(self) -> None:
        """Everything that ever failed."""
        for name, value in CORPUS:
            try:
                self.give(name, TARGETS[name], value)
            except Exception:
                self.failures.append(f"{name}: {value!r:.2000}\n{traceback.format_exc(limit=-6)}")


def _peak() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=600)
    parser.add_argument("--inputs", type=int, default=10**9, help="end after so many")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--only", choices=list(TARGETS), nargs="+", default=list(TARGETS))
    asked = parser.parse_args()
    fuzz, number, end = Fuzz(), asked.seed, time.monotonic() + asked.seconds

    def over() -> bool:
        return time.monotonic() > end or fuzz.tried.total() >= asked.inputs

    fuzz.corpus()
    while not over() and not fuzz.failures:
        for name in asked.only:
            if not over():
                fuzz.batch(name, TARGETS[name], number)
        number += 1
    report = {
        "inputs": fuzz.tried.total(),
        "exceptions": len(fuzz.failures),
        "slow": fuzz.slow,
        "large": fuzz.large,
        "peak_mb": _peak() >> 20,
        "seed": asked.seed,
        "tried": dict(fuzz.tried),
        "refused": dict(fuzz.refused),
        "past_the_first_check": {
            name: round(1 - fuzz.at_once[name] / tried, 3) for name, tried in fuzz.tried.items()
        },
        "cpu_seconds": {name: round(seconds, 1) for name, seconds in fuzz.seconds.items()},
    }
    sys.stdout.write(json.dumps(report) + "\n")
    for failure in fuzz.failures:
        sys.stderr.write(failure + "\n")
    return 1 if fuzz.failures or fuzz.slow or fuzz.large else 0


if __name__ == "__main__":
    sys.exit(main())
