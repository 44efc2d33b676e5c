"""qsim through cirq: complex64, matrices fused up to 2, 3 or 4 qubits."""

from __future__ import annotations

import math
from functools import partial

import cirq
import numpy as np
import qsimcirq

from workloads import Workload

from .base import Array, Gate, Run, Settings, Variant, chosen_output, gates_of

PACKAGES = ("qsimcirq", "cirq-core")

FUSION_SIZES = (2, 3, 4)

FIXED = {
    "x": cirq.X,
    "y": cirq.Y,
    "z": cirq.Z,
    "h": cirq.H,
    "s": cirq.S,
    "si": cirq.S**-1,
    "t": cirq.T,
    "ti": cirq.T**-1,
    "v": cirq.X**0.5,
    "vi": cirq.X**-0.5,
    "swap": cirq.SWAP,
}
# cirq counts in half turns and leaves out the phase -1/2 unless asked: `global_shift` puts it back.
ROTATIONS = {
    "rx": cirq.XPowGate,
    "ry": cirq.YPowGate,
    "rz": cirq.ZPowGate,
    "xx": cirq.XXPowGate,
    "yy": cirq.YYPowGate,
    "zz": cirq.ZZPowGate,
}


def ideal(settings: Settings) -> list[Variant]:
    """Return one variant a fusion size; qsim has single precision only."""
    if settings.precision != "complex64":
        return []
    return [
        Variant(f"qsimcirq f={size}", partial(_ideal, settings=settings, size=size))
        for size in FUSION_SIZES
    ]


def noisy(settings: Settings) -> list[Variant]:
    """Return trajectories, one a shot."""
    if settings.precision != "complex64":
        return []
    return [
        Variant(f"qsimcirq f={size}", partial(_noisy, settings=settings, size=size))
        for size in FUSION_SIZES[:2]
    ]


def _gate(gate: Gate) -> cirq.Gate:
    if gate.kind == "matrix":
        found: cirq.Gate = cirq.MatrixGate(gate.matrix)
    elif gate.kind == "p":
        found = cirq.ZPowGate(exponent=gate.angle / math.pi)
    elif gate.kind in ROTATIONS:
        found = ROTATIONS[gate.kind](exponent=gate.angle / math.pi, global_shift=-0.5)
    else:
        found = FIXED[gate.kind]
    return found.controlled(len(gate.controls)) if gate.controls else found


def _operations(workload: Workload, settings: Settings | None = None) -> list[cirq.Operation]:
    """Return the circuit on a line of qubits, with its noise where there are settings for one."""
    line = cirq.LineQubit.range(workload.qubits)
    found = []
    for gate in gates_of(workload):
        # cirq's first qubit is the highest bit of a matrix index.
        targets = [line[q] for q in reversed(gate.targets)]
        on = [line[q] for q in gate.controls] + targets
        found.append(_gate(gate).on(*on))
        if settings is not None:
            probability = settings.error_probability(len(on))
            found.append(cirq.depolarize(probability, len(on)).on(*on))
    return found


def _simulator(settings: Settings, size: int) -> qsimcirq.QSimSimulator:
    options = qsimcirq.QSimOptions(max_fused_gate_size=size, cpu_threads=settings.threads)
    return qsimcirq.QSimSimulator(options, circuit_memoization_size=int(settings.keep))


def _ideal(workload: Workload, settings: Settings, size: int) -> Run:
    circuit = cirq.Circuit(_operations(workload))
    order = cirq.LineQubit.range(workload.qubits)[::-1]
    simulator = _simulator(settings, size)

    def run() -> Array:
        # Like `simulate`, without the copies that wrapping the result takes.
        _, state, _ = simulator.simulate_into_1d_array(circuit, qubit_order=order)
        return chosen_output(state, settings.output)

    return run


def _noisy(workload: Workload, settings: Settings, size: int) -> Run:
    line = cirq.LineQubit.range(workload.qubits)
    circuit = cirq.Circuit(_operations(workload, settings), cirq.measure(*line, key="m"))
    simulator = _simulator(settings, size)
    weights = np.left_shift(np.uint64(1), np.arange(workload.qubits, dtype=np.uint64))

    def run() -> Array:
        bits = simulator.run(circuit, repetitions=settings.shots).measurements["m"]
        return np.asarray(bits.astype(np.uint64) @ weights)

    return run
