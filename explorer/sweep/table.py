"""Rows as Parquet, whose schema says the units, and one schema for all shards."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from explorer.sweep.rows import Row

__all__ = ["as_parquet", "as_table", "fitted", "merged", "units_of"]

FIXED = {
    "row": pa.int64(),
    "picture": pa.string(),
    "class": pa.string(),
    "digest": pa.string(),
    "width": pa.int32(),
    "height": pa.int32(),
    "error": pa.string(),
}
UNIT = b"unit"


def as_parquet(rows: Sequence[Row]) -> bytes:
    """The rows as a file of Parquet."""
    return _written(as_table(rows))


def as_table(rows: Sequence[Row]) -> pa.Table:
    """The rows with the unit of each column in its schema."""
    columns: dict[str, list[Any]] = {}
    units: dict[str, str] = {}
    for at, row in enumerate(rows):
        for name, (value, unit) in row.items():
            columns.setdefault(name, [None] * len(rows))[at] = value
            # A column has one unit or none.
            units[name] = unit if units.get(name, unit) == unit else ""
    fields, arrays = [], []
    for name, values in columns.items():
        array = _array(name, values)
        arrays.append(array)
        fields.append(pa.field(name, array.type, metadata={UNIT: units[name]} if units[name] else None))
    return pa.table(arrays, schema=pa.schema(fields))


def units_of(schema: pa.Schema) -> dict[str, str]:
    """The unit of each column that has one."""
    return {
        field.name: field.metadata[UNIT].decode()
        for field in schema
        if field.metadata and UNIT in field.metadata
    }


def merged(schemas: Iterable[pa.Schema]) -> pa.Schema:
    """Every column of any shard, in their order: one of broken pictures, for example, has no numbers."""
    fields: dict[str, pa.Field] = {}
    for field in (field for schema in schemas for field in schema):
        known = fields.setdefault(field.name, field)
        fields[field.name] = known.with_type(_wider(known.type, field.type))
        if known.metadata != field.metadata and not pa.types.is_null(field.type):
            fields[field.name] = (
                fields[field.name].with_metadata(field.metadata)
                if pa.types.is_null(known.type)
                else fields[field.name].remove_metadata()
            )
    return pa.schema(list(fields.values()))


def fitted(data: bytes, schema: pa.Schema) -> bytes:
    """The file with all columns of a schema."""
    table = pq.read_table(pa.BufferReader(data))
    arrays = [
        table[field.name].cast(field.type)
        if field.name in table.schema.names
        else pa.nulls(len(table), field.type)
        for field in schema
    ]
    return _written(pa.table(arrays, schema=schema))


def _written(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()


def _array(name: str, values: list[Any]) -> pa.Array:
    if name in FIXED:
        return pa.array(values, FIXED[name])
    kinds = {type(value) for value in values if value is not None}
    if np.ndarray in kinds:
        kinds_of_arrays = {value.dtype for value in values if value is not None}
        return pa.array(values, pa.list_(pa.from_numpy_dtype(np.result_type(*kinds_of_arrays))))
    if str in kinds:
        return pa.array([value if value is None else str(value) for value in values], pa.string())
    return pa.array(values)


def _wider(one: pa.DataType, other: pa.DataType) -> pa.DataType:
    """A type for what was written as both: what no row of a shard has is of no type, and a text says any number."""
    if one == other or pa.types.is_null(other):
        return one
    if pa.types.is_null(one):
        return other
    texts = [pa.types.is_string(each) for each in (one, other)]
    return pa.string() if any(texts) else pa.list_(pa.float64()) if pa.types.is_list(one) else pa.float64()
