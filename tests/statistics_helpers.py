"""Statistical checks of sampled outcomes; every function returns a p-value or a plain number.

The checks run on fixed seeds, so a passing test stays green; the small significance level only
guards the choice of the seed. Each check has a twin in the tests that shows what it rejects.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import scipy.stats

Floats = npt.NDArray[np.float64]
Outcomes = npt.NDArray[np.uint64] | npt.NDArray[np.int64]

ALPHA = 1e-4
MIN_EXPECTED = 10.0
IMPOSSIBLE = 1e-12


def counts_of(outcomes: Outcomes, size: int) -> npt.NDArray[np.int64]:
    """Return how often each outcome 0..size-1 came; anything beyond is an error."""
    counts = np.bincount(np.asarray(outcomes).astype(np.int64), minlength=size)
    if len(counts) > size:
        raise AssertionError(f"outcome {len(counts) - 1} is outside the {size} possible ones")
    return counts


def pooled(
    counts: npt.NDArray[np.int64], expected: Floats, min_expected: float = MIN_EXPECTED
) -> tuple[npt.NDArray[np.int64], Floats]:
    """Join the bins that expect too little, rarest first, until each bin expects enough."""
    order = np.argsort(expected, kind="stable")
    total = np.cumsum(expected[order])
    joined = int(np.searchsorted(expected[order], min_expected))
    while 0 < joined < len(order) and total[joined - 1] < min_expected:
        joined += 1
    rare, usual = order[:joined], order[joined:]
    if not joined:
        return counts, expected
    return (
        np.concatenate([counts[usual], [counts[rare].sum()]]),
        np.concatenate([expected[usual], [expected[rare].sum()]]),
    )


def chi_square(counts: npt.NDArray[np.int64], probabilities: Floats) -> tuple[float, int]:
    """Return (statistic, degrees of freedom) after pooling; infinite for an impossible count."""
    if counts[probabilities < IMPOSSIBLE].any():
        return float("inf"), 1
    possible = probabilities >= IMPOSSIBLE
    expected = probabilities[possible] / probabilities[possible].sum() * counts.sum()
    seen, expected = pooled(counts[possible], expected)
    statistic = float(((seen - expected) ** 2 / expected).sum())
    return statistic, len(expected) - 1


def fit_p_value(outcomes: Outcomes, probabilities: Floats) -> float:
    """Return the chi-square p-value of outcomes against exact probabilities."""
    statistic, freedom = chi_square(counts_of(outcomes, len(probabilities)), probabilities)
    if freedom == 0:
        return 1.0  # one possible bin, and nothing fell outside it
    return float(scipy.stats.chi2.sf(statistic, freedom))


def total_variation(outcomes: Outcomes, probabilities: Floats) -> float:
    counts = counts_of(outcomes, len(probabilities))
    return float(np.abs(counts / counts.sum() - probabilities).sum() / 2)


def pairs_p_value(outcomes: Outcomes, probabilities: Floats, lag: int = 1) -> float:
    """Return the p-value of pairs (shot i, shot i + lag) against the product distribution.

    Only disjoint pairs are used, so that the pairs themselves are independent.
    """
    shots = np.asarray(outcomes).astype(np.int64)
    usable = len(shots) // (2 * lag) * (2 * lag)
    blocks = shots[:usable].reshape(-1, 2, lag)
    joint = blocks[:, 0] * len(probabilities) + blocks[:, 1]
    return fit_p_value(joint.reshape(-1), np.outer(probabilities, probabilities).reshape(-1))


def serial_correlation_p_value(outcomes: Outcomes, qubits: int, max_lag: int = 16) -> float:
    """Return the smallest p-value over bits and lags, corrected for their number."""
    shots = np.asarray(outcomes).astype(np.int64)
    smallest = 1.0
    for bit in range(qubits):
        signs = 1.0 - 2.0 * (shots >> bit & 1)
        centred = signs - signs.mean()
        variance = float(centred @ centred)
        if variance == 0:
            continue
        for lag in range(1, max_lag + 1):
            correlation = float(centred[:-lag] @ centred[lag:]) / variance
            score = correlation * np.sqrt(len(shots) - lag)
            smallest = min(smallest, float(2 * scipy.stats.norm.sf(abs(score))))
    return min(1.0, smallest * qubits * max_lag)


def dispersion_p_value(outcomes: Outcomes, probabilities: Floats, blocks: int = 100) -> float:
    """Return a two-sided p-value of the spread of counts between blocks of shots.

    Shots that share their noise spread too far; stratified shots spread too little.
    """
    parts = np.array_split(np.asarray(outcomes), blocks)
    found = [chi_square(counts_of(part, len(probabilities)), probabilities) for part in parts]
    statistic = sum(s for s, _ in found)
    freedom = sum(f for _, f in found)
    if freedom == 0:
        return 1.0
    above = float(scipy.stats.chi2.sf(statistic, freedom))
    below = float(scipy.stats.chi2.cdf(statistic, freedom))
    return min(1.0, 2 * min(above, below))


def marginal_p_values(
    a: npt.NDArray[np.uint64], b: npt.NDArray[np.uint64], qubits: int, seed: int
) -> list[float]:
    """Compare two samples by the joint distribution of some of the qubits, a few times."""
    random = np.random.default_rng(seed)
    found = []
    for _ in range(8):
        chosen = random.choice(qubits, 4, replace=False)
        tables = []
        for shots in (a, b):
            key = sum(((shots >> np.uint64(q)) & np.uint64(1)) << np.uint64(k)
                      for k, q in enumerate(chosen))  # fmt: skip
            tables.append(np.bincount(key.astype(np.int64), minlength=16))
        table = np.array(tables)
        table = table[:, table.sum(axis=0) >= 10]
        found.append(float(scipy.stats.chi2_contingency(table).pvalue))
    return found


def power(true: Floats, assumed: Floats, shots: int, alpha: float = ALPHA) -> float:
    """Return the probability that the chi-square test of `assumed` rejects shots from `true`."""
    if (true[assumed < IMPOSSIBLE] * shots > MIN_EXPECTED).any():
        return 1.0
    possible = assumed >= IMPOSSIBLE
    shift = float(((true - assumed)[possible] ** 2 / assumed[possible]).sum()) * shots
    freedom = int(possible.sum()) - 1
    threshold = scipy.stats.chi2.isf(alpha, freedom)
    return float(scipy.stats.ncx2.sf(threshold, freedom, shift))
