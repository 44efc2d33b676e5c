"""Whole circuits: random ones against the reference, and what must not change a result."""

from __future__ import annotations

import itertools
import json
import math
import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings

import ionsim
import oracle
import strategies
from ionsim import engine
from strategies import CircuitCase, build

BELL = [{"gate": "h", "target": 0}, {"gate": "cnot", "control": 0, "target": 1}]
TIGHT = {"rtol": 0, "atol": 1e-12}


# --- against the reference --------------------------------------------------------------------


@given(strategies.circuits(max_qubits=7, max_gates=40))
def test_random_circuits(case):
    circuit = build(case)
    expected = oracle.statevector(case.gates, case.qubits, case.gateset)
    state = ionsim.statevector(circuit)
    assert state.dtype == np.complex128
    assert state.shape == (2**case.qubits,)
    np.testing.assert_allclose(state, expected, **TIGHT)
    unfused = ionsim.statevector(circuit, fuse=False)
    np.testing.assert_allclose(unfused, expected, **TIGHT)
    single = ionsim.statevector(circuit, precision="complex64")
    assert single.dtype == np.complex64
    np.testing.assert_allclose(single, expected, rtol=0, atol=5e-6)


@settings(max_examples=30)
@given(strategies.circuits(min_qubits=3, max_qubits=7, min_gates=15, max_gates=40))
def test_probabilities_with_and_without_fusion(case):
    circuit = build(case)
    expected = oracle.probabilities(case.gates, case.qubits, case.gateset)
    for fuse in (True, False):
        found = ionsim.probabilities(circuit, fuse=fuse, precision="complex128")
        assert found.dtype == np.float64
        np.testing.assert_allclose(found, expected, **TIGHT)
        assert found.sum() == pytest.approx(1, abs=1e-12)


@given(strategies.circuits(min_qubits=1, max_qubits=5, max_gates=15))
def test_expectations(case):
    circuit = build(case)
    state = oracle.statevector(case.gates, case.qubits, case.gateset)
    n = case.qubits
    paulis = ["Z" * n, "X" * n, "Y" + "I" * (n - 1), "I" * n, ("XYZI" * n)[:n], ("ZIXY" * n)[:n]]
    found = ionsim.expectation(circuit, paulis)
    expected = [oracle.expectation(state, letters) for letters in paulis]
    np.testing.assert_allclose(found, expected, **TIGHT)


def test_expectation_reads_the_leftmost_letter_as_the_highest_qubit():
    circuit = ionsim.Circuit([{"gate": "x", "target": 0}, {"gate": "h", "target": 1}], qubits=2)
    np.testing.assert_allclose(
        ionsim.expectation(circuit, ["IZ", "XI", "XZ"]), [-1, 1, -1], **TIGHT
    )


def test_a_long_circuit_stays_exact_and_normalized():
    gates = strategies.preparation(6) * 60
    state = ionsim.statevector(ionsim.Circuit(gates, qubits=6))
    np.testing.assert_allclose(state, oracle.statevector(gates, 6), rtol=0, atol=1e-11)
    single = ionsim.statevector(ionsim.Circuit(gates, qubits=6), precision="complex64")
    assert np.linalg.norm(single) == pytest.approx(1, abs=1e-4)


# --- identities -------------------------------------------------------------------------------

