"""What the trained base models came to, beside what was predicted of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm
from statsmodels.stats.proportion import proportion_confint

from pocket.check.cases import Case, Interval
from pocket.check.curve import BaseCurve, logit, scores
from pocket.recipe import steps_of


@dataclass(frozen=True, kw_only=True)
class RunCheck:
    """What was said of a new run, held against one."""

    case: Case
    model: str
    """The rung's model that scored with the stack."""
    run: str
    """The base model that was trained anew."""
    score: float
    """What the new run scores, base alone."""
    luck: float
    """By how many logits that lies above what an average run of its size scores."""
    problems: int
    """Problems that `model` and `run` both have a score for."""
    realised: float
    """log10 of the multiple of the rung's compute at which a base model as lucky as `run` scores
    what `model` scored with the stack."""

    @property
    def said(self) -> Interval:
        """The interval for a new run."""
        return self.case.new_run[self.model]

    @property
    def held(self) -> bool:
        """Whether the interval for a new run holds it."""
        return _holds(self.said, self.realised)


@dataclass(frozen=True, kw_only=True)
class AverageCheck:
    """The recipe's gain, held against the mean of the new runs."""

    case: Case
    base: float
    """Mean score of the rung without the stack."""
    with_stack: float
    """Mean score of the rung with the stack."""
    runs: tuple[float, ...]
    """Scores of the new runs, base alone."""
    realised: float
    """log10 of the multiple of compute: the mean over the rung's models and the new runs."""
    error: float
    """Standard error of `realised` that comes from the luck of these few runs, as log10."""

    @property
    def held(self) -> bool:
        """Whether the recipe's interval holds it."""
        return _holds(self.case.recipe, self.realised)

    @property
    def expected(self) -> float:
        """How likely the recipe's interval holds it by theory: what is estimated lies about the
        point by the interval's own standard error, and a few runs about that by their luck."""
        said = self.case.recipe
        own = (said.high - said.low) / 2 / norm.ppf(0.975)
        apart = float(np.hypot(own, self.error))
        ends = norm.cdf([(said.low - said.point) / apart, (said.high - said.point) / apart])
        return float(ends[1] - ends[0])


@dataclass(frozen=True)
class Coverage:
    """How many of the new runs an interval holds."""

    share: float
    """Share of the predictions whose interval holds, all runs counted alike."""
    predictions: int
    runs: int
    low: float
    high: float
    """95% interval of Clopper and Pearson that counts the runs: predictions of one are not
    independent."""

    @classmethod
    def of(cls, checks: Iterable[RunCheck]) -> Coverage:
        """The mean over runs of the share of their predictions that is held."""
        frame = pd.DataFrame([{"run": check.run, "held": check.held} for check in checks])
        by_run = frame.groupby("run")["held"].mean()
        share, runs = float(by_run.mean()), len(by_run)
        low, high = proportion_confint(share * runs, runs, method="beta")
        return cls(share, len(frame), runs, float(low), float(high))


def run_checks(
    cases: Sequence[Case], ladder: pd.DataFrame, trained: pd.DataFrame, curve: BaseCurve
) -> list[RunCheck]:
    """Every prediction against every new run of its size.

    Args:
        cases: what is said.
        ladder: records of the ladder, with the stacks.
        trained: records of the new models, base alone, on the same problems.
        curve: of the ladder's base models.
    """
    bases = scores(trained, "base")
    results = []
    for case in cases:
        arms = scores(ladder[ladder["model"].isin(case.new_run)], case.stack)
        for model in case.new_run:
            for run in _of_size(bases, case.size):
                shared = arms.index.intersection(bases.index)
                luck = logit(bases.loc[shared, run]) - curve.at(case.size)
                reached = curve.reached(logit(arms.loc[shared, model]) - luck)
                results.append(
                    RunCheck(
                        case=case,
                        model=model,
                        run=run,
                        score=float(bases.loc[shared, run].mean()),
                        luck=luck,
                        problems=len(shared),
                        realised=reached - float(np.log10(case.steps)),
                    )
                )
    return results


def average_checks(
    cases: Sequence[Case], checks: Sequence[RunCheck], ladder: pd.DataFrame, curve: BaseCurve
) -> list[AverageCheck]:
    """The recipe's gain of each case against the mean of its checks."""
    unaided = scores(ladder, "base")
    results = []
    for case in cases:
        mine = [check for check in checks if check.case is case]
        models, runs = list(case.new_run), {check.run: check.score for check in mine}
        luck = curve.luck * np.sqrt(1 / len(models) + 1 / len(runs)) / curve.slope(case.size)
        results.append(
            AverageCheck(
                case=case,
                base=float(unaided[models].to_numpy().mean()),
                with_stack=float(scores(ladder, case.stack)[models].to_numpy().mean()),
                runs=tuple(runs.values()),
                realised=float(np.mean([check.realised for check in mine])),
                error=float(luck),
            )
        )
    return results


def _of_size(bases: pd.DataFrame, steps: int) -> list[str]:
    return sorted(name for name in bases.columns if steps_of(name) == steps)


def _holds(interval: Interval, value: float) -> bool:
    return interval.low <= value <= interval.high
