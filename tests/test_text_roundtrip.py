"""Circuits written as text and read again mean the same."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

import ionsim
import oracle
from ionsim import Circuit, InputError, Op
from ionsim.cli import cli

QUBITS = 4
ANGLES = st.floats(-1e3, 1e3, allow_nan=False).map(lambda x: round(x, 6))
PLAIN = ("x", "y", "z", "h", "s", "si", "t", "ti", "v", "vi", "not")


@st.composite
def qis_ops(draw: Any, most_controls: int) -> Op:
    places = draw(st.permutations(range(QUBITS)))
    name = draw(st.sampled_from((*PLAIN, "rx", "ry", "rz", "p", "swap", "xx", "yy", "zz")))
    targets = 2 if name in ("swap", "xx", "yy", "zz") else 1
    controls = draw(st.integers(0, min(most_controls, QUBITS - targets)))
    rotation = draw(ANGLES) if name in ("rx", "ry", "rz", "p", "xx", "yy", "zz") else None
    name = "z" if name == "p" else name
    return Op(
        name, places[:targets], controls=places[targets : targets + controls], rotation=rotation
    )


@st.composite
def native_ops(draw: Any) -> Op:
    places = draw(st.permutations(range(QUBITS)))
    name = draw(st.sampled_from(("gpi", "gpi2", "ms", "zz")))
    turns = st.floats(-2, 2).map(lambda x: round(x, 6))
    if name in ("gpi", "gpi2"):
        return Op(name, places[0], phase=draw(turns))
    angle = draw(st.none() | turns)
    if name == "zz":
        return Op(name, places[:2], angle=angle)
    return Op(name, places[:2], phases=(draw(turns), draw(turns)), angle=angle)


def unitary(circuit: Circuit) -> oracle.Matrix:
    return oracle.unitary(circuit.to_dicts(), circuit.qubits, circuit.gateset)


@given(st.lists(qis_ops(3), max_size=8))
def test_openqasm_3(ops: list[Op]) -> None:
    circuit = Circuit(ops, qubits=QUBITS)
    again = Circuit.from_qasm(circuit.to_qasm(3))
    assert again.qubits == QUBITS
    assert oracle.same_up_to_phase(unitary(again), unitary(circuit), 1e-9)


@given(st.lists(qis_ops(1), max_size=8))
def test_openqasm_2(ops: list[Op]) -> None:
    circuit = Circuit(ops, qubits=QUBITS)
    try:
        text = circuit.to_qasm(2)
    except InputError:  # a gate without a name there, which another test is about
        return
    assert oracle.same_up_to_phase(unitary(Circuit.from_qasm(text)), unitary(circuit), 1e-9)


@given(st.lists(native_ops(), max_size=8))
@settings(max_examples=50)
def test_native_gates(ops: list[Op]) -> None:
    circuit = Circuit(ops, qubits=QUBITS, gateset="native")
    again = Circuit.from_qasm(circuit.to_qasm(3))
    if ops:
        assert again.gateset == "native"
        assert np.allclose(unitary(again), unitary(circuit), atol=1e-9)
    old = Circuit.from_qasm(circuit.to_qasm(2))
    assert oracle.same_up_to_phase(unitary(old), unitary(circuit), 1e-9)


def test_measurements_are_written() -> None:
    circuit = Circuit.from_qasm(
        "qreg q[2]; creg c[3]; h q[0]; measure q[1] -> c[0]; measure q[0] -> c[2];"
    )
    for version in (2, 3):
        assert Circuit.from_qasm(circuit.to_qasm(version)).measured == (1, None, 0)


def test_what_a_language_cannot_say() -> None:
    exponential = Op("pauliexp", (0, 1), terms=("XY",), coefficients=(1.0,), time=0.5)
    for version in (2, 3):
        with pytest.raises(InputError, match="no name in OpenQASM"):
            Circuit([exponential]).to_qasm(version)
    with pytest.raises(InputError, match="t with 2 controls"):
        Circuit([Op("t", 2, controls=(0, 1))]).to_qasm(2)
    with pytest.raises(InputError, match="version"):
        Circuit([]).to_qasm(4)


def test_the_command_line_converts_and_runs(tmp_path: Path) -> None:
    source = tmp_path / "a.qasm"
    source.write_text("qreg q[2]; creg c[2]; x q[0]; cx q[0], q[1]; measure q -> c;")
    for name in ("b.json", "b.qasm", "b.qasm3"):
        target = tmp_path / name
        done = CliRunner().invoke(cli, ["convert", str(source), str(target)])
        assert done.exit_code == 0, done.output
        done = CliRunner().invoke(cli, ["run", str(target), "--json"])
        assert done.exit_code == 0, done.output
        assert '"3": 1.0' in done.output
    done = CliRunner().invoke(cli, ["convert", str(source), "-", "--to", "qasm3"])
    assert done.output.startswith("OPENQASM 3.0;")
    for arguments in (["convert", str(source), str(tmp_path / "c.txt")], ["run", str(tmp_path)]):
        assert CliRunner().invoke(cli, arguments).exit_code == 2


def test_the_command_line_reads_quipper_and_says_what_is_wrong(tmp_path: Path) -> None:
    source = tmp_path / "a.quip"
    source.write_text('Inputs: 0:Qbit\nQGate["not"](0)\nOutputs: 0:Qbit\n')
    done = CliRunner().invoke(cli, ["run", str(source)])
    assert (done.exit_code, "1" in done.output) == (0, True)
    source.write_text("Inputs: 0:Qbit\nQGate[](0)\nOutputs: 0:Qbit\n")
    done = CliRunner().invoke(cli, ["run", str(source)])
    assert done.exit_code == 2
    assert "line 2, column 7" in done.output
    large = tmp_path / "large.qasm"
    large.write_text("qubit q; pow(1000000) @ x q;")
    done = CliRunner().invoke(cli, ["run", str(large)])
    assert done.exit_code == 1
    assert "--max-gates" in done.output


def test_dynamic_programs_on_the_command_line(tmp_path: Path) -> None:
    source = tmp_path / "a.qasm"
    source.write_text("qubit q; bit[2] c; h q; c[0] = measure q; if (c[0]) x q; c[1] = measure q;")
    done = CliRunner().invoke(cli, ["run", str(source), "--shots", "50", "--seed", "1"])
    assert done.exit_code == 0, done.output
    assert "50 shots, seed 1" in done.output
    assert CliRunner().invoke(cli, ["convert", str(source), "-", "--to", "json"]).exit_code == 2
    assert ionsim.formats.guess_format(source.read_text()) == "openqasm"
