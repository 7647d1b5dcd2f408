"""Questions to the rows of a sweep, answered by DuckDB from memory."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow.parquet as pq

from explorer.analysis.many_pictures import (
    QUANTILES,
    Distribution,
    Medians,
    PairedDifference,
    paired_difference,
)
from explorer.errors import ExplorerError, ExportError
from explorer.provenance import Provenance
from explorer.sweep.job import RECIPE
from explorer.sweep.rows import OWN
from explorer.sweep.table import units_of
from explorer.views.controls import as_text

__all__ = ["Extreme", "Sweep", "open_sweep", "read_recipe", "sweeps"]

Where = Mapping[str, Sequence[str]]
"""By column, the values that are wanted; a column without any takes all."""
MOST_GROUPS = 200
ORDERS = {"lowest": "{x}", "highest": "-{x}", "typical": "abs({x} - (select median({x}) from chosen))"}


@dataclass(frozen=True)
class Extreme:
    """One row, to be looked at."""

    picture: str
    value: float
    setting: Mapping[str, str]


@dataclass(frozen=True)
class Sweep:
    """A sweep that is read, or as much of it as is written."""

    place: Path
    recipe: Mapping[str, Any]
    units: Mapping[str, str]
    numbers: tuple[str, ...]
    """The columns that have one number a row."""
    controls: tuple[str, ...]
    connection: duckdb.DuckDBPyConnection

    @property
    def rows_of_all(self) -> int:
        """Rows of the finished sweep."""
        return self.recipe["sweep"]["count"] * len(self.recipe["sweep"]["settings"])

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The columns to group by: what has more than one value, and not too many."""
        return tuple(name for name in ("class", *self.controls) if 1 < len(self.values(name)) <= MOST_GROUPS)

    def values(self, name: str) -> tuple[str, ...]:
        """The values of a column, in order."""
        column = _quoted(name)
        found = self._ask(
            f"select {column}::varchar from (select distinct {column} from rows) order by {column} limit {MOST_GROUPS + 1}"
        )
        return tuple(value for (value,) in found if value is not None)

    def count(self, where: Where | None = None) -> tuple[int, int]:
        """Rows, and those of them with a sentence instead of numbers."""
        condition, values = _condition(where or {})
        ((rows, errors),) = self._ask(f"select count(*), count(error) from rows where {condition}", values)
        return rows, errors

    def sentences(self, where: Where | None = None, *, most: int = 20) -> list[tuple[str, str, int]]:
        """The commonest sentences, each with one picture and the number of rows."""
        condition, values = _condition(where or {})
        return self._ask(
            f"select error, min(picture), count(*) from rows where error is not null and {condition} group by error "
            f"order by count(*) desc, error limit {most}",
            values,
        )

    def distribution(self, number: str, by: str = "", where: Where | None = None) -> Distribution:
        """The number's quantiles in each group."""
        condition, values = _condition(where or {})
        group, x = (_quoted(by) if by else "''"), _quoted(number)
        found = self._ask(
            f"select {group}::varchar, quantile_cont({x}, {list(QUANTILES)}), count({x}) from rows "
            f"where isfinite({x}) and {condition} group by {group} order by min({group}) limit {MOST_GROUPS}",
            values,
        )
        return Distribution(
            number,
            self.units.get(number, ""),
            by,
            tuple(group or "" for group, _, _ in found),
            np.array([quantiles for _, quantiles, _ in found], float).reshape(-1, len(QUANTILES)),
            np.array([count for _, _, count in found], np.int64),
        )

    def medians(self, number: str, by: tuple[str, str], where: Where | None = None) -> Medians:
        """The number's median by two columns."""
        condition, values = _condition(where or {})
        first, second, x = (_quoted(name) for name in (*by, number))
        found = self._ask(
            f"select {first}::varchar, {second}::varchar, median({x}) from rows "
            f"where isfinite({x}) and {condition} group by {first}, {second}",
            values,
        )
        rows, columns = (self.values(name) for name in by)
        median = np.full((len(rows), len(columns)), np.nan)
        for row, column, value in found:
            if row in rows and column in columns:
                median[rows.index(row), columns.index(column)] = value
        return Medians(number, self.units.get(number, ""), by, rows, columns, median)

    def extremes(
        self, number: str, order: str, where: Where | None = None, *, count: int = 6
    ) -> list[Extreme]:
        """The pictures whose number is `lowest`, `highest`, or nearest to the median (`typical`), each once."""
        condition, values = _condition(where or {})
        x = _quoted(number)
        controls = ", ".join(_quoted(name) for name in self.controls) or "0"
        key = ORDERS[order].format(x=x)
        found = self._ask(
            f"with chosen as (select * from rows where isfinite({x}) and {condition}), "
            f"ordered as (select picture, min_by(row, ({key}, row)) as row, min({key}) as key from chosen group by picture "
            f"order by key, row limit {count}) "
            f"select rows.picture, rows.{x}, {controls} from ordered join rows using (row) order by ordered.key, row",
            values,
        )
        return [
            Extreme(
                picture,
                value,
                {name: as_text(setting) for name, setting in zip(self.controls, settings, strict=False)},
            )
            for picture, value, *settings in found
        ]

    def compared(
        self, other: Sweep, number: str, by: str = "", where: Where | None = None
    ) -> PairedDifference:
        """What another sweep has more, by picture: of each the mean of its rows in the group, paired by its pixels."""
        condition, values = _condition(where or {})
        group = _quoted(by) if by else "''"
        means = (
            f"select digest, {group}::varchar as g, min({group}) as place, avg({_quoted(number)}) as mean from rows "
            f"where isfinite({_quoted(number)}) and {condition} group by digest, {group}"
        )
        cursor = self.connection.cursor()
        cursor.register("theirs", other.connection.cursor().sql(means, params=values).to_arrow_table())
        found = cursor.execute(
            f"select mine.g as g, theirs.mean - mine.mean as difference from ({means}) as mine "
            "join theirs on theirs.digest = mine.digest and theirs.g is not distinct from mine.g "
            "order by mine.place, mine.digest",
            values,
        ).fetchnumpy()
        groups, difference = np.asarray(found["g"].astype(str)), np.asarray(found["difference"])
        differences = {str(name): difference[groups == name] for name in dict.fromkeys(groups.tolist())}
        return paired_difference(differences, label=number, unit=self.units.get(number, ""), by=by)

    def provenance(self, figure: str, controls: Mapping[str, str], other: Sweep | None = None) -> Provenance:
        """The recipe of a figure of the sweep's rows, and of those of another that it is compared with."""
        return Provenance(
            view="many-pictures",
            figure=figure,
            controls={"sweep": self.place.name, **controls},
            models=self.recipe["models"] | (other.recipe["models"] if other else {}),
            picture=f"{self.recipe['sweep']['count']} pictures of {Path(self.recipe['sweep']['pictures']).name}",
            picture_digest=self.recipe["sweep"]["digest"],
            versions=self.recipe["versions"],
            date=datetime.now(UTC).isoformat(timespec="seconds"),
            link="/Many_pictures",
        )

    def _ask(self, question: str, values: Sequence[Any] = ()) -> list[Any]:
        return self.connection.cursor().execute(question, list(values)).fetchall()


