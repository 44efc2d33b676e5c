"""Large states: their results are made in their own memory, which is used again later."""

from __future__ import annotations

import gc
import hashlib
import os
import subprocess
import sys
import threading

import numpy as np
import numpy.typing as npt
import pytest

import ionsim
from ionsim import engine

QUBITS = 20  # pooled memory in both precisions
ANGLES = [0.3 + 0.1 * qubit for qubit in range(QUBITS)]
PRECISIONS = ("complex64", "complex128")


def product(qubits: int = QUBITS) -> ionsim.Circuit:
    return ionsim.Circuit(
        [{"gate": "ry", "target": q, "rotation": ANGLES[q]} for q in range(qubits)]
    )


def amplitudes(qubits: int = QUBITS) -> npt.NDArray[np.float64]:
    """What `product` leaves, qubit by qubit; the highest qubit is the outermost."""
    state = np.ones(1)
    for angle in ANGLES[:qubits]:
        state = np.kron([np.cos(angle / 2), np.sin(angle / 2)], state)
    return state


@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("threads", [1, 2, 3])
def test_results_of_a_large_state(precision: str, threads: int) -> None:
    options = {"precision": precision, "threads": threads}
    small = 3e-7 if precision == "complex64" else 1e-14
    expected = amplitudes()
    state = ionsim.statevector(product(), **options)
    assert state.dtype == np.dtype(precision)
    np.testing.assert_allclose(state, expected, rtol=0, atol=small)
    found = ionsim.probabilities(product(), **options)
    assert found.dtype == np.float64
    assert found.shape == (1 << QUBITS,)
    np.testing.assert_allclose(found, expected**2, rtol=0, atol=small)
    # Each is an array of its own.
    found[:] = 7.0
    np.testing.assert_allclose(state, expected, rtol=0, atol=small)


PRINT_HASHES = """
import hashlib, sys, ionsim
gates = [{"gate": "ry", "target": q, "rotation": 0.3 + 0.1 * q} for q in range(19)]
gates += [{"gate": "cnot", "control": q, "target": (q + 5) % 19} for q in range(19)]
gates += [{"gate": "rx", "target": q, "rotation": 0.2 + 0.1 * q} for q in range(19)]
circuit = ionsim.Circuit(gates)
for precision in ("complex64", "complex128"):
    for call in (ionsim.probabilities, ionsim.statevector):
        hashes = {
            hashlib.sha256(call(circuit, precision=precision, threads=threads)).hexdigest()
            for threads in (1, 2, 3)
        }
        print(*hashes)
"""


def test_bits_do_not_depend_on_instruction_set_or_threads() -> None:
    printed = set()
    for isa in ionsim.info()["isa_available"]:
        environment = {**os.environ, "IONSIM_ISA": isa}
        done = subprocess.run(
            [sys.executable, "-c", PRINT_HASHES],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        assert all(len(line.split()) == 1 for line in done.stdout.splitlines())
        printed.add(done.stdout)
    assert len(printed) == 1


def test_a_batch_of_small_and_large_circuits() -> None:
    sizes = [3, QUBITS, 8, 19, QUBITS]
    for precision in PRECISIONS:
        found = ionsim.probabilities([product(size) for size in sizes], precision=precision)
        for size, values in zip(sizes, found, strict=True):
            np.testing.assert_allclose(values, amplitudes(size) ** 2, rtol=0, atol=3e-7)


def test_freed_memory_is_kept_and_given_back() -> None:
    gc.collect()
    ionsim.release_memory()
    assert ionsim.info()["memory_kept_bytes"] == 0
    found = ionsim.probabilities(product())
    half = ionsim.info()["memory_kept_bytes"]
    assert half >= found.nbytes  # the other half of the state
    view = found[5:]
    del found
    assert ionsim.info()["memory_kept_bytes"] == half  # the view still needs it
    expected = hashlib.sha256(np.ascontiguousarray(view)).hexdigest()
    again = ionsim.probabilities(product())
    assert hashlib.sha256(np.ascontiguousarray(view)).hexdigest() == expected
    np.testing.assert_array_equal(again[5:], view)
    del view, again
    assert ionsim.info()["memory_kept_bytes"] > half
    available = ionsim.info()["memory_available_bytes"]
    ionsim.release_memory()
    assert ionsim.info()["memory_kept_bytes"] == 0
    assert available > 0


def test_threads_use_the_pool_together() -> None:
    expected = amplitudes() ** 2
    wrong = []

    def work() -> None:
        for _ in range(5):
            found = engine.probabilities([product().program], engine.RunOptions(threads=1))[0]
            if not np.allclose(found, expected, rtol=0, atol=1e-14):
                wrong.append(found)

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not wrong
