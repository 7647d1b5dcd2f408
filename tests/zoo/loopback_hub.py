"""A hub of our own on loopback: folders as `save_pretrained` writes them, and everything that can go wrong."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

REVISION = "0123456789abcdef0123456789abcdef01234567"
PIECE = 4096


class LoopbackHub:
    """Repositories by name, each a folder; answers as the hub does, and misbehaves as it is told."""

    def __init__(self) -> None:
        self.folders: dict[str, Path] = {}
        self.cuts: list[int] = []
        """After how many bytes of a file of weights the next answers break off, one number an answer."""
        self.wrong_hash = False
        self.go_on = threading.Event()
        self.go_on.set()
        """Not set: a file of weights stops after its first piece until it is."""
        self.heard: list[tuple[str, str, str]] = []
        """Method, file and range of every request."""
        self.sent = 0
        """Bytes of weights."""

    def gets(self, file: str) -> list[str]:
        """The ranges of the requests for a file's body."""
        return [asked for method, name, asked in self.heard if (method, name) == ("GET", file)]

    def answer(self, request: BaseHTTPRequestHandler) -> None:
        repository, _, file = request.path.strip("/").partition("/resolve/main/")
        asked = request.headers.get("Range", "")
        self.heard.append((request.command, file, asked))
        path = self.folders.get(repository, Path("/nowhere")) / file
        if request.path != "/" and not path.is_file():
            request.send_response(404)
            known = repository in self.folders
            request.send_header("X-Error-Code", "EntryNotFound" if known else "RepoNotFound")
            request.send_header("Content-Length", "0")
            request.end_headers()
            return
        data = path.read_bytes() if request.path != "/" else b""
        start = int(asked.removeprefix("bytes=").partition("-")[0]) if asked else 0
        request.send_response(206 if start else 200)
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        digest = hashlib.sha256(data if not self.wrong_hash else data + b"!").hexdigest()
        request.send_header("ETag", f'"{digest}"')
        request.send_header("X-Repo-Commit", REVISION)
        request.send_header("Content-Length", str(len(data) - start))
        request.end_headers()
        if request.command == "GET":
            self._send(request, data[start:], weights=path.suffix == ".safetensors")

    def _send(self, request: BaseHTTPRequestHandler, data: bytes, *, weights: bool) -> None:
        cut = self.cuts.pop(0) if weights and self.cuts else None
        for at in range(0, len(data), PIECE):
            piece = data[at : at + PIECE] if cut is None else data[at : min(at + PIECE, cut)]
            if not piece:
                request.close_connection = True
                return
            request.wfile.write(piece)
            if weights:
                self.sent += len(piece)
                self.go_on.wait(15)


@contextmanager
def loopback_hub() -> Iterator[tuple[str, LoopbackHub]]:
    """Its address and itself."""
    hub = LoopbackHub()

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            hub.answer(self)

        def do_GET(self) -> None:
            hub.answer(self)

        def log_message(self, *said: object) -> None:
            """Silence: the default writes to the test's output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", hub
    finally:
        hub.go_on.set()
        server.shutdown()
        server.server_close()


@contextmanager
def only_hub(
    monkeypatch: pytest.MonkeyPatch, cache: Path, repository: str, folder: Path, *, piece: int
) -> Iterator[LoopbackHub]:
    """Everything that is fetched comes from this hub, into an empty cache, by pieces of so many bytes; it has that
    folder as a repository. What is still being fetched at the end is cancelled."""
    from explorer.zoo import downloads

    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(cache))
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", piece)
    monkeypatch.setattr(downloads, "_downloads", {})
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    with loopback_hub() as (address, hub):
        monkeypatch.setenv("HF_ENDPOINT", address)
        hub.folders[repository] = folder
        yield hub
        for result in downloads._downloads.values():
            result.cancel()
