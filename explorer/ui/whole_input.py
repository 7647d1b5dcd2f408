"""What a visitor did is taken in whole, however soon the next thing is done.

Streamlit breaks a run off for the next at any use of its session: also before it has taken in what was done, when the press
of a button is lost, and within the function that the button calls, when half of it is done.
"""

from __future__ import annotations

from functools import wraps
from typing import Any

from streamlit.runtime.state.safe_session_state import SafeSessionState

__all__ = ["take_in_whole"]

_take_in = SafeSessionState.on_script_will_rerun


@wraps(_take_in)
def _take_in_whole(state: SafeSessionState, *arguments: Any, **named: Any) -> None:
    # It looks for the next run only while it says that it executes; it looks again as soon as this is done.
    runner: Any = state._yield_callback.__self__  # type: ignore[attr-defined]
    runner._execing = False
    try:
        _take_in(state, *arguments, **named)
    finally:
        runner._execing = True


def take_in_whole() -> None:
    """Have every run do so, of all visitors."""
    SafeSessionState.on_script_will_rerun = _take_in_whole  # type: ignore[method-assign, assignment]
