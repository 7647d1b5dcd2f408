"""Shapes in signatures are checked while tests run, and no test depends on how busy the machine is."""

import os

import pytest
from hypothesis import HealthCheck, settings
from jaxtyping import install_import_hook

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