def sweeps(folder: Path) -> list[str]:
    """The sweeps in a folder, the latest first."""
    found = [path.parent for path in folder.glob(f"*/{RECIPE}") if read_recipe(path.parent)]
    return [path.name for path in sorted(found, key=lambda path: path.stat().st_mtime, reverse=True)]


def read_recipe(place: Path) -> dict[str, Any]:
    """What the recipe in a folder says of its pictures and settings; nothing where it is damaged."""
    try:
        sweep = json.loads((place / RECIPE).read_bytes())["sweep"]
        return sweep if {"pictures", "count", "settings"} <= set(sweep) else {}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def open_sweep(place: Path) -> Sweep:
    """A sweep in memory, without its maps; read again once another shard is there.

    Raises:
        ExportError: none is there, or it is damaged.
    """
    files = sorted(place.glob("part-*.parquet"))
    if not files:
        raise ExportError(f"{place.name} has no rows yet")
    return _open(place, tuple((str(file), file.stat().st_mtime_ns) for file in files))


@lru_cache(maxsize=4)
def _open(place: Path, files: tuple[tuple[str, int], ...]) -> Sweep:
    try:
        recipe = json.loads((place / RECIPE).read_bytes())
        names = [name for name, _ in files]
        connection = duckdb.connect(":memory:", config={"threads": 2})
        connection.execute(
            "create table rows as select columns(lambda c: c not like 'map %') from read_parquet(?, union_by_name = true)",
            [names],
        )
        rows = connection.table("rows")
        kinds = {name: str(kind) for name, kind in zip(rows.columns, rows.dtypes, strict=True)}
        units = {
            key: unit
            for name in (names[0], names[-1])
            for key, unit in units_of(pq.read_schema(name)).items()
        }
        controls = tuple(dict.fromkeys(name for each in recipe["sweep"]["settings"] for name in each))
    except (OSError, ValueError, KeyError, TypeError, duckdb.Error) as error:
        raise ExportError(f"The sweep {place.name} cannot be read", why=str(error)[:200]) from error
    numbers = tuple(
        name for name, kind in kinds.items() if kind in ("DOUBLE", "FLOAT") and name not in (*OWN, *controls)
    )
    return Sweep(place, recipe, units, numbers, controls, connection)


def _condition(where: Where) -> tuple[str, list[Any]]:
    wanted = {name: list(values) for name, values in where.items() if values}
    conditions = [f"{_quoted(name)}::varchar in (select unnest(?))" for name in wanted]
    return " and ".join(conditions) or "true", list(wanted.values())


def _quoted(name: str) -> str:
    """A column's name as SQL takes it."""
    if "\0" in name:
        raise ExplorerError("That is no column")
    return '"' + name.replace('"', '""') + '"'
