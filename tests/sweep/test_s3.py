"""A sweep whose rows are objects of a real S3 server, moto's, on this machine: killed, and gone on with."""

import os
import re
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer.sweep.engines import LocalEngine
from explorer.sweep.pictures import pictures_of
from explorer.sweep.plan import plan
from explorer.sweep.run import run
from tests.sweep.here import OVER, killed, same_to_the_bit, table
from tests.sweep.test_run import WHAT, command
from tests.test_layers import ROOT

PACKAGES = ROOT / ".cache" / "s3"
pytestmark = pytest.mark.skipif(not PACKAGES.is_dir(), reason="there are no s3fs and moto")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The address of a server with a bucket."""
    log = tmp_path / "server.log"
    with log.open("wb") as output:
        running = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "--host", "127.0.0.1", "--port", "0"],
            env=os.environ | {"PYTHONPATH": str(PACKAGES)},
            stderr=output,
        )
    try:
        while not (found := re.search(r"http://127\.0\.0\.1:\d+", log.read_text())):
            assert running.poll() is None, log.read_text()
            time.sleep(0.1)
        asked(found[0], "bucket", method="PUT")
        yield found[0]
    finally:
        running.kill()
        running.wait()


def asked(address: str, path: str, *, method: str = "GET") -> bytes:
    signed = {"Authorization": "AWS made:up"}  # the server wants to see a signature, and checks none
    request = urllib.request.Request(f"{address}/{path}", method=method, headers=signed)
    with urllib.request.urlopen(request) as answer:
        return answer.read()


def shards_on(address: str) -> list[str]:
    listed = asked(address, "bucket?list-type=2&prefix=run/").decode()
    return re.findall(r"<Key>run/(part-\d+\.parquet)</Key>", listed)


def test_killed_and_gone_on_with_on_s3_the_rows_are_those_of_a_folder(
    folder: Path, server: str, tmp_path: Path
):
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(PACKAGES), str(ROOT)]),
        "AWS_ENDPOINT_URL": server,
        "AWS_ACCESS_KEY_ID": "made",
        "AWS_SECRET_ACCESS_KEY": "up",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    words = [*command(folder, Path("out")), "--workers"]
    words[words.index("out")] = "s3://bucket/run"
    killed([*words, "1"], when=lambda: shards_on(server), environment=environment)
    written = {name: asked(server, f"bucket/run/{name}") for name in shards_on(server)}
    assert 0 < len(written) < 6
    done = subprocess.run([*words, "2"], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "69 rows" in done.stdout
    assert "3 of them with a sentence" in done.stdout
    fetched = tmp_path / "fetched"
    fetched.mkdir()
    for name in shards_on(server):
        (fetched / name).write_bytes(asked(server, f"bucket/run/{name}"))
    assert all((fetched / name).read_bytes() == data for name, data in written.items())
    undisturbed = tmp_path / "undisturbed"
    run(plan(WHAT, pictures_of(str(folder)), OVER), str(undisturbed), LocalEngine(1))
    assert same_to_the_bit(table(fetched), table(undisturbed))
