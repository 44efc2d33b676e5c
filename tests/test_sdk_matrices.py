"""Gates against the matrices of Qiskit and Cirq, through the mappings of their IonQ clients.

These SDKs are no requirement; what is not installed is skipped (pip install "ionsim[sdk]").
Each gate is compared twice: the reference of these tests, and ionsim's own statevectors.
"""

from __future__ import annotations

import importlib.util
import math
from typing import Any

import numpy as np
import pytest

import ionsim
import oracle

# What the SDKs warn of among themselves is not our concern.
pytestmark = [pytest.mark.long, pytest.mark.filterwarnings("default")]

NEAR = {"rtol": 0, "atol": 1e-12}
ANGLES = (0.7, -2.1, math.pi, 3.5 * math.pi)


def needs(*modules: str) -> pytest.MarkDecorator:
    missing = [name for name in modules if importlib.util.find_spec(name) is None]
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")


def ionsim_unitary(gate: dict[str, Any], qubits: int, gateset: str = "qis") -> np.ndarray:
    """Return the unitary column by column: each column starts from another basis state."""
    flip = {"qis": {"gate": "x"}, "native": {"gate": "gpi", "phase": 0}}[gateset]
    circuits = [
        ionsim.Circuit(
            [*(flip | {"target": q} for q in range(qubits) if basis >> q & 1), gate],
            qubits=qubits,
            gateset=gateset,
        )
        for basis in range(2**qubits)
    ]
    return np.stack(ionsim.statevector(circuits), axis=1)


def check(gate: dict[str, Any], expected: np.ndarray, qubits: int, gateset: str = "qis") -> None:
    np.testing.assert_allclose(oracle.unitary([gate], qubits, gateset), expected, **NEAR)
    np.testing.assert_allclose(ionsim_unitary(gate, qubits, gateset), expected, **NEAR)


# --- Qiskit: qubit 0 is the least significant there, too ----------------------------------------

# Our gate -> the name of the gate class in qiskit.circuit.library.
QISKIT_FIXED = {
    "x": "XGate", "not": "XGate", "y": "YGate", "z": "ZGate", "h": "HGate", "s": "SGate",
    "si": "SdgGate", "t": "TGate", "ti": "TdgGate", "v": "SXGate", "vi": "SXdgGate",
}  # fmt: skip
QISKIT_ROTATED = {
    "rx": "RXGate", "ry": "RYGate", "rz": "RZGate", "z": "PhaseGate", "xx": "RXXGate",
    "yy": "RYYGate", "zz": "RZZGate",
}  # fmt: skip


def qiskit_unitary(gate: Any, controls: list[int], targets: list[int], qubits: int) -> np.ndarray:
    from qiskit import QuantumCircuit
    from qiskit.quantum_info import Operator

    circuit = QuantumCircuit(qubits)
    circuit.append(
        gate.control(len(controls), annotated=False) if controls else gate, [*controls, *targets]
    )
    return np.asarray(Operator(circuit).data)


def check_qiskit(ours: dict[str, Any], theirs: Any, count: int) -> None:
    for controls in range(4):
        qubits = controls + count + 1
        order = np.random.default_rng(controls).permutation(qubits).tolist()
        on, targets = order[:controls], order[controls : controls + count]
        gate = ours | {"targets": targets} | ({"controls": on} if on else {})
        check(gate, qiskit_unitary(theirs, on, targets, qubits), qubits)


@needs("qiskit")
@pytest.mark.parametrize("name", QISKIT_FIXED)
def test_qiskit_fixed_gates(name):
    from qiskit.circuit import library

    check_qiskit({"gate": name}, getattr(library, QISKIT_FIXED[name])(), 1)


@needs("qiskit")
@pytest.mark.parametrize("name", QISKIT_ROTATED)
def test_qiskit_rotations(name):
    from qiskit.circuit import library

    count = 2 if name in ("xx", "yy", "zz") else 1
    for angle in ANGLES:
        theirs = getattr(library, QISKIT_ROTATED[name])(angle)
        check_qiskit({"gate": name, "rotation": angle}, theirs, count)


@needs("qiskit")
def test_qiskit_cnot_and_swap():
    from qiskit.circuit import library

    check({"gate": "cnot", "control": 2, "target": 0},
          qiskit_unitary(library.CXGate(), [], [2, 0], 3), 3)  # fmt: skip
    check({"gate": "cnot", "controls": [2, 1], "target": 0},
          qiskit_unitary(library.CCXGate(), [], [2, 1, 0], 4), 4)  # fmt: skip
    check_qiskit({"gate": "swap"}, library.SwapGate(), 2)


