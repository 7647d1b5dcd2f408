"""Watch a model while it computes, without touching it."""

from explorer.tap.backward import GradientCall, observe_backward
from explorer.tap.calls import AttentionCall
from explorer.tap.intervene import Change, intervene
from explorer.tap.observe import Observation, observe, observe_with_gradients

__all__ = [
    "AttentionCall",
    "Change",
    "GradientCall",
    "Observation",
    "intervene",
    "observe",
    "observe_backward",
    "observe_with_gradients",
]
