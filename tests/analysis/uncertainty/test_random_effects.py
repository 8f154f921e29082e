import numpy as np
import pytest
from numpy.typing import NDArray

from analysis.uncertainty.random_effects import RandomEffects, random_effects


def pooled(values: NDArray[np.float64], noise: NDArray[np.float64]) -> RandomEffects:
    ends = (values - 1.96 * noise, values + 1.96 * noise)
    return random_effects(values.tolist(), *(end.tolist() for end in ends))


def test_benchmarks_that_agree_are_known_as_well_as_their_noise_allows() -> None:
    found = pooled(np.full(4, 0.3), np.full(4, 0.1))
    assert found.mean == pytest.approx(0.3)
    assert found.between == 0
    assert found.high - found.mean == pytest.approx(3.182 * 0.1 / 2, rel=1e-3)  # t, 3 degrees
    assert found.further_high == pytest.approx(found.high, abs=0.002)
    assert found.noise_share == 1
    assert found.p == pytest.approx(1)


def test_a_noisy_benchmark_weighs_little() -> None:
    found = pooled(np.array([0.1, 0.2, 3.0]), np.array([0.1, 0.1, 50.0]))
    assert found.mean == pytest.approx(0.15, abs=0.01)


def test_without_noise_it_is_students_t() -> None:
    values = np.array([0.0, 0.1, 0.5, 0.2, 0.9])
    found = pooled(values, np.full(5, 1e-6))
    error = values.std(ddof=1) / np.sqrt(5)
    assert found.mean == pytest.approx(values.mean())
    assert found.high - found.mean == pytest.approx(2.776 * error, rel=1e-3)
    assert found.between == pytest.approx(values.std(ddof=1), rel=1e-3)
    # About t with four degrees of a deviation of its own and the mean's, as long-tailed or more.
    assert 2.776 * error * np.sqrt(6) <= found.further_high - found.mean < 4.2 * error * np.sqrt(6)


def test_one_benchmark_tells_nothing_of_others() -> None:
    with pytest.raises(ValueError, match="one benchmark"):
        random_effects([0.1], [0.0], [0.2])


@pytest.mark.parametrize("between", [0.0, 0.1, 0.3])
def test_intervals_hold_what_they_say(between: float) -> None:
    rng = np.random.default_rng(5)
    mean = further = 0
    worlds = 400
    for _ in range(worlds):
        noise = rng.uniform(0.03, 0.2, 6)
        values = 0.2 + between * rng.standard_normal(6) + noise * rng.standard_normal(6)
        found = pooled(values, noise)
        mean += found.low <= 0.2 <= found.high
        further += found.further_low <= 0.2 + between * rng.standard_normal() <= found.further_high
    assert mean / worlds > 0.92
    assert further / worlds > 0.92
