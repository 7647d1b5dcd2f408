"""Downloads against a hub of our own on loopback: cut, damaged, cancelled, shared, and on a full disk."""

import errno
import hashlib
import shutil
import threading
import time
from collections import namedtuple
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import timm
import torch
from safetensors.torch import save_file
from transformers import (
    DetrConfig,
    DetrForObjectDetection,
    DetrImageProcessor,
    ImageGPTConfig,
    ImageGPTForCausalImageModeling,
)

from explorer import zoo
from explorer.errors import CheckpointError, ModelError, WeightsNotFound
from explorer.zoo import downloading, downloads
from explorer.zoo.curated import HUB, IMAGE_GPT
from explorer.zoo.downloads import Download, start, state_of
from explorer.zoo.pixel_models import load_pixels
from tests.zoo.loopback_hub import LoopbackHub, only_hub

NAME = "test_vit"
WEIGHTS = "model.safetensors"


@pytest.fixture
def net() -> torch.nn.Module:
    torch.manual_seed(3)
    return timm.create_model(NAME).eval()


@pytest.fixture
def served(net: torch.nn.Module, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackHub]:
    """A hub with a tiny ViT of timm, which the catalogue is told of; small pieces, so that there is a middle."""
    entry = zoo.entry(NAME)
    folder = tmp_path / "served"
    folder.mkdir()
    save_file(net.state_dict(), folder / WEIGHTS)
    monkeypatch.setattr(downloads, "entries", lambda: (entry, *HUB, IMAGE_GPT))
    with only_hub(monkeypatch, tmp_path / "cache", entry.repository, folder, piece=4096) as hub:
        yield hub


def until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 15
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


def finished(found: Download) -> Download:
    until(lambda: not found.active)
    return found


def files(tmp_path: Path) -> dict[str, Path]:
    """What lies in the cache, partial files by their ending."""
    return {path.suffix or "whole": path for path in (tmp_path / "cache").rglob("blobs/*") if path.is_file()}


def test_a_download_is_loaded_as_it_was_served(net: torch.nn.Module, served: LoopbackHub, tmp_path: Path):
    result = finished(start(NAME))
    assert (result.state, result.error) == ("done", "")
    data = (tmp_path / "served" / WEIGHTS).read_bytes()
    assert result.done == result.size == len(data) == served.sent
    x = torch.randn(1, 3, 160, 160)
    model = zoo.load(NAME, device="cpu")
    assert torch.equal(model.module(x), net(x))
    assert model.checkpoint == f"sha256:{hashlib.sha256(data).hexdigest()}"
    heard = len(served.heard)
    assert zoo.fetch(NAME) is not None
    assert len(served.heard) == heard
    assert downloads.offered(NAME) is None


def test_a_cut_connection_goes_on_where_it_broke(served: LoopbackHub):
    served.cuts = [10_000]
    result = finished(start(NAME))
    assert result.state == "done"
    first, second = served.gets(WEIGHTS)
    assert first == ""
    assert int(second.removeprefix("bytes=").rstrip("-")) == 8192  # two whole pieces of what was sent
    assert served.sent == result.size + 10_000 - 8192


