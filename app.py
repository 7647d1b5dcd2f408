"""Home: the list of views."""

import streamlit as st

from explorer import ui
from explorer.ui import warm
from explorer.ui.ahead import fetch_ahead
from explorer.ui.downloads import real_models
from explorer.ui.home import at_hand, cards
from explorer.ui.lesson import shelf
from explorer.ui.open_figure import open_figure

ui.shell("Home")
ui.explain("home/welcome")
cards()
shelf()
open_figure()
left, right = st.columns(2, gap="large")
with left:
    at_hand()
with right:
    ui.explain("home/how-to-read")
    real_models()
warm.start()
fetch_ahead()
