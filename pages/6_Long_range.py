"""Long-range dependencies in six sequence models: gradients, recall by distance, and cost."""

from explorer import ui
from explorer.ui.measuring import measuring
from explorer.ui.sequence import sequence

page = ui.open_view("long-range")

if page.at("look"):
    sequence(page)
if page.at("time"):
    measuring(page, "times")
else:
    page.panels()

page.finish()
