""" "They" attends to what it refers to (B2): pronoun and verb right, and one head that looks at the referent."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["measure"]


def measure(
    *,
    count: int = 2000,
    masked: bool = False,
    trained: bool = True,
    seed: int = 0,
    device: str = "cpu",
    record: bool = False,
) -> Mapping[str, Any]:
    """On `count` held-out sentences of the grammar, whose pairs of noun and adjective were never learnt from: the
    share in which the masked pronoun, its verb, and both at once are right; and the share in which the head chosen
    on as many sentences of the training part has its largest weight from the pronoun on the referent.

    `masked` asks for the head with the pronoun masked, not shown. Chance is a guess among all words, and among the
    two nouns. `record` writes both shares on the model's card.

    Raises:
        WeightsNotFound: the word model does not ship yet; `trained=False` measures random weights.
    """
    from explorer.analysis.reference import agreement, reference
    from explorer.words import sentences
    from explorer.zoo import cards
    from explorer.zoo.readers import load_reader

    model = load_reader(trained=trained, device=device)
    held_out = tuple(sentences(count, seed=seed, held_out=True))
    chosen = reference(model.module, tuple(sentences(count, seed=seed)), masked=masked)
    result = reference(model.module, held_out, masked=masked)
    layer, head = chosen.best
    right = agreement(model.module, held_out)
    hits = result.hits[:, layer, head]
    far = [abs(sentence.distance) >= 8 for sentence in held_out]
    error = 1.96 * float(hits.std()) / count**0.5
    share = float(hits.mean())
    both = float(right["both"].mean())
    if record:
        cards.record(
            "words",
            {"both right": both, "largest weight on the referent": share},
            unit=f"share of {count:,} held-out sentences",
            command="measure reference",
        )
    return {
        "values": {
            "pronoun right": round(float(right["pronoun"].mean()), 4),
            "verb right": round(float(right["verb"].mean()), 4),
            "both right, both masked": round(both, 4),
            "head": f"layer {layer + 1}, head {head + 1}",
            "largest weight on the referent": round(share, 4),
            "95 % interval": [round(share - error, 4), round(share + error, 4)],
            "the same at 8 words or more": round(float(hits[far].mean()), 4) if any(far) else None,
            "chance among all words": round(result.chance, 4),
            "chance among the nouns": result.chance_nouns,
            "sentences": count,
        },
        "model": "words",
        "checkpoint": model.checkpoint,
        "data": f"held-out sentences of the grammar, seed {seed}",
        "device": model.device,
    }
