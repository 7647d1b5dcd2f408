"""The tab *Gradient and reach*: what the answer depends on, position by position."""

from functools import partial

import torch

from explorer.analysis.long_range import InputGradient, input_gradient
from explorer.analysis.sequence_comparison import GradientsCompared, ReachCompared
from explorer.data.recall_task import Recall, read_sequence, recall_sequences, spoken
from explorer.views.long_range.controls import Controls
from explorer.views.long_range.models import of_seed, seed_weights, shown, title_of
from explorer.views.panel import Drawing, Scope, draw, panel
from explorer.zoo.small_models import weights_of


def sequence_of(controls: Controls) -> Recall:
    """The visitor's own, or the one sampled.

    Raises:
        ControlError: it is no sequence of the task, or the distance does not fit.
    """
    if controls.sequence:
        return read_sequence(controls.sequence)
    generator = torch.Generator().manual_seed(controls.sample)
    return recall_sequences(1, controls.distance, length=controls.places, generator=generator)


def _gradients(controls: Controls, scope: Scope) -> tuple[Recall, list[InputGradient]]:
    """Of every model shown; both panels are drawn from them."""
    sequence = sequence_of(controls)
    numbers, answer = sequence.numbers[0], int(sequence.answers[0])
    distance = int(sequence.distances[0])

    def gradient(kind: str) -> InputGradient:
        model = of_seed(kind, controls, scope)
        key = ("input gradient", *weights_of([model]).items(), *numbers.tolist(), answer, distance)
        return scope.remember(
            key,
            lambda: input_gradient(
                model.module,  # type: ignore[arg-type]
                numbers.to(model.device),
                answer=answer,
                distance=distance,
                title=title_of(kind),
            ),
        )

    return sequence, [gradient(kind) for kind in shown(controls)]


def _subject(controls: Controls, scope: Scope) -> str:
    sequence = sequence_of(controls)
    source = "a sequence of one's own" if controls.sequence else f"sample {controls.sample}"
    weights = f"training {controls.seed}" if controls.trained else f"random weights of seed {controls.seed}"
    return f"{source} of {sequence.numbers.shape[1]} places, distance {int(sequence.distances[0])}, {weights}"


look_tab = partial(
    panel,
    tab="look",
    uses=("models", "seed", "trained", "sequence", "distance", "sample", "places"),
    weights=seed_weights,
    subject=_subject,
)


@look_tab("gradients", "Gradient of the answer by input position", wide=True)
def gradients_panel(controls: Controls, scope: Scope) -> Drawing:
    sequence, gradients = _gradients(controls, scope)
    result = GradientsCompared(gradients, spoken(sequence.numbers[0]), spoken(sequence.answers))
    return draw(
        result,
        f"Length of the gradient of the logit of “{result.answer}” at the last place with respect to every input's "
        "embedding. Faint, and below the axis: below machine precision, ε times the model's largest.",
    )


@look_tab("reach", "Theoretical and effective reach")
def reach_panel(controls: Controls, scope: Scope) -> Drawing:
    sequence, gradients = _gradients(controls, scope)
    predictions = [spoken(sequence.answers.new_tensor([model.guess])) for model in gradients]
    return draw(
        ReachCompared(gradients, predictions),
        "Pale: the theoretical reach of the architecture. Strong: how far its gradient is above machine precision. On "
        "the right the predicted letter.",
    )
