"""The word model: fill in masked words of generated sentences."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from explorer.analysis.reference import agreement, numbers_of
from explorer.training.recipe import Part, Recipe
from explorer.words import sentences
from explorer.words.lexicon import VOCABULARY
from explorer.words.tokens import MASK, PAD
from explorer.zoo.word_models import WORDS_ARCHITECTURE, WORDS_OPTIONS, build_words

__all__ = ["WORDS", "FillIn"]

BATCH = 128
CHOSEN = 1_000_003
"""The seed of the sentences that choose the best step: of the pairs learnt from, but never learnt from."""


class FillIn:
    """The pronoun, its verb and the main verb are masked half of the time, other words one time in ten.

    Of the words chosen one in five stays as it is and must still be said (Devlin et al. 2019 keep some, too). A
    pronoun that can be read is to be resolved instead: there the model says the noun that it stands for. Without
    this nothing would make it look at its referent, because its own word is already known.
    """

    def __init__(self, device: torch.device, *, scored: int = 1000, batch: int = BATCH) -> None:
        self.device, self.batch = device, batch
        self.held_out = tuple(sentences(scored, seed=CHOSEN))

    def loss(self, module: nn.Module, step: int) -> Tensor:
        batch = tuple(sentences(self.batch, seed=step))
        numbers = numbers_of(batch)
        share = torch.full(numbers.shape, 0.1)
        rows = torch.arange(len(batch))
        for part in ("pronoun", "verb", "main_verb"):
            share[rows, torch.tensor([getattr(sentence, part) for sentence in batch])] = 0.5
        chosen = (torch.rand(numbers.shape) < share) & (numbers != PAD)
        masked = chosen & (torch.rand(numbers.shape) < 0.8)
        pronoun, referent = (
            torch.tensor([getattr(sentence, part) for sentence in batch]) for part in ("pronoun", "referent")
        )
        masked[rows, pronoun] = chosen[rows, pronoun]
        given = torch.where(masked, MASK, numbers).to(self.device)
        wanted = numbers.clone()
        wanted[rows, pronoun] = torch.where(
            masked[rows, pronoun], wanted[rows, pronoun], numbers[rows, referent]
        )
        chosen[rows, pronoun] = True
        # At this size 16 bits cost more time than they save.
        with torch.autocast(self.device.type, enabled=False):
            logits = module(given)[chosen.to(self.device)]
            return cross_entropy(logits, wanted[chosen].to(self.device))

    def score(self, module: nn.Module) -> float:
        """The share of sentences whose pronoun and verb, both masked, are both right."""
        with torch.autocast(self.device.type, enabled=False):
            return float(agreement(module, self.held_out)["both"].mean())


WORDS = Recipe(
    name="words",
    title="Small masked word model",
    family="words",
    architecture=WORDS_ARCHITECTURE,
    options=WORDS_OPTIONS,
    input_size=(1, WORDS_OPTIONS["length"]),
    mean=(0.0,),
    std=(1.0,),
    classes=VOCABULARY,
    data="sentences of agreement and reference from a grammar, new ones at every step; one pair of noun and "
    "adjective in eight is never learnt from",
    notes="Fills in masked words, and says at a pronoun that it can read which noun it stands for. To whom the pronoun refers is said by the adjective of its clause.",
    target=0.95,
    parts=(Part(2500, peak_rate=2e-3, warm_up=200),),
    build=build_words,
    task=lambda data, device: FillIn(device),
    weight_decay=0.02,
    average=0.998,
    score_every=250,
    half=True,
)
