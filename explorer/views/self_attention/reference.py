"""The tab *Coreference*: whether heads find what a pronoun stands for, over sentences that no model was trained on."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

import numpy as np
from torch import nn

from explorer.analysis.reference import MaskedWords, Reference, ReferentHeads, agreement, reference
from explorer.views.panel import Drawing, Scope, draw, panel
from explorer.views.self_attention.controls import Controls
from explorer.words import Sentence, sentences
from explorer.zoo.readers import MaskedLM, load_reader

T = TypeVar("T")
TRAINING, HELD_OUT = 20, 21
"""Seeds of the sentences."""
AT_ONCE = 50
TARGET = 0.95


def _shipped(controls: Controls) -> MaskedLM:
    return load_reader(trained=controls.trained, device="cpu")


def shipped_weights(controls: Controls, scope: Scope) -> dict[str, str]:
    reader = _shipped(controls)
    return {reader.name: reader.checkpoint}


reference_tab = partial(panel, tab="reference", weights=shipped_weights)


def _of_batches(
    what: str,
    of: Callable[[nn.Module, Sequence[Sentence]], T],
    controls: Controls,
    scope: Scope,
    *,
    held_out: bool,
    done: float = 0.0,
    share: float = 1.0,
) -> list[T]:
    """What `of`, said by `what`, makes of each batch of sentences. Remembered, since more sentences begin with the fewer.
    It is that share of the work; `done` was done before."""
    reader, parts = _shipped(controls), list[T]()
    every = list(sentences(controls.count, seed=HELD_OUT if held_out else TRAINING, held_out=held_out))
    for start in range(0, len(every), AT_ONCE):
        batch = every[start : start + AT_ONCE]
        key = (what, held_out, start, len(batch), reader.checkpoint)
        parts.append(scope.remember(key, partial(of, reader.module, batch)))
        scope.progress(done + share * (start + len(batch)) / len(every))
    return parts


def _reference(controls: Controls, scope: Scope, *, held_out: bool, done: float) -> Reference:
    """Sentences x layers x heads, with chance. It is half of the work; `done` was done before."""
    hidden = controls.hidden
    parts = _of_batches(
        f"referents, hidden {hidden}",
        partial(reference, masked=hidden),
        controls,
        scope,
        held_out=held_out,
        done=done,
        share=0.5,
    )
    counts = [len(part.hits) for part in parts]
    return Reference(
        np.concatenate([part.hits for part in parts]),
        float(np.average([part.chance for part in parts], weights=counts)),
        parts[0].chance_nouns,
    )


@reference_tab("found", "Heads that find the referent", uses=("trained", "count", "hidden"))
def found_panel(controls: Controls, scope: Scope) -> Drawing:
    """Which head is the best is known from other sentences."""
    training = _reference(controls, scope, held_out=False, done=0.0)
    return draw(
        ReferentHeads(_reference(controls, scope, held_out=True, done=0.5), training),
        f"Share of {controls.count} held-out sentences in which a head's largest weight from the pronoun"
        f"{', masked,' if controls.hidden else ''} is on its referent. Outlined: the best head on as many sentences of the "
        "kind that the model was trained on.",
    )


@reference_tab("agreement", "Masked words predicted", uses=("trained", "count"))
def agreement_panel(controls: Controls, scope: Scope) -> Drawing:
    parts = _of_batches("masked words", agreement, controls, scope, held_out=True)
    return draw(
        MaskedWords.of(parts),
        f"Share of {controls.count} held-out sentences whose masked words are predicted correctly. Dotted: {TARGET:.0%}.",
        wanted=TARGET,
    )
