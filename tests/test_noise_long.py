"""Noise at length: random circuits and rates, many controls, and how the p-values are spread.

Run with: python -m pytest -m long tests/test_noise_long.py
"""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats

import ionsim
import noise_samples
import statistics_helpers as stats
from noise_helpers import exact, model
from oracle_noise import Noise
from strategies import FIXED, CircuitCase, build, preparation

pytestmark = pytest.mark.long

SHOTS = 200_000


def random_gate(random: np.random.Generator, qubits: int) -> dict:
    """Draw any QIS gate with up to three controls."""
    order = random.permutation(qubits).tolist()
    kind = random.choice(["fixed", "rotation", "swap", "ising", "pauliexp"])
    width = 1
    if qubits > 1 and kind in ("swap", "ising"):
        width = 2
        gate = {"gate": "swap"}
        if kind == "ising":
            gate = {"gate": str(random.choice(["xx", "yy", "zz"])), "rotation": random.normal()}
    elif kind == "pauliexp":
        width = int(random.integers(1, min(qubits, 4) + 1))
        terms = ["".join(random.choice(list("IXYZ"), width)) for _ in range(2)]
        coefficients = random.normal(size=len(terms)).tolist()
        gate = {"gate": "pauliexp", "terms": terms, "coefficients": coefficients, "time": 0.7}
    elif kind == "rotation":
        gate = {"gate": str(random.choice(["rx", "ry", "rz", "z"])), "rotation": random.normal()}
    else:
        gate = {"gate": str(random.choice(FIXED))}
    controls = int(random.integers(0, min(3, qubits - width) + 1))
    gate["targets"] = order[:width]
    if controls:
        gate["controls"] = order[width : width + controls]
    return gate


@pytest.mark.parametrize("seed", range(40))
def test_random_circuits(seed):
    random = np.random.default_rng(seed)
    qubits = seed % 5 + 1
    gates = preparation(qubits) + [random_gate(random, qubits) for _ in range(6)]
    case = CircuitCase(gates, qubits)
    r1, r2 = random.uniform(0, 0.1, size=2).tolist()
    flip = float(random.choice([0.0, 0.03]))
    shots = ionsim.sample(build(case), SHOTS, seed=seed + 1, noise=model(r1, r2, flip))
    expected = exact(case, Noise(r1, r2, readout_flip=flip))
    assert stats.fit_p_value(shots, expected) > stats.ALPHA
    assert stats.pairs_p_value(shots, expected) > stats.ALPHA


@pytest.mark.parametrize("controls", [4, 5, 6])
def test_many_controls(controls):
    qubits = controls + 1
    gates = [
        *({"gate": "ry", "target": q, "rotation": 2.4} for q in range(qubits)),
        {"gate": "ry", "target": 0, "controls": list(range(1, qubits)), "rotation": 1.3},
    ]
    case = CircuitCase(gates, qubits)
    expected = exact(case, Noise(0.01, 0.01))
    shots = ionsim.sample(build(case), SHOTS, seed=2, noise=model(0.01, 0.01))
    assert stats.fit_p_value(shots, expected) > stats.ALPHA
    wrong = ionsim.sample(build(case), SHOTS, seed=2, noise=model(0.01, 0.012))
    assert stats.fit_p_value(wrong, expected) < stats.ALPHA


@pytest.mark.parametrize("name", ["native 5", "qis 5: pauliexp", "qis 4: three controls"])
def test_p_values_are_uniform_over_seeds(name):
    """Not only acceptable for one seed: over 200 seeds the p-values are spread evenly."""
    case = noise_samples.HOT[name]
    expected = exact(case, Noise(0.1, 0.1))
    circuit = build(case)
    runs = [ionsim.sample(circuit, 20_000, seed=s, noise=model(0.1, 0.1)) for s in range(1, 201)]
    for check in (stats.fit_p_value, stats.pairs_p_value, stats.dispersion_p_value):
        found = [check(run, expected) for run in runs]
        assert scipy.stats.kstest(found, "uniform").pvalue > 1e-3, check.__name__
    assert stats.fit_p_value(np.concatenate(runs), expected) > stats.ALPHA


@pytest.mark.parametrize("name", noise_samples.MODEL)
def test_a_million_shots(name):
    """Five times the shots of the short test: errors of the model rates by a tenth show."""
    case = noise_samples.MODEL[name]
    rates = (0.0006573333333333332, 0.01856)
    expected = exact(case, Noise(*rates))
    shots = ionsim.sample(build(case), 1_000_000, seed=6, noise=ionsim.MODELS["aria-2"])
    assert stats.fit_p_value(shots, expected) > stats.ALPHA
    wrong = tuple(1.15 * rate for rate in rates)
    if stats.power(exact(case, Noise(*wrong)), expected, 1_000_000) > 0.9999:
        planted = ionsim.sample(build(case), 1_000_000, seed=6, noise=model(*wrong))
        assert stats.fit_p_value(planted, expected) < stats.ALPHA


def test_one_wrong_rate_is_rejected():
    """One of the two rates off by a tenth, for every circuit of which 200,000 shots can tell."""
    told = 0
    for name, case in noise_samples.HOT.items():
        expected = exact(case, Noise(0.3, 0.3))
        for wrong in ((0.33, 0.3), (0.3, 0.33), (0.27, 0.3), (0.3, 0.27)):
            if stats.power(exact(case, Noise(*wrong)), expected, SHOTS) > 0.9999:
                told += 1
                shots = ionsim.sample(build(case), SHOTS, seed=1, noise=model(*wrong))
                assert stats.fit_p_value(shots, expected) < stats.ALPHA, (name, wrong)
    assert told >= 10


@pytest.mark.parametrize("name", noise_samples.HOT)
def test_every_pair_of_rates(name):
    case = noise_samples.HOT[name]
    for rates in ((0.0, 0.0), (1.0, 0.1), (0.1, 1.0), (0.0, 0.3), (0.3, 0.0), (0.02, 0.6)):
        shots = ionsim.sample(build(case), SHOTS, seed=3, noise=model(*rates))
        assert stats.fit_p_value(shots, exact(case, Noise(*rates))) > stats.ALPHA, rates
