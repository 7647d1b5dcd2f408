"""Self-attention of one layer, on words or on patches: every tensor, every head, and interventions."""

from explorer import ui
from explorer.ui.attention_input import attended, stepping

page = ui.open_view("self-attention")

if page.at("steps"):
    attended(page)
    page.panel("overview")
    stepping(page)
    page.panel("step", text="steps")
    page.panel("product", text="product")
elif page.at("look"):
    attended(page)
    page.panel("look", text="look")
    page.panel("heads")
elif page.at("change"):
    attended(page, hide=True)
    page.panel("answer", text="change")
    page.panel("moved")
else:
    page.panel("found", text="reference")
    page.panel("agreement", text="agreement")

page.finish()
