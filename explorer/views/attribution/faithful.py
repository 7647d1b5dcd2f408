"""The tabs *Deletion and insertion* and *Sanity check*: the tests that a map is put to."""

from explorer.analysis.faithful_maps import ORDERS, FaithfulMaps, MeasuredAreas
from explorer.analysis.faithfulness import BASELINES, Curve, Fill, baselines, faithfulness_curves
from explorer.analysis.sanity import parts_from_the_top, sanity
from explorer.errors import AnalysisError
from explorer.views.attribution.controls import Controls, applicable, methods_of
from explorer.views.attribution.subject import comparison, subject, subject_title
from explorer.views.panel import Drawing, Scope, draw, panel
from explorer.zoo.catalogue import entry
from explorer.zoo.measured import result as measured_result
from explorer.zoo.measured import results as measured_results
from explorer.zoo.model import Model

EXPLAINED = ("picture", "model", "trained", "target", "methods")
FILLS = {"mean": "hidden by the picture's mean colour", "blur": "blurred where hidden"}


def _curve_passes(controls: Controls, scope: Scope) -> tuple[Model, int]:
    """Every map once for each order and step, and about ten passes to make each."""
    maps = len(methods_of(controls, scope)) + len(BASELINES)
    return scope.model(), maps * (len(ORDERS) * (controls.steps + 1) + 10)


def _sanity_passes(controls: Controls, scope: Scope) -> tuple[Model, int]:
    """Every method, about ten passes each, for every part of the model."""
    model = scope.model()
    return model, 10 * len(methods_of(controls, scope)) * (len(list(parts_from_the_top(model.module))) + 1)


@panel(
    "curves", "Deletion and insertion curves", tab="faithful", uses=(*EXPLAINED, "fill", "steps", "again"),
    heavy=True, subject=subject_title, passes=_curve_passes,
)  # fmt: skip
def curves_panel(controls: Controls, scope: Scope) -> Drawing:
    selected, compared, failures = comparison(controls, scope, share=0.5)
    x = selected.x
    maps = {title: values[0] for title, values in baselines(x, selected.grid).items()} | compared.values
    fill: Fill = "blur" if controls.fill == "blur" else "mean"
    curves: dict[str, dict[str, Curve]] = {order: {} for order in ORDERS}
    for place, (title, values) in enumerate(maps.items()):
        for order in ORDERS:
            curves[order][title] = faithfulness_curves(
                selected.model,
                x,
                values[None],
                selected.grid,
                (selected.target,),
                order=order,
                steps=controls.steps,
                fill=fill,
            )
        scope.progress(0.5 + (place + 1) / len(maps) / 2)
    return draw(
        FaithfulMaps(curves),
        "Probability of the class while cells are deleted from the picture, or inserted, in each map's order; the "
        f"picture is {FILLS[fill]}.{failures}",
    )


@panel("recorded", "Over many photographs", wide=True, tab="faithful", uses=("model",), subject=())
def recorded_panel(controls: Controls, scope: Scope) -> Drawing:
    """Of the model, or, where it was not measured yet, of the small one of its family, which the caption then says."""
    own, note = scope.model().entry, ""
    name = own.name
    command = f"measure faithfulness --models {name} --data DATA"
    if command not in measured_results():
        name = f"{own.family}-128"
        note = f"{own.title} has not been measured yet (`explorer {command} --keep`). "
        command = f"measure faithfulness --models {name} --data DATA"
    measured = measured_result(command)
    if not note and measured["checkpoint"] != [scope.model().checkpoint]:
        raise AnalysisError(
            f"{own.title} was not measured with these weights", do=f"`explorer {command} --keep` measures it"
        )
    return draw(
        MeasuredAreas(measured["values"][name]["methods"]),
        f"{note}Areas under the curves of {entry(name).title}, {measured['data']}: mean and 95 % interval; "
        f"`explorer {command}`.",
    )


@panel(
    "sanity", "Sanity check: cascading weight randomisation", tab="sanity", uses=(*EXPLAINED, "again"), heavy=True,
    subject=subject_title, passes=_sanity_passes,
)  # fmt: skip
def sanity_panel(controls: Controls, scope: Scope) -> Drawing:
    selected = subject(controls, scope)
    methods = [name for name in methods_of(controls, scope) if name in applicable(selected.model)]
    if not controls.methods:  # it takes long, and every method runs once for each part of the model
        methods = [name for name in methods if name != "integrated-gradients"]
    result = sanity(
        selected.model,
        selected.x,
        methods,
        target=selected.target,
        grid=selected.grid,
        progress=lambda done, of: scope.progress(done / of),
    )
    return draw(
        result,
        "Rank correlation of each map with the trained model's, as the model's parts get random weights one after the "
        "other, from the output to the input.",
    )
