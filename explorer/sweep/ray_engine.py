"""Shards as tasks of a Ray cluster. Ray's processes stay between tasks, and so do the models in them."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from explorer.errors import ControlError
from explorer.sweep.job import Job
from explorer.sweep.shards import write_shard

__all__ = ["RayEngine"]


@dataclass(frozen=True)
class RayEngine:
    """Tasks of one core each, and of one GPU where the device is one. A task whose node dies is done again elsewhere."""

    workers: int | None
    """Tasks at a time; as many as the cluster has cores or GPUs where it is not said."""
    address: str = ""
    """Of a running cluster; without it one is started on this machine and ended afterwards."""

    def run(self, job: Job, place: str, shards: Sequence[int]) -> Iterator[int]:
        try:
            import ray
        except ImportError as error:
            raise ControlError("Ray is not installed", do="`pip install 'explorer[cluster]'`") from error

        if started := not ray.is_initialized():
            ray.init(
                self.address or "local",
                num_cpus=None if self.address else self.workers,
                include_dashboard=False,
                log_to_driver=False,
                logging_level=logging.ERROR,
            )
        gpus = 1 if job.device.startswith("cuda") else 0
        task = ray.remote(num_cpus=1, num_gpus=gpus, max_retries=-1)(_work)
        left = list(reversed(shards))
        underway: list[Any] = []
        shared = ray.put(job)
        most = self.workers or int(ray.cluster_resources().get("GPU" if gpus else "CPU", 1))
        try:
            while left or underway:
                while left and len(underway) < most:
                    underway.append(task.remote(shared, place, left.pop()))
                (done,), underway = ray.wait(underway)
                try:
                    shard = ray.get(done)
                except ray.exceptions.RayTaskError as error:
                    raise error.cause from None
                yield shard
        finally:
            for reference in underway:
                ray.cancel(reference, force=True)
            if started:
                ray.shutdown()


def _work(job: Job, place: str, shard: int) -> int:
    import torch

    torch.set_num_threads(1)
    return write_shard(job, place, shard)
