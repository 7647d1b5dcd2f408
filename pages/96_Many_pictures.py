"""What a sweep found in many pictures, and small sweeps started from here."""

from explorer import ui
from explorer.ui.many_pictures import results
from explorer.ui.start_sweep import start_sweep

ui.shell("Many pictures")
ui.explain("many-pictures/about")
results()
start_sweep()
