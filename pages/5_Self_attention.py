"""Self-attention of one layer, on words or on patches: every tensor, every head, and interventions."""

from explorer import ui
from explorer.ui.attention_input import attended, stepping

page = ui.open_view("self-attention")

if page.at("steps"):
    attended(page)
    page.panel("overview")
    stepping(page)
    page.panels("step", "product")
else:
    if not page.at("reference"):
        attended(page, hide=page.at("change"))
    if page.at("look") and page.controls.source == "words":
        page.panel("look")  # every head is in the lens
    else:
        page.panels()

page.finish()
