"""Every gate with every number of controls, both precisions, every ISA, against the reference."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import gate_samples
import ionsim
import strategies

# Largest error of one amplitude after about 40 preparing gates and the gate itself.
TOLERANCE = {"complex128": 1e-12, "complex64": 2e-6}
NAMES = [("qis", name) for name in gate_samples.QIS] + [
    ("native", name) for name in gate_samples.NATIVE
]

# Runs in a process of its own, because the ISA is chosen when the core is imported.
CHILD = """
import json, sys
import numpy as np
import ionsim

rows = json.load(open(sys.argv[1]))
circuits = [ionsim.Circuit(g, qubits=n, gateset=s) for g, n, s in rows]
found = {}
for precision in ("complex128", "complex64"):
    for fuse in (True, False):
        states = ionsim.statevector(circuits, precision=precision, fuse=fuse, threads=2)
        found[f"{precision}-{fuse}"] = np.concatenate(states)
np.savez(sys.argv[2], **found)
print(ionsim.info()["isa"])
"""


def built(gate: dict, qubits: int, gateset: str) -> ionsim.Circuit:
    gates = gate_samples.circuit(gate, qubits, gateset)
    return ionsim.Circuit(gates, qubits=qubits, gateset=gateset)


def test_the_samples_name_every_gate():
    names = {gate["gate"] for gates in gate_samples.QIS.values() for gate in gates}
    assert names == strategies.QIS_NAMES
    assert set(gate_samples.NATIVE) == strategies.NATIVE_NAMES
    table = {(info.gateset, info.name) for info in ionsim.GATES}
    assert table == {("qis", n) for n in strategies.QIS_NAMES} | {
        ("native", n) for n in strategies.NATIVE_NAMES
    }


@pytest.mark.parametrize("fuse", [True, False])
@pytest.mark.parametrize(("gateset", "name"), NAMES)
def test_gate_on_a_random_state(gateset, name, fuse):
    cases = gate_samples.cases(name, gateset)
    assert len(cases) >= 9
    circuits = [built(*case) for case in cases]
    for precision, tolerance in TOLERANCE.items():
        states = ionsim.statevector(circuits, precision=precision, fuse=fuse)
        for case, state in zip(cases, states, strict=True):
            assert state.dtype == np.dtype(precision)
            np.testing.assert_allclose(
                state, gate_samples.expected(*case), rtol=0, atol=tolerance, err_msg=str(case)
            )


@pytest.mark.parametrize("isa", ionsim.info()["isa_available"])
def test_every_gate_on_every_isa(isa, tmp_path: Path):
    cases = gate_samples.every_case()
    rows = [(gate_samples.circuit(*case), *case[1:]) for case in cases]
    source, result = tmp_path / "circuits.json", tmp_path / "states.npz"
    source.write_text(json.dumps(rows))
    done = subprocess.run(
        [sys.executable, "-c", CHILD, str(source), str(result)],
        env={**os.environ, "IONSIM_ISA": isa},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == [isa]
    expected = np.concatenate([gate_samples.expected(*case) for case in cases])
    with np.load(result) as found:
        assert len(found.files) == 4
        for key in found.files:
            tolerance = TOLERANCE[key.split("-")[0]]
            np.testing.assert_allclose(found[key], expected, rtol=0, atol=tolerance, err_msg=key)


def test_an_unknown_isa_is_refused_or_named():
    done = subprocess.run(
        [sys.executable, "-c", "import ionsim; print(ionsim.info()['isa'])"],
        env={**os.environ, "IONSIM_ISA": "vax"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode != 0
    assert "vax" in done.stderr
    assert "portable" in done.stderr