IDENTITIES = {
    "gpi(0) = x": ([{"gate": "gpi", "phase": 0, "target": 0}], [{"gate": "x", "target": 0}]),
    "gpi(1/4) = y": ([{"gate": "gpi", "phase": 0.25, "target": 0}], [{"gate": "y", "target": 0}]),
    "gpi = i gpi2 gpi2": (
        [{"gate": "gpi", "phase": 0.3, "target": 1}],
        [{"gate": "gpi2", "phase": 0.3, "target": 1}] * 2,
    ),
    "gpi2(3/4) = ry(-pi/2)": (
        [{"gate": "gpi2", "phase": 0.75, "target": 0}],
        [{"gate": "ry", "rotation": -math.pi / 2, "target": 0}],
    ),
    "ms(0, 0, t) = xx(2 pi t)": (
        [{"gate": "ms", "phases": [0, 0], "angle": 0.07, "targets": [0, 1]}],
        [{"gate": "xx", "rotation": 0.14 * math.pi, "targets": [0, 1]}],
    ),
    "ms(1/4, 1/4, t) = yy(2 pi t)": (
        [{"gate": "ms", "phases": [0.25, 0.25], "angle": 0.07, "targets": [0, 1]}],
        [{"gate": "yy", "rotation": 0.14 * math.pi, "targets": [1, 0]}],
    ),
    "full ms = xx(pi/2)": (
        [{"gate": "ms", "phases": [0, 0], "targets": [0, 1]}],
        [{"gate": "xx", "rotation": math.pi / 2, "targets": [0, 1]}],
    ),
    "zz(t) = zz(2 pi t)": (
        [{"gate": "zz", "angle": 0.07, "targets": [0, 1]}],
        [{"gate": "zz", "rotation": 0.14 * math.pi, "targets": [0, 1]}],
    ),
    "cnot from native gates": (
        [
            {"gate": "gpi2", "phase": 0.25, "target": 0},
            {"gate": "ms", "phases": [0, 0], "targets": [0, 1]},
            {"gate": "gpi2", "phase": 0.5, "target": 0},
            {"gate": "gpi2", "phase": 0.5, "target": 1},
            {"gate": "gpi2", "phase": -0.25, "target": 0},
        ],
        [{"gate": "cnot", "control": 0, "target": 1}],
    ),
    "v v = x": ([{"gate": "v", "target": 0, "control": 1}] * 2,
                [{"gate": "x", "target": 0, "control": 1}]),
    "t t = s": ([{"gate": "t", "target": 0}] * 2, [{"gate": "s", "target": 0}]),
    "s s = z": ([{"gate": "s", "target": 0}] * 2, [{"gate": "z", "target": 0}]),
    "z(pi/2) = s": ([{"gate": "z", "rotation": math.pi / 2, "target": 0, "control": 1}],
                    [{"gate": "s", "target": 0, "control": 1}]),
    "h x h = z": ([{"gate": "h", "target": 0}, {"gate": "x", "target": 0, "control": 1},
                   {"gate": "h", "target": 0}], [{"gate": "z", "target": 1, "control": 0}]),
    "swap = three cnots": (
        [{"gate": "swap", "targets": [0, 1]}],
        [{"gate": "x", "target": 0, "control": 1}, {"gate": "x", "target": 1, "control": 0},
         {"gate": "x", "target": 0, "control": 1}],
    ),
    "pauliexp of XX = xx": (
        [{"gate": "pauliexp", "targets": [0, 1], "terms": ["XX"], "coefficients": [0.5],
          "time": 0.6}],
        [{"gate": "xx", "targets": [0, 1], "rotation": 0.6}],
    ),
}  # fmt: skip


def columns(gates: list[dict], sets: str) -> np.ndarray:
    """Return the unitary on two qubits, column by column, from basis states."""
    flip = {"qis": {"gate": "x"}, "native": {"gate": "gpi", "phase": 0}}[sets]
    circuits = []
    for basis in range(4):
        start = [flip | {"target": q} for q in range(2) if basis >> q & 1]
        circuits.append(ionsim.Circuit([*start, *gates], qubits=2, gateset=sets))
    return np.stack(ionsim.statevector(circuits), axis=1)


@pytest.mark.parametrize("name", IDENTITIES)
def test_identities_up_to_phase(name):
    first, second = (
        columns(gates, "native" if gates[0]["gate"].startswith(("gpi", "ms")) or "angle" in gates[0]
                else "qis")
        for gates in IDENTITIES[name]
    )  # fmt: skip
    assert oracle.same_up_to_phase(first, second, tolerance=1e-12)


# --- shapes and special circuits --------------------------------------------------------------


def test_a_list_of_circuits_gives_a_list():
    circuits = [ionsim.Circuit(BELL, qubits=n) for n in (2, 3, 5)]
    states = ionsim.statevector(circuits)
    assert [len(s) for s in states] == [4, 8, 32]
    for state, circuit in zip(states, circuits, strict=True):
        np.testing.assert_array_equal(state, ionsim.statevector(circuit))
    assert [len(p) for p in ionsim.probabilities(circuits)] == [4, 8, 32]
    samples = ionsim.sample(circuits, 20, seed=3)
    assert [len(s) for s in samples] == [20, 20, 20]


