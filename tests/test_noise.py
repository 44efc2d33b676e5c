"""Noisy samples against the exact density matrix, and tests of these tests.

All seeds are fixed. `stats.power` tells beforehand which planted error a chi-square test of so
many shots must find, so that every "is rejected" below is a demand that can be met, and every
"fits" one that a wrong simulator would not meet.
"""

from __future__ import annotations

import functools

import numpy as np
import pytest
from hypothesis import given

import ionsim
import noise_samples
import oracle
import oracle_noise
import statistics_helpers as stats
import strategies
from ionsim import NoiseModel
from noise_helpers import exact
from oracle_noise import Noise
from strategies import CircuitCase, build

SHOTS = 200_000
MODELS = ("harmony", "aria-1", "aria-2", "forte-1", "forte-enterprise-1")
HOT_RATE = 0.3
SURE = 0.9999

# Published channel rates; for harmony the two average gate fidelities, from which they follow.
RATES = {
    "aria-1": (0.0005, 0.0133),
    "aria-2": (0.0006573333333333332, 0.01856),
    "forte-1": (0.0002666666666666667, 0.004949333333333333),
    "forte-enterprise-1": (0.0002666666666666667, 0.004949333333333333),
    "harmony": (0.013, 0.05306666666666667),
}


def hot(r1: float = HOT_RATE, r2: float = HOT_RATE, readout_flip: float = 0.0) -> NoiseModel:
    return ionsim.MODELS["aria-1"].replace(r1=r1, r2=r2, readout_flip=readout_flip)


def drawn(case: CircuitCase, noise: NoiseModel, seed: int = 1, **options: object) -> np.ndarray:
    shots = ionsim.sample(build(case), SHOTS, seed=seed, noise=noise, **options)
    assert shots.shape == (SHOTS,)
    assert shots.dtype == np.uint64
    return shots


@functools.cache
def hot_samples(name: str) -> np.ndarray:
    return drawn(noise_samples.HOT[name], hot())


@functools.cache
def hot_exact(name: str) -> np.ndarray:
    return exact(noise_samples.HOT[name], Noise(HOT_RATE, HOT_RATE))


# --- models -----------------------------------------------------------------------------------


@pytest.mark.parametrize("model", MODELS)
def test_published_rates(model):
    noise = ionsim.MODELS[model]
    assert (noise.r1, noise.r2) == pytest.approx(RATES[model], rel=1e-5)
    assert noise.readout_flip == 0
    assert noise.is_approximate == (model in ("harmony", "forte-enterprise-1"))


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("name", noise_samples.MODEL)
def test_model_against_the_density_matrix(name, model):
    case = noise_samples.MODEL[name]
    expected = exact(case, Noise(*RATES[model]))
    assert stats.fit_p_value(drawn(case, ionsim.MODELS[model]), expected) > stats.ALPHA


@pytest.mark.parametrize("name", noise_samples.MODEL)
def test_the_model_test_sees_the_noise(name):
    """Shots without noise, or with the noise of another model, do not pass for aria-2."""
    case = noise_samples.MODEL[name]
    expected = exact(case, Noise(*RATES["aria-2"]))
    ideal = exact(case, Noise(0, 0))
    if stats.power(ideal, expected, SHOTS) > SURE:
        assert stats.fit_p_value(drawn(case, hot(0, 0)), expected) < stats.ALPHA
    other = exact(case, Noise(*RATES["harmony"]))
    assert stats.power(other, expected, SHOTS) > SURE
    assert stats.fit_p_value(drawn(case, ionsim.MODELS["harmony"]), expected) < stats.ALPHA


# --- high rates, many gates -------------------------------------------------------------------


def test_hot_circuits_have_twenty_gates():
    for case in noise_samples.HOT.values():
        counts = oracle_noise.gate_counts(case.gates, case.gateset)
        assert sum(counts) >= 20 or case.qubits == 1


