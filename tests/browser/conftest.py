"""The real server, and a real browser to visit it with: pytest-playwright's, which keeps pictures of what failed. Traces
would take a third of the time of all."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

if find_spec("pytest_playwright") is None:  # the rest can be tested without
    collect_ignore_glob = ["test_*.py"]
else:
    from playwright.sync_api import ConsoleMessage, Page, expect

    expect.set_options(timeout=90_000)  # a busy machine is no failure

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ROOT = Path(__file__).resolve().parents[2]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port, log = free_port(), tmp_path_factory.mktemp("server") / "log"
    with log.open("wb") as out:
        process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "streamlit",
                "run",
                "app.py",
                "--server.headless=true",
                f"--server.port={port}",
            ],
            cwd=ROOT,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=os.environ | {"OMP_NUM_THREADS": "1", "EXPLORER_REPORTS": str(log.parent / "reports")},
        )
        url = f"http://localhost:{port}"
        try:
            for _ in range(120):
                try:
                    urllib.request.urlopen(f"{url}/_stcore/health", timeout=1).close()
                    break
                except OSError:
                    assert process.poll() is None, log.read_text()
                    time.sleep(0.5)
            yield url
        finally:
            process.terminate()
            process.wait(20)
    assert "Traceback" not in log.read_text(), log.read_text()


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Of the Chromium that is installed."""
    result = next(filter(None, map(shutil.which, CHROMIUM)), None)
    arguments = ["--no-sandbox", "--disable-background-networking"]
    return browser_type_launch_args | {"executable_path": result, "args": arguments, "timeout": 0}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """At a projector's size."""
    return browser_context_args | {"viewport": {"width": 1280, "height": 720}}


@pytest.fixture
def page(page: Page) -> Iterator[Page]:
    """A page whose console must stay free of errors."""
    page.set_default_timeout(60_000)
    troubles: list[str] = []

    def note(message: ConsoleMessage) -> None:
        # On a page's own address Streamlit first looks for its server below that address, and is told 404.
        looking = message.location.get("url", "").rpartition("/_stcore/")[2] in ("health", "host-config")
        if message.type == "error" and not looking:
            troubles.append(f"{message.text} {message.location.get('url')}")

    page.on("console", note)
    page.on("pageerror", lambda error: troubles.append(str(error)))
    yield page
    assert not troubles, troubles