def test_idle_qubits():
    circuit = ionsim.Circuit(
        [{"gate": "h", "target": 1}, {"gate": "cnot", "control": 1, "target": 4}], qubits=6
    )
    expected = np.zeros(64, dtype=complex)
    expected[[0, 0b010010]] = math.sqrt(0.5)
    np.testing.assert_allclose(ionsim.statevector(circuit), expected, **TIGHT)
    np.testing.assert_allclose(ionsim.probabilities(circuit), np.abs(expected) ** 2, **TIGHT)
    assert set(ionsim.sample(circuit, 100, seed=1).tolist()) == {0, 0b010010}


def test_idle_qubits_cost_nothing():
    gates = [{"gate": "h", "target": 3}, {"gate": "x", "control": 3, "target": 59}]
    shots = ionsim.sample(ionsim.Circuit(gates, qubits=60), 1000, seed=5)
    assert shots.dtype == np.uint64
    assert set(shots.tolist()) == {0, 2**3 + 2**59}


@pytest.mark.parametrize("qubits", [1, 4])
def test_an_empty_circuit(qubits):
    circuit = ionsim.Circuit([], qubits=qubits)
    expected = np.zeros(2**qubits)
    expected[0] = 1
    np.testing.assert_array_equal(ionsim.statevector(circuit), expected)
    np.testing.assert_array_equal(ionsim.probabilities(circuit), expected)
    np.testing.assert_array_equal(ionsim.sample(circuit, 7, seed=1), np.zeros(7, dtype=np.uint64))
    np.testing.assert_allclose(ionsim.expectation(circuit, ["Z" * qubits, "X" * qubits]), [1, 0])
    noise = ionsim.MODELS["harmony"]
    noisy = ionsim.sample(circuit, 7, seed=1, noise=noise)
    np.testing.assert_array_equal(noisy, np.zeros(7, dtype=np.uint64))


def test_only_nops():
    circuit = ionsim.Circuit([{"gate": "nop", "target": 1}], qubits=2, gateset="native")
    np.testing.assert_array_equal(ionsim.statevector(circuit), [1, 0, 0, 0])
    assert circuit.gate_counts == {"1q": 0, "2q": 0}


# --- samples ----------------------------------------------------------------------------------

SAMPLED = CircuitCase(
    [
        *strategies.preparation(5),
        {"gate": "x", "controls": [0, 3], "target": 2},
        {"gate": "pauliexp", "targets": [0, 4, 1], "terms": ["XYZ"], "coefficients": [0.4],
         "time": 1.0},
        {"gate": "zz", "targets": [1, 2], "control": 4, "rotation": 0.8},
    ],
    5,
)  # fmt: skip
SAMPLER = """
import hashlib, json, sys
import ionsim

small, wide = (ionsim.Circuit(g, qubits=n) for g, n in json.loads(sys.argv[1]))
noises = [None, ionsim.MODELS["aria-1"], ionsim.MODELS["harmony"].replace(readout_flip=0.02)]
rows = []
for precision in ("complex64", "complex128"):
    for noise in noises:
        for threads in (1, 2, 3):
            shots = ionsim.sample(
                small, 3000, seed=11, noise=noise, threads=threads, precision=precision
            )
            rows.append([f"{precision} {noise}", threads, shots.tolist()])
    for threads in (1, 2, 3):
        options = {"threads": threads, "precision": precision}
        bits = [
            ionsim.statevector(wide, **options),
            ionsim.probabilities(wide, **options),
            ionsim.expectation(wide, ["XYZZ" * 4 + "X", "Z" * 17], **options),
            ionsim.sample(wide, 20000, seed=5, **options),
        ]
        digests = [hashlib.sha256(each.tobytes()).hexdigest() for each in bits]
        rows.append([f"{precision} wide", threads, digests])
print(json.dumps([ionsim.info()["isa"], rows]))
"""
# Wide enough that threads share one state, and that sums are cut into pieces.
WIDE = CircuitCase(
    [
        *strategies.preparation(17),
        {"gate": "pauliexp", "targets": [0, 5, 9, 12, 16], "terms": ["XYZXX", "ZZXIY"],
         "coefficients": [0.3, 0.5], "time": 2.0},
        {"gate": "swap", "targets": [16, 2], "controls": [1, 15]},
        {"gate": "h", "target": 16},
    ],
    17,
)  # fmt: skip


