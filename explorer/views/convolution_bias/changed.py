"""The tabs *Scramble*, *Occlude* and *Swap*: pictures in pieces, what each model predicts of them, and accuracies over
many test photographs, measured once and kept, since the photographs do not ship."""

from functools import partial

import numpy as np
import plotly.graph_objects as go
import torch

from explorer import zoo
from explorer.analysis.accuracy import AccuracyByTiles
from explorer.analysis.answer_change import predictions_changed
from explorer.data.tiles import occluded, scrambled, swapped
from explorer.figures.overlay import add_box, add_click_layer
from explorer.figures.photo import photo_figure
from explorer.formatting import percent
from explorer.geometry import Box, Cell, Frame, Grid
from explorer.images import GREY, render
from explorer.views.convolution_bias.controls import CELLS, Controls
from explorer.views.panel import Drawing, Scope, draw, panel
from explorer.zoo.cards import card_names
from explorer.zoo.measured import result

BOTH = ("picture", "cnn", "vit", "trained")
SCRAMBLE, OCCLUDE = ("tiles", "seed"), ("tiles", "seed", "share")
SWAP = ("first_row", "first_column", "second_row", "second_column", "side")
SIDE = 448
"""Pixels a side of the picture that is drawn."""
LARGE = "measure scramble --models efficientnet-lite0 vit hybrid --data DATA"
SAME_DATA = "measure scramble --data DATA"
"""Of the three small models that learnt from the same photographs."""
MEASURED = {"scramble": "scrambled ", "occlude": "half blank of "}
OVER_ALL = {
    "scramble": "cut into tiles that are shuffled, each photograph in an order of its own",
    "occlude": "with half of the tiles blank; 1 × 1: unchanged",
}


def hybrid(scope: Scope) -> zoo.Model | None:
    """The hybrid that ships, once it does."""
    if "hybrid" not in card_names():
        return None
    return zoo.load("hybrid", trained=scope.trained, device=scope.device)


def other_models(controls: Controls, scope: Scope) -> dict[str, str]:
    """The hybrid's weights: no control names it."""
    model = hybrid(scope)
    return {} if model is None else {"hybrid": model.checkpoint}


def _command(controls: Controls) -> str:
    """What measured the chosen CNN or ViT, or else the models that the page opens with."""
    small = {"cnn-128", "vit-128", "hybrid-128"} & {controls.cnn, controls.vit}
    return SAME_DATA if small else LARGE


def measured_weights(controls: Controls, scope: Scope) -> dict[str, str]:
    """The models that were measured."""
    measured = result(_command(controls))
    return dict(zip(measured["model"], measured["checkpoint"], strict=True))


def _regions(controls: Controls) -> tuple[Cell, Cell]:
    return (
        Cell(controls.first_row - 1, controls.first_column - 1),
        Cell(controls.second_row - 1, controls.second_column - 1),
    )


def _changed(tab: str, pixels: np.ndarray, controls: Controls) -> np.ndarray:
    """Pixels (height x width x 3, uint8) as the tab changes them."""
    x = torch.tensor(pixels).permute(2, 0, 1)[None]
    if tab == "scramble":
        x = scrambled(x, controls.tiles, seed=controls.seed)
    elif tab == "occlude":
        x = occluded(x, controls.tiles, controls.share, fill=torch.tensor(GREY), seed=controls.seed)
    else:
        x = swapped(x, *_regions(controls), grid=CELLS, side=controls.side)
    return x[0].permute(1, 2, 0).numpy()


def _change_title(tab: str, controls: Controls) -> str:
    tiles = f"{controls.tiles} × {controls.tiles} tiles"
    if tab == "scramble":
        return f"cut into {tiles}, order {controls.seed}"
    if tab == "occlude":
        return f"{percent(controls.share)} of {tiles} blank, order {controls.seed}"
    return (
        f"{controls.side} × {controls.side} cells of an {CELLS} × {CELLS} grid from row {controls.first_row}, column "
        f"{controls.first_column} swapped with those from row {controls.second_row}, column {controls.second_column}"
    )


def _mark_regions(figure: go.Figure, frame: Frame, controls: Controls) -> None:
    grid = Grid(CELLS, CELLS, SIDE, SIDE)
    for label, cell in zip(("first", "second"), _regions(controls), strict=True):
        top, left = (min(at, CELLS - controls.side) for at in (cell.row, cell.column))
        box = grid.box_of(Cell(top, left))
        corner = grid.box_of(Cell(top + controls.side - 1, left + controls.side - 1))
        add_box(figure, Box(box.top, box.left, corner.bottom, corner.right), label=label)
    add_click_layer(figure, grid, frame)


