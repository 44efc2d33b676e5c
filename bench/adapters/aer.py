"""Qiskit Aer: the statevector method in both precisions; with noise more."""

from __future__ import annotations

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit import Gate as QiskitGate
from qiskit.circuit import library
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel, depolarizing_error

from workloads import Workload

from .base import Array, Gate, Run, Settings, Variant, gates_of

PACKAGES = ("qiskit-aer", "qiskit")

MOST_DENSITY_MATRIX_QUBITS = 12

FIXED = {
    "x": library.XGate,
    "y": library.YGate,
    "z": library.ZGate,
    "h": library.HGate,
    "s": library.SGate,
    "si": library.SdgGate,
    "t": library.TGate,
    "ti": library.TdgGate,
    "v": library.SXGate,
    "vi": library.SXdgGate,
    "swap": library.SwapGate,
}
ROTATIONS = {
    "rx": library.RXGate,
    "ry": library.RYGate,
    "rz": library.RZGate,
    "p": library.PhaseGate,
    "xx": library.RXXGate,
    "yy": library.RYYGate,
    "zz": library.RZZGate,
}


def ideal(settings: Settings) -> list[Variant]:
    """Return the statevector method."""
    return [Variant("aer", lambda workload: _ideal(workload, settings))]


def noisy(settings: Settings) -> list[Variant]:
    """Return trajectories, of states and of matrix products, and the density matrix."""
    return [
        Variant("aer", lambda workload: _noisy(workload, settings, "statevector"), 29),
        Variant(
            "aer density",
            lambda workload: _noisy(workload, settings, "density_matrix"),
            MOST_DENSITY_MATRIX_QUBITS,
            all_at_once=True,
        ),
        Variant("aer mps", lambda workload: _noisy(workload, settings, "matrix_product_state")),
    ]


def _gate(gate: Gate) -> QiskitGate:
    if gate.kind == "matrix":
        # A noise model finds a matrix by its label.
        return library.UnitaryGate(gate.matrix, label=gate.label)
    if gate.kind == "z" and len(gate.controls) > 1:
        # The same gate under a name that Aer runs as it is, with any number of controls.
        return library.MCPhaseGate(np.pi, len(gate.controls))
    rotates = gate.kind in ROTATIONS
    found = ROTATIONS[gate.kind](gate.angle) if rotates else FIXED[gate.kind]()
    return found.control(len(gate.controls)) if gate.controls else found


def _circuit(workload: Workload) -> QuantumCircuit:
    circuit = QuantumCircuit(workload.qubits)
    for gate in gates_of(workload):
        # Qiskit's order is ours: the first qubit of a matrix is its lowest bit.
        circuit.append(_gate(gate), [*gate.controls, *gate.targets])
    return circuit


def _simulator(settings: Settings, **options: object) -> AerSimulator:
    return AerSimulator(
        precision="single" if settings.precision == "complex64" else "double",
        max_parallel_threads=settings.threads,
        **options,
    )


def _ideal(workload: Workload, settings: Settings) -> Run:
    simulator = _simulator(settings, method="statevector")
    circuit = _circuit(workload)
    if settings.output == "state":
        circuit.save_statevector()
    else:
        circuit.save_probabilities()

    def run() -> Array:
        data = simulator.run(circuit).result().data(0)
        found = data["statevector" if settings.output == "state" else "probabilities"]
        return np.asarray(found)

    return run


def _noisy(workload: Workload, settings: Settings, method: str) -> Run:
    circuit = _circuit(workload)
    names: dict[int, set[str]] = {1: set(), 2: set()}
    for instruction in circuit.data:
        operation = instruction.operation
        names[len(instruction.qubits)].add(operation.label or operation.name)
    model = NoiseModel()
    for qubits, rate in ((1, settings.r1), (2, settings.r2)):
        if rate and names[qubits]:
            # Qiskit's parameter is the probability of the fully mixed state, like ours.
            error = depolarizing_error(rate, qubits)
            model.add_all_qubit_quantum_error(error, sorted(names[qubits]))
    circuit.measure_all()
    simulator = _simulator(settings, method=method, noise_model=model)

    def run() -> Array:
        result = simulator.run(circuit, shots=settings.shots, memory=True).result()
        return np.array([int(bits, 2) for bits in result.get_memory()], dtype=np.uint64)

    return run
