"""Programs that measure on the way: shots beside Qiskit Aer's, ideal and with aria-1's noise.

``python bench/dynamic.py --json bench/results/dynamic.json``
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister, qasm3, transpile
from qiskit_aer import AerSimulator
from qiskit_aer.noise import NoiseModel, depolarizing_error

import ionsim
from ionsim.formats import read_program
from ionsim.noise import get_model
from table import Row, keep, time_rows

ROUNDS = 3
COMPARED_SHOTS = 20_000
METHOD = "statevector"  # what "automatic" takes too: these programs have turns of any angle


def teleportation() -> QuantumCircuit:
    """Return a qubit's way to another, turned back there."""
    qubits, sent, out = QuantumRegister(3), ClassicalRegister(2, "m"), ClassicalRegister(1, "out")
    circuit = QuantumCircuit(qubits, sent, out)
    circuit.ry(0.7, 0)
    circuit.rz(0.3, 0)
    circuit.h(1)
    circuit.cx(1, 2)
    circuit.cx(0, 1)
    circuit.h(0)
    circuit.measure([0, 1], sent)
    with circuit.if_test((sent[1], 1)):
        circuit.x(2)
    with circuit.if_test((sent[0], 1)):
        circuit.z(2)
    circuit.rz(-0.3, 2)
    circuit.ry(-0.4, 2)
    circuit.measure(2, out[0])
    return circuit


def repetition(distance: int) -> QuantumCircuit:
    """Return rounds of a repetition code: small turns, syndromes, and flips of single qubits."""
    qubits = QuantumRegister(2 * distance - 1)
    syndromes = [ClassicalRegister(distance - 1, f"s{index}") for index in range(ROUNDS)]
    out = ClassicalRegister(distance, "out")
    circuit = QuantumCircuit(qubits, *syndromes, out)
    data = range(0, 2 * distance, 2)
    circuit.ry(0.3, 0)
    circuit.cx(0, list(data)[1:])
    for syndrome in syndromes:
        circuit.rx(0.2, data)
        for place in range(distance - 1):
            circuit.cx([2 * place, 2 * place + 2], 2 * place + 1)
            circuit.measure(2 * place + 1, syndrome[place])
            circuit.reset(2 * place + 1)
        for place in range(distance):
            with circuit.if_test((syndrome, 3 << place >> 1 & 2 ** (distance - 1) - 1)):
                circuit.x(2 * place)
    circuit.measure(data, out)
    return circuit


PROGRAMS: Mapping[str, Callable[[], QuantumCircuit]] = {
    "teleportation": teleportation,
    **{f"repetition code {d}": partial(repetition, d) for d in (3, 5, 7)},
}


def aer_noise(model: str) -> NoiseModel:
    """Return a model's noise; Qiskit's parameter is the probability of the fully mixed state."""
    rates = get_model(model)
    found = NoiseModel()
    found.add_all_qubit_quantum_error(depolarizing_error(rates.r1, 1), ["h", "x", "z", "rx", "ry"])
    found.add_all_qubit_quantum_error(depolarizing_error(rates.r1, 1), ["rz"])
    found.add_all_qubit_quantum_error(depolarizing_error(rates.r2, 2), ["cx"])
    return found


def rows(names: Sequence[str], shots: int) -> list[Row]:
    """Return what to time, after a look at whether the counts agree."""
    found = []
    for name in names:
        circuit = PROGRAMS[name]()
        program = read_program(qasm3.dumps(circuit))

        def ours(shots: int, model: str, program: Any = program) -> Mapping[str, int]:
            return ionsim.run(program, shots=shots, noise=model).counts

        for model in ("ideal", "aria-1"):
            calls: dict[str, Callable[[], Any]] = {"ionsim": partial(ours, shots, model)}
            noise = None if model == "ideal" else aer_noise(model)
            simulator = AerSimulator(method=METHOD, noise_model=noise)
            ready = transpile(circuit, simulator, optimization_level=0)

            def theirs(
                shots: int, simulator: Any = simulator, ready: Any = ready
            ) -> Mapping[str, int]:
                return simulator.run(ready, shots=shots).result().get_counts()

            calls["aer"] = partial(theirs, shots)
            if circuit.num_qubits <= 5:
                compare(ours(COMPARED_SHOTS, model), theirs(COMPARED_SHOTS), f"{name}, {model}")
            found.append(Row(f"{name}, {circuit.num_qubits} qubits, {model}", calls))
    return found


def compare(ours: Mapping[str, int], theirs: Mapping[str, int], name: str) -> None:
    """Stop if two histograms lie further apart than shots explain."""
    seen: dict[int, np.ndarray] = {}
    for place, (counts, base) in enumerate(((ours, 10), (theirs, 2))):
        for key, count in counts.items():
            seen.setdefault(int(str(key).replace(" ", ""), base), np.zeros(2))[place] += count
    both = np.array(list(seen.values()))
    distance = ((both[:, 0] - both[:, 1]) ** 2 / both.sum(axis=1)).sum()
    if distance > len(both) + 6 * np.sqrt(2 * len(both)):
        raise SystemExit(f"{name}: the counts differ, chi-square {distance:.0f} of {len(both)}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Time everything, print a table, write a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--programs", default=",".join(PROGRAMS))
    parser.add_argument("--shots", type=int, default=1_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--budget", type=float, default=10.0, help="seconds for each row")
    parser.add_argument("--json", help="keep all figures in this file")
    given = parser.parse_args(arguments)
    report = time_rows(rows(given.programs.split(","), given.shots), given.rounds, given.budget)
    keep(report, given.json, "bench/dynamic.py", arguments, ["ionsim", "qiskit", "qiskit-aer"])


if __name__ == "__main__":
    main()
