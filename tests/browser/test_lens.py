"""The lens on the app's page: clicks and keys set the view's controls, and the pointer alone says nothing to the server."""

from playwright.sync_api import Page, expect

from tests.browser.visit import open_page, settled
from tests.frontend.test_in_browser import at_patch


def test_pins_and_keys_are_in_the_address_and_a_link_shows_them_again(page: Page, server: str):
    sent: list[int] = []
    page.on(
        "websocket",
        lambda socket: socket.on("framesent", lambda frame: sent.append(len(frame))),
    )
    open_page(page, f"{server}/Vision_Transformer?tab=attention&layer=3&head=2")
    subject = page.locator(".lens .subject")
    expect(subject).to_have_text("Attention of class token, layer 3, head 2")

    sent.clear()
    for column in range(14):
        page.mouse.move(*at_patch(page, 3, column))
    expect(subject).to_have_text("Attention of patch (4, 14), layer 3, head 2")
    page.wait_for_timeout(1000)
    assert not sent

    page.mouse.click(*at_patch(page, 4, 6))
    page.wait_for_url("**token=patch**")
    page.mouse.click(*at_patch(page, 10, 9))
    page.wait_for_url("**second=11%2C10**")
    page.keyboard.press("t")
    page.wait_for_url("**map=attended*")
    settled(page)
    expect(subject).to_have_text("Attention to patch (5, 7) and patch (11, 10), layer 3, head 2")

    address = page.url
    page.goto(address)
    settled(page)
    expect(subject).to_have_text("Attention to patch (5, 7) and patch (11, 10), layer 3, head 2")
    assert page.url == address

    page.keyboard.press("Tab")
    page.get_by_role("radio", name="From picture to tokens").or_(
        page.get_by_role("button", name="From picture to tokens", exact=True)
    ).first.click()
    expect(page.locator(".lens")).to_have_count(0)
    settled(page)