def test_what_came_before_a_failure_is_not_fetched_again(
    served: LoopbackHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """No retry helps while the hub is gone; the next download, of this process or another, asks for the rest."""
    monkeypatch.setattr("huggingface_hub.file_download.time.sleep", lambda seconds: None)
    served.cuts = [20_000, *[0] * 6]
    result = finished(start(NAME))
    assert result.state == "failed"
    assert "broke off" in result.error
    assert "it goes on from where it stopped" in result.error
    have = files(tmp_path)[".explorer"].stat().st_size
    assert have == 16_384
    again = finished(start(NAME))
    assert again is not result
    assert again.state == "done"
    assert served.gets(WEIGHTS)[-1] == f"bytes={have}-"
    assert set(files(tmp_path)) >= {"whole"}
    assert ".explorer" not in files(tmp_path)


def test_weights_with_another_hash_are_removed(served: LoopbackHub, tmp_path: Path):
    served.wrong_hash = True
    result = finished(start(NAME))
    assert result.state == "failed"
    assert "came damaged and were removed" in result.error
    assert set(files(tmp_path)) <= {".lock"}
    with pytest.raises(CheckpointError, match="SHA-256"):
        zoo.fetch(NAME)
    served.wrong_hash = False
    assert finished(start(NAME)).state == "done"


def test_a_disk_without_room_is_said_before_anything_is_sent(
    served: LoopbackHub, monkeypatch: pytest.MonkeyPatch
):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**9, 10**9, downloading.ROOM + 1000))
    result = finished(start(NAME))
    assert result.state == "failed"
    assert "disk is too full" in result.error
    assert "MB are free" in result.error
    assert served.sent == 0


def test_a_disk_that_fills_up_meanwhile_is_a_sentence_too(
    served: LoopbackHub, monkeypatch: pytest.MonkeyPatch
):
    class Full:
        """A file on a disk that takes 8,192 bytes: /dev/full takes none, and quotas are the machine's."""

        def __init__(self, file) -> None:
            self.file, self.left = file, 8192

        def write(self, data: bytes) -> int:
            if len(data) > self.left:
                raise OSError(errno.ENOSPC, "No space left on device")
            self.left -= len(data)
            return self.file.write(data)

    import huggingface_hub.file_download as theirs

    get = theirs.http_get
    monkeypatch.setattr(theirs, "http_get", lambda url, file, **said: get(url, Full(file), **said))
    result = finished(start(NAME))
    assert result.state == "failed"
    assert "disk is too full" in result.error
    monkeypatch.setattr(theirs, "http_get", get)
    assert finished(start(NAME)).state == "done"
    assert served.gets(WEIGHTS)[-1] == "bytes=8192-"


