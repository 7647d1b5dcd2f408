"""How soon the lens answers in a real browser, and what it sends."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from explorer.bench.browser import browser
from explorer.bench.server import Server, serve
from explorer.bench.visitors import quantile
from explorer.views import view

__all__ = ["run"]

MODELS = {
    "vit": {"model": "vit"},
    "ViT-S/16": {"model": "vit_small_patch16_224.augreg_in21k_ft_in1k", "trained": "off"},
}
"""The page's address for each: the shipped one, and one of timm with random weights, which need no download."""
HOVERING = 10.0
"""Seconds of moving the pointer during which the browser's bytes are counted."""
BEAT = 60
"""Milliseconds from one move to the next, so that each is painted before the next."""


def run(*, moves: int = 120, idle: float = 40.0, models: Sequence[str] = tuple(MODELS)) -> Mapping[str, Any]:
    """The pointer is moved over the lens of the app's page *Vision Transformer*, every head and layer shown.

    The server is first left alone for `idle` seconds, in which it imports what other pages need.

    `milliseconds.hover_p50`, `hover_p95`: from a moved pointer until all maps are painted; `rollout_p95`: from a moved
    slider of the rollout; `ready`: from the page's address, typed when the model is loaded, until the lens is painted.
    `bytes_sent_hovering`: by the browser, by any way, in ten seconds. `payload_mb`: the buffer. Each is the worst of the models;
    `rows` has them apart.
    """
    rows = []
    with serve() as server, browser() as page:
        page.add_init_script(path=Path(__file__).with_name("painted.js"))
        page.goto(f"{server.url}/{view('vision-transformer').path}")
        _wait_until_quiet(page)
        page.wait_for_timeout(1000 * idle)
        for name in models:
            rows.append({"model": name, **_measured(page, server, urlencode(MODELS[name]), moves)})
    worst = {name: max(row[name] for row in rows) for name in rows[0] if name != "model"}
    return {
        "bench": "lens",
        "threads": os.cpu_count(),
        "moves": moves,
        "rows": rows,
        "milliseconds": {name: worst[name] for name in ("hover_p50", "hover_p95", "rollout_p95", "ready")},
        "bytes_sent_hovering": worst["bytes_sent_hovering"],
        "payload_mb": worst["payload_mb"],
    }


def _measured(page: Any, server: Server, query: str, moves: int) -> dict[str, Any]:
    address = f"{server.url}/{view('vision-transformer').path}?{query}"
    page.goto(address)
    _wait_until_quiet(page)
    payload: list[int] = []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: payload.append(len(frame))))
    began = time.monotonic()
    page.goto(address)
    page.wait_for_function("window.painted.done > 0", polling=10)
    ready = 1000 * (time.monotonic() - began)
    _wait_until_quiet(page)

    page.evaluate("painted.take(); painted.listen('pointermove')")
    for x, y in _path(page, moves):
        page.mouse.move(x, y)
        page.wait_for_timeout(BEAT)
    hover = page.evaluate("painted.take()")

    sent = _sent_while(page, moves)

    page.locator(".lens").focus()
    page.keyboard.press("r")
    page.wait_for_timeout(1500)
    page.evaluate("painted.take(); painted.listen('input')")
    sliders = page.locator(".lens .sliders input")
    for slider in (sliders.nth(0), sliders.nth(1)):
        slider.focus()
        for _ in range(moves // 4):
            page.keyboard.press("ArrowRight")
            page.wait_for_timeout(BEAT)
    rollout = page.evaluate("painted.take()")
    return {
        "hover_p50": round(quantile(hover, 0.5), 1),
        "hover_p95": round(quantile(hover, 0.95), 1),
        "hover_moves": len(hover),
        "rollout_p95": round(quantile(rollout, 0.95), 1),
        "rollout_moves": len(rollout),
        "ready": round(ready),
        "bytes_sent_hovering": sent,
        "payload_mb": round(max(payload) / 1e6, 2),
    }


def _sent_while(page: Any, moves: int) -> int:
    """Bytes that the browser sends while the pointer moves on: over the page's socket and in requests."""
    sent: list[int] = []
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.on("Network.webSocketFrameSent", lambda event: sent.append(len(event["response"]["payloadData"])))
    session.on("Network.requestWillBeSent", lambda event: sent.append(len(str(event["request"]["headers"]))))
    end = time.monotonic() + HOVERING
    while time.monotonic() < end:
        for x, y in _path(page, moves):
            page.mouse.move(x, y)
            page.wait_for_timeout(16)
            if time.monotonic() > end:
                break
    session.detach()
    return sum(sent)


def _path(page: Any, moves: int) -> Iterator[tuple[float, float]]:
    """A figure of eight over the photograph, so that each move comes to another patch."""
    box = page.locator(".lens .photo").bounding_box()
    for move in range(moves):
        turn = 2 * math.pi * move / moves
        across, down = 0.5 + 0.36 * math.sin(turn), 0.5 + 0.4 * math.sin(2 * turn)
        yield box["x"] + across * box["width"], box["y"] + down * box["height"]


def _wait_until_quiet(page: Any) -> None:
    """Until all maps are made and the rest of the page is drawn."""
    page.wait_for_function("window.painted?.done > 0", polling=50)
    page.locator("[data-testid='stStatusWidget']").wait_for(state="detached")
    page.wait_for_timeout(4000)
