"""Ray on two nodes, one of which dies in the middle. Heavy: it starts a cluster of some ten processes."""

import time
from pathlib import Path

import ray
from ray import cluster_utils

from explorer.sweep.engines import LocalEngine, engine
from explorer.sweep.pictures import pictures_of
from explorer.sweep.plan import plan
from explorer.sweep.run import run
from tests.sweep.here import OVER, WHAT, same_to_the_bit, table

STORE = 80 << 20
"""Bytes of a node's object store: the least that Ray takes."""


def test_a_node_that_dies_costs_no_row_and_changes_none(folder: Path, tmp_path: Path):
    sweep = plan(WHAT, pictures_of(str(folder)), OVER)
    run(sweep, str(tmp_path / "alone"), LocalEngine(1))
    cluster = cluster_utils.Cluster(
        initialize_head=True,
        head_node_args={"num_cpus": 1, "object_store_memory": STORE, "include_dashboard": False},
    )
    try:
        second = cluster.add_node(num_cpus=1, object_store_memory=STORE)
        ray.init(address=cluster.address, log_to_driver=False)
        assert ray.cluster_resources()["CPU"] == 2
        out = tmp_path / "out"
        killed = []

        def kill(count: int, before: bool) -> None:
            if not (before or killed):
                cluster.remove_node(second, allow_graceful=False)
                killed.append(count)

        assert run(sweep, str(out), engine("ray"), on_progress=kill)
        assert killed
        for _ in range(120):  # until the head misses its heartbeat
            if ray.cluster_resources()["CPU"] == 1:
                break
            time.sleep(0.5)
        else:
            raise AssertionError("the node has not died")
        assert same_to_the_bit(table(out), table(tmp_path / "alone"))
    finally:
        ray.shutdown()
        cluster.shutdown()
