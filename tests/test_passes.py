"""Every pass against the oracle, switched on and off, alone and together with the others."""

from __future__ import annotations

import hashlib
import itertools
import math
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ionsim
import oracle
from ionsim.run_options import MODES, PASSES
from test_large_circuits import random_gates

TOLERANCES = {"complex128": 1e-13, "complex64": 3e-6}
SHAPING = [name for name in PASSES if name != "reuse"]  # reuse changes no step


def check(gates, qubits, gateset, without, *, expected=None):
    circuit = ionsim.Circuit(gates, qubits=qubits, gateset=gateset)
    if expected is None:
        expected = oracle.statevector(gates, qubits, gateset)
    for precision, tolerance in TOLERANCES.items():
        options = {"precision": precision, "without": without}
        state = ionsim.statevector(circuit, **options)
        np.testing.assert_allclose(state, expected, rtol=0, atol=tolerance)
        found = ionsim.probabilities(circuit, **options)
        np.testing.assert_allclose(found, np.abs(expected) ** 2, rtol=0, atol=tolerance)


@pytest.mark.parametrize("gateset", ["qis", "native"])
@pytest.mark.parametrize(
    "without", [subset for size in range(8) for subset in itertools.combinations(SHAPING, size)]
)
def test_any_passes_can_be_left_out(without, gateset):
    seed = int.from_bytes(hashlib.sha256(repr((without, gateset)).encode()).digest()[:4], "big")
    qubits = 10 + seed % 3
    check(random_gates(qubits, 25, seed, gateset), qubits, gateset, without)


@pytest.mark.parametrize("seed", range(20))
def test_random_circuits(seed):
    gateset = ("qis", "native")[seed % 2]
    qubits = 1 + seed % 12
    gates = random_gates(max(qubits, 5), 80, seed, gateset)
    check(gates, max(qubits, 5), gateset, ())


@pytest.mark.parametrize("gateset", ["qis", "native"])
def test_a_large_state(gateset):
    qubits = 20
    gates = random_gates(qubits, 40, seed=20, gateset=gateset)
    expected = oracle.statevector(gates, qubits, gateset)
    for without in ((), *((name,) for name in PASSES)):
        check(gates, qubits, gateset, without, expected=expected)


@pytest.mark.parametrize("qubits", [13, 14])
def test_general_rotations_between_phases(qubits):
    """From 14 qubits on a rotation next to a phase is split into Euler's angles."""
    generator = np.random.default_rng(qubits)
    # Next to none, next to a half turn, and nearly without a part beside the diagonal.
    middles = [1e-3, 1e-9, 1e-12, 1e-15, np.pi - 1e-9, np.pi, 0.0, 1.3, -2.0]
    gates = []
    for layer in range(9):
        for q in range(qubits):
            middle = middles[(layer + q) % len(middles)]
            # There and back: what is left beside the diagonal is rounded like the whole.
            first, second, third = generator.normal(size=3)
            turns = [("rz", first), ("ry", second), ("rz", third), ("rz", -third)]
            turns += [("ry", middle - second), ("rz", 0.4 - first)]
            for kind, angle in turns:
                gates.append({"gate": kind, "target": q, "rotation": angle})
        wires = generator.permutation(qubits)
        for a, b in zip(wires[0::2], wires[1::2], strict=False):
            for kind in ("xx", "zz"):
                pair = {"gate": kind, "targets": [int(a), int(b)], "rotation": generator.normal()}
                gates.append(pair)
    check(gates, qubits, "qis", ())
    check(gates, qubits, "qis", ("merge",))


def test_rotations_that_leave_next_to_nothing_in_place():
    """Near half turns have no tangent form, long ones let the numbers grow."""
    qubits = 10
    angles = [np.pi - 1e-9, np.pi, np.pi + 1e-3, 3.0, 2.9, 2 * np.pi, 0.0, -np.pi + 1e-12]
    gates = [
        {"gate": ("rx", "ry", "rz")[k % 3], "target": k % qubits, "rotation": angles[k % 8]}
        for k in range(600)
    ]
    gates += [
        {"gate": "xx", "targets": [k % 10, (k + 3) % 10], "rotation": 2.85} for k in range(300)
    ]
    check(gates, qubits, "qis", ())
    check(gates, qubits, "qis", ("tangent",))


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_interactions_of_equal_pairs(data):
    """What flips the same qubits becomes one step, with and without a factor for what stays."""
    qubits = 10
    angle = st.sampled_from([0.0, 0.3, 1.0, 1.4, math.pi / 2, 3.0, math.pi, -0.8])
    pair = st.lists(st.integers(0, qubits - 1), min_size=2, max_size=2, unique=True)
    kind = st.sampled_from(["xx", "yy", "zz", "swap", "rx", "cnot"])
    gates = [{"gate": "ry", "target": q, "rotation": 0.3 + q} for q in range(qubits)]
    for _ in range(data.draw(st.integers(1, 12))):
        a, b = data.draw(pair)
        for name in data.draw(st.lists(kind, min_size=1, max_size=6)):
            gate = {"gate": name, "targets": [a, b]}
            if name in ("rx", "cnot"):
                gate = {"gate": name, "target": a}
            if name == "cnot":
                gate["control"] = b
            if name not in ("swap", "cnot"):
                gate["rotation"] = data.draw(angle)
            gates.append(gate)
    check(gates, qubits, "qis", ())
    check(gates, qubits, "qis", ("merge",))