def test_equal_bits_for_every_isa_and_thread_count():
    source = json.dumps([[SAMPLED.gates, SAMPLED.qubits], [WIDE.gates, WIDE.qubits]])
    found = {}
    for isa in ionsim.info()["isa_available"]:
        done = subprocess.run(
            [sys.executable, "-c", SAMPLER, source],
            env={**os.environ, "IONSIM_ISA": isa},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert done.returncode == 0, done.stderr
        used, rows = json.loads(done.stdout)
        assert used == isa
        found[isa] = rows
    first = next(iter(found.values()))
    for isa, rows in found.items():
        for ours, theirs in zip(rows, first, strict=True):
            assert ours == theirs, (isa, ours[:2])
    by_kind: dict[str, list] = {}
    for kind, _, values in first:
        by_kind.setdefault(kind, []).append(values)
    assert len(by_kind) == 8
    for kind, values in by_kind.items():
        assert values[0] == values[1] == values[2], kind
    # The settings do differ from each other.
    assert len({json.dumps(values[0]) for values in by_kind.values()}) >= 5


@pytest.mark.parametrize("noise", [None, "aria-1", "harmony"])
def test_seeds_repeat_and_differ(noise):
    model = ionsim.MODELS[noise] if noise else None
    circuit = build(SAMPLED)
    first = ionsim.sample(circuit, 500, seed=4, noise=model)
    np.testing.assert_array_equal(first, ionsim.sample(circuit, 500, seed=4, noise=model))
    other = ionsim.sample(circuit, 500, seed=5, noise=model)
    assert (first != other).mean() > 0.5


@given(strategies.circuits(max_qubits=5, max_gates=15))
def test_samples_are_possible_outcomes(case):
    shots = ionsim.sample(build(case), 200, seed=9)
    expected = oracle.probabilities(case.gates, case.qubits, case.gateset)
    assert shots.dtype == np.uint64
    assert expected[shots.astype(int)].min() > 1e-14


@given(strategies.circuits(max_qubits=4, max_gates=12))
def test_noisy_samples_do_not_depend_on_threads(case):
    circuit = build(case)
    noise = ionsim.MODELS["harmony"]
    first = ionsim.sample(circuit, 300, seed=2, noise=noise, threads=1)
    second = ionsim.sample(circuit, 300, seed=2, noise=noise, threads=3)
    np.testing.assert_array_equal(first, second)


@given(strategies.circuits(max_qubits=5, max_gates=15))
def test_sharing_states_changes_no_noisy_outcome(case):
    circuit = build(case)
    noise = ionsim.MODELS["harmony"].replace(r1=0.1, r2=0.1, readout_flip=0.05)
    shared = ionsim.sample(circuit, 300, seed=2, noise=noise, threads=2)
    alone = ionsim.sample(circuit, 300, seed=2, noise=noise, share=False)
    np.testing.assert_array_equal(shared, alone)


@pytest.mark.parametrize("noise", [None, "aria-1", "hot"])
@pytest.mark.parametrize("cuts", [[0, 3000], [0, 1, 2, 3000], [0, 700, 1500, 2999, 3000]])
def test_disjoint_shot_ranges_merge(noise, cuts):
    model = ionsim.MODELS["harmony"].replace(r1=0.2, r2=0.2, readout_flip=0.1)
    model = {None: None, "hot": model}.get(noise, ionsim.MODELS["aria-1"])
    program = build(SAMPLED).program
    options = engine.RunOptions()
    whole = engine.samples([program], 3000, [5], options, noise=model)[0]
    parts = [
        engine.samples([program], 3000, [5], options, noise=model, shot_range=ends)[0]
        for ends in itertools.pairwise(cuts)
    ]
    np.testing.assert_array_equal(np.concatenate(parts), whole)
