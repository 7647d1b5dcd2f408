"""The sweep of these tests, and its rows as they are compared."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

WHAT = "vision-transformer/rollout"
OVER = {"model": "vit-128", "depth": "1..3"}


def table(folder: Path) -> pa.Table:
    """All rows, in order, as the files have them."""
    return pq.read_table(folder).sort_by("row")


def same_to_the_bit(one: pa.Table, other: pa.Table) -> bool:
    """Arrow's own comparison, which takes no two floats as equal that differ."""
    return one.schema.equals(other.schema, check_metadata=True) and one.equals(other)
