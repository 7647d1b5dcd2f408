"""The parts *Cost* and *Time*: what a pass takes by formula, and on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from explorer.export.drawing import Drawing
from explorer.views.long_range.controls import Controls
from explorer.views.long_range.models import shown, title_of

if TYPE_CHECKING:
    from explorer.analysis.long_range import Cost
    from explorer.models.sequence_models import SequenceModel
    from explorer.timing.sequence_speed import SequenceSpeed
    from explorer.views.scope import Scope

__all__ = ["draw_costs", "draw_growth", "draw_times"]

LENGTHS = tuple(2**power for power in range(1, 13))


def _module(kind: str, scope: Scope) -> SequenceModel:
    """What a pass takes does not depend on the weights: random ones are always at hand."""
    from explorer.zoo.sequence_models import load_recall

    return load_recall(kind, trained=False, device=scope.device).module  # type: ignore[return-value]


def _costs(controls: Controls, scope: Scope, lengths: tuple[int, ...]) -> dict[str, list[Cost]]:
    from explorer.analysis.long_range import cost

    modules = {title_of(kind): _module(kind, scope) for kind in shown(controls)}
    return {title: [cost(module, length) for length in lengths] for title, module in modules.items()}


def _columns(costs: dict[str, list[Cost]]) -> dict[str, np.ndarray]:
    rows = [(title, one) for title, each in costs.items() for one in each]
    return {
        "model": np.array([title for title, _ in rows]),
        "length": np.array([one.length for _, one in rows]),
        "sequential_steps": np.array([one.sequential_steps for _, one in rows]),
        "longest_path": np.array([float(one.longest_path) for _, one in rows]),
        "operations": np.array([one.operations for _, one in rows]),
        "parameters": np.array([one.parameters for _, one in rows]),
    }


def draw_costs(controls: Controls, scope: Scope) -> Drawing:
    """Steps, path, operations and parameters at the chosen length."""
    from explorer.figures.sequence_cost import costs_table

    costs = _costs(controls, scope, (controls.length,))
    return Drawing(
        figure=costs_table({title: each[0] for title, each in costs.items()}),
        data=_columns(costs),
        units={"length": "places", "operations": "FLOP"},
        caption=f"A pass over {controls.length:,} places: steps that wait for each other, steps on the longest way "
        "from the first input to the last output, floating point operations of the matrix products, parameters.",
        alt=f"A table of what a pass over {controls.length} places takes, a row for each model.",
    )


def draw_growth(controls: Controls, scope: Scope) -> Drawing:
    """The same against the length."""
    from explorer.figures.sequence_cost import costs_figure

    costs = _costs(controls, scope, LENGTHS)
    return Drawing(
        figure=costs_figure(costs, length=controls.length),
        data=_columns(costs),
        units={"length": "places", "operations": "FLOP"},
        caption="Steps that wait for each other, steps on the longest way from the first input to the last output "
        f"(no point: no way), floating point operations. Dotted: {controls.length:,} places.",
        alt="Three sets of curves against the length, on logarithmic axes, one curve for each model.",
    )


def draw_times(controls: Controls, scope: Scope) -> Drawing:
    """Milliseconds of a pass, measured here and now."""
    from explorer.figures.sequence_cost import speed_figure
    from explorer.timing.sequence_speed import LENGTHS as MEASURED
    from explorer.timing.sequence_speed import sequence_speed

    kinds, lengths = shown(controls), tuple(each for each in MEASURED if each <= int(controls.longest))
    speeds: list[SequenceSpeed] = []
    for at, kind in enumerate(kinds):

        def on_progress(share: float, at: int = at) -> None:
            scope.progress((at + share) / len(kinds))

        key = ("sequence speed", kind, controls.longest, controls.again)
        speeds.append(
            scope.remember(
                key,
                lambda kind=kind, on_progress=on_progress: sequence_speed(  # type: ignore[misc]
                    _module(kind, scope), lengths=lengths, title=title_of(kind), on_progress=on_progress
                ),
            )
        )
    return Drawing(
        figure=speed_figure(speeds),
        data={
            "model": np.repeat([each.title for each in speeds], len(lengths)),
            "length": np.tile(lengths, len(speeds)),
            "forward": np.concatenate([each.forward for each in speeds]),
            "forward_and_backward": np.concatenate([each.both for each in speeds]),
        },
        units={"length": "places", "forward": "ms", "forward_and_backward": "ms"},
        caption=f"Time of a pass over one sequence, the best of several, {_where(kinds[0], scope)}; measurement "
        f"{controls.again}. In bold: by how much {lengths[-1]:,} places take longer than {lengths[-2]:,}, forward.",
        alt="Two sets of curves of milliseconds against the length, forward alone, and forward and backward.",
        numbers={each.title: (f"× {each.growth:.1f}", "") for each in speeds},
    )


def _where(kind: str, scope: Scope) -> str:
    import torch

    device = next(_module(kind, scope).parameters()).device.type
    threads = torch.get_num_threads()
    return f"on cpu, {threads} thread{'s' * (threads > 1)}" if device == "cpu" else f"on {device}"
