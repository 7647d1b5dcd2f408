"""The tab *Side by side*: the maps of several methods on one grid."""

from functools import partial

from explorer.formatting import percent
from explorer.views.attribution.controls import Controls
from explorer.views.attribution.subject import comparison, subject_title
from explorer.views.panel import Drawing, Scope, draw, panel

COMPARED = ("picture", "model", "trained", "target", "methods", "side")
PLACE = ("row", "column")
maps_tab = partial(panel, tab="maps", subject=subject_title)


@maps_tab(
    "maps", "Attribution maps for this class", wide=True, uses=(*COMPARED, "scale", *PLACE), click=PLACE
)
def maps_panel(controls: Controls, scope: Scope) -> Drawing:
    selected, maps, failures = comparison(controls, scope)
    result, grid = maps.on_scale(controls.scale), selected.grid
    caption = f"Attribution by {len(maps.maps)} methods on {grid.rows} × {grid.columns} cells, one colour scale ({result.unit})."
    if maps.of_no_class:
        caption += f" {', '.join(maps.of_no_class)}: the same for every class."
    if maps.empty:
        caption += f" {', '.join(maps.empty)}: nothing speaks for this class, the map is zero everywhere."
    return draw(
        result,
        caption + failures,
        numbers={"class": (selected.name, percent(selected.probs[selected.target]))},
        picture=scope.picture.pixels,
        frame=selected.frame,
        chosen=selected.cell(controls),
    )


@maps_tab("place", "Attribution at the selected patch", uses=(*COMPARED, *PLACE))
def place_panel(controls: Controls, scope: Scope) -> Drawing:
    selected, maps, _ = comparison(controls, scope)
    cell = selected.cell(controls)
    return draw(
        maps.at(cell),
        f"Attribution at row {cell.row + 1}, column {cell.column + 1}: its percentile rank in each map, and beside each bar "
        "its value in units of the map's mean.",
    )


@maps_tab("agreement", "Rank correlation between methods", uses=COMPARED)
def agreement_panel(controls: Controls, scope: Scope) -> Drawing:
    result = comparison(controls, scope)[1].agreement
    caption = "Spearman's rank correlation of every pair of maps, over the cells."
    return draw(result, caption)
