"""What the pages share; the only place that imports Streamlit."""

from explorer.ui.page import Page, open_view
from explorer.ui.shell import explain, shell
from explorer.ui.whole_input import take_in_whole

__all__ = ["Page", "explain", "open_view", "shell"]

take_in_whole()
