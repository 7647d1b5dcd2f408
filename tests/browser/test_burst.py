"""Reruns asked for faster than their answers arrive."""

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from tests.browser.visit import open_page, settled

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_answers_that_arrive_late_find_the_figures_they_name(page: Page, server: str):
    """Streamlit's browser says with each rerun which messages it still has, and forgets those of some runs ago when a run
    has ended: an answer on its way may name a message that is forgotten before it arrives."""
    held: list[str | bytes] | None = None
    sockets: list[WebSocketRoute] = []

    def relay(socket: WebSocketRoute) -> None:
        upstream = socket.connect_to_server()
        sockets.append(socket)

        def answer(message: str | bytes) -> None:
            if held is None:
                socket.send(message)
            else:
                held.append(message)

        upstream.on_message(answer)

    page.route_web_socket("**/_stcore/stream", relay)
    open_page(page, f"{server}/Positions?present=1")
    heading = page.get_by_role("heading").first
    titles = [heading.inner_text()]
    for _ in range(2):
        page.keyboard.press("ArrowDown")
        expect(heading).not_to_have_text(titles[-1])
        settled(page)
        titles.append(heading.inner_text())
    held = []
    for key in ("ArrowUp", "ArrowUp"):
        before = len(held)
        page.keyboard.press(key)
        while len(held) < before + 3:
            page.wait_for_timeout(200)
        page.wait_for_timeout(1000)
    late, held = held, None
    for message in late:
        sockets[-1].send(message)
    expect(heading).to_have_text(titles[0])
    expect(page.get_by_text("Connection error")).to_have_count(0)


def test_a_slider_pressed_on_while_its_answers_come_is_not_set_back(page: Page, server: str):
    open_page(page, f"{server}/Long_range")
    slider = page.get_by_role("slider", name="Distance (steps)")
    slider.focus()
    start = 64
    expect(slider).to_have_value(str(start))
    for press in range(1, 25):
        slider.press("ArrowLeft")
        expect(slider).to_have_value(str(start - press))
        page.wait_for_timeout(110 if press % 2 else 210)
    page.wait_for_url("**distance=40**")
    settled(page)
    expect(slider).to_have_value("40")
