"""The lens of the tab *Attention weights*, on the words of a sentence."""

from explorer.views.lens import File, Lens, counted, file_name, plain
from explorer.views.scope import Scope
from explorer.views.self_attention.controls import WORDS, Controls
from explorer.views.values import picked

__all__ = ["SENTENCE"]


def _files(controls: Controls, scope: Scope) -> tuple[File, ...]:
    from explorer.frontend.sentence import pack_sentence
    from explorer.views.self_attention.subject import subject, weights

    models = sorted(weights(controls, scope).items())
    name = file_name("sentence", models, scope.device, controls.trained, controls.sentence)

    def make() -> bytes:
        selected = subject(controls, scope)
        return pack_sentence(
            selected.observation, selected.names, right_to_left=selected.right_to_left, name=name
        )

    return (File(name, make),)


SENTENCE = Lens(
    "sentence",
    _files,
    {
        **{name: counted(name) for name in ("layer", "head", "query")},
        "scale": plain("scale", float),
        "temperature": plain("temperature", float),
        "causal": plain("causal", bool),
    },
    lambda controls, scope: {"masked": [int(place) - 1 for place in picked(controls.masked)]},
    shows=lambda controls, scope: bool(controls.source == WORDS),
    labels={"Head": "head", "Scale × 1/√d": "scale", "Temperature": "temperature", "Causal mask": "causal"},
)
