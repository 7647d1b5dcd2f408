"""One visitor's session without a browser: Streamlit's own messages over its websocket.

A session opens a page, moves sliders and receives figures as a browser tab does, but draws nothing, so that many fit
on the machine that serves them.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Subprotocol

__all__ = ["Rerun", "Session", "Slider", "differing"]

AT_ONCE = 1.0
"""Fragments that ask to be run again within so many seconds are waited for: what they draw belongs to the rerun."""
WIDGETS = {
    *("slider", "selectbox", "multiselect", "checkbox", "button_group", "radio", "button", "download_button"),
    *("link_button", "text_input", "text_area", "number_input", "file_uploader", "color_picker"),
}
FILE = "file of "
"""How the page's names of a lens's files begin."""
FAULT = "fault in the program"
"""What the page says where a figure could not be drawn for no reason that a visitor could know."""


@dataclass(frozen=True)
class Slider:
    """A slider with one thumb, as the server described it last."""

    id: str
    label: str
    low: float
    high: float
    step: float
    value: float
    fragment: str = ""
    """The part of the page that runs alone when it is moved; "" for the whole page."""

    @property
    def key(self) -> str:
        """What the page calls it, such as vision-transformer:layer."""
        return _key(self.id)

    @property
    def values(self) -> tuple[float, ...]:
        """Every value it can have; of very many, a hundred spread over all."""
        count = round((self.high - self.low) / self.step) if self.step else 0
        stride = max(1, count // 100)
        return tuple(round(self.low + i * self.step, 9) for i in range(0, count + 1, stride))


@dataclass
class Rerun:
    """What came of one message to the server."""

    seconds: float = 0.0
    """From the message until the script, and the fragments it started, had finished."""
    figures: dict[str, str] = field(default_factory=dict)
    """The JSON of each figure, by the page's name for it."""
    lenses: dict[str, bytes] = field(default_factory=dict)
    """What the lens was sent: its files and what it shows, by the page's names for them."""
    widgets: dict[str, int] = field(default_factory=dict)
    """How many widgets of each kind are on the page."""
    errors: list[str] = field(default_factory=list)
    """Faults of the program, and of the connection."""
    refusals: list[str] = field(default_factory=list)
    """Sentences that say why something cannot be shown."""

    @property
    def hashes(self) -> dict[str, str]:
        """The contents of figures and lenses, short enough to keep."""
        contents = {key: spec.encode() for key, spec in self.figures.items()} | self.lenses
        return {key: hashlib.sha256(content).hexdigest() for key, content in contents.items()}