@pytest.mark.parametrize("name", noise_samples.HOT)
def test_hot_against_the_density_matrix(name):
    assert stats.fit_p_value(hot_samples(name), hot_exact(name)) > stats.ALPHA


def test_hot_in_double_precision():
    name = "qis 4: controlled two-target gates"
    shots = drawn(noise_samples.HOT[name], hot(), seed=3, precision="complex128")
    assert stats.fit_p_value(shots, hot_exact(name)) > stats.ALPHA


@pytest.mark.parametrize("name", ["qis 3: one and two controls", "qis 5: pauliexp", "native 5"])
def test_without_and_with_full_noise(name):
    case = noise_samples.HOT[name]
    ideal = oracle.probabilities(case.gates, case.qubits, case.gateset)
    assert stats.fit_p_value(drawn(case, hot(0, 0)), ideal) > stats.ALPHA
    for rates in ((1.0, 0.1), (0.1, 1.0), (1.0, 1.0)):
        expected = exact(case, Noise(*rates))
        assert stats.fit_p_value(drawn(case, hot(*rates)), expected) > stats.ALPHA


def test_each_rate_acts_on_its_own_gates():
    case = noise_samples.HOT["native 5"]
    for r1, r2 in ((HOT_RATE, 0.0), (0.0, HOT_RATE), (0.05, 0.4)):
        shots = drawn(case, hot(r1, r2))
        assert stats.fit_p_value(shots, exact(case, Noise(r1, r2))) > stats.ALPHA
        assert stats.fit_p_value(shots, exact(case, Noise(r2, r1))) < stats.ALPHA


# --- tests of the test ------------------------------------------------------------------------


@pytest.mark.parametrize("name", noise_samples.HOT)
def test_a_wrong_rate_is_rejected(name):
    """Rates that are wrong by a tenth, wherever 200,000 shots can tell."""
    case = noise_samples.HOT[name]
    told = 0
    for wrong in ((0.33, 0.33), (0.27, 0.27)):
        if stats.power(exact(case, Noise(*wrong)), hot_exact(name), SHOTS) > SURE:
            told += 1
            assert stats.fit_p_value(drawn(case, hot(*wrong)), hot_exact(name)) < stats.ALPHA
    # Two qubits with ten gates each keep too little of the state for a tenth to be sure.
    assert told >= (0 if case.qubits == 2 else 1)


@pytest.mark.parametrize("name", noise_samples.HOT)
def test_a_grossly_wrong_rate_is_rejected(name):
    case = noise_samples.HOT[name]
    wrong = (0.2, 0.2)
    assert stats.power(exact(case, Noise(*wrong)), hot_exact(name), SHOTS) > SURE
    assert stats.fit_p_value(drawn(case, hot(*wrong)), hot_exact(name)) < stats.ALPHA


@pytest.mark.parametrize("name", noise_samples.HOT)
def test_a_forgotten_site_is_rejected(name):
    """The right shots do not fit a reference that leaves one site out."""
    case = noise_samples.HOT[name]
    sites = sum(oracle_noise.gate_counts(case.gates, case.gateset))
    told = 0
    for site in range(sites):
        lacking = exact(case, Noise(HOT_RATE, HOT_RATE, forgotten_site=site))
        if stats.power(hot_exact(name), lacking, SHOTS) > SURE:
            told += 1
            assert stats.fit_p_value(hot_samples(name), lacking) < stats.ALPHA, f"site {site}"
    if name in ("qis 1", "native 1", "native 4", "native 5"):
        assert told == sites
    elif case.qubits > 2:
        assert told >= 4


@pytest.mark.parametrize("name", noise_samples.HOT)
def test_bit_flips_alone_are_rejected(name):
    case = noise_samples.HOT[name]
    flips = exact(case, Noise(HOT_RATE, HOT_RATE, bit_flips_only=True))
    assert stats.power(hot_exact(name), flips, SHOTS) > SURE
    assert stats.fit_p_value(hot_samples(name), flips) < stats.ALPHA


# --- readout ----------------------------------------------------------------------------------


