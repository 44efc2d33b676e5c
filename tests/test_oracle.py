"""The reference is tested against what can be checked by hand or by a second route."""

from __future__ import annotations

import math

import numpy as np
import pytest

import oracle
from oracle import Step

ANGLES = (0.0, 0.3, -1.1, math.pi / 2, math.pi, 2 * math.pi, -2.5 * math.pi, 17.0)
TURNS = (0.0, 0.25, -0.5, 0.75, 1.25, 0.137, -0.381)

ONE_TARGET = [{"gate": name} for name in oracle.FIXED_ONE_TARGET] + [
    {"gate": g, "rotation": a} for g in ("rx", "ry", "rz", "z") for a in ANGLES
]
TWO_TARGET = [{"gate": "swap"}] + [
    {"gate": g, "rotation": a} for g in ("xx", "yy", "zz") for a in ANGLES
]
PAULIEXP = [
    {"gate": "pauliexp", "terms": terms, "coefficients": coefficients, "time": time}
    for terms, coefficients, time in [
        (["X"], [1.5], 0.3),
        (["I"], [0.7], 0.4),
        (["XY", "ZX", "YZ"], [0.5, -0.25, 0.2], 0.9),
        (["XY", "YX", "II"], [0.5, -0.25, 0.2], -0.9),
        (["XYZ"], [0.8], 0.6),
        (["IZI", "ZZI", "IIZ", "III", "ZIZ"], [0.5, 0.1, -2.0, 0.3, 1.0], 0.7),
        (["XXI", "IXX", "IXI"], [1.0, -0.5, 0.25], 0.4),
        (["YYII", "IIYY", "XXXX"], [0.3, 0.6, -0.4], 1.1),
    ]
]
NATIVE = (
    [{"gate": g, "phase": f} for g in ("gpi", "gpi2") for f in TURNS]
    + [{"gate": "ms", "phases": [f, -0.3], "angle": t} for f in TURNS for t in (0.25, 0.1, -0.7)]
    + [{"gate": "zz", "angle": t} for t in TURNS]
)
NEAR = {"rtol": 0, "atol": 1e-12}


def ident(gate: dict) -> str:
    return "-".join(str(value) for value in gate.values())


def width(gate: dict) -> int:
    if gate["gate"] == "pauliexp":
        return len(gate["terms"][0])
    return 2 if gate["gate"] in ("swap", "xx", "yy", "zz", "ms") else 1


def placed(gate: dict, controls: int, seed: int = 0) -> tuple[dict, int]:
    """Put a gate with so many controls on qubits in a scrambled order, one qubit left over."""
    qubits = width(gate) + controls + 1
    order = np.random.default_rng(seed).permutation(qubits).tolist()
    targets = order[: width(gate)]
    full = gate | {"targets": targets}
    if controls:
        full["controls"] = order[width(gate) : -1]
    return full, qubits


def single(gate: dict, gateset: str = "qis") -> np.ndarray:
    return oracle.target_matrix(gate, gateset)


# --- matrices ---------------------------------------------------------------------------------


@pytest.mark.parametrize("gate", ONE_TARGET + TWO_TARGET + PAULIEXP, ids=ident)
def test_qis_matrices_are_unitary(gate):
    matrix = single(gate)
    assert matrix.shape == (2 ** width(gate),) * 2
    np.testing.assert_allclose(matrix @ matrix.conj().T, np.eye(len(matrix)), **NEAR)


@pytest.mark.parametrize("gate", NATIVE, ids=ident)
def test_native_matrices_are_unitary(gate):
    matrix = single(gate, "native")
    assert matrix.shape == (2 ** width(gate),) * 2
    np.testing.assert_allclose(matrix @ matrix.conj().T, np.eye(len(matrix)), **NEAR)


def test_fixed_gates_entry_by_entry():
    r = 1 / math.sqrt(2)
    w = complex(r, r)
    expected = {
        "x": [[0, 1], [1, 0]],
        "not": [[0, 1], [1, 0]],
        "y": [[0, -1j], [1j, 0]],
        "z": [[1, 0], [0, -1]],
        "h": [[r, r], [r, -r]],
        "s": [[1, 0], [0, 1j]],
        "si": [[1, 0], [0, -1j]],
        "t": [[1, 0], [0, w]],
        "ti": [[1, 0], [0, w.conjugate()]],
        "v": [[0.5 + 0.5j, 0.5 - 0.5j], [0.5 - 0.5j, 0.5 + 0.5j]],
        "vi": [[0.5 - 0.5j, 0.5 + 0.5j], [0.5 + 0.5j, 0.5 - 0.5j]],
    }
    for name, matrix in expected.items():
        np.testing.assert_allclose(single({"gate": name}), matrix, **NEAR)


def test_roots_and_inverses():
    product = {"v": "x", "s": "z", "t": "s"}
    for small, large in product.items():
        np.testing.assert_allclose(
            single({"gate": small}) @ single({"gate": small}), single({"gate": large}), **NEAR
        )
        inverse = single({"gate": small + "i"})
        np.testing.assert_allclose(single({"gate": small}) @ inverse, np.eye(2), **NEAR)
    rx = single({"gate": "rx", "rotation": math.pi / 2})
    np.testing.assert_allclose(single({"gate": "v"}), np.exp(1j * math.pi / 4) * rx, **NEAR)


