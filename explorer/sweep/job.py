"""What an engine computes: rows about pictures, cut into shards."""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from explorer.errors import ControlError, ExportError
from explorer.sweep.rows import Row

__all__ = ["RECIPE", "Job"]

RECIPE = "_recipe.json"
"""Readers of Parquet pass over names that begin so."""


class Job(ABC):
    """A value that every worker has, and the recipe that lies beside its rows."""

    device: str
    differs: ClassVar[Mapping[str, str]]
    """Of what the rows are where one of these entries of the recipe is another; the rest may be."""

    @property
    @abstractmethod
    def shards(self) -> int: ...

    @abstractmethod
    def shard(self, at: int) -> range:
        """The pictures of one shard."""

    @abstractmethod
    def rows(self, shard: int) -> list[Row]:
        """Its rows, computed now."""

    @property
    @abstractmethod
    def recipe(self) -> Mapping[str, Any]:
        """What makes the rows, in plain values."""

    def check(self, written: bytes, where: str) -> None:
        """Raises:
        ControlError: the recipe that lies there is another job's.
        """
        try:
            other = json.loads(written)
        except ValueError as error:
            raise ExportError(f"{RECIPE} in {where} is damaged", do="choose another name") from error
        mine = json.loads(json.dumps(self.recipe))
        for name, what in self.differs.items():
            if not isinstance(other, dict) or other.get(name) != mine[name]:
                raise ControlError(f"{where} holds {what}", do="choose another name, or remove that folder")
