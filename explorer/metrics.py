"""Counts of what a server does, for Prometheus: how many and how long, never who or what."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Mapping

__all__ = ["add", "exposition", "gauge", "values"]

HELP = {
    "explorer_requests_total": "HTTP requests",
    "explorer_visits_total": "connections of visitors",
    "explorer_visitors": "visitors connected now",
    "explorer_refused_total": "requests and computations refused because one session asked for too many",
    "explorer_reruns_total": "pages drawn",
    "explorer_rerun_seconds_total": "seconds in which pages were drawn",
    "explorer_figures_total": "figures computed",
    "explorer_figure_seconds_total": "seconds in which figures were computed",
    "explorer_cancelled_total": "computations that their visitors ended",
    "explorer_queue": "computations that wait for a place",
    "explorer_cache_bytes": "bytes in all caches together",
    "explorer_resident_bytes": "resident memory of the process",
}

_counts: Counter[tuple[str, str]] = Counter()
_gauges: dict[tuple[str, str], Callable[[], float]] = {}
_lock = threading.Lock()


def add(name: str, amount: float = 1, **labels: str) -> None:
    """Add to a count."""
    with _lock:
        _counts[name, _labels(labels)] += amount  # type: ignore[assignment]


def gauge(name: str, value: Callable[[], float], **labels: str) -> None:
    """What is looked up when it is asked for."""
    _gauges[name, _labels(labels)] = value


def values() -> Mapping[tuple[str, str], float]:
    """Everything by name and labels, as it is now."""
    with _lock:
        now: dict[tuple[str, str], float] = dict(_counts)
    return now | {key: value() for key, value in _gauges.items()}


def exposition() -> str:
    """Everything in Prometheus's text format 0.0.4."""
    lines = []
    now = values()
    for name in sorted({name for name, _ in now}):
        kind = "counter" if name.endswith("_total") else "gauge"
        lines += [f"# HELP {name} {HELP.get(name, name)}", f"# TYPE {name} {kind}"]
        lines += [
            f"{name}{labels} {value:g}" for (each, labels), value in sorted(now.items()) if each == name
        ]
    return "\n".join(lines) + "\n"


def _labels(labels: Mapping[str, str]) -> str:
    """Labels are words of ours: nothing in them need be escaped."""
    return (
        "{" + ",".join(f'{name}="{value}"' for name, value in sorted(labels.items())) + "}" if labels else ""
    )
