"""Experiments of known truth: what estimators are checked against."""

from analysis.simulation.draws import simulate
from analysis.simulation.truth import Truth, composed

__all__ = ["Truth", "composed", "simulate"]