def _draw_changed(tab: str, controls: Controls, scope: Scope) -> Drawing:
    photo, title = scope.picture, _change_title(tab, controls)
    pixels = _changed(tab, render(photo, Frame.fit((photo.height, photo.width), (SIDE, SIDE))), controls)
    frame = Frame.fit((SIDE, SIDE), (SIDE, SIDE), how="squash")
    figure = photo_figure(pixels, frame, height=400)
    if tab == "swap":
        _mark_regions(figure, frame, controls)
    return draw(
        None,
        f"The picture, {title}.",
        figure=figure,
        arrays={"picture": (pixels, "0 to 255")},
        alt=f"The picture, {title}.",
    )


@torch.inference_mode()
def _logits(model: zoo.Model, pixels: np.ndarray) -> torch.Tensor:
    logits: torch.Tensor = model.module(model.prepare(pixels))
    return logits


def _draw_answers(tab: str, controls: Controls, scope: Scope) -> Drawing:
    models = {"CNN": scope.model("cnn"), "ViT": scope.model("vit")}
    if (third := hybrid(scope)) is not None:
        models["hybrid"] = third
    answers = {}
    for title, model in models.items():
        pixels = render(scope.picture, model.frame(scope.picture))
        # Remembered: only what is changed changes when a control is moved.
        before = scope.remember(("unchanged", title, model.checkpoint), partial(_logits, model, pixels))
        answers[title] = model.classes, before, _logits(model, _changed(tab, pixels, controls))
    change = predictions_changed(answers)
    return draw(
        change,
        "Probability of the class that each model predicts of the unchanged picture (pale), and of the same class with "
        f"the picture {_change_title(tab, controls)} (strong).",
    )


def _draw_over_all(tab: str, controls: Controls, scope: Scope) -> Drawing:
    """Accuracy against the number of tiles.

    Raises:
        WeightsNotFound: it has not been measured.
    """
    tiles: dict[str, list[int]] = {}
    accuracy: dict[str, np.ndarray] = {}
    command = _command(controls)
    titles = {}
    for title, (name, measured) in zip(
        ("CNN", "ViT", "hybrid"), result(command)["values"].items(), strict=True
    ):
        titles[title] = zoo.entry(name).title
        by_side = {1: measured["scrambled 1"]} | {
            int(change.removeprefix(MEASURED[tab])): spread
            for change, spread in measured.items()
            if change.startswith(MEASURED[tab])
        }
        tiles[title] = sorted(by_side)
        accuracy[title] = np.array([by_side[side] for side in tiles[title]])
    return draw(
        AccuracyByTiles(tiles, accuracy),
        f"Top-1 accuracy on test photographs of Imagenette {OVER_ALL[tab]}; with 95 % intervals. Dotted: chance. "
        f"{', '.join(f'{title}: {name}' for title, name in titles.items())}. Measured once, by `explorer {command}`.",
        chance=0.1,
    )


scramble_panel = panel("scramble", "Shuffled tiles", tab="scramble", uses=("picture", *SCRAMBLE))(
    partial(_draw_changed, "scramble")
)
scramble_answers_panel = panel(
    "scramble-answers", "Predictions", tab="scramble", uses=(*BOTH, *SCRAMBLE), weights=other_models
)(partial(_draw_answers, "scramble"))
occlude_panel = panel("occlude", "Hidden tiles", tab="occlude", uses=("picture", *OCCLUDE))(
    partial(_draw_changed, "occlude")
)
occlude_answers_panel = panel(
    "occlude-answers", "Predictions", tab="occlude", uses=(*BOTH, *OCCLUDE), weights=other_models
)(partial(_draw_answers, "occlude"))
swap_panel = panel(
    "swap", "Swapped regions", tab="swap", uses=("picture", *SWAP), click=("second_row", "second_column")
)(partial(_draw_changed, "swap"))
swap_answers_panel = panel(
    "swap-answers", "Predictions", tab="swap", uses=(*BOTH, *SWAP), weights=other_models
)(partial(_draw_answers, "swap"))
over_all = partial(
    panel, title="Over many photographs", uses=("cnn", "vit"), weights=measured_weights, subject=()
)
scramble_all_panel = over_all("scramble-all", tab="scramble")(partial(_draw_over_all, "scramble"))
occlude_all_panel = over_all("occlude-all", tab="occlude")(partial(_draw_over_all, "occlude"))
