"""The Hugging Face hub without the Hugging Face hub: its cache on this disk, and a server of our own."""

import hashlib
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import timm
import torch
from huggingface_hub import try_to_load_from_cache
from safetensors.torch import save_file
from torch import nn

from explorer import zoo
from explorer.errors import WeightsNotFound
from explorer.zoo import hub

ARCHITECTURE = "test_vit.r160_in1k"
REVISION = "0123456789abcdef0123456789abcdef01234567"


@pytest.fixture
def net() -> nn.Module:
    torch.manual_seed(3)
    return timm.create_model("test_vit").eval()


def fill_cache(net: nn.Module, cache: Path) -> Path:
    """The layout in which huggingface_hub keeps what it downloaded."""
    repository = cache / f"models--timm--{ARCHITECTURE}"
    snapshot = repository / "snapshots" / REVISION
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text(REVISION)
    snapshot.mkdir(parents=True)
    save_file(net.state_dict(), snapshot / "model.safetensors")
    return snapshot / "model.safetensors"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def elsewhere(code: str, home: Path, **environment: str) -> str:
    """What a fresh interpreter prints, whose Hugging Face home is `home`."""
    settings = {**os.environ, "HF_HOME": str(home), "HF_HUB_DISABLE_XET": "1", **environment}
    settings.pop("HF_HUB_CACHE", None)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=settings)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]


def test_cached_weights_are_at_hand_and_loaded(net: nn.Module, cache: Path):
    entry = zoo.entry("test_vit")
    assert not zoo.at_hand(entry)
    path = fill_cache(net, cache)
    assert zoo.at_hand(entry)
    assert zoo.fetch("test_vit") == path
    assert str(hub.cached_weights(entry)) == try_to_load_from_cache(entry.repository, "model.safetensors")
    model, x = zoo.load("test_vit"), torch.randn(1, 3, 160, 160)
    assert torch.equal(model.module(x), net(x))
    assert model.checkpoint == f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
    assert model.trained


def test_timms_own_pretrained_loading_agrees_offline(net: nn.Module, tmp_path: Path):
    """The same cache, read by `timm.create_model(pretrained=True)` itself and by the zoo, without a network."""
    fill_cache(net, tmp_path / "hub")
    code = (
        "import timm, torch; from explorer import zoo; x = torch.ones(1, 3, 160, 160)\n"
        "theirs = timm.create_model('test_vit', pretrained=True).eval()(x)\n"
        "ours = zoo.load('test_vit', device='cpu').module(x)\n"
        "print(float((ours - theirs).abs().max()), float(theirs.double().sum()))"
    )
    apart, total = map(float, elsewhere(code, tmp_path, HF_HUB_OFFLINE="1").split())
    assert apart == 0
    assert total == pytest.approx(float(net(torch.ones(1, 3, 160, 160)).double().sum()), rel=1e-5)


def test_offline_is_known_at_once_and_says_what_to_do(cache: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    for _ in range(20):
        with pytest.raises(WeightsNotFound, match="`explorer fetch test_vit`"):
            zoo.load("test_vit")


def test_a_place_where_nobody_answers_is_no_network(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")  # the discard port: nobody listens
    assert not hub.network()
    monkeypatch.setenv("HF_ENDPOINT", "http://no address")
    assert not hub.network()


class Hub(BaseHTTPRequestHandler):
    """Answers as the hub does for one repository with one file."""

    held = b""
    heard: list[str]

    def do_HEAD(self) -> None:
        self._answer(body=False)

    def do_GET(self) -> None:
        self._answer(body=True)

    def _answer(self, *, body: bool) -> None:
        self.heard.append(f"{self.command} {self.path}")
        known = self.path in ("/", f"/timm/{ARCHITECTURE}/resolve/main/model.safetensors")
        held = self.held if known and self.path != "/" else b""
        self.send_response(200 if known else 404)
        if not known:
            self.send_header("X-Error-Code", "EntryNotFound" if ARCHITECTURE in self.path else "RepoNotFound")
        self.send_header("X-Repo-Commit", REVISION)
        self.send_header("ETag", f'"{hashlib.sha256(held).hexdigest()}"')
        self.send_header("Content-Length", str(len(held)))
        self.end_headers()
        if body:
            self.wfile.write(held)

    def log_message(self, *said: object) -> None:
        """Silence: the default writes to the test's output."""


@pytest.fixture
def server() -> Iterator[tuple[str, type[Hub]]]:
    class Own(Hub):
        heard: list[str] = []  # noqa: RUF012  one list for each test's own class

    running = ThreadingHTTPServer(("127.0.0.1", 0), Own)
    threading.Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}", Own
    running.shutdown()
    running.server_close()


def test_the_network_is_asked_once_and_the_answer_remembered(server, monkeypatch: pytest.MonkeyPatch):
    address, own = server
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setenv("HF_ENDPOINT", address)
    assert all(hub.network() for _ in range(5))
    assert own.heard == ["HEAD /"]


def test_a_server_that_never_answers_is_not_waited_for(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("HF_ENDPOINT", f"http://127.0.0.1:{silent.getsockname()[1]}")
        answers: list[bool] = []
        asking = threading.Thread(target=lambda: answers.append(hub.network()))
        asking.start()
        asking.join(60)  # far beyond the patience, far below huggingface_hub's own
        assert answers == [False]


def test_fetch_downloads_once_and_then_needs_no_network(net: nn.Module, tmp_path: Path, server):
    address, own = server
    save_file(net.state_dict(), tmp_path / "sent.safetensors")
    own.held = (tmp_path / "sent.safetensors").read_bytes()
    code = (
        "import json; from explorer import zoo; zoo.fetch('test_vit')\n"
        "model = zoo.load('test_vit'); print(json.dumps([zoo.at_hand(model.entry), model.checkpoint]))"
    )
    expected = [True, f"sha256:{hashlib.sha256(own.held).hexdigest()}"]
    assert json.loads(elsewhere(code, tmp_path / "home", HF_ENDPOINT=address)) == expected
    asked = len(own.heard)
    assert any(line.startswith("GET") for line in own.heard)
    assert json.loads(elsewhere(code, tmp_path / "home", HF_ENDPOINT=address)) == expected
    assert len(own.heard) == asked


def test_weights_nobody_hands_out_are_a_sentence(tmp_path: Path, server):
    address, _ = server
    code = (
        "from explorer import zoo\n"
        "try: zoo.fetch('test_resnet')\n"
        "except zoo.hub.ModelError as error: print(error)"
    )
    message = elsewhere(code, tmp_path / "home", HF_ENDPOINT=address)
    assert "does not hand out the weights of test_resnet" in message


def test_what_ships_needs_no_fetching():
    for entry in zoo.entries(source="shipped"):
        assert zoo.fetch(entry.name) is None
        assert zoo.fetch_command(entry) == ""
        assert zoo.at_hand(entry)
