"""Two servers behind nginx, as `deploy/nginx.conf` has them: a visitor stays with one, and one that dies costs its visitors a reload."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from explorer.bench.session import Session
from explorer.report import Kept, Store
from tests.loops import in_a_loop
from tests.test_export import ORIGIN, curve
from tests.test_layers import ROOT

NGINX = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
VISITORS = 64
PAGE, VIEW = "Long_range", "tab=recall"

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


@dataclass
class Visitor:
    """One tab, with a report of its own that differs from everybody's."""

    cookie: str
    replica: int
    token: str
    tab: Session
    before: dict[str, str] = field(default_factory=dict)

    async def figures(self) -> dict[str, str]:
        """Of the view and of the report, by their hashes."""
        view = await self.tab.open(PAGE, VIEW)
        report = await self.tab.open("Report", f"report={self.token}")
        assert view.errors == report.errors == []
        assert view.figures
        assert report.figures
        return view.hashes | report.hashes

    async def reload(self) -> None:
        await self.tab.__aexit__(None, None, None)
        await self.tab.__aenter__()


async def each(visitors: list[Visitor], what: Callable[[Visitor], Awaitable[None]]) -> None:
    places = asyncio.Semaphore(8)

    async def one(visitor: Visitor) -> None:
        async with places:
            await what(visitor)

    await asyncio.gather(*map(one, visitors))


async def lecture(front: int, servers: dict[int, subprocess.Popen[bytes]], tokens: list[str]) -> None:
    async with AsyncExitStack() as tabs:
        visitors = []
        for token in tokens:
            cookie, replica = ask(front)
            tab = await tabs.enter_async_context(Session(front, cookies=cookie))
            visitors.append(Visitor(cookie, replica, token, tab))
        assert {visitor.replica for visitor in visitors} == set(servers)
        for visitor in visitors:
            assert ask(front, visitor.cookie) == (visitor.cookie, visitor.replica)

        async def begin(visitor: Visitor) -> None:
            visitor.before = await visitor.figures()

        await each(visitors, begin)
        assert len({tuple(visitor.before.items()) for visitor in visitors}) == VISITORS
        dying, living = servers
        servers[dying].send_signal(signal.SIGKILL)
        servers[dying].wait()

        async def go_on(visitor: Visitor) -> None:
            if visitor.replica == dying:
                assert (await visitor.tab.open(PAGE, VIEW)).errors != []  # the connection is gone
                await visitor.reload()
            assert await visitor.figures() == visitor.before

        await each(visitors, go_on)
        for visitor in visitors:
            assert ask(front, visitor.cookie) == (visitor.cookie, living)


def test_a_visitor_stays_and_a_replica_that_dies_costs_its_visitors_a_reload(replicas, tmp_path: Path):
    front, servers = replicas
    store = Store(tmp_path / "reports")
    tokens = [store.begin() for _ in range(VISITORS)]
    for at, token in enumerate(tokens):
        drawing = curve(title=f"Report {at}")
        store.add(token, Kept(drawing, ORIGIN), title="Kept")
    in_a_loop(lecture(front, servers, tokens))
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(f"http://localhost:{front}/metrics", timeout=10)
