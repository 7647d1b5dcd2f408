"""Positional encodings: how they work, and how the model changes without them or with altered ones."""

from explorer import ui

page = ui.open_view("positions")

if page.at("encodings"):
    if page.controls.encoding == "none":
        page.explain("none")
    elif page.controls.encoding == "relative":
        page.panel("bias", text="bias")
    elif page.controls.encoding == "rotary":
        page.panel("rotation", text="rotation")
    else:
        page.panel("grid", text="grid")
        page.panel("one", text="one")
        if page.controls.encoding == "sine-2d":
            page.panel("sinusoidal", text="waves")
elif page.at("move"):
    page.panel("patches", text="patches", beside="below")
    page.panel("answers", text="answers")
elif page.at("compare"):
    page.panel("accuracy", text="right")
    page.panel("shuffled", text="shares")
    page.panel("cifar", text="things")
else:
    page.panel("altered", text="deals")
    page.panel("known", text="known")

page.finish()
