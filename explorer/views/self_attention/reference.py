"""The part *Reference*: whether heads find what a pronoun stands for, over sentences that no training saw."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.export.drawing import Drawing
from explorer.views.self_attention.controls import Controls

if TYPE_CHECKING:
    from explorer.views.scope import Scope
    from explorer.zoo.readers import MaskedLM

__all__ = ["draw_agreement", "draw_found", "shipped_weights"]

LEARNT, HELD_OUT = 20, 21
"""Seeds of the sentences asked about."""
AT_ONCE = 50
WANTED = 0.95


def shipped_weights(controls: Controls, scope: Scope) -> dict[str, str]:
    reader = _shipped(controls, scope)
    return {reader.name: reader.checkpoint}


def _shipped(controls: Controls, scope: Scope) -> MaskedLM:
    from explorer.zoo.readers import load_reader

    return load_reader(trained=controls.trained, device="cpu")


def _found(controls: Controls, scope: Scope, *, held_out: bool, share: float) -> Any:
    """Sentences x layers x heads, with chance; a share of the work is told when it is done."""
    from explorer.analysis.reference import Reference, reference
    from explorer.words import sentences

    module = _shipped(controls, scope).module
    asked = list(sentences(controls.count, seed=HELD_OUT if held_out else LEARNT, held_out=held_out))
    parts = []
    for batch in _batches(asked):
        parts.append(reference(module, batch, masked=controls.hidden))
        scope.progress(share + 0.5 * sum(len(each.found) for each in parts) / len(asked))
    return Reference(
        np.concatenate([each.found for each in parts]),
        float(np.mean([1 / len(each.words) for each in asked])),
        parts[0].chance_nouns,
    )


def draw_found(controls: Controls, scope: Scope) -> Drawing:
    """The share of held-out sentences of each layer and head; which is the best is known from the others."""
    from explorer.figures.reference import found_figure

    learnt = _found(controls, scope, held_out=False, share=0.0)
    new = _found(controls, scope, held_out=True, share=0.5)
    layer, head = learnt.best
    return Drawing(
        figure=found_figure(new.shares, best=learnt.best),
        data={"held_out": new.shares, "of_the_training": learnt.shares},
        units={"held_out": "share of the sentences", "of_the_training": "share of the sentences"},
        caption=f"Share of {controls.count} held-out sentences in which a head's largest weight from the pronoun"
        f"{', masked,' if controls.hidden else ''} falls on its referent. Outlined: the best head on as many sentences "
        "of the kind that was learnt from.",
        alt=f"A table of layers and heads; layer {layer + 1}, head {head + 1} finds "
        f"{new.shares[layer, head]:.1%}.",
        numbers={
            f"layer {layer + 1}, head {head + 1}, chosen on the training part": (
                f"{new.shares[layer, head]:.1%}",
                "",
            ),
            "chance, any word": (f"{new.chance:.1%}", ""),
            "chance, the two nouns": (f"{new.chance_nouns:.0%}", ""),
        },
    )


def draw_agreement(controls: Controls, scope: Scope) -> Drawing:
    """How often the masked pronoun and verb are right."""
    from explorer.analysis.reference import agreement
    from explorer.figures.reference import agreement_figure
    from explorer.words import sentences

    module = _shipped(controls, scope).module
    asked = list(sentences(controls.count, seed=HELD_OUT, held_out=True))
    parts = []
    for number, batch in enumerate(_batches(asked)):
        parts.append(agreement(module, batch))
        scope.progress(min(1.0, (number + 1) * AT_ONCE / len(asked)))
    shares = {
        title: float(np.concatenate([part[name] for part in parts]).mean())
        for name, title in (("pronoun", "the pronoun"), ("verb", "the verb"), ("both", "both masked"))
    }
    return Drawing(
        figure=agreement_figure(shares, wanted=WANTED),
        data={"masked": np.array(list(shares)), "right": np.array(list(shares.values()))},
        units={"right": "share of the sentences"},
        caption=f"Share of {controls.count} held-out sentences whose masked words are filled in rightly. Dotted: "
        f"{WANTED:.0%}.",
        alt="Bars: " + ", ".join(f"{name} {share:.1%}" for name, share in shares.items()) + ".",
    )


def _batches(asked: list[Any]) -> list[list[Any]]:
    return [asked[start : start + AT_ONCE] for start in range(0, len(asked), AT_ONCE)]
