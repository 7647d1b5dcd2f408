"""Benchmarks: commands that measure both sides of a comparison in one run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any

from explorer.errors import ControlError

__all__ = ["BENCHES", "bench"]

BENCHES: Mapping[str, str] = {
    "tap": "watching attention, over the plain forward pass",
    "rollout": "rollout of one token, over the usual way",
    "detr": "DETR with everything its page needs, over the plain forward pass and over kept attention",
    "generation": "writing values, over transformers' ImageGPT",
    "attribution": "gradient rollout and relevance, over one forward and backward pass",
    "export": "seconds a file, by format",
    "app": "seconds to the first paint, and from a moved slider to the new figure, over a page that draws ready-made figures",
    "lens": "from a moved pointer to the painted lens, in a browser; bytes sent meanwhile; size of the buffer",
    "sweep": "pictures a second of one and of two workers and of Ray, over a plain loop in one process",
    "many-pictures": "milliseconds a question to a million rows of a sweep",
    "visitors": "many visitors at once: reruns a second, seconds of a rerun, figures that differ, memory",
    "soak": "many visitors for an hour, hostile ones among them: figures that differ, times and memory by minute",
}


def bench(name: str) -> Callable[..., Mapping[str, Any]]:
    """The benchmark's `run` function; its keyword arguments are the command's options.

    Raises:
        ControlError: there is none of that name.
    """
    if name not in BENCHES:
        raise ControlError(f"There is no benchmark called {name!r}", do=f"choose among {', '.join(BENCHES)}")
    return import_module(f"explorer.bench.{name.replace('-', '_')}").run