@pytest.mark.parametrize("angle", ANGLES)
def test_rotations_entry_by_entry(angle):
    c, s = math.cos(angle / 2), math.sin(angle / 2)
    low, high = np.exp(-1j * angle / 2), np.exp(1j * angle / 2)
    cases = {
        "rx": [[c, -1j * s], [-1j * s, c]],
        "ry": [[c, -s], [s, c]],
        "rz": [[low, 0], [0, high]],
        "z": [[1, 0], [0, np.exp(1j * angle)]],
        "zz": np.diag([low, high, high, low]),
        "xx": [[c, 0, 0, -1j * s], [0, c, -1j * s, 0], [0, -1j * s, c, 0], [-1j * s, 0, 0, c]],
        "yy": [[c, 0, 0, 1j * s], [0, c, -1j * s, 0], [0, -1j * s, c, 0], [1j * s, 0, 0, c]],
    }
    for name, matrix in cases.items():
        np.testing.assert_allclose(single({"gate": name, "rotation": angle}), matrix, **NEAR)


def test_z_with_rotation_zero_is_the_identity_and_null_counts_as_absent():
    np.testing.assert_array_equal(single({"gate": "z", "rotation": 0}), np.eye(2))
    np.testing.assert_array_equal(single({"gate": "z", "rotation": None}), oracle.Z)


@pytest.mark.parametrize("phase", TURNS)
def test_native_identities(phase):
    gpi = single({"gate": "gpi", "phase": phase}, "native")
    gpi2 = single({"gate": "gpi2", "phase": phase}, "native")
    np.testing.assert_allclose(gpi, 1j * gpi2 @ gpi2, **NEAR)
    np.testing.assert_allclose(gpi @ gpi, np.eye(2), **NEAR)
    # A GPi2 is a quarter turn about the axis at that phase in the equator.
    axis = math.cos(2 * math.pi * phase) * oracle.X + math.sin(2 * math.pi * phase) * oracle.Y
    np.testing.assert_allclose(gpi, axis, **NEAR)
    np.testing.assert_allclose(gpi2, (np.eye(2) - 1j * axis) / math.sqrt(2), **NEAR)


@pytest.mark.parametrize("turns", TURNS)
def test_native_two_qubit_identities(turns):
    def two(gate, angle, **keys):
        return single({"gate": gate, "angle": angle, **keys}, "native")

    def ising(name):
        return single({"gate": name, "rotation": 2 * math.pi * turns})

    np.testing.assert_allclose(two("ms", turns, phases=[0, 0]), ising("xx"), **NEAR)
    np.testing.assert_allclose(two("ms", turns, phases=[0.25, 0.25]), ising("yy"), **NEAR)
    np.testing.assert_allclose(two("zz", turns), ising("zz"), **NEAR)
    by_phase = single({"gate": "zz", "phase": turns}, "native")
    np.testing.assert_array_equal(by_phase, two("zz", turns))


def test_native_constants():
    at = {0.0: ("rx", 1), 0.25: ("ry", 1), 0.5: ("rx", -1), 0.75: ("ry", -1)}
    for phase, (name, sign) in at.items():
        rotation = single({"gate": name, "rotation": sign * math.pi / 2})
        gpi2 = single({"gate": "gpi2", "phase": phase}, "native")
        np.testing.assert_allclose(gpi2, rotation, **NEAR)
    np.testing.assert_allclose(single({"gate": "gpi", "phase": 0}, "native"), oracle.X, **NEAR)
    np.testing.assert_allclose(single({"gate": "gpi", "phase": 0.25}, "native"), oracle.Y, **NEAR)
    full = single({"gate": "ms", "phases": [0, 0]}, "native")
    np.testing.assert_allclose(full, single({"gate": "xx", "rotation": math.pi / 2}), **NEAR)
    default = single({"gate": "zz"}, "native")
    np.testing.assert_allclose(default, single({"gate": "zz", "rotation": math.pi / 2}), **NEAR)


@pytest.mark.parametrize(("control", "target"), [(0, 1), (1, 0)])
def test_cnot_from_native_gates(control, target):
    recipe = [
        {"gate": "gpi2", "phase": 0.25, "target": control},
        {"gate": "ms", "phases": [0, 0], "targets": [control, target]},
        {"gate": "gpi2", "phase": 0.5, "target": control},
        {"gate": "gpi2", "phase": 0.5, "target": target},
        {"gate": "gpi2", "phase": -0.25, "target": control},
        {"gate": "nop", "target": 0},
    ]
    cnot = oracle.unitary([{"gate": "cnot", "control": control, "target": target}], 2)
    assert oracle.same_up_to_phase(oracle.unitary(recipe, 2, "native"), cnot)


