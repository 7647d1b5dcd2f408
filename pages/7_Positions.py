"""Positional encodings: how they work, and how the model changes without them or with altered ones."""

from explorer import ui

page = ui.open_view("positions")

if page.at("codes"):
    if page.controls.code == "none":
        page.explain("none")
    elif page.controls.code == "relative":
        page.panel("bias", text="bias")
    elif page.controls.code == "rotary":
        page.panel("rotation", text="rotation")
    else:
        page.panel("grid", text="grid")
        page.panel("one", text="one")
        if page.controls.code == "sine-2d":
            page.panel("waves", text="waves")
elif page.at("move"):
    page.panel("patches", text="patches", beside="below")
    page.panel("answers", text="answers")
elif page.at("compare"):
    page.panel("right", text="right")
    page.panel("shares", text="shares")
    page.panel("things", text="things")
else:
    page.panel("deals", text="deals")
    page.panel("known", text="known")

page.finish()
