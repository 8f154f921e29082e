"""What estimates and tables say of how the attempts behind them ended."""

from __future__ import annotations

from collections.abc import Iterable
from math import isfinite, isnan, nan
from typing import Any

import numpy as np

from analysis.ceg.cut import CutRange
from analysis.ceg.estimate import Ceg
from analysis.contracts.endings import REASONING, CellEndings
from analysis.pages.page import readable
from analysis.report.columns import Row, between, multiple
from analysis.report.quantities import Named
from analysis.result import ExperimentResult
from harness.records.endings import AT_ONCE, FEW

CUT, BASE_REASONS = "cut", "base reasons"
"""Flags: more than a few attempts of an arm or of its base were cut; chain of thought is compared
with a base that reasons by itself."""


def ranges(result: ExperimentResult, arm: str, reference: str | None = None) -> list[CutRange]:
    """The ranges of an arm's gains if cut attempts were right, over one base or each that it is
    compared with; none where nothing says what was cut."""
    return [
        each
        for each in result.cut_ranges
        if each.arm == arm and reference in (None, each.reference) and not isnan(each.cut)
    ]


def base_at_once(result: ExperimentResult, model: str | None = None) -> float:
    """Share of the base's answers that came at once, sampled or greedy, whichever is less, on a
    rung or on the one where it is least; NaN where nothing says so."""
    experiment = result.experiment
    if experiment.endings is None:
        return nan
    bases = [not arm.ptes for arm in experiment.arms]
    models = [model in (None, rung.model) for rung in experiment.rungs]
    shares = experiment.endings.at_once[np.ix_(bases, models)].ravel()
    return min(shares[~np.isnan(shares)].tolist(), default=nan)


def flags(
    result: ExperimentResult,
    measured: Iterable[CutRange],
    gaining: Iterable[str],
    model: str | None = None,
) -> list[str]:
    """What weakens a gain.

    Args:
        result: of the experiment.
        measured: ranges of the gains that it rests on.
        gaining: labels of the arms, or names of the PTEs, whose gain it is.
        model: the rung that it is of; all of them if none is named.
    """
    found = [CUT] if any(each.most > FEW for each in measured) else []
    if REASONING in _ptes(result, gaining) and base_at_once(result, model) < AT_ONCE:
        found.append(BASE_REASONS)
    return found


def _ptes(result: ExperimentResult, labels: Iterable[str]) -> set[str]:
    arms = {arm.label: arm.ptes for arm in result.experiment.arms}
    return {pte for label in labels for pte in arms.get(label, (label,))}


def _flags(result: ExperimentResult, named: Named) -> list[str]:
    if named.stack is not None and named.context is None:
        measured = ranges(result, named.stack, named.reference)
        return flags(result, measured, [named.stack], named.model)
    if named.stack is not None:  # one PTE on top of others
        labels = [named.stack, str(named.reference)]
    else:
        within = _ptes(result, (*named.ptes, *(named.context or ())))
        arms = result.experiment.arms
        labels = [arm.label for arm in arms if arm.ptes and within >= {*arm.ptes}]
    measured = [each for label in labels for each in ranges(result, label)]
    return flags(result, measured, named.ptes, named.model)


def entry(result: ExperimentResult, named: Named) -> dict[str, Any]:
    """The fields of an estimate in `estimates.json`."""
    if named.kind == "score":
        return _of_score(result, named)
    own = _own(result, named)
    low, high = (nan, nan) if own is None else _range(result, own, named)
    return {
        "cut": None if own is None else _number(own.cut),
        "base_cut": None if own is None else _number(own.reference_cut),
        "low_if_cut_right": _number(named.factor * low),
        "high_if_cut_right": _number(named.factor * high),
        "unread": None,
        "at_once": None,
        "base_at_once": _number(base_at_once(result, named.model)),
        "flags": _flags(result, named),
    }


def columns_of_score(ended: CellEndings | None, arm: int, rung: int) -> Row:
    """What the table of scores says of one arm on one rung; NaN where records do not tell."""

    def at(name: str, factor: float = 1.0) -> float:
        return nan if ended is None else factor * float(getattr(ended, name)[arm, rung])

    return {
        "cut_share": at("cut"),
        "score_if_cut_right": at("upper", 100),
        "cut_completion_share": at("cut_completions"),
        "unread_share": at("unread"),
        "strict_score": at("strict", 100),
        "at_once_share": at("at_once"),
    }


def columns_of_ceg(result: ExperimentResult, gain: Ceg) -> Row:
    """What the table of CEGs says of one gain."""
    own = next(iter(ranges(result, gain.arm, gain.reference)), None)
    low, high = (nan, nan) if own is None else own.ceg
    points = (nan, nan) if own is None else own.points
    return {
        "cut_share": nan if own is None else own.cut,
        "base_cut_share": nan if own is None else own.reference_cut,
        **between("ceg_if_cut_right", low, high),
        "points_if_cut_right_low": 100 * points[0],
        "points_if_cut_right_high": 100 * points[1],
        "base_at_once_share": base_at_once(result),
        "flags": "; ".join(flags(result, [] if own is None else [own], [gain.arm])),
    }


def in_short(result: ExperimentResult, gain: Ceg) -> str:
    """What to know of a gain, in a few words; empty where nothing needs saying."""
    own, words = ranges(result, gain.arm, gain.reference), []
    for flag in flags(result, own, [gain.arm]):
        if flag == CUT:
            words.append(_cut_words(own[0]))
        else:
            words.append(f"{flag} ({100 * base_at_once(result):.0f}% at once)")
    return "; ".join(words)


def _cut_words(own: CutRange) -> str:
    cut = f"cut {round(100 * own.cut, 1):g}%, base {round(100 * own.reference_cut, 1):g}%"
    if isnan(own.ceg[0]):
        low, high = (f"{100 * each:+.1f}" for each in own.points)
        return f"{cut}: {low} to {high} points if right"
    low, high = (readable(multiple(each)) for each in own.ceg)
    return f"{cut}: CEG {low} to {high} if right"


def _of_score(result: ExperimentResult, named: Named) -> dict[str, Any]:
    experiment = result.experiment
    rung = next(n for n, each in enumerate(experiment.rungs) if each.model == named.model)
    arm = experiment.arm(str(named.stack))
    said = columns_of_score(experiment.endings, arm, rung)
    told = not isnan(said["cut_share"])
    return {
        "cut": _number(said["cut_share"]),
        "base_cut": None,
        "low_if_cut_right": _number(float(experiment.means[arm, rung])) if told else None,
        "high_if_cut_right": _number(said["score_if_cut_right"] / 100),
        "unread": _number(said["unread_share"]),
        "at_once": _number(said["at_once_share"]),
        "base_at_once": None,
        "flags": [CUT] if said["cut_share"] > FEW else [],
    }


def _own(result: ExperimentResult, named: Named) -> CutRange | None:
    """The range of a stack's gain over a base; None for what is something else."""
    if named.stack is None or named.context is not None:
        return None
    return next(iter(ranges(result, named.stack, named.reference)), None)


def _range(result: ExperimentResult, own: CutRange, named: Named) -> tuple[float, float]:
    if named.kind == "ceg_rung":
        assert result.fit is not None
        models = [result.experiment.rungs[rung].model for rung in result.fit.on]
        return own.rungs[models.index(str(named.model))]
    by_kind = {
        "ceg": own.ceg,
        "predictor_difference": own.predictor,
        "score_difference": own.points,
    }
    return by_kind.get(named.kind, (nan, nan))


def _number(value: float) -> float | None:
    return float(f"{value:.6g}") if isfinite(value) else None
