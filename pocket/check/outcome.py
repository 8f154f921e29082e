"""What the trained base models score, beside what was predicted of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression
from scipy.stats import norm, t

from pocket.check.cases import Case
from pocket.recipe import Recipe, steps_of

LEVEL = 0.95
REPLICATES = 2000


@dataclass(frozen=True)
class PredictionCheck:
    """A prediction held against the models that were trained for it."""

    case: Case
    with_stack: float
    """Mean score of the rung with the stack, over its seeds."""
    bases: tuple[float, ...]
    """Scores of the base models of the predicted compute, by seed."""
    curve: float
    """What the ladder's own base models say of that compute: their mean scores, interpolated
    linearly in log compute."""
    items: float
    """Standard error of the difference that comes from the problems asked, paired."""
    training: float
    """Standard error that comes from the seeds of training, the rung's and the new ones'."""
    pairs: int
    """Pairs of models that the spread of training is known from: its degrees of freedom."""
    ladder_base: float
    """Mean base score of the rung, for comparison."""
    realised: float
    """log10 CEG by the new models alone: the compute at which their mean scores, made monotone and
    interpolated, reach the score with the stack. NaN where none of them does."""

    @property
    def base(self) -> float:
        """Mean score of the base models of the predicted compute."""
        return float(np.mean(self.bases))

    @property
    def difference(self) -> float:
        """Base of the predicted compute less the rung with the stack."""
        return self.base - self.with_stack

    @property
    def half_width(self) -> float:
        """Half-width of the difference's 95% interval: Student's, with Satterthwaite's degrees of
        freedom."""
        error = float(np.hypot(self.items, self.training))
        if not self.training:
            return float(norm.ppf((1 + LEVEL) / 2)) * error
        freedom = self.pairs * error**4 / self.training**4
        return float(t.ppf((1 + LEVEL) / 2, freedom)) * error

    @property
    def would_hit_by_nothing(self) -> bool:
        """Whether a CEG of 1, the rung's own base, would agree by the same measure."""
        return abs(self.ladder_base - self.with_stack) <= self.half_width

    @property
    def covered(self) -> bool:
        """Whether the CEG's 95% interval holds what the new models came to."""
        return self.case.low <= self.realised <= self.case.high

    @property
    def hit(self) -> bool:
        """Whether the scores agree within their uncertainty."""
        return abs(self.difference) <= self.half_width


def outcomes(
    cases: Sequence[Case],
    ladder: pd.DataFrame,
    trained: pd.DataFrame,
    rungs: Sequence[Recipe],
    seed: int = 0,
) -> list[PredictionCheck]:
    """Compare every case.

    Args:
        cases: the predictions.
        ladder: records of the ladder, with the stacks.
        trained: records of the trained models, base alone, on the same problems.
        rungs: the ladder's recipes.
        seed: of the resampling of problems.
    """
    spread, pairs = training_spread(ladder, rungs)
    steps, means = curve_of(trained)
    random = np.random.default_rng(seed)
    results = []
    for case in cases:
        mine = [recipe.name for recipe in rungs if recipe.steps == case.steps]
        stack = _scores(ladder, mine, case.stack)
        models = trained["model"].unique()
        names = sorted(name for name in models if steps_of(name) == case.predicted)
        base = _scores(trained, names, "base")
        both = stack.index.intersection(base.index)
        gaps = (base.loc[both].mean(axis=1) - stack.loc[both].mean(axis=1)).to_numpy()
        draws = random.integers(len(gaps), size=(REPLICATES, len(gaps)))
        level = float(base.to_numpy().mean())
        aim = float(stack.to_numpy().mean())
        slope = level * (1 - level)
        results.append(
            PredictionCheck(
                case,
                with_stack=aim,
                bases=tuple(float(score) for score in base.loc[both].mean(axis=0)),
                curve=interpolated(ladder, case.predicted),
                items=float(gaps[draws].mean(axis=1).std()),
                training=spread * slope * float(np.sqrt(1 / len(mine) + 1 / len(names))),
                pairs=pairs,
                ladder_base=float(_scores(ladder, mine, "base").to_numpy().mean()),
                realised=reached(aim, steps, means) - float(np.log10(case.steps)),
            )
        )
    return results


def interpolated(ladder: pd.DataFrame, steps: int) -> float:
    """Mean base score of the ladder at a number of steps, between its rungs."""
    base = ladder[(ladder["stack"] == "base") & ~ladder["greedy"]]
    means = base.groupby(base["model"].map(steps_of))["score"].mean()
    return float(np.interp(np.log(steps), np.log(means.index), means))


def curve_of(trained: pd.DataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """log10 steps of the new models, and their mean scores made monotone by least squares."""
    means = trained.groupby(trained["model"].map(steps_of))["score"].mean()
    rising = isotonic_regression(means.to_numpy()).x
    return np.log10(means.index.to_numpy(dtype=float)), np.asarray(rising, dtype=float)


def reached(score: float, steps: NDArray[np.float64], means: NDArray[np.float64]) -> float:
    """log10 steps at which a rising curve comes to a score; NaN where it lies beyond its ends."""
    if not means[0] <= score <= means[-1]:
        return float("nan")
    # Where the curve is level, its first point: the least compute that is enough.
    first = np.concatenate([[True], np.diff(means) > 0])
    return float(np.interp(score, means[first], steps[first]))


def training_spread(ladder: pd.DataFrame, rungs: Sequence[Recipe]) -> tuple[float, int]:
    """Standard deviation, in logits, of a base score from one training seed to another, and the
    number of pairs that it comes from.

    From pairs of models of one rung: half the mean squared difference of their logits, less what
    the problems alone would make of it.
    """
    squares = []
    for steps in sorted({recipe.steps for recipe in rungs}):
        names = [recipe.name for recipe in rungs if recipe.steps == steps]
        scores = _scores(ladder, names, "base").to_numpy()
        if scores.shape[1] < 2 or not 0.02 < scores.mean() < 0.98:
            continue
        logits = [_logit(column) for column in scores.T]
        level = scores.mean()
        noise = np.var(scores[:, 0] - scores[:, 1]) / len(scores) / (level * (1 - level)) ** 2
        squares.append(0.5 * ((logits[0] - logits[1]) ** 2 - float(noise)))
    return float(np.sqrt(max(0.0, float(np.mean(squares or [0.0]))))), len(squares)


def _logit(scores: NDArray[np.float64]) -> float:
    share = (scores.sum() + 0.5) / (len(scores) + 1)
    return float(np.log(share / (1 - share)))


def _scores(frame: pd.DataFrame, models: Sequence[str], stack: str) -> pd.DataFrame:
    """[problem, model] scores of a stack; the sampled arm of the base."""
    rows = frame[frame["model"].isin(models) & (frame["stack"] == stack) & ~frame["greedy"]]
    return rows.pivot_table(
        index="problem", columns="model", values="score", aggfunc="mean"
    ).dropna()
