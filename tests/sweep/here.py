"""A sweep in this process: what every engine's rows are compared with."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import torch

from explorer.sweep.plan import Plan
from explorer.sweep.shards import write_shard

WHAT = "vision-transformer/rollout"
OVER = {"model": "vit-128", "depth": "1..3"}


class Here:
    """A plain loop."""

    def run(self, plan: Plan, place: str, shards: Sequence[int]) -> Iterator[int]:
        before = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            for shard in shards:
                yield write_shard(plan, place, shard)
        finally:
            torch.set_num_threads(before)


def table(folder: Path) -> pa.Table:
    """All rows, in order, as the files have them."""
    return pq.read_table(folder).sort_by("row")


def same_to_the_bit(one: pa.Table, other: pa.Table) -> bool:
    """Arrow's own comparison, which takes no two floats as equal that differ."""
    return one.schema.equals(other.schema, check_metadata=True) and one.equals(other)
