"""Attribution methods compared, and tests of how faithful their maps are to the model."""

from explorer import ui
from explorer.ui.measuring import measuring

page = ui.open_view("attribution")

if page.at("maps"):
    page.panels()
elif page.at("faithful"):
    measuring(page, "curves", before="recorded")
elif page.at("sanity"):
    measuring(page, "sanity")
else:
    page.row(["changed", "answers"])
    page.explain("change")

page.finish()
