"""Relative potency: laws, coverage with known truth, and the public GSM8K check."""

from __future__ import annotations

from math import isnan, log10

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special
from statsmodels.api import GLM, families

from analysis.ceg.fieller import Kind
from analysis.ceg.potency import LINKS, relative_potency
from analysis.contracts.experiment import ooms
from analysis.curves.form import FORMS, LINEAR, LOGISTIC
from harness.errors import UserError

X = np.array([0.0, 0.8, 1.6, 2.4])
BASE = np.array([0.12, 0.27, 0.5, 0.71])
ARM = np.array([0.25, 0.49, 0.7, 0.86])
RUNS = 400


def truth(slope: float, log_ceg: float, interaction: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    base = special.expit(-2 + slope * X)
    return base, special.expit(-2 + slope * (X + log_ceg) + interaction * (X - X.mean()))


def test_it_is_the_glm() -> None:
    result = relative_potency(X, BASE, ARM, 200)
    design = np.column_stack([np.ones(8), np.tile(X, 2), np.repeat([0.0, 1.0], 4)])
    glm = GLM(
        np.r_[BASE, ARM], design, family=families.Binomial(), var_weights=np.full(8, 200.0)
    ).fit(scale=1.0)
    assert (result.slope, result.shift) == pytest.approx((glm.params[1], glm.params[2]))
    assert (result.slope_se, result.shift_se) == pytest.approx((glm.bse[1], glm.bse[2]))
    assert result.log_ceg == pytest.approx(glm.params[2] / glm.params[1])
    assert result.dispersion == pytest.approx(glm.pearson_chi2 / 5)


@pytest.mark.parametrize("name", LINKS)
def test_exact_data_give_the_exact_ceg_in_every_form(name: str) -> None:
    form = FORMS[name]
    base, arm = form.rise(-1 + 0.8 * X), form.rise(-1 + 0.8 * (X + 0.6))
    result = relative_potency(X, base, arm, 1000, form=form)
    assert result.log_ceg == pytest.approx(0.6, abs=1e-6)
    assert result.fieller.contains(0.6)
    assert result.parallelism_z == pytest.approx(0, abs=1e-4)


@given(st.floats(-6, 6))
@settings(max_examples=25, deadline=None)
def test_scaling_compute_changes_nothing(move: float) -> None:
    here, there = relative_potency(X, BASE, ARM, 200), relative_potency(X + move, BASE, ARM, 200)
    assert there.log_ceg == pytest.approx(here.log_ceg, rel=1e-6)
    assert there.slope == pytest.approx(here.slope, rel=1e-6)
    assert there.fieller.low == pytest.approx(here.fieller.low, rel=1e-6)
    assert there.parallelism_z == pytest.approx(here.parallelism_z, rel=1e-6, abs=1e-6)


@given(st.lists(st.floats(0.05, 0.95), min_size=4, max_size=4))
@settings(max_examples=50, deadline=None)
def test_an_identity_pte_has_ceg_1_and_a_set_that_covers_it(scores: list[float]) -> None:
    result = relative_potency(X, scores, scores, 300)
    assert result.shift == pytest.approx(0, abs=1e-9)
    assert result.fieller.contains(0.0)
    if abs(result.slope) > 1e-3:
        assert result.log_ceg == pytest.approx(0, abs=1e-6)


@given(st.lists(st.floats(0.02, 0.98), min_size=8, max_size=8))
@settings(max_examples=50, deadline=None)
def test_swapping_base_and_arm_negates(scores: list[float]) -> None:
    one = relative_potency(X, scores[:4], scores[4:], 300)
    other = relative_potency(X, scores[4:], scores[:4], 300)
    assert other.slope == pytest.approx(one.slope, rel=1e-6, abs=1e-9)
    assert other.shift == pytest.approx(-one.shift, rel=1e-6, abs=1e-9)
    assert other.fieller.kind is one.fieller.kind
    if one.fieller.kind is Kind.INTERVAL:
        assert other.fieller.low == pytest.approx(-one.fieller.high, rel=1e-5, abs=1e-6)
        assert other.log_ceg == pytest.approx(-one.log_ceg, rel=1e-5, abs=1e-6)


def simulated(
    slope: float, log_ceg: float, interaction: float, items: int, seed: int
) -> list[tuple[np.ndarray, np.ndarray]]:
    rng = np.random.default_rng(seed)
    base, arm = truth(slope, log_ceg, interaction)
    return [
        (rng.binomial(items, base) / items, rng.binomial(items, arm) / items) for _ in range(RUNS)
    ]


@pytest.mark.parametrize(("slope", "items"), [(1.2, 200), (0.25, 100)])
def test_the_set_covers_the_truth(slope: float, items: int) -> None:
    """Also on a ladder so flat that many of the sets are unbounded: nothing is dropped."""
    results = [
        relative_potency(X, base, arm, items)
        for base, arm in simulated(slope, 0.7, 0.0, items, seed=3)
    ]
    covered = np.mean([p.fieller.contains(0.7) for p in results])
    assert abs(covered - 0.95) < 3 * np.sqrt(0.95 * 0.05 / RUNS)
    unbounded = np.mean([p.fieller.kind is not Kind.INTERVAL for p in results])
    assert unbounded < 0.01 if slope > 1 else 0.2 < unbounded < 0.95


def test_parallelism_keeps_its_level_and_sees_an_interaction() -> None:
    def rejected(interaction: float) -> float:
        runs = simulated(1.2, 0.7, interaction, 300, seed=4)
        return float(
            np.mean([relative_potency(X, b, a, 300).parallelism_p < 0.05 for b, a in runs[:200]])
        )

    assert rejected(0.0) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 200)
    assert rejected(0.6) > 0.9


