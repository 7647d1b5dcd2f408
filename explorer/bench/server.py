"""A Streamlit server of this machine's own, for as long as it is measured."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from explorer.bench.resident import resident
from explorer.errors import ExplorerError

__all__ = ["APP", "Server", "serve"]

ROOT = Path(__file__).resolve().parents[2]
APP = ROOT / "app.py"
PATIENCE = 60.0
"""Seconds in which a server must be up."""


@dataclass(frozen=True)
class Server:
    """A running server."""

    port: int
    process: int
    up: float
    """When it answered, by `time.monotonic`."""

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def megabytes(self) -> float:
        """Resident memory of its process; 0 where the system does not say."""
        return round(resident(self.process) / 1e6, 1)


@contextmanager
def serve(
    script: Path = APP,
    *,
    environment: Mapping[str, str] | None = None,
    guarded: bool = False,
    log: Path | None = None,
) -> Iterator[Server]:
    """A fresh server of that script on loopback, ended at last; `guarded` is the app as `explorer serve` runs it. What it
    writes goes to `log`, or nowhere.

    Raises:
        ExplorerError: it does not come up.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = ["streamlit", "run", str(script), "--server.headless=true", "--server.address=localhost"]
    command += [f"--server.port={port}"]
    if guarded:
        command = ["explorer", "serve", "--port", str(port)]
    with Path(log or os.devnull).open("wb") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", *command],
            cwd=ROOT,
            env={**os.environ, **(environment or {})},
            stdout=written,
            stderr=written,
        )
    try:
        _wait(port, process)
        yield Server(port, process.pid, time.monotonic())
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=1).close()
            return
        except OSError:
            time.sleep(0.02)
    raise ExplorerError("The server does not come up", do="run `streamlit run app.py` to see why")
