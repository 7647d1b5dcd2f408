"""The tabs *Cost* and *Time*: what a pass takes by formula, and on this machine."""

from functools import partial

import torch

from explorer.analysis.long_range import cost
from explorer.analysis.sequence_cost import CostsByLength
from explorer.figures.sequence_cost import costs_table
from explorer.models.sequence_models import SequenceModel
from explorer.timing.sequence_speed import LENGTHS as MEASURED
from explorer.timing.sequence_speed import SequenceSpeed, TimesByLength, sequence_speed
from explorer.views.long_range.controls import Controls
from explorer.views.long_range.models import shown, title_of
from explorer.views.panel import Drawing, Scope, draw, panel
from explorer.zoo.sequence_models import load_recall

LENGTHS = tuple(2**power for power in range(1, 13))
MEASURES = (
    "sequential steps, steps on the longest path from the first input to the last output, floating point operations of "
    "the matrix products"
)


def _module(kind: str, scope: Scope) -> SequenceModel:
    """What a pass takes does not depend on the weights: random ones are always here."""
    return load_recall(kind, trained=False, device=scope.device).module  # type: ignore[return-value]


def _costs(controls: Controls, scope: Scope, lengths: tuple[int, ...]) -> CostsByLength:
    modules = {title_of(kind): _module(kind, scope) for kind in shown(controls)}
    return CostsByLength(
        {title: [cost(module, length) for length in lengths] for title, module in modules.items()}
    )


@panel("costs", "Cost of a pass over one sequence", tab="cost", uses=("models", "length"))
def costs_panel(controls: Controls, scope: Scope) -> Drawing:
    result = _costs(controls, scope, (controls.length,))
    return draw(
        result, f"A pass over {controls.length:,} places: {MEASURES}, parameters.", figure=costs_table(result)
    )


@panel("growth", "Cost by length", tab="cost", uses=("models", "length"))
def growth_panel(controls: Controls, scope: Scope) -> Drawing:
    return draw(
        _costs(controls, scope, LENGTHS),
        f"By length: {MEASURES}; no point: there is no path. Dotted: {controls.length:,} places.",
        length=controls.length,
    )


@panel("times", "Milliseconds per pass", tab="time", uses=("models", "longest", "again"), heavy=True)
def times_panel(controls: Controls, scope: Scope) -> Drawing:
    kinds, lengths = shown(controls), tuple(length for length in MEASURED if length <= int(controls.longest))

    def measure(at: int, kind: str) -> SequenceSpeed:
        return sequence_speed(
            _module(kind, scope),
            lengths=lengths,
            title=title_of(kind),
            on_progress=lambda share: scope.progress((at + share) / len(kinds)),
        )

    speeds = [
        scope.remember(("sequence speed", kind, controls.longest, controls.again), partial(measure, at, kind))
        for at, kind in enumerate(kinds)
    ]
    return draw(
        TimesByLength(speeds),
        f"Time of a pass over one sequence, the best of several, {_device(kinds[0], scope)}; measurement "
        f"{controls.again}. In bold: by how much {lengths[-1]:,} places take longer than {lengths[-2]:,}, forward.",
    )


def _device(kind: str, scope: Scope) -> str:
    device = next(_module(kind, scope).parameters()).device.type
    threads = torch.get_num_threads()
    return f"on cpu, {threads} thread{'s' * (threads > 1)}" if device == "cpu" else f"on {device}"
