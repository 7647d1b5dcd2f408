"""Shapes in signatures are checked while tests run, and no test depends on how busy the machine is."""

import os
import shutil
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from jaxtyping import install_import_hook
from playwright.sync_api import Browser, sync_playwright

import tests.shapes  # noqa: F401  (the hook looks it up by name)
from explorer import fresh

os.environ.setdefault("OMP_NUM_THREADS", "1")

install_import_hook(["explorer.analysis", "explorer.models", "explorer.tap"], "tests.shapes.checked")

settings.register_profile(
    "quiet", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=60
)
settings.load_profile("quiet")


@pytest.fixture(autouse=True)
def looks_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests change files more often than once a second."""
    monkeypatch.setattr(fresh, "LOOKED_AT_EVERY", 0.0)


CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One for all tests of a process: two Playwrights cannot run in one."""
    found = next(filter(None, map(shutil.which, CHROMIUM)), None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found, args=["--no-sandbox", "--disable-background-networking"], timeout=0
        )
        yield browser
        browser.close()
