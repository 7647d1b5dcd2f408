"""Running coroutines where a browser test may have left its own loop running."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any

__all__ = ["in_a_loop"]


def in_a_loop(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """What it returns, run by a loop of its own in a thread of its own."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()
