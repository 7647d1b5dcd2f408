"""One primitive operation, as the rules see it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from explorer.analysis.receptive_field.places import Lost, Places

__all__ = ["Call", "Rule"]


@dataclass(frozen=True, eq=False)
class Call:
    """One primitive operation, some of whose tensors depend on the picture."""

    name: str
    """As PyTorch's schema calls it, without the overload: "convolution"."""
    given: dict[str, Any]
    """Arguments by their names in the schema."""
    out: Any
    where: str
    """The part of the model that calls it, for sentences and for the names of global operations."""
    places: Callable[[Any], Places | None]
    pointwise: bool

    def __getitem__(self, name: str) -> Any:
        return self.given[name]

    def of(self, name: str) -> Places | None:
        return self.places(self.given.get(name))

    @property
    def subject(self) -> Places:
        """The places of the tensor the operation is done to.

        Raises:
            Lost: that tensor does not depend on the picture, only another does.
        """
        places = self.of("self") or self.of("input")
        if places is None:
            raise Lost(f"{self.name} is done to a constant")
        return places

    @property
    def tracked(self) -> list[tuple[Places, tuple[int, ...]]]:
        """The tensors among the arguments that depend on the picture, lists of tensors included."""
        known = []
        for value in self.given.values():
            for tensor in value if isinstance(value, list | tuple) else (value,):
                places = self.places(tensor)
                if places is not None:
                    known.append((places, tuple(tensor.shape)))
        return known


Rule = Callable[[Call], Places | list[Places | None] | None]
"""From an operation to the places of what it returns; a list for several tensors."""
