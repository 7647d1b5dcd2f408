"""The tests a map is put to: cells covered and shown in its order, and a model that loses its weights."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.errors import AnalysisError
from explorer.export.drawing import Drawing
from explorer.views.attribution.controls import Controls, subject
from explorer.views.attribution.maps import maps_of, said

if TYPE_CHECKING:
    from explorer.analysis.faithfulness import Fill
    from explorer.views.scope import Scope

__all__ = ["draw_curves", "draw_recorded", "draw_sanity"]

ORDERS = ("deletion", "insertion")
WAYS = {"mean": "covered with the picture's mean colour", "blur": "out of focus where covered"}


def draw_curves(controls: Controls, scope: Scope) -> Drawing:
    """Both curves of every method's map, and of maps that know nothing of the model."""
    from explorer.analysis.faithfulness import BASELINES, baselines, faithfulness_curves
    from explorer.figures.faithfulness import curves_figure

    on_progress = scope.progress
    scope.progress = lambda share: on_progress(share / 2)
    found, _, values, missing = maps_of(controls, scope)
    x = found.model.prepare(found.shown)
    maps = {title: each[0] for title, each in baselines(x, found.grid).items()} | values
    total, done = len(maps) * len(ORDERS), 0
    rows: dict[str, dict[str, Any]] = {order: {} for order in ORDERS}
    fill: Fill = "blur" if controls.fill == "blur" else "mean"
    for title, each in maps.items():
        for order in ORDERS:
            rows[order][title] = faithfulness_curves(
                found.model,
                x,
                each[None],
                found.grid,
                (found.target,),
                order="deletion" if order == "deletion" else "insertion",
                steps=controls.steps,
                fill=fill,
            )
            done += 1
            on_progress(0.5 + done / total / 2)
    areas = {order: {title: float(each.area[0]) for title, each in rows[order].items()} for order in ORDERS}
    best = min(values, key=lambda title: areas["deletion"][title] - areas["insertion"][title])
    shares = next(iter(rows["deletion"].values())).shares
    probability = {
        order: {title: each.probability[0] for title, each in rows[order].items()} for order in ORDERS
    }
    return Drawing(
        figure=curves_figure(shares, probability["deletion"], probability["insertion"], baselines=BASELINES),
        data={
            "share": shares,
            **{f"{order}, {title}": each for order in ORDERS for title, each in probability[order].items()},
            "map": np.array(list(maps)),
            **{f"{order} area": np.array(list(areas[order].values())) for order in ORDERS},
        },
        units={"share": "share of the cells"} | {f"{order} area": "1" for order in ORDERS},
        caption=f"Probability of the class while cells are covered, or shown, in each map's order, {WAYS[fill]}; "
        f"{said(controls, found, scope)}." + "".join(f" {title}: {why}" for title, why in missing.items()),
        alt="Two groups of curves; on the left the lowest, on the right the highest is the map to believe: "
        f"{best}.",
        numbers={
            "best here": (best, ""),
            "its areas": (f"{areas['deletion'][best]:.3f} and {areas['insertion'][best]:.3f}", ""),
            **{
                title: (f"{areas['deletion'][title]:.3f} and {areas['insertion'][title]:.3f}", "")
                for title in BASELINES
            },
        },
    )


def draw_recorded(controls: Controls, scope: Scope) -> Drawing:
    """The areas over many test photographs, as they were measured: of the model, or, where it was not measured yet, of
    the small one of its family, which the caption then says."""
    from explorer.analysis.faithfulness import BASELINES
    from explorer.figures.faithfulness import areas_figure
    from explorer.zoo.catalogue import entry
    from explorer.zoo.measured import result, results

    own, said_before = scope.model().entry, ""
    name = own.name
    command = f"measure faithfulness --models {name} --data DATA"
    if command not in results():
        name = f"{own.family}-128"
        said_before = f"{own.title} has not been measured yet (`explorer {command} --keep`). "
        command = f"measure faithfulness --models {name} --data DATA"
    kept = result(command)
    if not said_before and kept["checkpoint"] != [scope.model().checkpoint]:
        raise AnalysisError(
            f"{own.title} was not measured with these weights",
            do=f"`explorer {command} --keep` measures it",
        )
    found = kept["values"][name]["methods"]
    areas = {order: [tuple(each[order]) for each in found.values()] for order in ORDERS}
    clear = [
        title
        for title, each in found.items()
        if "over the blob" in each
        and all(
            each[over][order][1] > 0 for over in ("over random order", "over the blob") for order in ORDERS
        )
    ]
    return Drawing(
        figure=areas_figure(list(found), areas["deletion"], areas["insertion"], baselines=BASELINES),
        data={
            "map": np.array(list(found)),
            **{
                f"{order} {what}": np.array([each[at] for each in areas[order]])
                for order in ORDERS
                for at, what in enumerate(("mean", "low", "high"))
            },
            "seconds a picture": np.array([each.get("seconds", np.nan) for each in found.values()]),
        },
        units={"seconds a picture": "s"},
        caption=f"{said_before}Areas under the curves of {entry(name).title}, {kept['data']}: mean and 95 % interval; "
        f"`explorer {command}`.",
        alt="A row for each map, the most faithful at the top, with its area and interval on both sides.",
        numbers={
            "clearly better than random order and than the blob, both ways": (", ".join(clear) or "none", "")
        },
    )


def draw_sanity(controls: Controls, scope: Scope) -> Drawing:
    """What is left of each map while the model loses its weights."""
    from explorer.analysis.sanity import sanity
    from explorer.figures.faithfulness import sanity_figure
    from explorer.views.attribution.controls import applying, chosen_methods

    found = subject(controls, scope)
    methods = [each for each in chosen_methods(controls, scope) if each in applying(found.model)]
    if not controls.methods:  # dear, as every method is asked once for each part of the model
        methods = [each for each in methods if each != "integrated-gradients"]
    result = sanity(
        found.model,
        found.model.prepare(found.shown),
        methods,
        target=found.target,
        grid=found.grid,
        progress=lambda done, of: scope.progress(done / of),
    )
    left = {title: float(each[-1]) for title, each in result.correlations.items()}
    stays = max(left, key=lambda title: left[title])
    return Drawing(
        figure=sanity_figure(result.parts, result.correlations),
        data={"part": np.array(result.parts), **dict(result.correlations)},
        units=dict.fromkeys(result.correlations, "Spearman’s rank correlation"),
        caption="Rank correlation of each map with the trained model's, as its parts get random weights from the answer "
        f"down; {said(controls, found, scope)}.",
        alt=f"A line a method, all from 1; at the end the highest, {left[stays]:.2f}, is {stays}.",
        numbers={"most is left of": (stays, f"{left[stays]:.2f}")},
    )