class Session:
    """A visitor with one tab. Use it as an asynchronous context: leaving it closes the tab."""

    def __init__(self, port: int, *, patience: float = 300.0, cookies: str = "") -> None:
        self._address = f"ws://localhost:{port}/_stcore/stream"
        self._patience = patience
        self._headers = {"Cookie": cookies} if cookies else {}
        self._socket: ClientConnection | None = None
        self._page_name, self._page_hash, self._query = "", "", ""
        self._states: dict[str, float | str] = {}
        self._cached: dict[str, ForwardMsg] = {}
        self._fragments: dict[str, float] = {}
        self.sliders: dict[str, Slider] = {}
        """The page's sliders by key, after the last rerun."""
        self.lenses: dict[str, dict[str, Any]] = {}
        """What each of its lenses shows, by key."""

    async def __aenter__(self) -> Self:
        self._socket = await connect(
            self._address,
            subprotocols=[Subprotocol("streamlit")],
            max_size=None,
            compression=None,
            open_timeout=None,
            additional_headers=self._headers,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._socket is not None:
            await self._socket.close()

    async def open(self, page: str, query: str = "") -> Rerun:
        """Go to a page by its path, "" for Home, with this query, such as part=attention&layer=2."""
        self._page_name, self._page_hash, self._query = page, "", query
        self._states.clear()
        return await self._rerun()

    async def move(self, slider: str, value: float) -> Rerun:
        """Set the slider of that key."""
        moved = self.sliders[slider]
        self._states[moved.id] = value
        return await self._rerun(fragment=moved.fragment)

    async def turn(self, lens: str, **changed: Any) -> Rerun:
        """What a click or a key in the lens of that key does: it shows something else, and tells the server."""
        shown = self.lenses[lens]
        state = {**shown["state"], **changed, "revision": shown["revision"] + 1}
        self._states[shown["id"]] = json.dumps({"shown": state})
        return await self._rerun()

    async def _rerun(self, *, fragment: str = "") -> Rerun:
        rerun, start = Rerun(), time.perf_counter()
        try:
            async with asyncio.timeout(self._patience):
                await self._send(fragment=fragment)
                await self._receive(rerun)
                while due := [name for name, interval in self._fragments.items() if interval <= AT_ONCE]:
                    await asyncio.sleep(self._fragments.pop(due[0]))
                    await self._send(fragment=due[0], timed=True)
                    await self._receive(rerun)
        except TimeoutError:
            rerun.errors.append(f"no end within {self._patience:g} s")
        except (WebSocketException, OSError) as error:
            rerun.errors.append(f"the connection broke: {error}")
        rerun.seconds = time.perf_counter() - start
        return rerun

    async def _send(self, *, fragment: str = "", timed: bool = False) -> None:
        message = BackMsg()
        state = message.rerun_script
        state.query_string = self._query
        state.page_name, state.page_script_hash = self._page_name, self._page_hash
        state.fragment_id, state.is_auto_rerun = fragment, timed
        state.cached_message_hashes.extend(self._cached)
        state.context_info.color_scheme = "light"
        for name, value in self._states.items():
            widget = WidgetState(id=name)
            if isinstance(value, str):
                widget.json_value = value
            else:
                widget.double_array_value.data.append(value)
            state.widget_states.widgets.append(widget)
        assert self._socket is not None
        await self._socket.send(message.SerializeToString())

    async def _receive(self, rerun: Rerun) -> None:
        """Take messages until the script has finished and is not to run again at once."""
        assert self._socket is not None
        seen: set[str] = set()
        while True:
            message = ForwardMsg()
            data = await self._socket.recv()
            assert isinstance(data, bytes)
            message.ParseFromString(data)
            kind = message.WhichOneof("type")
            if kind == "ref_hash":
                known = self._cached[message.ref_hash]
                seen.add(message.ref_hash)
                self._element(known.delta, message.metadata, rerun)
            elif kind == "delta":
                if message.metadata.cacheable:
                    self._cached[message.hash] = message
                    seen.add(message.hash)
                if message.delta.WhichOneof("type") == "new_element":
                    self._element(message.delta, message.metadata, rerun)
            elif kind == "new_session":
                if not message.metadata.run.fragment_ids:
                    self._fragments.clear()
                    self.sliders.clear()
                    self.lenses.clear()
                    rerun.widgets.clear()
            elif kind == "navigation":
                self._page_name, self._page_hash = "", message.navigation.page_script_hash
            elif kind == "page_info_changed":
                self._query = message.page_info_changed.query_string
            elif kind == "auto_rerun":
                self._fragments[message.auto_rerun.fragment_id] = message.auto_rerun.interval
            elif kind == "stop_auto_rerun":
                for name in message.stop_auto_rerun.fragment_ids:
                    self._fragments.pop(name, None)
            elif kind in ("page_not_found", "session_event"):
                rerun.errors.append(str(message)[:200])
            elif kind == "script_finished" and message.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                if message.script_finished == ForwardMsg.FINISHED_WITH_COMPILE_ERROR:
                    rerun.errors.append("the page does not compile")
                # A browser, too, forgets what the last run did not show.
                self._cached = {name: message for name, message in self._cached.items() if name in seen}
                return

    def _element(self, delta: Any, metadata: Any, rerun: Rerun) -> None:
        element = delta.new_element
        kind = element.WhichOneof("type")
        if kind in WIDGETS:
            rerun.widgets[kind] = rerun.widgets.get(kind, 0) + 1
        if kind == "plotly_chart":
            chart = element.plotly_chart
            rerun.figures[_key(chart.id) or "/".join(map(str, metadata.delta_path))] = chart.spec
        elif kind == "bidi_component":
            sent = element.bidi_component
            content = getattr(sent, sent.WhichOneof("data"))
            key = _key(sent.id)
            rerun.lenses[key] = content if isinstance(content, bytes) else content.encode()
            if not isinstance(content, bytes):
                self.lenses[key] = {"id": sent.id, **json.loads(content)}
        elif kind == "slider":
            self._slider(element.slider, delta.fragment_id)
        elif kind == "exception":
            rerun.errors.append(f"{element.exception.type}: {element.exception.message}"[:200])
        elif kind == "alert" and element.alert.format == element.alert.ERROR:
            where = rerun.errors if FAULT in element.alert.body else rerun.refusals
            where.append(element.alert.body[:200])

    def _slider(self, element: Any, fragment: str) -> None:
        if len(element.default) != 1 or element.options:
            return
        if element.set_value and element.value:
            self._states.pop(element.id, None)
        value = element.value[0] if element.set_value and element.value else element.default[0]
        value = float(self._states.get(element.id, value))
        slider = Slider(element.id, element.label, element.min, element.max, element.step, value, fragment)
        self.sliders[slider.key] = slider


def _key(identity: str) -> str:
    """The page's own name of an element, out of the one that Streamlit makes of it."""
    parts = identity.split("-", 2)
    return parts[2] if identity.startswith("$$ID-") and parts[-1] != "None" else ""


def differing(figures: Mapping[str, str], others: Mapping[str, str]) -> list[str]:
    """The names of the figures that are not the same in both. A lens's file may have come to one only: it comes when it is
    made."""
    return [
        key
        for key in sorted({*figures, *others})
        if figures.get(key) != others.get(key)
        and (not key.startswith(FILE) or (key in figures and key in others))
    ]