def test_ms_gives_each_target_its_own_phase():
    # GPi(0) = X on target 0 and GPi(1/4) = Y on target 1, fully on: |00> -> -i (X x Y)|00>.
    gate = {"gate": "ms", "phases": [0, 0.25], "targets": [0, 1], "angle": 0.5}
    np.testing.assert_allclose(oracle.statevector([gate], 2, "native"), [0, 0, 0, 1], **NEAR)
    middle = oracle.statevector([{"gate": "gpi", "phase": 0, "target": 0}, gate], 2, "native")
    np.testing.assert_allclose(middle, [0, 0, 1, 0], **NEAR)


@pytest.mark.parametrize("gate", PAULIEXP, ids=ident)
def test_pauliexp_by_diagonalization(gate):
    hamiltonian = sum(
        c * oracle.pauli(p) for c, p in zip(gate["coefficients"], gate["terms"], strict=True)
    )
    energies, vectors = np.linalg.eigh(hamiltonian)
    expected = (vectors * np.exp(-1j * gate["time"] * energies)) @ vectors.conj().T
    np.testing.assert_allclose(single(gate), expected, **NEAR)


def test_pauliexp_has_no_half_and_its_first_letter_acts_on_the_last_target():
    gate = {"gate": "pauliexp", "terms": ["XI"], "coefficients": [2.0], "time": 0.35}
    state = oracle.statevector([gate | {"targets": [0, 2]}], 3)
    expected = np.zeros(8, dtype=complex)
    expected[[0b000, 0b100]] = math.cos(0.7), -1j * math.sin(0.7)
    np.testing.assert_allclose(state, expected, **NEAR)
    rotation = oracle.statevector([{"gate": "rx", "target": 2, "rotation": 1.4}], 3)
    np.testing.assert_allclose(state, rotation, **NEAR)


# --- circuits ---------------------------------------------------------------------------------


@pytest.mark.parametrize("controls", range(4))
@pytest.mark.parametrize("gate", ONE_TARGET[:9] + TWO_TARGET[:4] + PAULIEXP[4:6], ids=ident)
def test_applying_a_gate_equals_its_full_matrix(gate, controls):
    full, qubits = placed(gate, controls, seed=controls)
    random = np.random.default_rng(1)
    state = random.normal(size=2**qubits) + 1j * random.normal(size=2**qubits)
    step = oracle.read(full)
    np.testing.assert_allclose(
        oracle.apply(state, step, qubits), oracle.embed(step, qubits) @ state, **NEAR
    )


def test_embedding_equals_the_kronecker_product():
    a, b = oracle.V, oracle.H
    np.testing.assert_allclose(
        oracle.embed(Step(np.kron(b, a), (0, 2)), 3), np.kron(b, np.kron(oracle.I2, a)), **NEAR
    )
    np.testing.assert_allclose(
        oracle.embed(Step(np.kron(b, a), (2, 0)), 3), np.kron(a, np.kron(oracle.I2, b)), **NEAR
    )
    controlled = np.kron(np.diag([1, 0]), np.eye(2)) + np.kron(np.diag([0, 1]), a)
    np.testing.assert_allclose(oracle.embed(Step(a, (0,), (1,)), 2), controlled, **NEAR)


def test_qubit_0_is_the_least_significant():
    np.testing.assert_array_equal(oracle.probabilities([{"gate": "x", "target": 0}], 3).argmax(), 1)
    np.testing.assert_array_equal(oracle.probabilities([{"gate": "x", "target": 2}], 3).argmax(), 4)


def test_bell_and_ghz_by_hand():
    bell = [{"gate": "h", "target": 0}, {"gate": "cnot", "control": 0, "target": 1}]
    np.testing.assert_allclose(oracle.probabilities(bell, 2), [0.5, 0, 0, 0.5], **NEAR)
    ghz = [*bell, {"gate": "x", "control": 1, "target": 2}]
    state = oracle.statevector(ghz, 3)
    np.testing.assert_allclose(state[[0, 7]], [math.sqrt(0.5)] * 2, **NEAR)
    for letters, value in {"XXX": 1, "ZZI": 1, "IZZ": 1, "XYY": -1, "YYX": -1, "ZII": 0}.items():
        assert oracle.expectation(state, letters) == pytest.approx(value, abs=1e-12)


def test_expectation_reads_the_leftmost_letter_as_the_highest_qubit():
    state = oracle.statevector([{"gate": "x", "target": 0}, {"gate": "h", "target": 1}], 2)
    assert oracle.expectation(state, "IZ") == pytest.approx(-1)
    assert oracle.expectation(state, "XI") == pytest.approx(1)
    assert oracle.expectation(state, "XZ") == pytest.approx(-1)


def test_aliases_are_one_gate():
    plain = {"gate": "x", "target": 1, "control": 0}
    for other in (
        {"gate": "not", "targets": [1.0], "controls": [0]},
        {"gate": "cnot", "targets": [1], "controls": [0], "control": None},
    ):
        np.testing.assert_array_equal(oracle.unitary([other], 2), oracle.unitary([plain], 2))
