"""Attribution methods compared, and tests of how faithful their maps are to the model."""

from explorer import ui
from explorer.ui.measuring import measuring

page = ui.open_view("attribution")

if page.at("maps"):
    page.panel("maps", text="maps", beside="below")
    page.panel("place", text="place")
    page.panel("agreement", text="agreement")
elif page.at("faithful"):
    measuring(page, "curves", text="curves")
    page.panel("recorded", text="measured", beside="below")
elif page.at("sanity"):
    measuring(page, "sanity", text="sanity")
else:
    page.row(["changed", "answers"])
    page.explain("change")

page.finish()
