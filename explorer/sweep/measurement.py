"""What an experiment measures of every picture of a test set: rows in shards, as a sweep's, and folded into its result."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
import tempfile
from abc import abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from platformdirs import user_cache_path

from explorer.errors import ControlError, ExportError
from explorer.provenance import versions
from explorer.sweep.engines import Engine, LocalEngine
from explorer.sweep.job import Job
from explorer.sweep.read import dataset
from explorer.sweep.rows import Row
from explorer.sweep.run import run
from explorer.zoo.devices import choose

__all__ = ["Columns", "Measure", "Measurement", "here", "kept"]

Columns = Mapping[str, Any]
"""By name, a value for each picture: an array, or arrays of any length each."""


@dataclass(frozen=True, kw_only=True)
class Measurement(Job):
    """A row for every picture with every model. What it depends on are its fields; paths say only where data are."""

    models: tuple[str, ...]
    device: str

    batch: ClassVar[int]
    """Pictures of a shard, and of one pass through a model at most."""
    differs: ClassVar[Mapping[str, str]] = {
        "measurement": "the rows of another measurement",
        "options": "the rows of other options",
        "weights": "the rows of other weights",
        "data": "the rows of other data",
        "versions": "the rows of other versions of its libraries",
    }

    def __post_init__(self) -> None:
        object.__setattr__(self, "device", choose(self.device))

    @property
    @abstractmethod
    def count(self) -> int:
        """Pictures."""

    @property
    def weights(self) -> Mapping[str, str]:
        """The checkpoints by their models' names."""
        return {name: self.load(name).checkpoint for name in self.models}

    @property
    def files(self) -> tuple[Path, ...]:
        """The data that are read."""
        return ()

    def load(self, model: str) -> Any:
        """One of the models, which a process loads once."""
        from explorer.zoo import Model, load

        return load(model, kind=Model, device=self.device)

    @abstractmethod
    def of(self, model: str, pictures: range) -> Columns:
        """The columns of these pictures. None of their values depends on which pictures are in the same shard, but for the
        rounding of a model that sees several at once."""

    @property
    def shards(self) -> int:
        return self._shards_of_a_model * len(self.models)

    def shard(self, at: int) -> range:
        first = at % self._shards_of_a_model * self.batch
        return range(first, min(first + self.batch, self.count))

    def rows(self, shard: int) -> list[Row]:
        place, pictures = shard // self._shards_of_a_model, self.shard(shard)
        columns = self.of(self.models[place], pictures)
        return [
            {
                "row": (place * self.count + at, ""),
                "model": (self.models[place], ""),
                **{name: (_cell(values[number]), "") for name, values in columns.items()},
            }
            for number, at in enumerate(pictures)
        ]

    @cached_property
    def recipe(self) -> Mapping[str, Any]:
        options = {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}
        return {
            "explorer": 1,
            "measurement": type(self).__name__,
            "options": {
                name: list(value) if isinstance(value, tuple | Mapping) else value
                for name, value in options.items()
                if not isinstance(value, Path)
            }
            | {"in_a_shard": self.batch},
            "weights": dict(self.weights),
            "data": {file.name: _digest(file) for file in self.files},
            "versions": dict(versions()),
        }

    @property
    def _shards_of_a_model(self) -> int:
        return -(-self.count // self.batch)


Measure = Callable[[Measurement], Mapping[str, Columns]]
"""Computes all rows: by model, the columns that it has, in the order of the pictures."""


def here(measurement: Measurement) -> Mapping[str, Columns]:
    """By one worker, this process, keeping no row."""
    with tempfile.TemporaryDirectory() as folder:
        return kept(LocalEngine(1), folder)(measurement)


def kept(
    engine: Engine,
    out: str = "",
    *,
    on_progress: Callable[[int, int, bool], None] = lambda done, of, before: None,
) -> Measure:
    """By an engine, keeping the rows in the folder or at the address `out`; without one they are in the user's cache until
    all are there. `on_progress` is told of pictures that are done, of how many, and whether they were before."""

    def measure(measurement: Measurement) -> Mapping[str, Columns]:
        place = out or str(_cache(measurement))
        total = measurement.count * len(measurement.models)
        if total < 1:
            raise ControlError("There is nothing to measure", do="take one picture and one model at least")
        complete = run(
            measurement, place, engine, on_progress=lambda done, before: on_progress(done, total, before)
        )
        if not complete:
            raise ExportError(
                f"Rows are missing in {place}",
                why="workers wrote them where this process cannot read",
                do="give --out a folder or an address that all machines share",
            )
        columns = _read(measurement, place)
        if not out:
            shutil.rmtree(place, ignore_errors=True)
        return columns

    return measure


def _cache(measurement: Measurement) -> Path:
    """A place that no other measurement has."""
    digest = hashlib.sha256(json.dumps(measurement.recipe, sort_keys=True).encode()).hexdigest()[:16]
    return user_cache_path("explorer", appauthor=False) / "measured" / digest


def _read(measurement: Measurement, place: str) -> Mapping[str, Columns]:
    table = dataset(place).to_table().sort_by("row")
    parts = {
        model: table.slice(at * measurement.count, measurement.count)
        for at, model in enumerate(measurement.models)
    }
    return {
        model: {
            name: part[name].to_numpy()
            for name in part.column_names
            if name not in ("row", "model") and part[name].null_count < len(part)
        }
        for model, part in parts.items()
    }


def _cell(value: Any) -> Any:
    return np.ravel(value) if isinstance(value, np.ndarray) and value.ndim else value


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
