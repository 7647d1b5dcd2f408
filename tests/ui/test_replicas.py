"""Two servers behind nginx, as `deploy/nginx.conf` has them: a visitor stays with one, and one that dies costs its visitors a reload."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from explorer.bench.session import Session
from explorer.report import Kept, Store
from tests.loops import in_a_loop
from tests.test_export import ORIGIN, curve
from tests.test_layers import ROOT

NGINX = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
VISITORS = 24
PAGE = "Long_range"

pytestmark = pytest.mark.skipif(NGINX is None, reason="there is no nginx")


def free_ports(count: int) -> list[int]:
    probes = [socket.socket() for _ in range(count)]
    for probe in probes:
        probe.bind(("127.0.0.1", 0))
    ports = [probe.getsockname()[1] for probe in probes]
    for probe in probes:
        probe.close()
    return ports


def answers(url: str) -> None:
    for _ in range(600):
        try:
            urllib.request.urlopen(url, timeout=2).close()
            return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(f"{url} does not answer")


@pytest.fixture
def replicas(tmp_path: Path) -> Iterator[tuple[int, dict[int, subprocess.Popen[bytes]]]]:
    """The port of nginx, and the servers behind it by their ports."""
    front, *ports = free_ports(3)
    settings = os.environ | {
        "OMP_NUM_THREADS": "1",
        "EXPLORER_REPORTS": str(tmp_path / "reports"),
        "STREAMLIT_SERVER_COOKIE_SECRET": "the same for both",
    }
    servers = {
        port: subprocess.Popen(
            [sys.executable, "-m", "explorer", "serve", "--address", "127.0.0.1", "--port", str(port)],
            cwd=ROOT,
            env=settings,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for port in ports
    }
    config = (ROOT / "deploy" / "nginx.conf").read_text()
    for shipped, here in zip(("8080", "8501", "8502"), (front, *ports), strict=True):
        config = config.replace(shipped, str(here))
    # The test must see which replica answered; a visitor need not.
    config = config.replace(
        "add_header Set-Cookie", "add_header X-Replica $upstream_addr always; add_header Set-Cookie"
    )
    (tmp_path / "nginx.conf").write_text(config)
    (tmp_path / "logs").mkdir()
    proxy = subprocess.Popen(
        [str(NGINX), "-p", str(tmp_path), "-c", "nginx.conf", "-g", "daemon off; pid nginx.pid;"]
    )
    try:
        for port in ports:
            answers(f"http://127.0.0.1:{port}/_stcore/health")
        answers(f"http://127.0.0.1:{front}/_stcore/health")
        yield front, servers
    finally:
        for process in (proxy, *servers.values()):
            process.terminate()
        for process in (proxy, *servers.values()):
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()


def ask(front: int, cookie: str = "") -> tuple[str, int]:
    """The visitor's cookie, and the port of the replica that answered."""
    request = urllib.request.Request(
        f"http://localhost:{front}/", headers={"Cookie": cookie} if cookie else {}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.headers["Set-Cookie"].split(";")[0], int(answer.headers["X-Replica"].rpartition(":")[2])


async def term(front: int, servers: dict[int, subprocess.Popen[bytes]], token: str) -> None:
    visitors = dict(ask(front) for _ in range(VISITORS))
    assert set(visitors.values()) == set(servers)  # both have some
    for cookie, port in visitors.items():
        assert [ask(front, cookie) for _ in range(3)] == [(cookie, port)] * 3
    dying, living = servers
    lost, stayed = (
        next(cookie for cookie, port in visitors.items() if port == one) for one in (dying, living)
    )
    async with Session(front, cookies=stayed) as on_living:
        async with Session(front, cookies=lost) as on_dying:
            before = await on_dying.open(PAGE, "tab=recall")
            assert before.errors == []
            assert (await on_living.open(PAGE, "tab=recall")).errors == []
            servers[dying].send_signal(signal.SIGKILL)
            servers[dying].wait()
            assert (await on_dying.open(PAGE, "tab=recall")).errors != []  # the connection is gone
        assert (await on_living.open(PAGE, "tab=recall")).errors == []  # nobody else noticed anything
    for cookie, port in visitors.items():
        assert ask(front, cookie) == (cookie, living), port
    async with Session(front, cookies=lost) as reloaded:  # what a reload does
        again = await reloaded.open(PAGE, "tab=recall")
        assert again.errors == []
        assert again.hashes == before.hashes != {}
        report = await reloaded.open("Report", f"report={token}")
        assert report.errors == []
        assert report.figures


def test_a_visitor_stays_and_a_replica_that_dies_costs_its_visitors_a_reload(replicas, tmp_path: Path):
    front, servers = replicas
    store = Store(tmp_path / "reports")
    token = store.begin()
    store.add(token, Kept(curve(), ORIGIN), title="Kept")
    in_a_loop(term(front, servers, token))
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(f"http://localhost:{front}/metrics", timeout=10)
