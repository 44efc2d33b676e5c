"""The statistical checks accept what is right and reject what is planted."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

import statistics_helpers as stats

PROBABILITIES = np.array([0.4, 0.3, 0.0, 0.2, 0.08, 0.02 - 2e-6, 1e-6, 1e-6])
SHOTS = 200_000


def drawn(seed: int, probabilities: np.ndarray = PROBABILITIES, shots: int = SHOTS) -> np.ndarray:
    random = np.random.default_rng(seed)
    return random.choice(len(probabilities), size=shots, p=probabilities).astype(np.uint64)


def test_chi_square_equals_scipy_where_nothing_is_pooled():
    even = np.array([0.25, 0.35, 0.4])
    outcomes = drawn(3, even, 1000)
    counts = np.bincount(outcomes.astype(int), minlength=3)
    expected = scipy.stats.chisquare(counts, 1000 * even).pvalue
    assert stats.fit_p_value(outcomes, even) == pytest.approx(expected, rel=1e-9)


def test_rare_bins_are_pooled_and_nothing_is_lost():
    counts = stats.counts_of(drawn(1), 8)
    seen, expected = stats.pooled(counts, SHOTS * PROBABILITIES)
    assert seen.sum() == counts.sum() == SHOTS
    assert expected.sum() == pytest.approx(SHOTS)
    assert expected.min() >= stats.MIN_EXPECTED


@pytest.mark.parametrize(
    "check",
    [
        lambda s: stats.fit_p_value(s, PROBABILITIES),
        lambda s: stats.pairs_p_value(s, PROBABILITIES),
        lambda s: stats.pairs_p_value(s, PROBABILITIES, lag=3),
        lambda s: stats.dispersion_p_value(s, PROBABILITIES),
    ],
)
def test_p_values_are_uniform_when_all_is_right(check):
    found = [check(drawn(seed, shots=20_000)) for seed in range(150)]
    assert scipy.stats.kstest(found, "uniform").pvalue > 1e-3


def test_serial_correlation_accepts_independent_shots():
    found = [stats.serial_correlation_p_value(drawn(seed, shots=20_000), 3) for seed in range(40)]
    assert min(found) > 1e-3


def test_an_impossible_outcome_is_rejected():
    outcomes = drawn(1)
    outcomes[17] = 2
    assert stats.fit_p_value(outcomes, PROBABILITIES) == 0
    with pytest.raises(AssertionError, match="outside"):
        stats.fit_p_value(np.array([8], dtype=np.uint64), PROBABILITIES)


def test_a_certain_outcome_is_accepted():
    certain = np.array([0.0, 1.0])
    ones = np.ones(100, dtype=np.uint64)
    assert stats.fit_p_value(ones, certain) == 1
    assert stats.dispersion_p_value(ones, certain) == 1
    assert stats.serial_correlation_p_value(ones, 1) == 1
    assert stats.fit_p_value(ones * 0, certain) == 0


def test_a_small_shift_is_rejected():
    shifted = PROBABILITIES.copy()
    shifted[:2] += [0.01, -0.01]
    assert stats.fit_p_value(drawn(1, shifted), PROBABILITIES) < stats.ALPHA
    assert stats.total_variation(drawn(1, shifted), PROBABILITIES) == pytest.approx(0.01, abs=0.003)


def test_dependent_shots_are_rejected_though_their_counts_fit():
    outcomes = drawn(5)
    # Every tenth shot repeats the one before: shared noise, right marginals.
    shared = outcomes.copy()
    shared[1::10] = shared[::10]
    assert stats.fit_p_value(shared, PROBABILITIES) > stats.ALPHA
    assert stats.pairs_p_value(shared, PROBABILITIES) < stats.ALPHA
    assert stats.serial_correlation_p_value(shared, 3) < stats.ALPHA
    # Pairs at a distance of 3 need the matching lag.
    distant = outcomes.copy()
    distant[3::6] = distant[::6][: len(distant[3::6])]
    assert stats.pairs_p_value(distant, PROBABILITIES, lag=3) < stats.ALPHA
    # Sorted outcomes: right counts, no randomness.
    assert stats.dispersion_p_value(np.sort(outcomes), PROBABILITIES) < stats.ALPHA
    # Stratified shots: each block repeats the exact proportions.
    block = np.repeat(np.arange(8), np.round(2000 * PROBABILITIES).astype(int))
    even = np.tile(block, 100)
    assert (
        stats.dispersion_p_value(even, np.bincount(block, minlength=8) / len(block)) < stats.ALPHA
    )