@needs("qiskit")
@pytest.mark.parametrize(
    ("terms", "coefficients", "time"),
    [
        (["XY"], [0.5], 0.3),
        (["XX", "ZZ"], [0.5, 0.25], 0.3),
        (["XYZ", "ZIX"], [0.5, -0.25], 1.3),
        (["XX", "ZI", "IY"], [0.5, 0.3, -0.2], 0.7),  # terms that do not commute
    ],
)
def test_qiskit_pauli_evolution(terms, coefficients, time):
    import scipy.linalg
    from qiskit.circuit import library
    from qiskit.quantum_info import Operator, SparsePauliOp

    hamiltonian = SparsePauliOp(terms, coefficients)
    # Qiskit's own evolution gate uses a product formula; its exact one is the exponential.
    exact = scipy.linalg.expm(-1j * time * hamiltonian.to_matrix())
    targets = [2, 0, 3][: len(terms[0])]
    gate = {"gate": "pauliexp", "targets": targets, "terms": terms, "coefficients": coefficients,
            "time": time}  # fmt: skip
    check(gate, qiskit_unitary(library.UnitaryGate(exact), [], targets, 4), 4)
    if len(terms) == 1:
        evolution = library.PauliEvolutionGate(hamiltonian, time)
        np.testing.assert_allclose(np.asarray(Operator(evolution).data), exact, **NEAR)


@needs("qiskit", "qiskit_ionq")
def test_qiskit_ionq_native_gates():
    import qiskit_ionq

    for phase in (0.0, 0.137, 0.25, -0.4):
        check({"gate": "gpi", "phase": phase, "target": 1},
              qiskit_unitary(qiskit_ionq.GPIGate(phase), [], [1], 2), 2, "native")  # fmt: skip
        check({"gate": "gpi2", "phase": phase, "target": 1},
              qiskit_unitary(qiskit_ionq.GPI2Gate(phase), [], [1], 2), 2, "native")  # fmt: skip
        for angle in (0.25, 0.11):
            ms = {"gate": "ms", "phases": [phase, 0.3], "angle": angle, "targets": [2, 0]}
            theirs = qiskit_unitary(qiskit_ionq.MSGate(phase, 0.3, angle), [], [2, 0], 3)
            check(ms, theirs, 3, "native")
            zz = {"gate": "zz", "angle": phase + angle, "targets": [2, 0]}
            theirs = qiskit_unitary(qiskit_ionq.ZZGate(phase + angle), [], [2, 0], 3)
            check(zz, theirs, 3, "native")


@needs("qiskit", "qiskit_ionq")
def test_what_the_qiskit_client_sends_gives_qiskits_own_state():
    """A circuit of everything, written by the client itself, against Qiskit's simulation of it."""
    from qiskit import QuantumCircuit
    from qiskit.quantum_info import Statevector
    from qiskit_ionq.helpers import qiskit_circ_to_ionq_circ

    circuit = QuantumCircuit(4)
    circuit.h(0)
    circuit.ry(0.7, 1)
    circuit.sx(2)
    circuit.cp(0.9, 0, 3)
    circuit.h(3)
    circuit.ccx(0, 3, 2)
    circuit.csx(1, 2)
    circuit.rxx(0.4, 0, 2)
    circuit.ryy(-0.8, 1, 3)
    circuit.rzz(0.6, 3, 0)
    circuit.mcp(1.1, [0, 1, 2], 3)
    circuit.p(0.3, 0)
    circuit.crx(0.5, 2, 1)
    circuit.swap(0, 3)
    circuit.sxdg(1)
    circuit.tdg(0)
    gates = qiskit_circ_to_ionq_circ(circuit, "qis")[0]
    state = ionsim.statevector(ionsim.Circuit(gates, qubits=4))
    expected = np.asarray(Statevector(circuit).data)
    assert oracle.same_up_to_phase(state, expected, tolerance=1e-12)
    np.testing.assert_allclose(oracle.statevector(gates, 4), state, **NEAR)


# --- Cirq: its first qubit is the most significant ----------------------------------------------


def cirq_unitary(operation: Any, qubits: int) -> np.ndarray:
    """Return the unitary with line qubit k as our qubit k."""
    import cirq

    line = cirq.LineQubit.range(qubits)
    return np.asarray(cirq.Circuit(operation).unitary(qubit_order=line[::-1]))


