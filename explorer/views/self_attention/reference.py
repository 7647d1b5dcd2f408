"""The tab *Coreference*: whether heads find what a pronoun stands for, over sentences that no model was trained on."""

from functools import partial

import numpy as np

from explorer.analysis.reference import MaskedWords, Reference, ReferentHeads, agreement, reference
from explorer.views.panel import Drawing, Scope, draw, panel
from explorer.views.self_attention.controls import Controls
from explorer.words import Sentence, sentences
from explorer.zoo.readers import MaskedLM, load_reader

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


def _batches(controls: Controls, *, held_out: bool) -> list[list[Sentence]]:
    every = list(sentences(controls.count, seed=HELD_OUT if held_out else TRAINING, held_out=held_out))
    return [every[start : start + AT_ONCE] for start in range(0, len(every), AT_ONCE)]


def _reference(controls: Controls, scope: Scope, *, held_out: bool, done: float) -> Reference:
    """Sentences x layers x heads, with chance. It is half of the work; `done` was done before."""
    module, parts, batches = _shipped(controls).module, [], _batches(controls, held_out=held_out)
    for batch in batches:
        parts.append(reference(module, batch, masked=controls.hidden))
        scope.progress(done + 0.5 * len(parts) / len(batches))
    lengths = [len(sentence.words) for batch in batches for sentence in batch]
    return Reference(
        np.concatenate([part.hits for part in parts]),
        float(np.mean([1 / length for length in lengths])),
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
    module, parts, batches = _shipped(controls).module, [], _batches(controls, held_out=True)
    for batch in batches:
        parts.append(agreement(module, batch))
        scope.progress(len(parts) / len(batches))
    return draw(
        MaskedWords.of(parts),
        f"Share of {controls.count} held-out sentences whose masked words are predicted correctly. Dotted: {TARGET:.0%}.",
        wanted=TARGET,
    )
