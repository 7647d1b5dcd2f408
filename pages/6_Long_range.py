"""Long-range dependencies in six sequence models: gradients, recall by distance, and cost."""

from explorer import ui
from explorer.ui.measuring import measuring
from explorer.ui.sequence import sequence

page = ui.open_view("long-range")

if page.at("look"):
    sequence(page)
    page.panel("gradients", text="look", beside="below")
    page.panel("reach", text="reach")
elif page.at("recall"):
    page.panel("accuracy", text="recall")
    page.panel("findings", text="findings")
elif page.at("cost"):
    page.panel("costs", text="cost")
    page.panel("growth")
else:
    measuring(page, "times", text="time")

page.finish()