@needs("cirq")
def test_cirq_qis_gates():
    import cirq

    a, b, c = cirq.LineQubit.range(3)
    turn = 0.3
    radians = math.pi * turn
    pairs: list[tuple[dict[str, Any], Any]] = [
        ({"gate": "x", "target": 0}, cirq.X(a)),
        ({"gate": "y", "target": 1}, cirq.Y(b)),
        ({"gate": "z", "target": 2}, cirq.Z(c)),
        ({"gate": "h", "target": 1}, cirq.H(b)),
        ({"gate": "s", "target": 1}, cirq.S(b)),
        ({"gate": "si", "target": 1}, cirq.S(b) ** -1),
        ({"gate": "t", "target": 1}, cirq.T(b)),
        ({"gate": "ti", "target": 1}, cirq.T(b) ** -1),
        ({"gate": "v", "target": 1}, cirq.X(b) ** 0.5),
        ({"gate": "vi", "target": 1}, cirq.X(b) ** -0.5),
        ({"gate": "rx", "target": 1, "rotation": 0.7}, cirq.rx(0.7)(b)),
        ({"gate": "ry", "target": 1, "rotation": 0.7}, cirq.ry(0.7)(b)),
        ({"gate": "rz", "target": 1, "rotation": 0.7}, cirq.rz(0.7)(b)),
        ({"gate": "z", "target": 1, "rotation": radians}, cirq.Z(b) ** turn),
        ({"gate": "cnot", "control": 2, "target": 0}, cirq.CNOT(c, a)),
        ({"gate": "cnot", "controls": [2, 1], "target": 0}, cirq.TOFFOLI(c, b, a)),
        ({"gate": "v", "control": 2, "target": 0}, (cirq.X(a) ** 0.5).controlled_by(c)),
        ({"gate": "swap", "targets": [2, 0]}, cirq.SWAP(c, a)),
        ({"gate": "swap", "targets": [2, 0], "control": 1}, cirq.CSWAP(b, c, a)),
    ]
    for ours, theirs in pairs:
        check(ours, cirq_unitary([theirs], 3), 3)


@needs("cirq")
@pytest.mark.parametrize("turn", [0.3, -0.7, 1.0, 2.5])
def test_cirq_ising_powers(turn):
    """The client sends XX**t as xx with rotation pi t: equal up to the phase e^{i pi t / 2}."""
    import cirq

    a, _, c = cirq.LineQubit.range(3)
    for name, power in {"xx": cirq.XX, "yy": cirq.YY, "zz": cirq.ZZ}.items():
        theirs = cirq_unitary([power(c, a) ** turn], 3)
        gate = {"gate": name, "targets": [2, 0], "rotation": math.pi * turn}
        check(gate, theirs * np.exp(-0.5j * math.pi * turn), 3)


@needs("cirq", "cirq_ionq")
def test_cirq_ionq_native_gates():
    import cirq
    import cirq_ionq

    a, _, c = cirq.LineQubit.range(3)
    for phase in (0.0, 0.137, 0.25, -0.4):
        gpi = cirq_unitary([cirq_ionq.GPIGate(phi=phase)(c)], 3)
        check({"gate": "gpi", "phase": phase, "target": 2}, gpi, 3, "native")
        gpi2 = cirq_unitary([cirq_ionq.GPI2Gate(phi=phase)(c)], 3)
        check({"gate": "gpi2", "phase": phase, "target": 2}, gpi2, 3, "native")
        for angle in (0.25, 0.11):
            ms = cirq_unitary([cirq_ionq.MSGate(phi0=phase, phi1=0.3, theta=angle)(c, a)], 3)
            gate: dict[str, Any] = {
                "gate": "ms", "phases": [phase, 0.3], "angle": angle, "targets": [2, 0],
            }  # fmt: skip
            check(gate, ms, 3, "native")
            zz = cirq_unitary([cirq_ionq.ZZGate(theta=angle)(c, a)], 3)
            check({"gate": "zz", "phase": angle, "targets": [2, 0]}, zz, 3, "native")


@needs("cirq", "cirq_ionq")
def test_what_the_cirq_client_sends_gives_cirqs_own_state():
    import cirq
    from cirq_ionq.serializer import Serializer

    a, b, c = cirq.LineQubit.range(3)
    circuit = cirq.Circuit(
        cirq.H(a), cirq.ry(0.7)(b), cirq.X(c) ** 0.5, cirq.CNOT(a, c), cirq.X(b) ** 0.3,
        cirq.XX(a, b) ** 0.3, cirq.YY(b, c) ** -0.6, cirq.ZZ(a, c) ** 0.2, cirq.SWAP(a, b),
        cirq.T(a), cirq.S(b) ** -1, cirq.Z(c) ** 0.7, cirq.H(c),
    )  # fmt: skip
    body = Serializer().serialize_single_circuit(circuit).input
    gates = body["circuit"]
    state = ionsim.statevector(ionsim.Circuit(gates, qubits=3))
    expected = circuit.final_state_vector(qubit_order=[c, b, a], dtype=np.complex128)
    assert oracle.same_up_to_phase(state, expected, tolerance=1e-10)
