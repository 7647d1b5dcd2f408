"""What the word model makes of generated sentences: pronoun and verb right, and which head finds the referent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn

from explorer.analysis.result import Arrays, Numbers, Result
from explorer.errors import AnalysisError
from explorer.formatting import percent
from explorer.tap import observe
from explorer.words.grammar import Sentence
from explorer.words.tokens import MASK, NUMBERS, PAD

__all__ = ["MaskedWords", "Reference", "ReferentHeads", "agreement", "numbers_of", "reference"]

BATCH = 250


@dataclass(frozen=True, eq=False)
class Reference(Result):
    """For each head of each layer, in which sentences the pronoun's largest weight falls on its referent."""

    hits: Bool[np.ndarray, "sentences layers heads"]
    chance: float
    """The share that a guess among all words would have."""
    chance_nouns: float
    """The share that a guess among the two nouns would have."""

    @property
    def shares(self) -> Float[np.ndarray, "layers heads"]:
        return self.hits.mean(0)

    @property
    def best(self) -> tuple[int, int]:
        """Layer and head of the largest share."""
        layer, head = np.unravel_index(self.shares.argmax(), self.shares.shape)
        return int(layer), int(head)


@dataclass(frozen=True, eq=False)
class ReferentHeads(Result):
    """The share of sentences in which each head finds the referent: of new sentences, and of those of the training's
    kind, which say what head is the best."""

    held_out: Reference
    of_training: Reference

    @property
    def accuracy(self) -> float:
        """Of the best head, on new sentences."""
        return float(self.held_out.shares[self.of_training.best])

    @property
    def best(self) -> str:
        layer, head = self.of_training.best
        return f"layer {layer + 1}, head {head + 1}"

    def arrays(self) -> Arrays:
        unit = "share of the sentences"
        return {
            "held_out": (self.held_out.shares, unit),
            "of_the_training": (self.of_training.shares, unit),
        }

    def numbers(self) -> Numbers:
        return {
            f"{self.best}, selected on the training part": (percent(self.accuracy), ""),
            "chance, any word": (percent(self.held_out.chance), ""),
            "chance, the two nouns": (percent(self.held_out.chance_nouns), ""),
        }

    def alt(self) -> str:
        return f"A table of layers and heads; {self.best}, the best on the training part, finds {percent(self.accuracy)}."


@dataclass(frozen=True, eq=False)
class MaskedWords(Result):
    """The share of sentences whose masked words are predicted correctly, by what is masked."""

    shares: Mapping[str, float]

    @classmethod
    def of(cls, parts: Sequence[Mapping[str, np.ndarray]]) -> "MaskedWords":
        """From `agreement` of several batches."""
        titles = {"pronoun": "the pronoun", "verb": "the verb", "both": "both masked"}
        return cls(
            {
                title: float(np.concatenate([part[name] for part in parts]).mean())
                for name, title in titles.items()
            }
        )

    def arrays(self) -> Arrays:
        return {
            "masked": (np.array(list(self.shares)), ""),
            "correct": (np.array(list(self.shares.values())), "share of the sentences"),
        }

    def alt(self) -> str:
        return "Bars: " + ", ".join(f"{name} {percent(share)}" for name, share in self.shares.items()) + "."


@torch.no_grad()
def reference(module: nn.Module, sentences: Sequence[Sentence], *, masked: bool = False) -> Reference:
    """Where the pronoun looks, the pronoun shown to the model or masked.

    Raises:
        AnalysisError: there are no sentences.
    """
    hits, lengths = [], []
    for batch in _batches(sentences):
        numbers = numbers_of(batch, masked=("pronoun",) if masked else ())
        observation = observe(module, numbers)
        rows = torch.arange(len(batch))
        pronoun = torch.tensor([sentence.pronoun for sentence in batch])
        referent = torch.tensor([sentence.referent for sentence in batch])
        largest = torch.stack(
            [call.weights()[rows, :, pronoun].argmax(-1) for call in observation.calls], 1
        )  # sentences, layers, heads
        hits.append((largest == referent[:, None, None]).numpy())
        lengths += [len(sentence.words) for sentence in batch]
    return Reference(np.concatenate(hits), float(np.mean(1 / np.array(lengths))), 0.5)


@torch.no_grad()
def agreement(module: nn.Module, sentences: Sequence[Sentence]) -> dict[str, Bool[np.ndarray, " sentences"]]:
    """In which sentences the model fills in rightly: "pronoun" and "verb" alone, "both" when both are masked."""
    hits: dict[str, list[np.ndarray]] = {"pronoun": [], "verb": [], "both": []}
    for batch in _batches(sentences):
        wanted = numbers_of(batch)
        for name, masked in (("pronoun", ("pronoun",)), ("verb", ("verb",)), ("both", ("pronoun", "verb"))):
            guess = module(numbers_of(batch, masked=masked)).argmax(-1)
            right = torch.ones(len(batch), dtype=torch.bool)
            for part in masked:
                at = torch.tensor([getattr(sentence, part) for sentence in batch])
                rows = torch.arange(len(batch))
                right &= guess[rows, at] == wanted[rows, at]
            hits[name].append(right.numpy())
    return {name: np.concatenate(parts) for name, parts in hits.items()}


def numbers_of(sentences: Sequence[Sentence], *, masked: Sequence[str] = ()) -> Tensor:
    """The sentences as numbers, padded to the longest; the parts named are masked."""
    numbers = torch.full((len(sentences), max(len(sentence.words) for sentence in sentences)), PAD)
    for row, sentence in zip(numbers, sentences, strict=True):
        row[: len(sentence.words)] = torch.tensor([NUMBERS[word] for word in sentence.words])
        for part in masked:
            row[getattr(sentence, part)] = MASK
    return numbers


def _batches(sentences: Sequence[Sentence]) -> Any:
    if not sentences:
        raise AnalysisError("There are no sentences to look at")
    return (sentences[start : start + BATCH] for start in range(0, len(sentences), BATCH))
