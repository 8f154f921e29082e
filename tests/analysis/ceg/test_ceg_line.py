"""CEG as a function of compute: the band holds a gain that grows linearly."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from analysis.ceg.across import across_forms
from analysis.ceg.by_compute import ceg_line
from analysis.ceg.by_rung import on_rungs
from analysis.ceg.estimate import ceg
from analysis.ceg.ladder import place
from analysis.contracts.estimate import EstimateStatus
from analysis.contracts.experiment import UNIT, Experiment
from analysis.uncertainty.resample import resample
from tests.analysis.ceg.test_parallelism import lucky
from tests.thorough import THOROUGH, size

START, GROWTH = 0.6, 0.5
"""log10 CEG at 1e21 FLOP, and what it grows by with every OOM."""


def grown(luck: tuple[float, float], rng: np.random.Generator, rungs: int = 6) -> Experiment:
    return lucky(rungs, luck, rng, GROWTH)


@pytest.mark.parametrize("luck", [(0.0, 0.0), (0.2, 0.1)])
def test_the_band_holds_the_truth_at_every_compute(luck: tuple[float, float]) -> None:
    rng, held = np.random.default_rng(5), []
    for seed in range(size(1000, 50)):
        measured = grown(luck, rng)
        line = ceg_line(place(measured, resample(measured, 300, seed), seed=seed), 1)
        held.append(
            [
                at.ceg.low <= START + GROWTH * np.log10(at.flop / UNIT) <= at.ceg.high
                for at in line.at
            ]
            + [line.growth.low <= GROWTH <= line.growth.high]
        )
    assert np.mean(held, axis=0).min() >= (0.93 if THOROUGH else 0.86)


def test_the_choice_of_a_form_is_in_the_band() -> None:
    measured = grown((0.05, 0.0), np.random.default_rng(4))
    fit = place(measured, resample(measured, 200))
    forms = across_forms(fit, 0)
    one, all_of_them = ceg_line(fit, 1), ceg_line(forms.fit, 1, forms.others)
    assert forms.fit.spread is not None
    width = [
        np.mean([at.ceg.high - at.ceg.low for at in line.rungs]) for line in (one, all_of_them)
    ]
    assert width[1] > width[0]


def test_it_is_there_where_one_ceg_is_rejected_and_the_mean_says_so() -> None:
    measured = grown((0.0, 0.0), np.random.default_rng(0), 8)
    result = ceg(place(measured, resample(measured, 500)), 1)
    assert result.parallelism is not None
    assert result.parallelism.p < 0.05
    assert result.by_compute is not None
    assert [each.models for each in result.by_compute.rungs] == [(f"m{n}",) for n in range(8)]
    assert result.ceg.reason.startswith("a mean over the ladder's rungs, and rejected")
    inside = [at.ceg.point for at in result.by_compute.at]
    assert inside[0] < result.ceg.point < inside[-1]
    same = lucky(8, (0.0, 0.0), np.random.default_rng(1))
    assert ceg(place(same, resample(same, 500)), 1).by_compute is None


def test_an_arm_on_some_rungs_has_its_line_there_and_shares_its_bases_luck() -> None:
    """A shift of both on one rung moves the base's curve, and the arm's distance hardly."""
    measured = grown((0.0, 0.0), np.random.default_rng(2), 7)
    means = measured.means.copy()
    means[1, [0, 6]] = np.nan
    lines = []
    for shift in (0.0, 0.5):
        moved = means.copy()
        odds = moved[:, 3] / (1 - moved[:, 3]) * np.exp(shift)
        moved[:, 3] = odds / (1 + odds)
        fit = place(replace(measured, means=moved), resample(replace(measured, means=moved), 100))
        lines.append(ceg_line(fit, 1))
    assert len(lines[0].rungs) == 5
    here, there = ([at.ceg.point for at in line.at] for line in lines)
    assert there == pytest.approx(here, abs=0.15)


def test_ends_beyond_the_ladder_say_so() -> None:
    measured = grown((0.0, 0.0), np.random.default_rng(0), 8)
    line = ceg_line(place(measured, resample(measured, 200)), 1)
    assert line.at[-1].ceg.status is EstimateStatus.RIGHT_CENSORED


def test_by_rung_scatter_is_about_the_line_where_one_ceg_is_rejected() -> None:
    measured = grown((0.0, 0.0), np.random.default_rng(0), 8)
    fit = place(measured, resample(measured, 500))
    result = ceg(fit, 1)
    assert result.by_compute is not None
    for rung, (on, at) in enumerate(zip(result.rungs, result.by_compute.rungs, strict=True)):
        constant = on_rungs(fit, 1, fit.base)[rung].ceg
        assert constant.high - constant.low > 1.2 * (on.ceg.high - on.ceg.low)
        assert on.ceg.low < at.ceg.high
        assert at.ceg.low < on.ceg.high