def test_two_visitors_at_once_share_one_download(served: LoopbackHub):
    served.go_on.clear()
    begun: list[Download] = []
    visitors = [threading.Thread(target=lambda: begun.append(start(NAME))) for _ in range(8)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert len(set(map(id, begun))) == 1
    served.go_on.set()
    assert finished(begun[0]).state == "done"
    assert len(served.gets(WEIGHTS)) == 1
    assert served.sent == begun[0].size


def test_another_process_that_asks_for_the_same_waits_and_finds_it_here(served: LoopbackHub):
    """The command line beside the app: both go through the same file and its lock."""
    served.go_on.clear()
    one = start(NAME)
    until(lambda: served.sent > 0)
    paths: list[Path | None] = []
    other = threading.Thread(target=lambda: paths.append(zoo.fetch(NAME)))
    other.start()
    served.go_on.set()
    other.join(15)
    assert finished(one).state == "done"
    assert paths[0] is not None
    assert paths[0].stat().st_size == served.sent


def test_a_cancelled_download_keeps_what_came_and_goes_on(served: LoopbackHub, tmp_path: Path):
    served.go_on.clear()
    result = start(NAME)
    until(lambda: result.done > 0)
    result.cancel()
    served.go_on.set()
    assert finished(result).state == "cancelled"
    have = files(tmp_path)[".explorer"].stat().st_size
    again = finished(start(NAME))
    assert again.state == "done"
    assert served.gets(WEIGHTS)[-1] == (f"bytes={have}-" if have else "")


def test_what_waits_can_be_cancelled_before_it_begins(served: LoopbackHub):
    served.go_on.clear()
    one, other = start(NAME), start(HUB[0].name)
    until(lambda: one.state == "running")
    assert other.state == "waiting"
    other.cancel()
    assert other.state == "cancelled"
    served.go_on.set()
    assert finished(one).state == "done"
    assert not any("config" in file for _, file, _ in served.heard)


def test_without_a_network_it_is_said_at_once(served: LoopbackHub, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    result = finished(start(NAME))
    assert result.state == "failed"
    assert "the Hugging Face hub cannot be reached" in result.error.replace("The H", "the H")
    assert served.heard == []


def test_a_repository_that_is_not_there_is_a_sentence(served: LoopbackHub):
    served.folders.clear()
    result = finished(start(NAME))
    assert result.state == "failed"
    assert "does not hand out the weights" in result.error


@pytest.mark.parametrize("name", ["cnn", "no_such_model", "vit_large_patch16_384", "../../etc/passwd"])
def test_only_models_of_the_catalogue_are_downloaded_from_a_page(name: str):
    with pytest.raises(ModelError, match="not downloaded from a page"):
        start(name)
    assert state_of(name) is None


def test_the_real_models_are_in_the_catalogue_with_their_terms():
    for name in downloads.REAL:
        entry = zoo.entry(name)
        assert entry.source in ("timm", "hub")
        assert entry.licence in ("apache-2.0", "mit")
        assert entry.parameters > 20e6


def test_a_detr_and_an_image_gpt_as_save_pretrained_writes_them(served: LoopbackHub, tmp_path: Path):
    torch.manual_seed(5)
    config = DetrConfig(
        use_timm_backbone=True,
        use_pretrained_backbone=False,
        backbone="test_resnet",
        backbone_config=None,
        d_model=16,
        encoder_layers=1,
        decoder_layers=2,
        encoder_attention_heads=2,
        decoder_attention_heads=2,
        encoder_ffn_dim=16,
        decoder_ffn_dim=16,
        num_queries=5,
        num_labels=3,
    )
    detr = DetrForObjectDetection(config).eval()
    gpt = ImageGPTForCausalImageModeling(
        ImageGPTConfig(vocab_size=7, n_positions=16, n_embd=16, n_layer=2, n_head=2)
    ).eval()
    for entry, module in ((HUB[0], detr), (IMAGE_GPT, gpt)):
        folder = served.folders[entry.repository] = tmp_path / entry.name
        module.save_pretrained(folder)
    DetrImageProcessor(size={"shortest_edge": 96, "longest_edge": 160}).save_pretrained(
        tmp_path / HUB[0].name
    )
    clusters = [[-1 + 2 * at / 5] * 3 for at in range(6)]
    (tmp_path / IMAGE_GPT.name / "preprocessor_config.json").write_text(
        f'{{"clusters": {clusters}, "size": {{"height": 4, "width": 4}}}}'
    )
    for entry in (HUB[0], IMAGE_GPT):
        result = finished(start(entry.name))
        assert (result.state, result.error) == ("done", "")
    x = torch.randn(1, 3, 96, 96)
    with torch.no_grad():
        assert torch.equal(zoo.load(HUB[0].name, device="cpu").module(x).logits, detr(x).logits)
    assert load_pixels(IMAGE_GPT.architecture, device="cpu").trained
    with pytest.raises(ModelError, match="cannot be shown a photograph"):
        zoo.load(IMAGE_GPT.name, kind=zoo.Model)
    assert zoo.load(IMAGE_GPT.name, device="cpu") is load_pixels(IMAGE_GPT.architecture, device="cpu")


def test_weights_of_a_page_are_offered_and_not_waited_for(served: LoopbackHub):
    from explorer.views import VIEWS
    from explorer.views.scope import find_picture, open_scope

    view = VIEWS["receptive-field"]
    scope, refused = open_scope(view.controls, {"cnn": "resnet18"}, find_picture, device="cpu")
    assert scope.chosen["cnn"] == "efficientnet-lite0"
    assert "`explorer fetch resnet18`" in refused[0]
    assert served.heard == []
    with pytest.raises((WeightsNotFound, ModelError)):
        open_scope(view.controls, {"cnn": "resnet18"}, find_picture, device="cpu", strict=True)
    assert served.heard