def test_native_pairs_that_meet_again():
    """Several ms between the same ions, whose phases differ."""
    rng = np.random.default_rng(3)
    qubits = 10
    gates = [{"gate": "gpi2", "target": q, "phase": 0.1 * q} for q in range(qubits)]
    for k in range(60):
        a, b = rng.choice(qubits, 2, replace=False).tolist()
        for _ in range(k % 4):
            phases = rng.choice([0.0, 0.25, 0.5, rng.random()], 2).tolist()
            gates.append(
                {"gate": "ms", "targets": [a, b], "phases": phases, "angle": rng.random() / 4}
            )
    check(gates, qubits, "native", ())


@st.composite
def conjugated_phases(draw, qubits: int) -> list[dict]:
    """Controlled flips, phases of many kinds between them, and the flips again."""
    qubit = st.integers(0, qubits - 1)
    some = st.lists(qubit, min_size=2, max_size=4, unique=True)
    flips = []
    for chosen in draw(st.lists(some, min_size=1, max_size=3)):
        flips.append({"gate": "cnot", "target": chosen[0], "controls": chosen[1:]})
    between = []
    angle = st.sampled_from([math.pi, math.pi / 2, 0.7])
    for chosen in draw(st.lists(some, min_size=1, max_size=3)):
        kind = draw(st.sampled_from(["z", "rz", "zz", "rx", "x", "s"]))
        gate = {"gate": kind, "targets": chosen[:1], "controls": chosen[1:] or None}
        if kind == "zz":
            gate |= {"targets": chosen[:2], "controls": chosen[2:] or None}
        if kind in ("rz", "zz", "rx"):
            gate["rotation"] = draw(angle)
        between.append(gate)
    back = draw(st.sampled_from([flips, flips[::-1], flips[:1]]))
    return [*flips, *between, *back]


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_phases_between_flips(data):
    qubits = data.draw(st.integers(4, 6))
    gates = [{"gate": "ry", "target": q, "rotation": 0.3 + q} for q in range(qubits)] + data.draw(
        conjugated_phases(qubits)
    )
    check(gates, qubits, "qis", ())


def test_ancillas_that_are_uncomputed_never_enter_the_state():
    qubits = 18
    gates = [{"gate": "h", "target": q} for q in range(16)]
    compute = [
        {"gate": "x", "target": 16, "controls": [0, 1, 12, 3]},
        {"gate": "x", "target": 17, "controls": [4, 15, 6]},
    ]
    gates += [*compute, {"gate": "z", "target": 17, "controls": [16]}, *compute]
    gates += [{"gate": "h", "target": q} for q in range(16)]
    check(gates, qubits, "qis", ())
    text = ionsim.estimate(ionsim.Circuit(gates, qubits=qubits), precision="complex64")[0].explain
    assert "divided: 1 pass over the state" in text
    assert "grown: the passes see 0.5 times the whole state" in text


def angles_replaced(gates, seed):
    """The same gates with other angles."""
    random = np.random.default_rng(seed)
    return [
        gate | {"rotation": float(random.uniform(-3, 3))} if "rotation" in gate else gate
        for gate in gates
    ]


@pytest.mark.parametrize("qubits", [10, 12, 15, 18])
@pytest.mark.parametrize("precision", TOLERANCES)
def test_a_kept_plan_gives_the_same_bits(qubits, precision):
    # Without gates that need the whole state: a plan with them is not kept.
    gates = [g for g in random_gates(qubits, 60, qubits) if g["gate"] != "pauliexp"]
    for seed in range(3):
        circuit = ionsim.Circuit(angles_replaced(gates, seed), qubits=qubits)
        fresh = {"precision": precision, "without": ("reuse",)}
        state = ionsim.statevector(circuit, **fresh)
        found = ionsim.probabilities(circuit, **fresh)
        # Noted, kept, used, used by other threads, and by an equal circuit.
        for threads in (2, 2, 2, 1, 3):
            again = ionsim.Circuit(circuit.to_dicts(), qubits=qubits)
            options = {"precision": precision, "threads": threads}
            np.testing.assert_array_equal(ionsim.statevector(again, **options), state)
            np.testing.assert_array_equal(ionsim.probabilities(circuit, **options), found)
            # What differs in the last bit of one number is another circuit.
            turned = [*again.to_dicts(), {"gate": "rx", "target": 0, "rotation": 1e-3 * threads}]
            other = ionsim.probabilities(ionsim.Circuit(turned, qubits=qubits), **options)
            assert not np.array_equal(other, found)


