"""The files of a job: which are there, and writing one."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa
import pyarrow.parquet as pq

from explorer.sweep.job import Job
from explorer.sweep.store import Store, store
from explorer.sweep.table import as_parquet, fitted, merged

__all__ = ["finish", "name_of", "numbers_in", "write_shard"]

AT_ONCE = 8
"""Schemas that are read at a time: an object store takes its time for each, whatever its size."""
NAME = re.compile(r"part-(\d{6,})\.parquet")


def name_of(shard: int) -> str:
    """The file of a shard."""
    return f"part-{shard:06d}.parquet"


def numbers_in(place: Store) -> set[int]:
    """The shards that are written."""
    return {int(match[1]) for name in place.names() if (match := NAME.fullmatch(name))}


def write_shard(job: Job, place: str, shard: int) -> int:
    """Compute the rows of a shard and write them; its number."""
    store(place).write(name_of(shard), as_parquet(job.rows(shard)))
    return shard


def finish(job: Job, place: Store) -> None:
    """Give all shards the same columns; those that have them stay as they are, and of them only the end is read."""
    names = [name_of(shard) for shard in range(job.shards)]
    with ThreadPoolExecutor(AT_ONCE) as readers:
        schemas = list(readers.map(lambda name: _schema(place, name), names))
    schema = merged(schemas)
    for name, own in zip(names, schemas, strict=True):
        if not own.equals(schema, check_metadata=True):
            place.write(name, fitted(place.read(name), schema))


def _schema(place: Store, name: str) -> pa.Schema:
    with place.open(name) as file:
        return pq.read_schema(file)
