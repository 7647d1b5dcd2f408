"""A picture generated value by value: the distribution of the next value, attention, likelihood."""

from explorer import ui
from explorer.ui.writing import writing

page = ui.open_view("image-transformer")

if page.at("generate"):
    writing(page)
    page.explain("generate")
else:
    page.panels()

page.finish()
