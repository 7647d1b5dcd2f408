"""The app as a server for many: Streamlit's, with headers that keep others out, rates, a line a request and metrics."""

from __future__ import annotations

import logging
import os
import re
import sys
import time
from collections.abc import MutableMapping
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import runtime

from explorer import metrics
from explorer.memory import BUDGET, resident_bytes
from explorer.rates import Rate
from explorer.settings import check_names, settings
from explorer.ui.shell import ROOT
from explorer.work import PLACES

__all__ = ["Guard", "application", "headers", "serve"]

LOG = logging.getLogger("explorer.requests")
UPLOAD = re.compile(r"/_stcore/upload_file/([^/]+)/[^/]+$")
PLACE = re.compile(r"^/(_stcore/[a-z_-]+|static|media|component|metrics)\b")
"""What a line of the log says of an address; of a page that it is one. The rest may name a visitor's session or report."""
POLICY = (
    "default-src 'self'",
    # Streamlit's page has scripts inside, makes functions of text, and loads modules of components from blobs.
    "script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:",
    "style-src 'self' 'unsafe-inline'",  # emotion and Plotly write styles
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    "media-src 'self' data: blob:",
    "connect-src 'self' ws: wss:",
    "worker-src 'self' blob:",
    "frame-src 'self' blob: data:",
    "object-src 'none'",
    "base-uri 'self'",
    "form-action 'self'",
)


def headers() -> dict[str, str]:
    """Of every response. A report's link is its key, so no address is told to other sites."""
    ancestors = settings().frame_ancestors
    sent = {
        "Content-Security-Policy": "; ".join((*POLICY, f"frame-ancestors {ancestors}")),
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Permissions-Policy": "camera=(self), microphone=(), geolocation=(), payment=(), usb=()",
        "Cross-Origin-Opener-Policy": "same-origin",
    }
    if ancestors in ("'self'", "'none'"):  # for browsers that know no frame-ancestors
        sent["X-Frame-Options"] = "SAMEORIGIN" if ancestors == "'self'" else "DENY"
    return sent


class Guard:
    """Around Streamlit's server: what comes in is counted and limited, what goes out has the headers."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.uploads = Rate(lambda: settings().uploads_per_minute)
        self.headers = [(name.lower().encode(), value.encode()) for name, value in headers().items()]
        self.visitors = 0
        metrics.gauge("explorer_visitors", lambda: self.visitors)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await self._request(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._visit(scope, receive, send)
        else:
            await self.app(scope, receive, send)

    async def _request(self, scope: Scope, receive: Receive, send: Send) -> None:
        began, status, size = time.monotonic(), 500, 0

        async def reply(message: Message) -> None:
            nonlocal status, size
            if message["type"] == "http.response.start":
                status = int(message["status"])
                known = {name for name, _ in self.headers}
                kept = [pair for pair in message.get("headers", ()) if pair[0].lower() not in known]
                message = {**message, "headers": [*kept, *self.headers]}
            elif message["type"] == "http.response.body":
                size += len(message.get("body", b""))
            await send(message)

        try:
            refusal = self._refusal(scope)
            await (refusal or self.app)(scope, receive, reply)
        finally:
            metrics.add("explorer_requests_total", status=f"{status // 100}xx")
            self._line(scope["method"], scope["path"], f"{status}", began, size)

    async def _visit(self, scope: Scope, receive: Receive, send: Send) -> None:
        began = time.monotonic()
        self.visitors += 1
        metrics.add("explorer_visits_total")
        try:
            await self.app(scope, receive, send)
        finally:
            self.visitors -= 1
            self._line("VISIT", scope["path"], "-", began, 0)

    def _refusal(self, scope: MutableMapping[str, Any]) -> Response | None:
        """Of an upload that is one too many, of no size, or larger than what is left beside those that are kept."""
        found = UPLOAD.search(scope["path"])
        if not found or scope["method"] != "PUT":
            return None
        size = dict(scope["headers"]).get(b"content-length", b"")
        if not size.isdigit():
            refusal = PlainTextResponse("An upload says its size.", 411)
        elif int(size[:20]) + _uploaded() > settings().uploads_bytes:
            refusal = PlainTextResponse("This server keeps no more uploads now. Try again later.", 507)
        elif wait := self.uploads.wait(found[1]):
            said = f"Too many uploads. Wait {wait:.0f} s."
            refusal = PlainTextResponse(said, 429, {"Retry-After": f"{wait:.0f}"})
        else:
            return None
        metrics.add("explorer_refused_total", what="upload")
        return refusal

    @staticmethod
    def _line(method: str, path: str, status: str, began: float, size: int) -> None:
        if settings().request_log:
            found = PLACE.match(path)
            where = found[1] if found else "page"
            LOG.info("%s %s %s %.0f ms %d B", method, where, status, 1000 * (time.monotonic() - began), size)


async def _metrics(request: Request) -> Response:
    if not settings().metrics:
        return PlainTextResponse("Metrics are off.", 404)
    return PlainTextResponse(metrics.exposition(), media_type="text/plain; version=0.0.4")


def application() -> st.App:
    """The ASGI app, for `explorer serve` and for any ASGI server.

    Raises:
        ControlError: a setting is wrong.
    """
    check_names()
    settings()
    for kind in ("light", "heavy"):
        metrics.gauge("explorer_queue", lambda kind=kind: PLACES.waiting(kind), kind=kind)  # type: ignore[misc]
    metrics.gauge("explorer_cache_bytes", lambda: BUDGET.nbytes)
    metrics.gauge("explorer_resident_bytes", resident_bytes)
    return st.App(ROOT / "app.py", middleware=[Middleware(Guard)], routes=[Route("/metrics", _metrics)])


def serve(*, address: str, port: int) -> None:
    """Serve until stopped.

    Raises:
        ControlError: a setting is wrong.
    """
    app = application()
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(message)s")
    LOG.setLevel(logging.INFO)
    os.chdir(ROOT)  # where Streamlit finds the app's configuration
    app.run(config={"server.address": address, "server.port": port, "server.headless": True})


def _uploaded() -> int:
    """Bytes of all visitors' uploads, which Streamlit keeps in memory while their sessions last."""
    if not runtime.exists():
        return 0
    stored: Any = runtime.get_instance().uploaded_file_mgr
    return sum(
        len(file.data) for files in list(stored.file_storage.values()) for file in list(files.values())
    )
