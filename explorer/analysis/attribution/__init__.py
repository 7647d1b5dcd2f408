"""What an answer depends on, by many methods: maps that can be compared, and asked whether they are true."""

from explorer.analysis.attribution.methods import METHODS, Method, attribute, why_not
from explorer.analysis.attribution.result import Attribution, on_grid
from explorer.analysis.attribution.scales import ranked, shared

__all__ = ["METHODS", "Attribution", "Method", "attribute", "on_grid", "ranked", "shared", "why_not"]
