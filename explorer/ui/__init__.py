"""What the pages share; the only place that imports Streamlit."""

from explorer.ui.lens import lens
from explorer.ui.page import Page, open_view
from explorer.ui.shell import explain, shell

__all__ = ["Page", "explain", "lens", "open_view", "shell"]
