"""The choice of a form is inside the intervals, and log CEGs still add up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from analysis.ceg.across import across_forms
from analysis.ceg.estimate import ceg
from analysis.ceg.forms import FormSpread, form_weights
from analysis.ceg.ladder import place
from analysis.contracts.experiment import UNIT, Arm, Experiment, Rung
from analysis.curves.form import FORMS
from analysis.uncertainty.resample import resample

X = np.linspace(-1.5, 1.5, 5)


def spread(weights: list[float], replicates: int = 4000) -> FormSpread:
    return FormSpread(np.array(weights), np.random.default_rng(0).random(replicates))


def experiment(form: str, gain: float = 0.8, counts: float = 4000) -> Experiment:
    """A base and an arm whose gain is one number under this form; scores without noise."""
    rise = FORMS[form].rise
    means = np.array([rise(1.1 * X - 0.3), rise(1.1 * (X + gain) - 0.3)])
    return Experiment(
        name=form,
        benchmark=form,
        task_type="math",
        rungs=tuple(
            Rung(model=f"m{n}", family="f", stage="base", flop=UNIT * 10**at)
            for n, at in enumerate(X)
        ),
        arms=(Arm(label="base", ptes=()), Arm(label="a", ptes=("a",))),
        means=means,
        counts=np.full(means.shape, counts),
    )


def test_replicates_take_forms_by_their_weights() -> None:
    offsets = spread([0.5, 0.3, 0.2]).offsets([1.0, 1.4, 0.7])
    assert sorted(set(np.round(offsets, 6))) == [-0.3, 0.0, 0.4]
    assert np.mean(offsets == 0.0) == pytest.approx(0.5, abs=0.03)


def test_a_form_without_a_finite_gain_is_left_out() -> None:
    offsets = spread([0.4, 0.4, 0.2]).offsets([1.0, np.inf, 1.2])
    assert np.isfinite(offsets).all()
    assert np.mean(offsets == 0.0) == pytest.approx(2 / 3, abs=0.03)
    assert (spread([0.5, 0.5]).offsets([np.nan, 1.0]) == 0).all()


@pytest.mark.parametrize("true", ["gompertz", "cloglog"])
def test_an_interval_holds_the_gain_of_the_true_form(true: str) -> None:
    """The logistic is taken, the truth bends otherwise, and items leave no noise to hide in."""
    measured = experiment(true, counts=40_000)
    fit = place(measured, resample(measured, 600))
    forms = across_forms(fit, seed=0)
    narrow, wide = ceg(fit, 1), ceg(forms.fit, 1, others=forms.others)
    assert wide.ceg.low <= 0.8 <= wide.ceg.high
    without, inside = (
        sum(on.ceg.low <= 0.8 <= on.ceg.high for on in result.rungs) for result in (narrow, wide)
    )
    assert without < inside
    assert inside >= 4


def test_the_straight_line_has_no_weight_and_alone_if_it_was_chosen() -> None:
    measured = experiment("logistic")
    forms = across_forms(place(measured, resample(measured, 100)), seed=0)
    names = ["logistic", "log-linear", "gompertz"]
    assert form_weights(forms.curves, names)[1] == 0.0
    assert form_weights(forms.curves, names[1:]).tolist() == [1.0, 0.0]
    assert form_weights(forms.curves, names).sum() == pytest.approx(1.0)


def test_on_a_rung_without_a_number_of_items_there_is_no_interval() -> None:
    measured = experiment("logistic", counts=np.nan)
    on = ceg(place(measured, resample(measured, 100)), 1).rungs[1].ceg
    assert np.isinf([on.low, on.high]).all()
    assert "number of items" in on.reason


def test_without_a_ladder_nothing_is_spread() -> None:
    measured: Any = experiment("logistic")
    short = Experiment(
        **{
            **vars(measured),
            "rungs": measured.rungs[:2],
            "means": measured.means[:, :2],
            "counts": measured.counts[:, :2],
        }
    )
    fit = place(short, resample(short, 100))
    assert across_forms(fit, seed=0).fit is fit
