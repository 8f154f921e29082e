"""What can be said of an experiment, all of it in one place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.ceg.budget import Best, Largest, StackCost
from analysis.ceg.cut import CutRange
from analysis.ceg.estimate import Ceg
from analysis.ceg.ladder import LadderFit
from analysis.ceg.potency import Potency
from analysis.ceg.split import Split
from analysis.composability.lattice import Lattice
from analysis.composability.pairs import Conditional, Pair
from analysis.composability.prediction import NOTHING, Predictions
from analysis.composability.total import FittedM
from analysis.contracts.estimate import Estimate
from analysis.contracts.experiment import Experiment
from analysis.contracts.finding import Finding
from analysis.curves.compare import Comparison
from analysis.luck.gains import RunGains
from analysis.luck.training import TrainingLuck


@dataclass(frozen=True)
class ArmScore:
    """An arm's mean score on a rung, in [0, 1]."""

    arm: str
    model: str
    flop: float
    score: Estimate
    n: float


@dataclass(frozen=True)
class ExperimentResult:
    """The estimates of one experiment (a ladder on a benchmark): scores, curves, CEGs, how PTEs
    combine, costs, and the findings to read with them. `analysis.tables` makes frames of it."""

    experiment: Experiment
    scores: tuple[ArmScore, ...]
    fit: LadderFit | None
    """The base curve with every arm's place above it; None without a base."""
    curves: tuple[Comparison, ...]
    """Fits of the base ladder; empty without one."""
    cegs: tuple[Ceg, ...]
    """CEG of every arm over its base: the reference's for all of that decoding and for selections,
    and for an arm of the other decoding the base that decodes as it does."""
    cegs_over_other: tuple[Ceg, ...]
    """CEG of every selection over the base of the other decoding."""
    potencies: tuple[tuple[str, Potency], ...]
    """By label of an arm, its CEG as relative potency: both ladders fitted together, Fieller's set
    and the test of parallelism."""
    pairs: tuple[Pair, ...]
    conditionals: tuple[Conditional, ...]
    lattices: tuple[Lattice, ...]
    total: FittedM | None
    prices: tuple[StackCost, ...]
    frontier: tuple[Best, ...]
    splits: tuple[Split, ...]
    findings: tuple[Finding, ...]
    cut_ranges: tuple[CutRange, ...] = ()
    """Each gain over a base if cut attempts of either were right; empty where nothing says what was
    cut."""
    largest: Largest | None = None
    """The largest gain of a stack of PTEs over the reference, corrected for having been chosen, be
    its cost what it may; None where there is no such stack."""
    predictions: Predictions = NOTHING
    """Stacks that were not run, predicted from those that were."""
    luck: TrainingLuck | None = None
    """How far one training run lies off its recipe's average; None without a base."""
    runs: tuple[RunGains, ...] = ()
    """Beside each of `cegs`, then of `cegs_over_other`: the gain of this model on each rung, and
    that against a base model that is trained anew."""
    failure: str = ""
    """The error that ended the analysis of this experiment, of which nothing else is then known."""


def gains_of_runs(result: ExperimentResult, of: Ceg) -> RunGains:
    """What stands beside a CEG of a result for single models."""
    same = (r for r in result.runs if (r.arm, r.reference) == (of.arm, of.reference))
    return next(same)


def primary(experiment: Experiment, cegs: Sequence[Ceg]) -> tuple[Ceg, ...]:
    """The CEGs that are over the base of the experiment's one reference."""
    base = experiment.base
    label = "" if base is None else experiment.arms[base].label
    return tuple(each for each in cegs if each.reference == label)
