"""The app as it is served: who may frame it, what it tells others, how often one may ask, and what the log keeps."""

import logging

import pytest
from starlette.responses import PlainTextResponse
from starlette.testclient import TestClient
from starlette.types import Receive, Scope, Send

from explorer import metrics, rates
from explorer.errors import ControlError
from explorer.ui.server import Guard, application, headers


async def behind(scope: Scope, receive: Receive, send: Send) -> None:
    """What Streamlit is to the guard."""
    if scope["type"] == "websocket":
        await receive()
        await send({"type": "websocket.accept"})
        await send({"type": "websocket.close"})
        return
    await PlainTextResponse("ok", headers={"X-Frame-Options": "ALLOWALL"})(scope, receive, send)


@pytest.fixture
def client() -> TestClient:
    return TestClient(Guard(behind))


def test_every_response_has_the_headers_once(client: TestClient):
    answer = client.get("/anything")
    for name, value in headers().items():
        assert answer.headers.get_list(name) == [value]
    assert answer.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("ancestors", "framed"),
    [("'self'", "SAMEORIGIN"), ("'none'", "DENY"), ("'self' https://moodle.example", None)],
)
def test_who_may_frame_it_is_a_setting(monkeypatch, ancestors: str, framed: str | None):
    monkeypatch.setenv("EXPLORER_FRAME_ANCESTORS", ancestors)
    answer = TestClient(Guard(behind)).get("/")
    assert answer.headers["Content-Security-Policy"].endswith(f"frame-ancestors {ancestors}")
    if framed:
        assert answer.headers["X-Frame-Options"] == framed


def test_a_session_that_uploads_too_often_waits_and_others_do_not(client: TestClient, monkeypatch):
    monkeypatch.setenv("EXPLORER_UPLOADS_PER_MINUTE", "3")
    now = [100.0]
    monkeypatch.setattr(rates.time, "monotonic", lambda: now[0])
    put = lambda session: client.put(f"/_stcore/upload_file/{session}/file").status_code  # noqa: E731
    assert [put("one") for _ in range(4)] == [200, 200, 200, 429]
    assert put("two") == 200
    assert client.get("/").status_code == 200
    now[0] += 60
    assert put("one") == 200


def test_an_upload_says_its_size_and_has_room_beside_the_others(client: TestClient, monkeypatch):
    monkeypatch.setenv("EXPLORER_UPLOADS_BYTES", str(2 << 20))
    path = "/_stcore/upload_file/session/file"
    assert client.put(path, content=bytes(1000)).status_code == 200
    assert client.put(path, content=bytes(3 << 20)).status_code == 507
    assert client.put(path, content=iter([b"a", b"b"])).status_code == 411
    assert client.put(path, headers={"Content-Length": "9" * 30}).status_code == 507


def test_the_log_has_a_line_a_request_and_nothing_of_the_visitor(client: TestClient, caplog):
    with caplog.at_level(logging.INFO, "explorer.requests"):
        client.get(
            "/Report?report=SECRETTOKEN",
            headers={"User-Agent": "SECRETAGENT", "Cookie": "explorer_report=SECRET"},
        )
        client.put("/_stcore/upload_file/SECRETSESSION/SECRETFILE")
        client.get("/media/SECRETHASH.png")
        client.get("/SECRETPAGE/SECRET")
    assert [record.message.rsplit(" ", 4)[0] for record in caplog.records] == [
        "GET page 200",
        "PUT _stcore/upload_file 200",
        "GET media 200",
        "GET page 200",
    ]
    assert "SECRET" not in caplog.text
    assert "testclient" not in caplog.text


def test_visits_and_requests_are_counted(client: TestClient):
    before = dict(metrics.values())
    client.get("/")
    with client.websocket_connect("/_stcore/stream"):
        pass
    after = metrics.values()

    def more(name: str, labels: str = "") -> float:
        return after[name, labels] - before.get((name, labels), 0)

    assert more("explorer_requests_total", '{status="2xx"}') == 1
    assert more("explorer_visits_total") == 1
    assert after["explorer_visitors", ""] == 0


def test_a_wrong_setting_ends_the_start(monkeypatch):
    monkeypatch.setenv("EXPLORER_WORK_SECONDS", "soon")
    with pytest.raises(ControlError, match="EXPLORER_WORK_SECONDS"):
        application()
