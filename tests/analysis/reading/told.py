"""Records to change before they are read, and what is asked of the experiments."""

from __future__ import annotations

import pandas as pd

from analysis.contracts.experiment import Experiment
from analysis.contracts.finding import Severity
from analysis.reading.records import from_frame
from analysis.simulation import Truth, composed

TRUTH = Truth(composed({"a": 4.0, "b": 2.0}), x=(-1.0, 0.0, 1.0), items=40, draws=2, votes=5)
RUNGS = tuple(f"simulated-{number}" for number in range(3))
LABELS = ["base", "a", "b", "self_consistency", "a+b"]


def one(frame: pd.DataFrame, mixed: bool = False) -> Experiment:
    (experiment,) = from_frame(frame, mixed)
    return experiment


def labels(experiment: Experiment) -> list[str]:
    return [arm.label for arm in experiment.arms]


def said(experiment: Experiment, severity: Severity, *parts: str) -> None:
    """Some finding of this severity, about this experiment, holds all these words."""
    for finding in experiment.findings:
        if finding.severity is severity and all(part in finding.message for part in parts):
            assert finding.subject in (experiment.name, "records")
            return
    raise AssertionError(f"{severity} {parts} is not among {experiment.findings}")


def of(frame: pd.DataFrame, stack: str, model: str | None = None) -> pd.Series[bool]:
    rows = frame["stack"] == stack
    return rows if model is None else rows & (frame["model"] == model)
