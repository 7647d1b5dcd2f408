"""What the pages share; the only place that imports Streamlit."""

import os

# Visitors' threads compute side by side. By default OpenMP's threads, once done, wait by spinning on the cores that
# others need: a busy machine took four times the processor time for the same figure. Read when torch is imported.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

from explorer.ui.lens import lens
from explorer.ui.page import Page, open_view
from explorer.ui.shell import explain, shell

__all__ = ["Page", "explain", "lens", "open_view", "shell"]
