"""The part *Accuracy by stage*: networks that differ in where attention is, and the hybrid between its parts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.export.drawing import Drawing
from explorer.views.attention_layers.controls import Controls

if TYPE_CHECKING:
    from explorer.views.scope import Scope
    from explorer.zoo.small_models import SmallModel

__all__ = ["draw_hybrid", "draw_near", "draw_pays", "hybrid_weights", "near_weights", "stage_weights"]

STAGES, HYBRID = "measure attention-stage --data DATA", "measure hybrid --data DATA"
TITLES = {
    "none": "no attention",
    "first": "in stage 1",
    "second": "in stage 2",
    "third": "in stage 3",
    "all": "in all stages",
}
PARTS = {"cnn-128": "CNN", "vit-128": "ViT", "hybrid-128": "hybrid"}


def stage_weights(controls: Controls, scope: Scope) -> dict[str, str]:
    """All trainings of all variants at hand."""
    from explorer.zoo.cards import hashes
    from explorer.zoo.stage_models import STAGE_SEEDS, stage_name

    return hashes(stage_name(place, seed) for place in TITLES for seed in range(STAGE_SEEDS))


def hybrid_weights(controls: Controls, scope: Scope) -> dict[str, str]:
    from explorer.zoo.cards import hashes

    return hashes(PARTS)


def near_weights(controls: Controls, scope: Scope) -> dict[str, str]:
    return {each.name: each.checkpoint for each in _trainings(scope)}


def draw_pays(controls: Controls, scope: Scope) -> Drawing:
    """Right answers, parameters and time by the stage that has attention.

    Raises:
        WeightsNotFound: it has not been measured.
    """
    from explorer.zoo.measured import result

    measured = result(STAGES)["values"]
    found = {TITLES[place]: measured[place] for place in TITLES if place in measured}
    counts = {each["trainings"] for each in found.values()}
    many = str(min(counts)) if len(counts) == 1 else f"{min(counts)} to {max(counts)}"
    return _compared(
        found,
        "right",
        caption=f"Share of right answers on CIFAR-10's test pictures, the mean of {many} training"
        f"{'s' if max(counts) > 1 else ''} of each network and the range from lowest to highest; parameters; "
        f"milliseconds a picture on a CPU. One recipe, as many steps for all. Measured by `explorer {STAGES}`.",
    )


def draw_hybrid(controls: Controls, scope: Scope) -> Drawing:
    """CNN, ViT and hybrid; where they were not measured together, what each scored alone.

    Raises:
        WeightsNotFound: none of them was measured.
    """
    from explorer.zoo.cards import card_names, read_card
    from explorer.zoo.measured import result, results

    together = results().get(HYBRID, {}).get("values", {})
    found: dict[str, Any] = {}
    for name, title in PARTS.items():
        alone = results().get(f"measure accuracy --model {name} --data DATA")
        if name in together:
            found[title] = together[name]
        elif alone and name in card_names():
            values = alone["values"]
            found[title] = {
                "accuracy": [values[each] for each in ("accuracy", "low", "high")],
                "parameters": read_card(name).parameters,
            }
    missing = [title for title in PARTS.values() if title not in found]
    if not found:
        result(HYBRID)
    return _compared(
        found,
        "accuracy",
        caption="Share of right answers on Imagenette's test photographs with its 95 % interval; parameters; "
        f"milliseconds a picture on a CPU, where measured. Repeat with `explorer {HYBRID}`."
        + (f" Not measured yet: {', '.join(missing)}." if missing else ""),
    )


def _compared(found: dict[str, Any], share: str, *, caption: str) -> Drawing:
    from explorer.figures.compared import compared_figure

    right = np.array([each[share] for each in found.values()], float)
    parameters = np.array([each["parameters"] for each in found.values()], float)
    times = np.array([each.get("milliseconds a picture", np.nan) for each in found.values()], float)
    timed = {"milliseconds": times} if np.isfinite(times).any() else {}
    return Drawing(
        figure=compared_figure(list(found), right, parameters, times),
        data={
            "network": np.array(list(found)),
            "right": right[:, 0],
            "lowest": right[:, 1],
            "highest": right[:, 2],
            "parameters": parameters,
            **timed,
        },
        units={"right": "1", **dict.fromkeys(timed, "ms a picture")},
        caption=caption,
        alt="A point with its spread for each network's right answers, and bars of parameters and of time: "
        + ", ".join(f"{name} {each:.1%}" for name, each in zip(found, right[:, 0], strict=True))
        + ".",
        numbers={name: (f"{each:.1%}", "") for name, each in zip(found, right[:, 0], strict=True)},
    )


def _trainings(scope: Scope) -> list[SmallModel]:
    from explorer.zoo.stage_models import stage_trainings

    return stage_trainings("all", device=scope.device)


def draw_near(controls: Controls, scope: Scope) -> Drawing:
    """How near the network with attention in all stages looks, layer by layer, on this picture.

    Raises:
        WeightsNotFound: it does not ship yet.
    """
    import torch

    from explorer.analysis.head_offsets import offsets_by_layer
    from explorer.figures.head_offsets import layers_nearness_figure
    from explorer.geometry import Frame
    from explorer.images import render
    from explorer.tap import observe
    from explorer.zoo.cards import read_card

    models, picture = _trainings(scope), scope.picture
    card = read_card(models[0].name)
    shown = render(picture, Frame.fit((picture.height, picture.width), card.input_size))
    x = (torch.tensor(shown).float() / 255 - torch.tensor(card.mean)) / torch.tensor(card.std)
    x = x.permute(2, 0, 1)[None].to(models[0].device)
    found = [offsets_by_layer(observe(each.module, x)) for each in models]
    places = [(at // 2 + 1, at % 2 + 1) for at in range(len(found[0]))]
    titles = [f"stage {stage}, block {block}" for stage, block in places]
    ones, twos = (
        [np.concatenate([getattr(each[at], name)[0] for each in found]) for at in range(len(titles))]
        for name in ("within_one", "within_two")
    )
    even = np.array([[each.uniform_one, each.uniform_two] for each in found[0]])
    means = np.array([[one.mean(), two.mean()] for one, two in zip(ones, twos, strict=True)])
    many = f"{len(models)} training{'s' * (len(models) > 1)}"
    return Drawing(
        figure=layers_nearness_figure([f"{stage}.{block}" for stage, block in places], ones, twos, even),
        data={
            "layer": np.array(titles),
            "within_one": means[:, 0],
            "within_two": means[:, 1],
            "even_one": even[:, 0],
            "even_two": even[:, 1],
        },
        units=dict.fromkeys(("within_one", "within_two", "even_one", "even_two"), "share"),
        caption=f"Share of the weight in the 3 × 3 and 5 × 5 cells around the query in the network with attention in all "
        f"stages, {many}, on “{picture.name}” at {card.input_size[0]} × {card.input_size[1]} pixels: each head a point, "
        "the curve their mean. Dashes: even attention, which the small maps of late stages hold nearer.",
        alt="Two curves of the share of the weight near the query from the first stage to the third, with dashes for even "
        "attention.",
        numbers={
            f"{titles[at]}, within 1 cell": (f"{means[at, 0]:.0%}, even {even[at, 0]:.0%}", "")
            for at in (0, len(titles) - 1)
        },
    )
