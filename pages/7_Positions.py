"""Positional encodings: how they work, and how the model changes without them or with altered ones."""

from explorer import ui

page = ui.open_view("positions")

if not page.at("encodings"):
    page.panels()
elif page.controls.encoding == "none":
    page.explain("none")
elif page.controls.encoding == "relative":
    page.panel("bias")
elif page.controls.encoding == "rotary":
    page.panel("rotation")
else:
    page.panels("grid", "one")
    if page.controls.encoding == "sine-2d":
        page.panel("sinusoidal")

page.finish()