def test_scaled_sets_cover_where_rungs_differ_by_more_than_items() -> None:
    rng = np.random.default_rng(6)
    x, items = np.linspace(0, 3, 8), 2000
    plain = scaled = 0
    for _ in range(200):
        eta = -2 + 1.2 * np.stack([x, x + 0.7]) + rng.normal(0, 0.15, (2, 8))
        base, arm = rng.binomial(items, special.expit(eta)) / items
        plain += relative_potency(x, base, arm, items).fieller.contains(0.7)
        scaled += relative_potency(x, base, arm, items, scaled=True).fieller.contains(0.7)
    assert plain / 200 < 0.85
    assert 0.9 < scaled / 200 < 0.99


def test_gsm8k_verifier() -> None:
    """Cobbe et al. 2021, 1,319 test questions: 6B 21.68 -> 39.04, 175B 34.72 -> 56.25.

    The small model with a verifier (39.04) beats the large one without (34.72), so the CEG is at
    least the ratio of their training compute. By names that is 175 / 6 = 29.2; the model behind
    "6B" has 6.7e9 parameters (Brown et al. 2020, table 2.1: both on 3e11 tokens), so 6ND gives
    26.1, Lifland et al.'s "> 26". What is compared here: the CEG of the model, and the lower end of
    its set, must not fall short of what is seen without any model.
    """
    small, large = 6 * 6.7e9 * 3e11, 6 * 175e9 * 3e11
    x = np.array([ooms(small), ooms(large)])
    seen = log10(large / small)
    assert 26 < 10**seen < 26.2
    base, arm = np.array([0.2168, 0.3472]), np.array([0.3904, 0.5625])
    alone = relative_potency(x, base, [arm[0], np.nan], 1319)
    both = relative_potency(x, base, arm, 1319)
    for result in (alone, both):
        assert result.log_ceg > seen
        assert result.fieller.kind is Kind.INTERVAL
        assert result.fieller.low > seen
    assert isnan(alone.parallelism_z)
    assert abs(both.parallelism_z) < 1.96


def test_a_flat_base_leaves_the_set_unbounded() -> None:
    result = relative_potency(X, np.full(4, 0.3), np.full(4, 0.6), 100)
    assert result.fieller.kind is Kind.COMPLEMENT
    assert not result.fieller.contains(0.0)
    nothing = relative_potency(X, np.zeros(4), np.full(4, 0.1), 100)
    assert nothing.fieller.kind is Kind.EVERYTHING


def test_arms_may_lack_rungs_and_have_their_own_counts() -> None:
    some = [ARM[0], np.nan, ARM[2], ARM[3]]
    result = relative_potency(X, BASE, some, 200, [100, np.nan, 100, 100])
    assert result.df == 4
    assert 0 < result.log_ceg < 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"arm": np.full(4, np.nan)}, "no score"),
        ({"arm": ARM[:3]}, "one for each"),
        ({"counts": [200, 200, np.nan, 200]}, "counts are unknown"),
        ({"form": LINEAR}, "no relative potency"),
        ({"x": np.full(4, 1.0)}, "two rungs"),
        ({"arm": 100 * ARM}, "divide points by 100"),
    ],
)
def test_bad_input_is_named(change: dict[str, object], message: str) -> None:
    options = {"x": X, "base": BASE, "arm": ARM, "counts": 200, "form": LOGISTIC, **change}
    with pytest.raises(UserError, match=message):
        relative_potency(**options)  # type: ignore[arg-type]


def test_nothing_to_scale_by_is_said() -> None:
    with pytest.raises(UserError, match="leave no dispersion"):
        relative_potency(X[:2], BASE[:2], [ARM[0], np.nan], 200, scaled=True)