def test_kept_plans_serve_many_threads_at_once():
    qubits = 11
    gates = [g for g in random_gates(qubits, 40, seed=5) if g["gate"] != "pauliexp"]
    circuits = [ionsim.Circuit(angles_replaced(gates, seed), qubits=qubits) for seed in range(4)]
    expected = [ionsim.probabilities(circuit, without=("reuse",)) for circuit in circuits]

    def run(place):
        return place % 4, ionsim.probabilities(circuits[place % 4], threads=1 + place % 2)

    with ThreadPoolExecutor(4) as pool:
        for place, found in pool.map(run, range(200)):
            np.testing.assert_array_equal(found, expected[place])


@pytest.mark.parametrize("qubits", [3, 8, 11])
def test_kept_forms_give_the_same_noisy_shots(qubits):
    gates = [g for g in random_gates(qubits, 30, seed=qubits) if g["gate"] != "pauliexp"]
    models = [ionsim.MODELS["aria-1"], ionsim.NoiseModel("loud", r1=0.05, r2=0.2)]
    expected = {}
    for model in models:
        for mode in MODES[1:]:
            options = {"seed": 5, "noise": model, "mode": mode, "without": ("reuse",)}
            expected[model, mode] = ionsim.sample(ionsim.Circuit(gates), 200, **options)
    for _ in range(2):
        for (model, mode), outcomes in expected.items():
            # An equal circuit, which no one has met, and an estimate in between.
            circuit = ionsim.Circuit(gates)
            found = ionsim.sample(circuit, 200, seed=5, noise=model, mode=mode)
            np.testing.assert_array_equal(found, outcomes)
            ionsim.estimate(circuit, shots=200, noise=model)
            found = ionsim.sample(circuit, 200, seed=5, noise=model, mode=mode)
            np.testing.assert_array_equal(found, outcomes)


def test_unknown_passes_are_refused():
    bell = [{"gate": "h", "target": 0}, {"gate": "cnot", "control": 0, "target": 1}]
    with pytest.raises(ionsim.InputError, match="conjugate, merge, diagonals"):
        ionsim.probabilities(bell, without=["speed"])


def digests() -> str:
    """Fingerprints of states and probabilities, for comparison with other instruction sets."""
    lines = []
    for seed, qubits in enumerate((5, 9, 11, 12, 17)):
        for gateset in ("qis", "native"):
            gates = random_gates(qubits, 60, seed, gateset)
            circuit = ionsim.Circuit(gates, qubits=qubits, gateset=gateset)
            for precision in TOLERANCES:
                for without in ((), ("registers",), ("tiles",), ("tangent",)):
                    options = {"precision": precision, "without": without}
                    state = ionsim.statevector(circuit, **options)
                    # A zero may have either sign; its bits must not count.
                    values = np.asarray(state).view(state.real.dtype) + 0.0
                    lines.append(hashlib.sha256(values.tobytes()).hexdigest())
    return "\n".join(lines)


def test_every_instruction_set_gives_the_same_bits():
    here = Path(__file__).parent
    found = {}
    for isa in ionsim.info()["isa_available"]:
        process = subprocess.run(
            [sys.executable, "-c", "import test_passes; print(test_passes.digests())"],
            cwd=here,
            env={**os.environ, "IONSIM_ISA": isa},
            capture_output=True,
            text=True,
            check=True,
            timeout=600,
        )
        found[isa] = process.stdout.split()
    first = next(iter(found.values()))
    assert len(first) == 5 * 2 * 2 * 4
    for isa, lines in found.items():
        assert lines == first, isa


@pytest.mark.parametrize(("qubits", "lines"), [(2, 3), (11, 5), (18, 5)])
def test_the_plan_explains_itself(qubits, lines):
    gates = random_gates(max(qubits, 5), 30, 1)[: 12 if qubits == 2 else None]
    if qubits == 2:
        gates = [{"gate": "h", "target": 0}, {"gate": "cnot", "control": 0, "target": 1}]
    text = ionsim.estimate(ionsim.Circuit(gates, qubits=qubits))[0].explain
    assert len(text.splitlines()) == lines
    for word in ("simulated", "merged:", "cost:"):
        assert word in text
    if lines == 5:
        assert "divided:" in text
        assert "grown:" in text
