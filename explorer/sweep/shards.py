"""The files of a sweep: which are there, and writing one."""

from __future__ import annotations

import re

from explorer.sweep.plan import Plan
from explorer.sweep.rows import rows_of
from explorer.sweep.store import Store, store
from explorer.sweep.table import as_parquet, fitted, merged, schema_of

__all__ = ["finish", "name_of", "numbers_in", "write_shard"]

NAME = re.compile(r"part-(\d{6,})\.parquet")


def name_of(shard: int) -> str:
    """The file of a shard."""
    return f"part-{shard:06d}.parquet"


def numbers_in(place: Store) -> set[int]:
    """The shards that are written."""
    return {int(match[1]) for name in place.names() if (match := NAME.fullmatch(name))}


def write_shard(plan: Plan, place: str, shard: int) -> int:
    """Compute the rows of a shard and write them; its number."""
    rows = [row for at in plan.shard(shard) for row in rows_of(plan, at)]
    store(place).write(name_of(shard), as_parquet(rows))
    return shard


def finish(plan: Plan, place: Store) -> None:
    """Give all shards the same columns; those that have them stay as they are."""
    names = [name_of(shard) for shard in range(plan.shards)]
    schemas = [schema_of(place.read(name)) for name in names]
    schema = merged(schemas)
    for name, own in zip(names, schemas, strict=True):
        if not own.equals(schema, check_metadata=True) and (data := fitted(place.read(name), schema)):
            place.write(name, data)
