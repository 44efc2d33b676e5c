"""qulacs: complex128, as written and with the circuit optimizer at block size 2."""

from __future__ import annotations

import numpy as np
import qulacs
from qulacs import gate as library
from qulacs.circuit import QuantumCircuitOptimizer

from workloads import Workload

from .base import Array, Gate, Run, Settings, Variant, chosen_output, gates_of

PACKAGES = ("qulacs",)

BLOCK_SIZE = 2
MOST_DENSITY_MATRIX_QUBITS = 8  # with 11 it needs minutes

FIXED = {
    "x": library.X,
    "y": library.Y,
    "z": library.Z,
    "h": library.H,
    "s": library.S,
    "si": library.Sdag,
    "t": library.T,
    "ti": library.Tdag,
    "v": library.sqrtX,
    "vi": library.sqrtXdag,
    "swap": library.SWAP,
}
ONE_TARGET_ROTATIONS = {"rx": library.RX, "ry": library.RY, "rz": library.RZ}
PAULI_NUMBERS = {"xx": 1, "yy": 2, "zz": 3}


def ideal(settings: Settings) -> list[Variant]:
    """Return the circuit as written and optimized; qulacs has double precision only."""
    if settings.precision != "complex128":
        return []
    return [
        Variant("qulacs", lambda workload: _ideal(workload, settings, 0)),
        Variant(
            f"qulacs opt={BLOCK_SIZE}", lambda workload: _ideal(workload, settings, BLOCK_SIZE)
        ),
    ]


def noisy(settings: Settings) -> list[Variant]:
    """Return its noise simulator, which runs equal trajectories once, and the density matrix."""
    if settings.precision != "complex128":
        return []
    return [
        Variant("qulacs", lambda workload: _noisy(workload, settings), 29),
        Variant(
            "qulacs density",
            lambda workload: _density(workload, settings),
            MOST_DENSITY_MATRIX_QUBITS,
            all_at_once=True,
        ),
    ]


def _gate(gate: Gate) -> qulacs.QuantumGateBase:
    if gate.kind in ("x", "z") and len(gate.controls) == 1:
        short = library.CNOT if gate.kind == "x" else library.CZ
        return short(gate.controls[0], gate.targets[0])
    if gate.kind == "matrix":
        found = library.DenseMatrix(list(gate.targets), gate.matrix)
    elif gate.kind == "p":
        found = library.U1(gate.targets[0], gate.angle)
    elif gate.kind in ONE_TARGET_ROTATIONS:
        # Angles of qulacs's rotations have the opposite sign.
        found = ONE_TARGET_ROTATIONS[gate.kind](gate.targets[0], -gate.angle)
    elif gate.kind in PAULI_NUMBERS:
        paulis = [PAULI_NUMBERS[gate.kind]] * 2
        found = library.PauliRotation(list(gate.targets), paulis, -gate.angle)
    else:
        found = FIXED[gate.kind](*gate.targets)
    if gate.controls:
        found = library.to_matrix_gate(found)
        for control in gate.controls:
            found.add_control_qubit(control, 1)
    return found


def _ideal(workload: Workload, settings: Settings, block_size: int) -> Run:
    written = qulacs.QuantumCircuit(workload.qubits)
    for gate in gates_of(workload):
        written.add_gate(_gate(gate))
    state = qulacs.QuantumState(workload.qubits)
    if block_size and settings.keep:
        QuantumCircuitOptimizer().optimize(written, block_size)

    def run() -> Array:
        circuit = written
        if block_size and not settings.keep:
            circuit = written.copy()
            QuantumCircuitOptimizer().optimize(circuit, block_size)
        state.set_zero_state()
        circuit.update_quantum_state(state)
        return chosen_output(state.get_vector(), settings.output)

    return run


def _noisy_circuit(workload: Workload, settings: Settings) -> qulacs.QuantumCircuit:
    circuit = qulacs.QuantumCircuit(workload.qubits)
    for gate in gates_of(workload):
        probability = settings.error_probability(len(gate.qubits))
        circuit.add_noise_gate(_gate(gate), "Depolarizing", probability)
    return circuit


def _density(workload: Workload, settings: Settings) -> Run:
    circuit = _noisy_circuit(workload, settings)
    state = qulacs.DensityMatrix(workload.qubits)

    def run() -> Array:
        state.set_zero_state()
        circuit.update_quantum_state(state)
        return np.array(state.sampling(settings.shots), dtype=np.uint64)

    return run


def _noisy(workload: Workload, settings: Settings) -> Run:
    circuit = _noisy_circuit(workload, settings)
    state = qulacs.QuantumState(workload.qubits)

    def run() -> Array:
        state.set_zero_state()
        simulator = qulacs.NoiseSimulator(circuit, state)
        return np.array(simulator.execute(settings.shots), dtype=np.uint64)

    return run