@pytest.mark.parametrize("flip", [0.02, 0.25, 0.5])
@pytest.mark.parametrize("rates", [(0.0, 0.0), (0.05, 0.1)])
@pytest.mark.parametrize("name", ["qis 3: two controls", "native 4", "qis 5: a mixture"])
def test_readout_flips(name, rates, flip):
    case = noise_samples.MODEL[name]
    shots = drawn(case, hot(*rates, readout_flip=flip))
    expected = exact(case, Noise(*rates, readout_flip=flip))
    assert stats.fit_p_value(shots, expected) > stats.ALPHA


def test_a_wrong_flip_is_rejected():
    case = noise_samples.MODEL["native 4"]
    shots = drawn(case, hot(0, 0, readout_flip=0.055))
    assert stats.fit_p_value(shots, exact(case, Noise(0, 0, readout_flip=0.05))) < stats.ALPHA


def test_idle_qubits_are_read_with_flips_too():
    case = CircuitCase([{"gate": "h", "target": 1}], 4)
    shots = drawn(case, hot(0.1, 0.1, readout_flip=0.1))
    expected = exact(case, Noise(0.1, 0.1, readout_flip=0.1))
    assert expected.min() > 0
    assert stats.fit_p_value(shots, expected) > stats.ALPHA
    empty = CircuitCase([], 3)
    shots = drawn(empty, hot(readout_flip=0.2))
    assert stats.fit_p_value(shots, exact(empty, Noise(0, 0, readout_flip=0.2))) > stats.ALPHA


# --- independence -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["hot", "model", "readout", "ideal"])
def test_shots_are_independent(kind):
    if kind == "hot":
        name = "native 4"
        case, noise, model = noise_samples.HOT[name], Noise(HOT_RATE, HOT_RATE), hot()
    elif kind == "model":
        case = noise_samples.MODEL["qis 3: two controls"]
        noise, model = Noise(*RATES["harmony"]), ionsim.MODELS["harmony"]
    elif kind == "readout":
        case = noise_samples.MODEL["native 3"]
        noise, model = Noise(0, 0, readout_flip=0.1), hot(0, 0, readout_flip=0.1)
    else:
        case, noise, model = noise_samples.MODEL["native 3"], Noise(0, 0), None
    shots = drawn(case, model, seed=8)
    expected = exact(case, noise)
    for lag in (1, 2, 3, 4, 16, 64, 1000):
        assert stats.pairs_p_value(shots, expected, lag) > stats.ALPHA, lag
    assert stats.serial_correlation_p_value(shots, case.qubits) > stats.ALPHA
    assert stats.dispersion_p_value(shots, expected) > stats.ALPHA


def test_seeds_are_independent():
    case, expected = noise_samples.HOT["native 4"], hot_exact("native 4")
    first = ionsim.sample(build(case), SHOTS, seed=20, noise=hot())
    second = ionsim.sample(build(case), SHOTS, seed=21, noise=hot())
    joint = np.stack([first, second], axis=1).reshape(-1)
    assert stats.pairs_p_value(joint, expected) > stats.ALPHA


def test_many_short_runs_add_up():
    """The first shots of a run are as good as the last: 400 seeds of 100 shots fit, too."""
    case, expected = noise_samples.HOT["qis 5: pauliexp"], hot_exact("qis 5: pauliexp")
    circuit = build(case)
    runs = [ionsim.sample(circuit, 100, seed=seed, noise=hot()) for seed in range(1, 401)]
    joined = np.concatenate(runs)
    assert stats.fit_p_value(joined, expected) > stats.ALPHA
    assert stats.dispersion_p_value(joined, expected, blocks=40) > stats.ALPHA


# --- counts of gates --------------------------------------------------------------------------


@given(strategies.circuits(max_qubits=9, max_gates=8))
def test_gate_counts_are_those_of_the_lowered_circuit(case):
    one, two = oracle_noise.gate_counts(case.gates, case.gateset)
    assert build(case).gate_counts == {"1q": one, "2q": two}
