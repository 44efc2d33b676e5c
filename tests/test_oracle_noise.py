"""The lowering and the density matrix are tested by hand and by a second route."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import oracle
import oracle_noise
from oracle_noise import Noise
from test_oracle import NEAR, ONE_TARGET, PAULIEXP, TWO_TARGET, ident, placed, single

# --- lowering ---------------------------------------------------------------------------------


@pytest.mark.parametrize("controls", range(6))
@pytest.mark.parametrize("gate", ONE_TARGET, ids=ident)
def test_lowered_one_target_gates(gate, controls):
    full, qubits = placed(gate, controls, seed=controls)
    lowered = oracle_noise.lower([full])
    if controls < 2:
        assert len(lowered) == 1
    else:
        target = full["targets"][0]
        on_target = [step for step in lowered if step.targets == (target,)]
        others = [step for step in lowered if step.targets != (target,)]
        assert len(on_target) == 2**controls - 1
        assert len(others) == 2**controls - 2
        assert all(step.matrix is oracle.X and len(step.controls) == 1 for step in others)
        assert oracle_noise.gate_counts([full]) == (0, 2 ** (controls + 1) - 3)
    whole = oracle.unitary([full], qubits)
    assert oracle.same_up_to_phase(oracle.unitary_of(lowered, qubits), whole)


def test_toffoli_is_the_textbook_circuit():
    lowered = oracle_noise.lower([{"gate": "cnot", "controls": [0, 1], "target": 2}])
    assert [(s.controls, s.targets) for s in lowered] == [
        ((0,), (2,)), ((0,), (1,)), ((1,), (2,)), ((0,), (1,)), ((1,), (2,)),
    ]  # fmt: skip
    v, x, vi = oracle.V, oracle.X, oracle.V.conj().T
    for step, expected in zip(lowered, [v, x, vi, x, v], strict=True):
        np.testing.assert_allclose(step.matrix, expected, **NEAR)


@pytest.mark.parametrize("controls", range(5))
@pytest.mark.parametrize("gate", TWO_TARGET, ids=ident)
def test_lowered_two_target_gates(gate, controls):
    full, qubits = placed(gate, controls, seed=controls)
    lowered = oracle_noise.lower([full])
    assert all(len(step.qubits) <= 2 for step in lowered)
    core = {0: 1, 1: 1, 2: 5, 3: 13, 4: 29, 5: 61}
    if controls:
        two = 2 + core[controls + (gate["gate"] == "swap")]
        assert oracle_noise.gate_counts([full]) == (4 if gate["gate"] == "yy" else 0, two)
    else:
        assert oracle_noise.gate_counts([full]) == (0, 1)
    whole = oracle.unitary([full], qubits)
    assert oracle.same_up_to_phase(oracle.unitary_of(lowered, qubits), whole)


@pytest.mark.parametrize("controls", range(4))
@pytest.mark.parametrize("gate", PAULIEXP, ids=ident)
def test_lowered_pauli_exponentials(gate, controls):
    full, qubits = placed(gate, controls, seed=controls)
    lowered = oracle_noise.lower([full])
    assert all(len(step.qubits) <= 2 for step in lowered)
    matrices = [oracle.pauli(p) for p in gate["terms"]]
    if len(lowered) == 1 or all(
        np.allclose(a @ b, b @ a) for a, b in itertools.combinations(matrices, 2)
    ):
        expected = oracle.unitary([full], qubits)
    else:  # the terms do not commute: one first-order step, the first term first
        parts = [full | {"terms": [p], "coefficients": [c]}
                 for p, c in zip(gate["terms"], gate["coefficients"], strict=True)]  # fmt: skip
        expected = oracle.unitary(parts, qubits)
    assert oracle.same_up_to_phase(oracle.unitary_of(lowered, qubits), expected)


def test_pauli_ladder_by_hand():
    gate = {"gate": "pauliexp", "targets": [3, 0, 2], "terms": ["XIY"], "coefficients": [0.5],
            "time": 0.4}  # fmt: skip
    # The last letter is for the first target: Y on 3, I on 0, X on 2.
    lowered = oracle_noise.lower([gate])
    assert [(s.controls, s.targets) for s in lowered] == [
        ((), (3,)), ((), (2,)), ((3,), (2,)), ((), (2,)), ((3,), (2,)), ((), (3,)), ((), (2,)),
    ]  # fmt: skip
    vi = oracle.V.conj().T
    rz = oracle.pauli_rotation("Z", 0.4)
    expected = [oracle.V, oracle.H, oracle.X, rz, oracle.X, vi, oracle.H]
    for step, matrix in zip(lowered, expected, strict=True):
        np.testing.assert_allclose(step.matrix, matrix, **NEAR)
    assert oracle_noise.gate_counts([gate]) == (5, 2)


def test_nop_is_not_counted():
    assert oracle_noise.gate_counts([{"gate": "nop", "target": 0}], "native") == (0, 0)


@pytest.mark.parametrize("halvings", range(1, 7))
def test_roots_are_principal(halvings):
    for gate in ONE_TARGET:
        matrix = single(gate)
        small = oracle_noise.root(matrix, halvings)
        power = np.linalg.matrix_power(small, 2**halvings)
        np.testing.assert_allclose(power, matrix, rtol=0, atol=1e-11)
        phases = np.angle(np.linalg.eigvals(small)) * 2**halvings
        assert (phases > -np.pi - 1e-6).all()
        assert (phases < np.pi + 1e-6).all()
    minus = oracle_noise.root(-np.eye(2, dtype=complex), halvings)
    np.testing.assert_allclose(minus, np.exp(1j * np.pi / 2**halvings) * np.eye(2), **NEAR)


# --- noise ------------------------------------------------------------------------------------

NOISY = [
    {"gate": "h", "target": 0},
    {"gate": "ry", "target": 1, "rotation": 0.7},
    {"gate": "cnot", "control": 0, "target": 1},
    {"gate": "t", "target": 1},
    {"gate": "x", "controls": [0, 1], "target": 2},
    {"gate": "xx", "targets": [2, 0], "control": 1, "rotation": 0.9},
    {"gate": "v", "target": 2},
]


@pytest.mark.parametrize("noise", [Noise(0.01, 0.05), Noise(0.3, 0.3), Noise(1, 1), Noise(0, 1)])
def test_density_matrix_is_a_state(noise):
    rho = oracle_noise.density_matrix(NOISY, 3, noise)
    np.testing.assert_allclose(np.trace(rho), 1, **NEAR)
    np.testing.assert_allclose(rho, rho.conj().T, **NEAR)
    assert np.linalg.eigvalsh(rho).min() > -1e-12


def test_density_matrix_without_noise_is_the_pure_state():
    rho = oracle_noise.density_matrix(NOISY, 3, Noise(0, 0))
    state = oracle.statevector(NOISY, 3)
    np.testing.assert_allclose(rho, np.outer(state, state.conj()), **NEAR)


@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("rate", [0.0005, 0.3, 1.0])
def test_channel_is_the_published_one(rate, count):
    weights = oracle_noise.channel(rate, count)
    assert sum(weights.values()) == pytest.approx(1, abs=1e-15)
    errors = 4**count - 1
    assert weights["I" * count] == pytest.approx(1 - errors * rate / 4**count, abs=1e-15)
    assert all(w == rate / 4**count for p, w in weights.items() if set(p) != {"I"})
    kraus = [np.sqrt(w) * oracle.pauli(p) for p, w in weights.items()]
    assert len(kraus) == 4**count
    complete = sum(k.conj().T @ k for k in kraus)
    np.testing.assert_allclose(complete, np.eye(2**count), **NEAR)


@pytest.mark.parametrize("on", [(1,), (2, 0), (0, 1)])
def test_channel_replaces_the_qubits_by_the_maximally_mixed_state(on):
    random = np.random.default_rng(5)
    raw = random.normal(size=(8, 8)) + 1j * random.normal(size=(8, 8))
    rho = raw @ raw.conj().T / np.trace(raw @ raw.conj().T)
    after = oracle_noise.apply_channel(rho, oracle_noise.channel(0.4, len(on)), on, 3)
    # Second route: trace the qubits out, put I/d in their place.
    mixed = rho
    for q in on:
        table = mixed.reshape((2,) * 6)
        kept = np.trace(table, axis1=2 - q, axis2=5 - q)
        spread = np.multiply.outer(kept, np.eye(2) / 2)
        mixed = np.moveaxis(spread, (-2, -1), (2 - q, 5 - q)).reshape(8, 8)
    np.testing.assert_allclose(after, 0.6 * rho + 0.4 * mixed, **NEAR)


def test_noise_by_hand():
    r1, r2 = 0.2, 0.3
    flip = oracle_noise.probabilities([{"gate": "x", "target": 0}], 1, Noise(r1, r2))
    np.testing.assert_allclose(flip, [r1 / 2, 1 - r1 / 2], **NEAR)
    bell = [{"gate": "h", "target": 0}, {"gate": "cnot", "control": 0, "target": 1}]
    # The 1-qubit error after H leaves P(0)=P(1)=1/2 on qubit 0; then r2 mixes everything.
    expected = (1 - r2) * np.array([0.5, 0, 0, 0.5]) + r2 / 4
    np.testing.assert_allclose(oracle_noise.probabilities(bell, 2, Noise(r1, r2)), expected, **NEAR)
    many = [{"gate": "x", "target": 0}] * 7
    z = -((1 - r1) ** 7)
    np.testing.assert_allclose(
        oracle_noise.probabilities(many, 1, Noise(r1, r2)), [(1 + z) / 2, (1 - z) / 2], **NEAR
    )


def test_readout_flip_by_hand():
    x = [{"gate": "x", "target": 1}]
    p = 0.1
    found = oracle_noise.probabilities(x, 2, Noise(0, 0, readout_flip=p))
    np.testing.assert_allclose(found, [p * 0.9, p * p, 0.81, 0.9 * p], **NEAR)


def test_planted_errors_change_the_distribution():
    # Deep circuits at this rate end in the fully mixed state, where nothing shows any more.
    shallow = NOISY[:4]
    good = oracle_noise.probabilities(shallow, 2, Noise(0.3, 0.3))
    for planted in (
        Noise(0.33, 0.33),
        Noise(0.3, 0.3, forgotten_site=2),
        Noise(0.3, 0.3, bit_flips_only=True),
    ):
        other = oracle_noise.probabilities(shallow, 2, planted)
        assert other.sum() == pytest.approx(1, abs=1e-12)
        assert np.abs(other - good).sum() / 2 > 0.01


def test_bit_flip_channel_keeps_the_error_probability():
    for count in (1, 2):
        true = oracle_noise.channel(0.3, count)
        flips = oracle_noise.channel(0.3, count, bit_flips_only=True)
        assert flips["I" * count] == pytest.approx(true["I" * count])
        assert sum(flips.values()) == pytest.approx(1)
