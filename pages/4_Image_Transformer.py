"""A picture generated value by value: the distribution of the next value, attention, likelihood."""

from explorer import ui
from explorer.ui.writing import writing

page = ui.open_view("image-transformer")

if page.at("generate"):
    writing(page)
    page.explain("write")
elif page.at("complete"):
    page.panel("completed", text="complete", beside="below")
elif page.at("super-resolution"):
    page.panel("enlarged", text="enlarge", beside="below")
elif page.at("likelihood"):
    page.panel("surprise", text="surprise")
    page.panel("classes", text="classes")
elif page.at("speed"):
    page.panel("speed", text="speed")
else:
    page.panel("reach", text="reach", beside="below")

page.finish()
