"""PennyLane's lightning.qubit, both precisions."""

from __future__ import annotations

import numpy as np
import pennylane as qml

from workloads import Workload

from .base import Array, Gate, Run, Settings, Variant, gates_of

PACKAGES = ("pennylane-lightning", "pennylane")

FIXED = {
    "x": qml.PauliX,
    "y": qml.PauliY,
    "z": qml.PauliZ,
    "h": qml.Hadamard,
    "s": qml.S,
    "t": qml.T,
    "v": qml.SX,
    "swap": qml.SWAP,
}
INVERSES = {"si": "s", "ti": "t", "vi": "v"}
ROTATIONS = {
    "rx": qml.RX,
    "ry": qml.RY,
    "rz": qml.RZ,
    "p": qml.PhaseShift,
    "xx": qml.IsingXX,
    "yy": qml.IsingYY,
    "zz": qml.IsingZZ,
}


def ideal(settings: Settings) -> list[Variant]:
    """Return the one way to run it, in the precision asked for."""
    return [Variant("lightning", lambda workload: _ideal(workload, settings))]


def noisy(settings: Settings) -> list[Variant]:
    """Return nothing: lightning.qubit has no noise."""
    return []


def _operation(gate: Gate, qubits: int) -> qml.operation.Operator:
    # Wire 0 is the highest bit of PennyLane's index, and so is the first wire of a matrix.
    wires = [qubits - 1 - q for q in gate.targets]
    controls = [qubits - 1 - q for q in gate.controls]
    if gate.kind == "matrix":
        return qml.QubitUnitary(gate.matrix, wires=wires[::-1])
    if gate.kind == "x" and len(controls) == 1:
        return qml.CNOT(wires=[*controls, *wires])
    if gate.kind == "x" and controls:
        return qml.MultiControlledX(wires=[*controls, *wires])
    if gate.kind == "p" and len(controls) == 1:
        return qml.ControlledPhaseShift(gate.angle, wires=[*controls, *wires])
    if gate.kind in ROTATIONS:
        found = ROTATIONS[gate.kind](gate.angle, wires=wires)
    elif gate.kind in INVERSES:
        found = qml.adjoint(FIXED[INVERSES[gate.kind]](wires=wires))
    else:
        found = FIXED[gate.kind](wires=wires)
    return qml.ctrl(found, control=controls) if controls else found


def _ideal(workload: Workload, settings: Settings) -> Run:
    qubits = workload.qubits
    device = qml.device("lightning.qubit", wires=qubits, c_dtype=np.dtype(settings.precision).type)
    operations = [_operation(gate, qubits) for gate in gates_of(workload)]
    measured = qml.state() if settings.output == "state" else qml.probs(wires=range(qubits))
    # What a QNode does before it runs, outside the timing.
    program, config = device.preprocess()
    tapes, finish = program([qml.tape.QuantumScript(operations, [measured])])

    def run() -> Array:
        (result,) = finish(device.execute(tapes, config))
        return np.asarray(result)

    return run
