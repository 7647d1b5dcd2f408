"""The name that a class is shown by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

__all__ = ["first_names"]


def first_names(names: Sequence[str]) -> tuple[str, ...]:
    """The first of each class's synonyms, "tench" of "tench, Tinca tinca", with no two alike.

    Where another class has the same first name, all synonyms stay ("maillot, tank suit"); where those are the same as
    well, the number of the output follows: ImageNet has two classes "crane", a bird and a machine.
    """
    first = [name.partition(",")[0] for name in names]
    often = Counter(first)
    shown = [name if often[short] > 1 else short for name, short in zip(names, first, strict=True)]
    often = Counter(shown)
    return tuple(f"{name} ({at})" if often[name] > 1 else name for at, name in enumerate(shown))
