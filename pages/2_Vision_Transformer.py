"""From a photograph to tokens, attention in every head, and attention through depth."""

from explorer import ui

page = ui.open_view("vision-transformer")

page.panels()

page.finish()
