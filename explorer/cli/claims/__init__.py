"""What the evidence claims: a sentence, its target, and how the kept result of a command is put into words."""

from __future__ import annotations

from explorer.cli.claims.claim import Claim, Result
from explorer.cli.claims.models import MODELS
from explorer.cli.claims.speed import SPEED

__all__ = ["CLAIMS", "HEADLINES", "Claim", "Result"]

CLAIMS: tuple[Claim, ...] = (*MODELS, *SPEED)
HEADLINES = (
    "measure receptive-field --model resnet50",
    "measure accuracy --model vit --data DATA",
    "measure assignment --model detr-scenes",
    "bench tap",
    "bench app --repeats 3",
    "bench visitors --visitors 1 8 64 --idle 20 --limit 150",
)
"""Commands whose rows stand in the README, too."""
