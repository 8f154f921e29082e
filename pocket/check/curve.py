"""The ladder's base scores as a curve in compute, without a form: joined by straight lines."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from pocket.recipe import Recipe, steps_of

Array = NDArray[np.float64]


@dataclass(frozen=True)
class BaseCurve:
    """Mean logits of the base models by rung, made rising by least squares."""

    steps: Array
    """[rung]: log10 of the training steps; of rungs out of order their mean."""
    logits: Array
    """[rung]: strictly rising."""
    luck: float
    """Standard deviation of a run's logit about its rung's mean, items apart."""
    freedom: int
    """Degrees of freedom of `luck`."""

    @classmethod
    def of(cls, ladder: pd.DataFrame) -> BaseCurve:
        """The curve of a ladder's records."""
        base = scores(ladder, "base")
        names = list(base.columns)
        logits = pd.Series([logit(base[name]) for name in names], [steps_of(n) for n in names])
        rungs = logits.groupby(level=0).mean()
        rising = np.asarray(isotonic_regression(rungs.to_numpy()).x, dtype=float)
        # Rungs out of order are one point, amid them.
        points = pd.Series(np.log10(rungs.index.to_numpy(dtype=float))).groupby(rising).mean()
        luck, freedom = _luck(base)
        return cls(points.to_numpy(), points.index.to_numpy(dtype=float), luck, freedom)

    def at(self, steps: float) -> float:
        """The logit of an average run of so many steps."""
        return _line(float(np.log10(steps)), self.steps, self.logits)

    def reached(self, level: float) -> float:
        """log10 of the steps at which an average run comes to a logit."""
        return _line(level, self.logits, self.steps)

    def slope(self, steps: float) -> float:
        """Logits that a factor of ten brings there."""
        return (self.at(steps * 1.25) - self.at(steps / 1.25)) / (2 * float(np.log10(1.25)))


def scores(frame: pd.DataFrame, stack: str) -> pd.DataFrame:
    """[problem, model] scores of a stack; the sampled arm of the base."""
    rows = frame[(frame["stack"] == stack) & ~frame["greedy"]]
    return rows.pivot_table(
        index="problem", columns="model", values="score", aggfunc="mean"
    ).dropna()


def logit(marks: pd.Series) -> float:
    """Logit of the share of right answers, kept half an answer away from 0 and 1."""
    share = (marks.sum() + 0.5) / (len(marks) + 1)
    return float(np.log(share / (1 - share)))


def _luck(base: pd.DataFrame) -> tuple[float, int]:
    """From runs of one rung: the variance of their logits, less what the choice of problems alone
    would make of it; rungs at the floor or the ceiling say nothing."""
    squares, freedom = 0.0, 0
    for steps in {Recipe(steps_of(name), 0).steps for name in base.columns}:
        mine = base[[name for name in base.columns if steps_of(name) == steps]]
        level = float(mine.to_numpy().mean())
        runs = mine.shape[1]
        if runs < 2 or not 0.05 < level < 0.95:
            continue
        apart = mine.sub(mine.mean(axis=1), axis=0).to_numpy()  # the problems are the same for all
        items = float((apart**2).sum() / (runs - 1) / len(mine) ** 2) / (level * (1 - level)) ** 2
        logits = np.array([logit(mine[name]) for name in mine.columns])
        squares += (runs - 1) * (float(logits.var(ddof=1)) - items)
        freedom += runs - 1
    return float(np.sqrt(max(0.0, squares / max(1, freedom)))), freedom


def _line(x: float, xs: Array, ys: Array) -> float:
    """Linear between the points, and on beyond them by the outermost line."""
    place = int(np.clip(np.searchsorted(xs, x) - 1, 0, len(xs) - 2))
    rise = (ys[place + 1] - ys[place]) / (xs[place + 1] - xs[place])
    return float(ys[place] + rise * (x - xs[place]))
