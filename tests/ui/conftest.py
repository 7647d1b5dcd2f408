"""What tests of the app's threads share."""

import threading
from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest


@pytest.fixture
def running() -> Iterator[threading.Event]:
    """A page is run until this is set."""
    seen, over = threading.Event(), threading.Event()

    def page() -> None:
        import streamlit as st

        st.session_state.events["seen"].set()
        st.session_state.events["over"].wait(60)

    app = AppTest.from_function(page, default_timeout=120)
    app.session_state["events"] = {"seen": seen, "over": over}
    thread = threading.Thread(target=app.run)
    thread.start()
    assert seen.wait(60)
    yield over
    over.set()
    thread.join()
