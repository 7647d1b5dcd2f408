"""From a photograph to tokens, attention in every head, and attention through depth."""

from explorer import ui

page = ui.open_view("vision-transformer")

if page.at("tokens"):
    page.panel("patches", text="patches")
    page.panel("filters", text="filters")
    page.panel("positions", text="positions")
    page.panel("sequence", text="sequence")
elif page.at("attention"):
    ui.lens(page)
    page.panel("head", text="attention")
    page.panel("heads", text="heads")
    page.panel("distance", text="distance")
else:
    page.panel("rollout", text="rollout")
    page.panel("depths")
    page.panel("collapse", text="collapse")

page.panel("prediction", text="prediction")

page.finish()
