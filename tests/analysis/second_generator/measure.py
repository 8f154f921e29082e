"""What one experiment says of its own truth, through the calls of `pte analyze`."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite
from statistics import median
from typing import Any

from analysis.contracts.estimate import Estimate, EstimateStatus
from analysis.pipeline import AnalysisSettings, analyse
from analysis.result import ExperimentResult
from tests.analysis.second_generator.ladder import Drawn, Scenario, draw

REPLICATES = 600

Seen = dict[str, Any]
"""By quantity: a list of hits (true or false), a number, or a word."""


def seen(scenario: Scenario, seed: int, replicates: int = REPLICATES) -> Seen:
    """Draw an experiment, analyse it, and compare.

    A quantity that was refused has an empty list: it covers nothing and misses nothing.
    """
    drawn = draw(scenario, seed)
    (result,) = analyse([drawn.experiment], AnalysisSettings(replicates=replicates, seed=seed))
    if result.failure:
        return {"failed": [True]}
    return {"failed": [False]} | _gains(result, drawn) | _combined(result, drawn)


def _gains(result: ExperimentResult, drawn: Drawn) -> Seen:
    one = next(each for each in result.cegs if each.arm == "a")
    truth = drawn.gains["a"]
    by_rung = [on.ceg for on in one.rungs]
    runs = next(each for each in result.runs if each.arm == "a")
    found: Seen = {
        "pooled": [hit for c in result.cegs for hit in _held(c.ceg, [drawn.gains[c.arm]])],
        "rung, recipe": _each(by_rung, drawn.recipe["a"]),
        "rung, this model": _each(by_rung, drawn.here["a"]),
        "this model": _each([on.this_model for on in runs.rungs], drawn.here["a"]),
        "new run": _each([on.new_run for on in runs.rungs], drawn.new_run["a"]),
        "new run by pooled": _held(one.ceg, drawn.new_run["a"]),
        "new run by rung": _each(by_rung, drawn.new_run["a"]),
        "at least above": [one.discrete.low > truth] if isfinite(one.discrete.low) else [],
        "at most below": [one.discrete.high < truth] if isfinite(one.discrete.high) else [],
        "rung unbounded": [not each.bounded for each in by_rung],
        "half CEG": (one.ceg.high - one.ceg.low) / 2,
        "half rung": median((each.high - each.low) / 2 for each in by_rung),
    }
    if one.parallelism is not None:
        found["trend seen"] = [one.parallelism.p < 0.05]
    return found


def _combined(result: ExperimentResult, drawn: Drawn) -> Seen:
    (pair,) = result.pairs
    interaction = drawn.gains["a+b"] - drawn.gains["a"] - drawn.gains["b"]
    exponent = 1 + interaction / drawn.gains["b"]  # M too: the two are of two categories
    shapley = {
        effect.ptes: effect.ceg
        for lattice in result.lattices
        for effect in lattice.effects
        if effect.kind == "shapley"
    }
    exact: dict[tuple[str, ...], float] = {
        (name,): drawn.gains[name] + interaction / 2 for name in ("a", "b")
    }
    return {
        # By chance b may come out as the larger: the exponent is then another quantity.
        "exponent": _held(pair.exponent, [exponent]) if pair.larger == "a" else [],
        "exponent given": [pair.exponent.status is not EstimateStatus.REFUSED],
        "M": _held(result.total.m, [exponent]) if result.total is not None else [],
        "interaction": _held(pair.interaction_ceg, [interaction]),
        "shapley": [h for n, e in shapley.items() for h in _held(e, [exact[n]])],
        "substitutes": [pair.verdict.value == "substitutes"],
        "complements": [pair.verdict.value == "complements"],
        "half exponent": (pair.exponent.high - pair.exponent.low) / 2,
        "half interaction": (pair.interaction.high - pair.interaction.low) / 2,
    }


def _held(estimate: Estimate, truths: Iterable[float]) -> list[bool]:
    """For each truth whether the interval holds it; nothing where there is no estimate."""
    if estimate.status is EstimateStatus.REFUSED:
        return []
    return [bool(estimate.low <= truth <= estimate.high) for truth in truths]


def _each(estimates: Iterable[Estimate], truths: Iterable[float]) -> list[bool]:
    pairs = zip(estimates, truths, strict=True)
    return [hit for estimate, truth in pairs for hit in _held(estimate, [truth])]
