"""Sentences of agreement and reference: their words, their grammar, and text turned into numbers."""

from explorer.words.grammar import Sentence, sentences
from explorer.words.tokens import LONGEST, Tokens, tokenise

__all__ = ["LONGEST", "Sentence", "Tokens", "sentences", "tokenise"]
