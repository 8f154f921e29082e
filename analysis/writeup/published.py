"""Scores of single benchmarks that Lifland et al. print, and the CEGs that follow from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from analysis.ceg.rules import discrete_rule, log_linear_rule
from analysis.contracts.experiment import ooms
from analysis.curves.form import LOGISTIC, Curve
from analysis.curves.least_squares import LeastSquaresFit, least_squares
from analysis.writeup.months import month
from analysis.writeup.table import read_writeup


@dataclass(frozen=True)
class Model:
    """One model without PTEs on HumanEval."""

    name: str
    month: int
    score: float
    """pass@1 in [0, 1]."""
    flop: float

    @property
    def x(self) -> float:
        """The model's training compute as log10(FLOP / 1e21)."""
        return ooms(self.flop)


@dataclass(frozen=True, kw_only=True)
class PublishedResult:
    """One model with a set of PTEs on HumanEval."""

    model: str
    ptes: tuple[str, ...]
    k: int
    """Attempts; above 1 the best of them counts, which needs an oracle."""
    score: float
    """Score, in [0, 1]."""
    inference: float | None
    """Multiple of the base's inference; None where not known."""
    evaluated: int
    """Month of the evaluation."""
    method: int | None
    """Month in which the newest of the PTEs came out; None without PTEs."""
    other_base: float | None = None
    """Another score of the base, by which Lifland et al. take this row's CEG."""

    @property
    def oracle(self) -> bool:
        """Whether the score is an upper bound, since someone must know the right attempt."""
        return self.k > 1


@dataclass(frozen=True, kw_only=True)
class ReportedCeg:
    """A CEG on one benchmark, as Lifland et al. give it or as its numbers imply."""

    pte: str
    benchmark: str
    task_type: str
    ceg: float
    bound: str
    """`about`, `at_least`, or `computed` where it follows from printed scores."""
    model: str = ""


@cache
def ladder() -> tuple[Model, ...]:
    """The eleven models of Lifland et al.'s HumanEval sigmoid."""
    return tuple(
        Model(row["model"], month(row["date"]), row["score"] / 100, float(row["flop"]))
        for row in read_writeup("humaneval")["ladder"]
    )


@cache
def results() -> tuple[PublishedResult, ...]:
    """Lifland et al.'s HumanEval rows, pass@k ones too."""
    return tuple(
        PublishedResult(
            model=row["model"],
            ptes=tuple(row["ptes"]),
            k=row["k"],
            score=row["score"] / 100,
            inference=None if row["inference"] is None else float(row["inference"]),
            evaluated=month(row["evaluated"]),
            method=None if row["method"] is None else month(row["method"]),
            other_base=row["other_base"] / 100 if "other_base" in row else None,
        )
        for row in read_writeup("humaneval")["rows"]
    )


@cache
def sigmoid() -> LeastSquaresFit:
    """Lifland et al.'s fit: unweighted least squares over the eleven models."""
    models = ladder()
    return least_squares(
        LOGISTIC, np.array([m.x for m in models]), np.array([m.score for m in models])
    )


def base_score(model: str) -> float:
    """Score of a model without PTEs at one attempt, in [0, 1]."""
    return next(r.score for r in results() if r.model == model and not r.ptes and r.k == 1)


def humaneval_ceg(result: PublishedResult, curve: Curve, base: float | None = None) -> float:
    """log10 CEG of a row: equivalent compute of its score less that of its base."""
    start = base_score(result.model) if base is None else base
    return float(curve.compute(result.score) - curve.compute(start))


def reported_cegs() -> tuple[ReportedCeg, ...]:
    """CEGs by PTE, benchmark and kind of task: printed ones, then computed ones."""
    stated = tuple(
        ReportedCeg(
            pte=row["pte"],
            benchmark=row["benchmark"],
            task_type=row["task_type"],
            ceg=float(row["ceg"]),
            bound=row["bound"],
        )
        for row in read_writeup("reported")["rows"]
    )
    return (*stated, *_humaneval(), *_hotpotqa(), *_voting())


def _humaneval() -> Sequence[ReportedCeg]:
    curve = sigmoid().curve
    return [
        ReportedCeg(
            pte="+".join(r.ptes),
            benchmark="HumanEval",
            task_type="coding",
            ceg=10 ** humaneval_ceg(r, curve, r.other_base),
            bound="computed",
            model=r.model,
        )
        for r in results()
        if r.ptes and not r.oracle
    ]


def _hotpotqa() -> Sequence[ReportedCeg]:
    return [
        ReportedCeg(
            pte="+".join(row["ptes"]) + (f" over {'+'.join(row['over'])}" if row["over"] else ""),
            benchmark="HotpotQA",
            task_type="qa",
            ceg=10 ** log_linear_rule(row["gain"], row["per_oom"]),
            bound="computed",
            model="GPT-3.5",
        )
        for row in read_writeup("hotpotqa")["rows"]
    ]


def _voting() -> Sequence[ReportedCeg]:
    data = read_writeup("voting")
    return [
        ReportedCeg(
            pte="self_consistency",
            benchmark=row["benchmark"],
            task_type=row["task_type"],
            ceg=10 ** discrete_rule(row["gain"], row["between"], data["ratio"]),
            bound="computed",
            model=data["smaller"]["model"],
        )
        for row in data["rows"]
    ]
