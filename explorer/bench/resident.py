"""How much memory a process holds, as the system counts it."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

from explorer.memory import give_back

__all__ = ["forget_largest", "largest_resident", "resident"]

COUNTED = Path("/proc")


def resident(process: int | None = None) -> float:
    """Bytes resident now; where the system does not say, the most there have been, or 0 for another process."""
    return _said("VmRSS", process) or (_most_ever() if process is None else 0.0)


def largest_resident() -> float:
    """The most bytes resident since the process began, or since `forget_largest` where the system can."""
    return _said("VmHWM") or _most_ever()


def forget_largest() -> None:
    """Count the largest anew from what is in use now; only Linux can, elsewhere nothing happens."""
    if (COUNTED / "self" / "clear_refs").is_file():
        # What was freed before would be taken again unseen.
        give_back()
        (COUNTED / "self" / "clear_refs").write_text("5")


def _said(name: str, process: int | None = None) -> float:
    status = COUNTED / str(process or "self") / "status"
    lines = status.read_text().splitlines() if status.is_file() else []
    return sum(float(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


def _most_ever() -> float:
    # Linux counts kilobytes where macOS counts bytes.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
