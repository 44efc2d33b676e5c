"""Every circuit of MQT Bench up to 12 qubits, at each level, as OpenQASM 2 and 3."""

from __future__ import annotations

import functools
import re
from typing import Any

import numpy as np
import pytest

pytest.importorskip("mqt.bench", reason="needs ionsim[sdk]")

import mqt.bench as bench
from mqt.bench.benchmarks import get_available_benchmark_names
from mqt.bench.targets import gatesets
from qiskit import qasm2, qasm3

import ionsim
import statistics_helpers as stats
from ionsim import Circuit
from ionsim.formats import DynamicProgram, read_program
from qiskit_oracle import distribution

pytestmark = [pytest.mark.long, pytest.mark.filterwarnings("ignore")]

SIZES = range(1, 13)
LEVELS = ("ALG", "INDEP", "ionq_aria", "ionq_forte")
NATIVE = {"gpi", "gpi2", "ms", "zz", "measure", "barrier"}
MOST_QUBITS = 12
SHOTS = 20_000
ALPHA = 1e-6


@functools.lru_cache(maxsize=1)
def levels(name: str, size: int) -> dict[str, tuple[Any, np.ndarray[Any, Any]]] | str:
    """Return the circuit at every level with its distribution, or why there is none.

    All levels come from one circuit, as some parameters are drawn anew each time.
    """
    try:
        circuit = bench.get_benchmark(name, bench.BenchmarkLevel.ALG, size)
    except Exception as error:
        return f"does not come in this size: {str(error).splitlines()[0]}"
    if circuit.num_qubits > MOST_QUBITS:
        return f"has {circuit.num_qubits} qubits"
    if not circuit.clbits:
        circuit.measure_all()
    found = {"ALG": circuit}
    for level in LEVELS[1:]:
        native = level.startswith("ionq")
        target = gatesets.get_target_for_gateset(level, circuit.num_qubits) if native else None
        kind = bench.BenchmarkLevel["NATIVEGATES" if native else level]
        found[level] = bench.get_benchmark(circuit, kind, target=target)
        # Else the exporter writes physical qubits; qiskit-ionq does the same.
        found[level]._layout = None
    return {level: (circuit, distribution(circuit)) for level, circuit in found.items()}


def spelled_natively(text: str) -> str:
    """Leave out the definitions of native gates, and the numbers that the exporter gives them."""
    text = re.sub(r"gate (gpi2?|ms|zz)(_\d+)?\([^}]*\}\n", "", text)
    return re.sub(r"\b(gpi2?|ms|zz)_\d+\(", r"\1(", text)


def dense(results: Any, size: int) -> np.ndarray[Any, Any]:
    found = np.zeros(size)
    for key, value in results.items():
        found[int(key)] = value
    return found


@pytest.mark.parametrize(("dialect", "level"), [
    *((dialect, level) for dialect in ("OpenQASM 2", "OpenQASM 3") for level in LEVELS),
    *(("native", level) for level in LEVELS if level.startswith("ionq")),
])  # fmt: skip
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", get_available_benchmark_names())
def test_mqt_bench(name: str, size: int, dialect: str, level: str) -> None:
    made = levels(name, size)
    if isinstance(made, str):
        pytest.skip(made)
    circuit, wanted = made[level]
    if level != "ionq_forte":  # MQT Bench 2.3 itself turns cx into the wrong zz: Qiskit says so too
        assert np.abs(wanted - made["ALG"][1]).max() < 1e-9
    try:
        text = (qasm2 if dialect == "OpenQASM 2" else qasm3).dumps(circuit)
    except Exception as error:
        pytest.skip(f"Qiskit cannot write it: {error}")
    program = read_program(spelled_natively(text) if dialect == "native" else text)
    if dialect == "native" and set(circuit.count_ops()) <= NATIVE:  # rz is left in where it is free
        assert program.gateset == "native"
    if isinstance(program, DynamicProgram):
        samples = ionsim.run(program, shots=SHOTS, seed=1).samples
        assert stats.fit_p_value(samples.astype(np.int64), wanted) > ALPHA
        return
    assert isinstance(program, Circuit)
    assert np.abs(dense(ionsim.run(program).results, wanted.size) - wanted).max() < 1e-9
