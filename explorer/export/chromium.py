"""One Chromium for the whole process, which turns figures into files. Safe to share between threads.

Kaleido 1.5's own server is not used: two threads that draw at once take their results from one queue and may get each
other's, and it waits for ever for a browser that has died.
"""

from __future__ import annotations

import asyncio
import atexit
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from concurrent.futures import TimeoutError as Late
from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar

from explorer.errors import ExportError

if TYPE_CHECKING:
    from kaleido import Kaleido

    from explorer.export.layout import Sheet

__all__ = ["CHROMIUM", "Chromium", "at_hand"]

T = TypeVar("T")
PATIENCE = 90.0
"""Seconds to wait for Chromium to start, or to draw one figure."""


class Chromium:
    """Started when the first figure is drawn, kept, started again if it died, closed with the process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._kaleido: Kaleido | None = None

    def draw(self, sheet: Sheet, format: str, *, scale: float) -> bytes:
        """The figure as png, svg or pdf; `scale` multiplies its width and height.

        Raises:
            ExportError: there is no Chromium, or it cannot draw this figure.
        """
        from kaleido.errors import JavascriptError, KaleidoError

        options = {"format": format, "width": sheet.width, "height": sheet.height, "scale": scale}
        for last_try in (False, True):
            kaleido, loop = self._ready()
            try:
                drawn: Any = kaleido.calc_fig(sheet.figure, opts=options)
                return self._wait(drawn, loop, kaleido)
            except (KaleidoError, JavascriptError) as error:
                raise ExportError("Chromium cannot draw this figure", why=str(error)[:200]) from error
            except Exception as error:  # a browser that dies lets go in many ways
                self._drop(kaleido)
                if last_try:
                    raise _failed("Chromium stopped twice while drawing", error) from error
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Close Chromium, if it runs; drawing again starts another."""
        with self._lock:
            kaleido, self._kaleido = self._kaleido, None
            loop, self._loop = self._loop, None
        if loop is None:
            return
        if kaleido is not None:
            _quietly(asyncio.run_coroutine_threadsafe(kaleido.close(), loop))
        loop.call_soon_threadsafe(loop.stop)

    @property
    def pid(self) -> int | None:
        """The process that holds Chromium, None if it does not run."""
        kaleido = self._kaleido
        return None if kaleido is None or not _alive(kaleido) else kaleido.subprocess.pid

    def _ready(self) -> tuple[Kaleido, asyncio.AbstractEventLoop]:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=_run, args=(self._loop,), name="chromium", daemon=True).start()
            kaleido = self._kaleido
            if kaleido is not None and not _alive(kaleido):
                asyncio.run_coroutine_threadsafe(kaleido.close(), self._loop)
                kaleido = self._kaleido = None
            if kaleido is None:
                kaleido = self._kaleido = _start(self._loop)
                # Only now: what is registered last is done first, and Chromium's folder must outlive Chromium.
                atexit.unregister(self.close)
                atexit.register(self.close)
            return kaleido, self._loop

    def _drop(self, kaleido: Kaleido) -> None:
        close = kaleido.close
        with self._lock:
            if self._kaleido is not kaleido or self._loop is None:
                return  # another thread was first
            self._kaleido = None
            asyncio.run_coroutine_threadsafe(close(), self._loop)

    @staticmethod
    def _wait(drawn: Coroutine[Any, Any, T], loop: asyncio.AbstractEventLoop, kaleido: Kaleido) -> T:
        """The result, or an error as soon as the browser is seen dead; kaleido itself would wait on."""
        future = asyncio.run_coroutine_threadsafe(drawn, loop)
        waited = 0.0
        while True:
            try:
                return future.result(0.25)
            except Late:
                if future.done():
                    raise
                waited += 0.25
                if waited > PATIENCE or not _alive(kaleido):
                    future.cancel()
                    raise


CHROMIUM = Chromium()


@cache
def at_hand() -> bool:
    """Whether this machine has a Chrome or Chromium to draw with."""
    from choreographer.browsers.chromium import Chromium as Browser

    return Browser.find_browser(skip_local=False) is not None


def _start(loop: asyncio.AbstractEventLoop) -> Kaleido:
    import kaleido as package
    from kaleido.errors import ChromeNotFoundError

    async def start() -> Kaleido:
        # Without MathJax, which kaleido would fetch from the network.
        browser = package.Kaleido(n=1, mathjax=False, timeout=PATIENCE)
        await browser.open()
        return browser

    for last_try in (False, True):  # a busy machine may fail the first
        future = asyncio.run_coroutine_threadsafe(start(), loop)
        try:
            return future.result(PATIENCE)
        except ChromeNotFoundError as error:
            raise ExportError(
                "PNG, SVG and PDF need Chrome or Chromium, and this machine has none",
                why="HTML, CSV, NPZ, JSON and the camera button above the figure work without it",
                do="install it with `apt install chromium` or `plotly_get_chrome` for the rest",
            ) from error
        except Exception as error:
            future.cancel()
            if last_try:
                raise _failed("Chromium does not start", error) from error
    raise AssertionError("unreachable")


def _failed(what: str, error: Exception) -> ExportError:
    lines = str(error).strip().splitlines()
    return ExportError(
        f"{what}, so there is no PNG, SVG or PDF now",
        why=(lines[0] if lines else type(error).__name__)[:200],
        do="try again, or take HTML, CSV, NPZ, JSON or the camera button above the figure",
    )


def _alive(kaleido: Kaleido) -> bool:
    process = getattr(kaleido, "subprocess", None)
    return process is not None and process.poll() is None


def _run(loop: asyncio.AbstractEventLoop) -> None:
    asyncio.set_event_loop(loop)
    # What kaleido leaves undone when a browser dies under it concerns nobody: who waited was told.
    loop.set_exception_handler(lambda _loop, _context: None)
    loop.run_forever()
    loop.close()


def _quietly(future: Future[Any]) -> None:
    """Wait a little for a browser to close, whatever comes of it."""
    try:
        future.result(5)
    except Exception:
        future.cancel()
