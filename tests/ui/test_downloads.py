"""Downloads on the pages, as Streamlit draws them, against a hub of our own on loopback."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import timm
from safetensors.torch import save_file
from streamlit.testing.v1 import AppTest

from explorer import zoo
from explorer.zoo import downloads
from tests.zoo.loopback_hub import LoopbackHub, only_hub

ROOT = Path(__file__).resolve().parents[2]
NAME = "vit_tiny_patch16_224"
PAGE = "pages/9_Attention_layers.py"
"""Its costs are formulas: no network is computed."""


@pytest.fixture
def hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackHub]:
    """A hub that has one network of the catalogue, with random weights, and nothing else."""
    entry = zoo.entry(NAME)
    folder = tmp_path / "served"
    folder.mkdir()
    save_file(timm.create_model(NAME).state_dict(), folder / "model.safetensors")
    with only_hub(monkeypatch, tmp_path / "cache", entry.repository, folder, piece=1 << 20) as hub:
        yield hub


def opened(page: str, **address: str) -> AppTest:
    test = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60).run().switch_page(page)
    for name, value in address.items():
        test.query_params[name] = value
    return test.run()


def labels(test: AppTest) -> list[str]:
    return [button.label for button in test.button]


def press(test: AppTest, label: str) -> AppTest:
    return next(button for button in test.button if button.label == label).click().run()


def ended(name: str) -> downloads.Download:
    end = time.monotonic() + 15
    while (result := downloads.state_of(name)) is None or result.active:
        assert time.monotonic() < end
        time.sleep(0.02)
    return result


def test_a_chosen_model_that_is_not_here_is_offered_and_taken_once_it_came(hub: LoopbackHub):
    page = opened(PAGE, tab="cost", vit=NAME)
    assert "are not on this machine" in page.warning[0].value
    assert page.session_state["vit"] == "vit"
    assert hub.heard == []
    hub.go_on.clear()
    page = press(page, "Download")
    assert "Cancel" in labels(page)
    other = opened(PAGE, tab="cost", vit=NAME)
    assert "Cancel" in labels(other)  # another visitor sees the same download
    hub.go_on.set()
    assert ended(NAME).state == "done"
    for item in (page, other):
        item.run()
        assert item.session_state["vit"] == NAME
        assert not item.warning
        assert not item.exception
    assert len(hub.gets("model.safetensors")) == 1


def test_models_names_sizes_and_terms_and_a_failure_is_a_sentence(hub: LoopbackHub):
    page = opened("pages/9_Models.py")
    message = " ".join(text.value for text in page.markdown)
    for name in downloads.REAL:
        assert f"**{zoo.entry(name).title}** · " in message
    assert message.count("apache-2.0") >= len(downloads.REAL)
    assert any(label.startswith("Download real models (") for label in labels(page))
    page = press(page, next(label for label in labels(page) if label.startswith("Download real models")))
    for name in downloads.REAL:
        assert ended(name).state == "failed"  # this hub has none of them
    page.run()
    assert not page.exception
    assert len([error for error in page.error if "does not hand out the weights" in error.value]) == len(
        downloads.REAL
    )


def test_a_download_is_cancelled_and_can_be_continued(hub: LoopbackHub, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 4096)
    page = opened(PAGE, tab="cost", vit=NAME)
    hub.go_on.clear()
    page = press(page, "Download")
    end = time.monotonic() + 15
    while not (result := downloads.state_of(NAME)) or not result.done:
        assert time.monotonic() < end
        time.sleep(0.02)
    page = press(page, "Cancel")
    hub.go_on.set()
    assert ended(NAME).state == "cancelled"
    assert "Continue" in labels(page.run())
    page = press(page, "Continue")
    assert ended(NAME).state == "done"
    assert hub.gets("model.safetensors")[1].startswith("bytes=")
