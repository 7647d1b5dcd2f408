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
    words = page.at("look") and page.controls.source == "words"
    if not page.at("reference"):
        attended(page, pick=not words, hide=page.at("change"))
    if words:
        page.panel("look")
        page.exports(["heads"])
    else:
        page.panels()

page.finish()
