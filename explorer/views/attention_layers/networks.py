"""The tab *Accuracy by stage*: networks that differ in the stage that has attention, and the hybrid between its
parts."""

from functools import partial
from typing import Any

import numpy as np
import torch

from explorer.analysis.accuracy import NetworksCompared
from explorer.analysis.head_offsets import NearnessByLayer, offsets_by_layer
from explorer.geometry import Frame
from explorer.images import render
from explorer.tap import observe
from explorer.views.attention_layers.controls import Controls
from explorer.views.panel import Drawing, Scope, draw, panel
from explorer.zoo.cards import card_names, hashes, read_card
from explorer.zoo.measured import result, results
from explorer.zoo.small_models import SmallModel, trainings, weights_of
from explorer.zoo.stage_models import STAGE_SEEDS, stage_name

STAGES, HYBRID = "measure attention-stage --data DATA", "measure hybrid --data DATA"
TITLES = {
    "none": "no attention",
    "first": "in stage 1",
    "second": "in stage 2",
    "third": "in stage 3",
    "all": "in all stages",
}
PARTS = {"cnn-128": "CNN", "vit-128": "ViT", "hybrid-128": "hybrid"}
networks_tab = partial(panel, tab="networks")


def stage_weights(controls: Controls, scope: Scope) -> dict[str, str]:
    """All trainings of all variants that are here."""
    return hashes(stage_name(place, seed) for place in TITLES for seed in range(STAGE_SEEDS))


def hybrid_weights(controls: Controls, scope: Scope) -> dict[str, str]:
    return hashes(PARTS)


def near_weights(controls: Controls, scope: Scope) -> dict[str, str]:
    return weights_of(_trainings(scope))


def _trainings(scope: Scope) -> tuple[SmallModel, ...]:
    return trainings("stage-all", device=scope.device)


def _compared(networks: dict[str, Any], accuracy: str, caption: str) -> Drawing:
    values = list(networks.values())
    compared = NetworksCompared(
        tuple(networks),
        np.array([network[accuracy] for network in values], float),
        np.array([network["parameters"] for network in values], float),
        np.array([network.get("milliseconds a picture", np.nan) for network in values], float),
    )
    return draw(compared, caption)


@networks_tab("stages", "Accuracy by the stage that has attention", weights=stage_weights)
def stages_panel(controls: Controls, scope: Scope) -> Drawing:
    """Raises WeightsNotFound where it has not been measured."""
    measured = result(STAGES)["values"]
    networks = {title: measured[place] for place, title in TITLES.items() if place in measured}
    counts = {network["trainings"] for network in networks.values()}
    many = str(min(counts)) if len(counts) == 1 else f"{min(counts)} to {max(counts)}"
    return _compared(
        networks,
        "right",
        f"Top-1 accuracy on CIFAR-10's test pictures, the mean of {many} training{'s' if max(counts) > 1 else ''} of each "
        "network and the range from lowest to highest; parameters; milliseconds a picture on a CPU. One recipe and as many "
        f"steps for all. Measured by `explorer {STAGES}`.",
    )


@networks_tab("near", "Attention near the query by stage", uses=("picture",), weights=near_weights)
def near_panel(controls: Controls, scope: Scope) -> Drawing:
    """Of the network with attention in all stages. Raises WeightsNotFound where it does not ship yet."""
    models, picture = _trainings(scope), scope.picture
    card = read_card(models[0].name)
    shown = render(picture, Frame.fit((picture.height, picture.width), card.input_size))
    x = (torch.tensor(shown).float() / 255 - torch.tensor(card.mean)) / torch.tensor(card.std)
    x = x.permute(2, 0, 1)[None].to(models[0].device)
    offsets = [offsets_by_layer(observe(model.module, x)) for model in models]
    places = [(at // 2 + 1, at % 2 + 1) for at in range(len(offsets[0]))]
    titles = [f"stage {stage}, block {block}" for stage, block in places]
    labels = [f"{stage}.{block}" for stage, block in places]
    return draw(
        NearnessByLayer.of(titles, offsets, labels=labels),
        "Share of the weight in the 3 × 3 and 5 × 5 cells around the query in the network with attention in all stages, "
        f"{len(models)} training{'s' * (len(models) > 1)}, at {card.input_size[0]} × {card.input_size[1]} pixels: each "
        "head a point, the curve their mean. Dashes: uniform attention, of which the small maps of late stages hold more "
        "near the query.",
    )


@networks_tab("hybrid", "The hybrid beside CNN and ViT", weights=hybrid_weights)
def hybrid_panel(controls: Controls, scope: Scope) -> Drawing:
    """CNN, ViT and hybrid; where they were not measured together, what each scored alone. Raises WeightsNotFound where none
    was measured."""
    together = results().get(HYBRID, {}).get("values", {})
    networks: dict[str, Any] = {}
    for name, title in PARTS.items():
        alone = results().get(f"measure accuracy --model {name} --data DATA")
        if name in together:
            networks[title] = together[name]
        elif alone and name in card_names():
            networks[title] = {
                "accuracy": [alone["values"][what] for what in ("accuracy", "low", "high")],
                "parameters": read_card(name).parameters,
            }
    missing = [title for title in PARTS.values() if title not in networks]
    if not networks:
        result(HYBRID)
    return _compared(
        networks,
        "accuracy",
        "Top-1 accuracy on Imagenette's test photographs with its 95 % interval; parameters; milliseconds a picture on a "
        f"CPU, where measured. Repeat with `explorer {HYBRID}`."
        + (f" Not measured yet: {', '.join(missing)}." if missing else ""),
    )
