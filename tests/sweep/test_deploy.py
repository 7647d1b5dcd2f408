"""What `deploy/` has for clusters: files that Ray and Kubernetes take, and commands that Explorer takes."""

import os
import re
import shlex
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from ray.autoscaler._private.util import validate_config

from explorer.cli import parser
from explorer.sweep.grid import read_over, settings_of
from explorer.sweep.plan import subject
from explorer.sweep.run import Share
from tests.test_layers import ROOT

DEPLOY = ROOT / "deploy"


def of(command: list[str]) -> Any:
    """The options of a command of Explorer, whose figure and settings there are."""
    assert command[0] == "explorer"
    options = parser("sweep").parse_args(command[1:])
    assert len(settings_of(*subject(options.what), read_over(options.over), device="cpu")) == 12
    return options


def test_ray_up_takes_the_cluster():
    config = yaml.safe_load((DEPLOY / "ray-cluster.yaml").read_text())
    with pytest.raises(Exception, match="Additional properties"):
        validate_config({**config, "cluster_synced_files": [], "max_worker": 1})
    validate_config({**config, "cluster_synced_files": []})  # which `ray up` fills in


def test_kuberays_job_has_what_its_definition_requires():
    """As `ray.io_rayjobs.yaml` of KubeRay 1 and a pod's own definition have it."""
    job = yaml.safe_load((DEPLOY / "kuberay.yaml").read_text())
    assert (job["apiVersion"], job["kind"]) == ("ray.io/v1", "RayJob")
    options = of(shlex.split(job["spec"]["entrypoint"]))
    assert (options.engine, options.address) == ("ray", "auto")
    cluster = job["spec"]["rayClusterSpec"]
    (workers,) = cluster["workerGroupSpecs"]
    assert workers["groupName"]
    assert 0 <= workers["minReplicas"] <= workers["replicas"] <= workers["maxReplicas"]
    for group in (cluster["headGroupSpec"], workers):
        assert group["rayStartParams"] == {}
        pod = group["template"]["spec"]
        volumes = {volume["name"] for volume in pod["volumes"]}
        for container in pod["containers"]:
            assert container["name"]
            assert container["image"]
            mounted = {mount["mountPath"]: mount["name"] for mount in container["volumeMounts"]}
            assert mounted[options.pictures] in volumes


def test_slurms_jobs_share_the_sweep_among_them(tmp_path: Path):
    script = DEPLOY / "sweep.slurm"
    said = dict(re.findall(r"^#SBATCH --([\w-]+)=(\S+)$", script.read_text(), re.MULTILINE))
    assert {"array", "cpus-per-task"} <= set(said)
    told = tmp_path / "explorer"
    told.write_text('#!/bin/sh\nprintf "%s\\n" "$@"\n')
    told.chmod(0o755)
    first, last = map(int, said["array"].split("-"))
    shares = []
    for task in range(first, last + 1):
        slurm = {
            "SLURM_ARRAY_TASK_ID": str(task),
            "SLURM_ARRAY_TASK_COUNT": str(last + 1 - first),
            "SLURM_CPUS_PER_TASK": said["cpus-per-task"],
        }
        path = f"{tmp_path}:{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-u", script], env={**slurm, "PATH": path}, capture_output=True, text=True, check=True
        )
        options = of(["explorer", *done.stdout.splitlines()])
        assert options.workers == 16
        shares.append(Share.read(options.share))
    assert shares == [Share(at, 8) for at in range(1, 9)]
