"""OpenQASM 2 and 3: what programs mean, and how mistakes are reported."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import ionsim
import oracle
from ionsim import Circuit, InputError
from ionsim.formats import DynamicProgram, read_ionq_qasm3, read_program

HEAD3 = 'OPENQASM 3.0; include "stdgates.inc"; '


def unitary(text: str, **options: Any) -> oracle.Matrix:
    circuit = Circuit.from_qasm(text, **options)
    return oracle.unitary(circuit.to_dicts(), circuit.qubits, circuit.gateset)


def same(left: str, right: str, **options: Any) -> bool:
    return oracle.same_up_to_phase(unitary(left, **options), unitary(right, **options))


def problems(text: str, **options: Any) -> list[ionsim.Problem]:
    with pytest.raises(InputError) as caught:
        Circuit.from_qasm(text, **options)
    return list(caught.value.problems)


def controlled(matrix: oracle.Matrix, negative: bool = False) -> oracle.Matrix:
    """The control is qubit 0, the matrix acts on the qubits above it."""
    size = len(matrix)
    full = np.eye(2 * size, dtype=np.complex128)
    start = 0 if negative else 1
    full[start::2, start::2] = matrix
    return full


def power(matrix: oracle.Matrix, exponent: float) -> oracle.Matrix:
    """Eigenvalues to the power, by their angles in (-pi, pi]."""
    values, vectors = np.linalg.eig(matrix)
    angles = np.angle(values)
    angles[np.isclose(angles, -np.pi)] = np.pi
    turned = vectors @ np.diag(np.exp(1j * exponent * angles)) @ np.linalg.inv(vectors)
    return np.asarray(turned)


def u(theta: float, phi: float, lam: float) -> oracle.Matrix:
    """The U of the OpenQASM 3 specification, phase included."""
    e = np.exp
    return 0.5 * np.array(
        [
            [1 + e(1j * theta), -1j * e(1j * lam) * (1 - e(1j * theta))],
            [1j * e(1j * phi) * (1 - e(1j * theta)), e(1j * (phi + lam)) * (1 + e(1j * theta))],
        ]
    )


# --- meaning ---------------------------------------------------------------------------------


def test_broadcasting() -> None:
    text = "qreg a[2]; qreg b[2]; h a; cx a, b; cx a[1], b; x b[0];"
    plain = (
        "qreg q[4]; h q[0]; h q[1]; cx q[0],q[2]; cx q[1],q[3]; cx q[1],q[2]; cx q[1],q[3]; x q[2];"
    )
    assert same(text, plain.replace("\n", ""))


def test_gate_definitions_and_expressions() -> None:
    text = """
    gate inner(t) a, b { rx(-t / 2 + sin(pi / 3) * 2^3) a; barrier a, b; cx a, b; }
    gate outer(p, r) x, y { inner(p * r) y, x; u3(p, ln(r), sqrt(2)) x; }
    qreg q[2]; outer(0.3, 1.7e0) q[1], q[0];
    """
    angle = -0.3 * 1.7 / 2 + math.sin(math.pi / 3) * 8
    plain = (
        f"qreg q[2]; rx({angle!r}) q[0]; cx q[0], q[1]; "
        f"u3(0.3, {math.log(1.7)!r}, {math.sqrt(2)!r}) q[1];"
    )
    assert same(text, plain)


@pytest.mark.parametrize("exponent", [2, -3, 0.5, -0.25, 1 / 3])
@pytest.mark.parametrize("gate", ["x", "h", "sx", "t", "U(0.4, 0.5, 0.6)", "rz(5)", "gpi2(0.3)"])
def test_powers_of_controlled_gates(gate: str, exponent: float) -> None:
    matrix = unitary(f"{HEAD3} qubit q; {gate} q;")
    if gate.startswith("U"):
        matrix = u(0.4, 0.5, 0.6)
    if gate.startswith("h"):
        matrix = np.array([[1, 1], [1, -1]]) / math.sqrt(2)
    found = unitary(f"{HEAD3} qubit[2] q; ctrl @ pow({exponent!r}) @ {gate} q[0], q[1];")
    assert oracle.same_up_to_phase(found, controlled(power(matrix, exponent)))


@pytest.mark.parametrize("exponent", [2, 0.5, -0.3])
@pytest.mark.parametrize("gate", ["swap", "rxx(0.7)", "rzz(-2)", "ms(0.1, 0.2, 0.3)", "zz", "cx"])
def test_powers_of_two_qubit_gates(gate: str, exponent: float) -> None:
    matrix = unitary(f"{HEAD3} qubit[2] q; {gate} q[0], q[1];")
    found = unitary(f"{HEAD3} qubit[2] q; pow({exponent!r}) @ {gate} q[0], q[1];")
    assert oracle.same_up_to_phase(found, power(matrix, exponent))


def test_controls_see_global_phases() -> None:
    phase = np.diag([1, np.exp(0.3j)])
    found = unitary(f"{HEAD3} qubit[2] q; ctrl @ gphase(0.3) q[0];")
    assert oracle.same_up_to_phase(found, np.kron(np.eye(2), phase))
    found = unitary(f"{HEAD3} qubit[2] q; ctrl @ U(0.4, 0.5, 0.6) q[0], q[1];")
    assert oracle.same_up_to_phase(found, controlled(u(0.4, 0.5, 0.6)))
    found = unitary(f"{HEAD3} qubit[2] q; negctrl @ inv @ U(0.4, 0.5, 0.6) q[0], q[1];")
    assert oracle.same_up_to_phase(found, controlled(u(0.4, 0.5, 0.6).conj().T, negative=True))
    text = "gate g(a) s { gphase(a); rx(a) s; } "
    found = unitary(f"{HEAD3} {text} qubit[2] q; ctrl @ g(0.7) q[0], q[1];")
    inner = np.exp(0.7j) * unitary(f"{HEAD3} qubit q; rx(0.7) q;")
    assert oracle.same_up_to_phase(found, controlled(inner))


def test_inverse_undoes_every_gate() -> None:
    text = """
    gate all(a) p, q, r {
      U(a, 2 * a, 3) p; h p; s q; t r; sx p; rx(a) q; cswap p, q, r; rccx p, q, r; iswap q, r;
      gpi(a) p; gpi2(0.1) q; ms(0.1, a, 0.2) p, r; zz(a) q, r;
      cu(a, 1, 2, 3) p, q; ecr p, q; u2(a, 1) r;
    }
    """
    found = unitary(
        f"{HEAD3} {text} qubit[3] q; all(0.3) q[0], q[1], q[2]; inv @ all(0.3) q[0], q[1], q[2];"
    )
    assert oracle.same_up_to_phase(found, np.eye(8))
    found = unitary(
        f"{HEAD3} {text} qubit[4] q; ctrl @ all(.3) q[3], q[0], q[1], q[2]; "
        "inv @ ctrl @ all(0.3) q[3], q[0], q[1], q[2];"
    )
    assert oracle.same_up_to_phase(found, np.eye(16))


def test_native_gates_alone_stay_native_and_mix_exactly() -> None:
    text = "qubit[2] q; gpi(0.1) q[0]; gpi2(0.2) q[1]; "
    text += "ms(0.1, 0.2, 0.15) q[0], q[1]; zz(0.1) q[0], q[1];"
    alone = Circuit.from_qasm(text)
    assert alone.gateset == "native"
    mixed = Circuit.from_qasm(text + " id q[0]; x q[0]; x q[0];")
    assert mixed.gateset == "qis"
    native = oracle.unitary(alone.to_dicts(), 2, "native")
    assert oracle.same_up_to_phase(native, oracle.unitary(mixed.to_dicts(), 2))
    gates = [
        {"gate": "gpi", "target": 0, "phase": 0.1},
        {"gate": "gpi2", "target": 1, "phase": 0.2},
    ]
    gates += [{"gate": "ms", "targets": [0, 1], "phases": [0.1, 0.2], "angle": 0.15}]
    gates += [{"gate": "zz", "targets": [0, 1], "angle": 0.1}]
    assert oracle.same_up_to_phase(native, oracle.unitary(gates, 2, "native"))


def test_classical_code_runs_before_the_circuit() -> None:
    text = (
        HEAD3
        + """
    const int n = 4; int k = 0; float a = 0.1; qubit[n] q; let even = q[0:2:3]; bool on = false;
    for int i in [0:n - 1] { k += i; if (i == 2) { continue; } rx(a * (i + 1)) q[i]; }
    while (k > 3) { k -= 2; on = !on; if (k == 4) break; }
    if (on) { z even; } else { y even; }
    def twice(qubit p, float t) { ry(t) p; ry(t / 2) p; }
    twice(q[k % n], a * 3);
    for float f in {0.5, 1} { rz(f) q[3]; }
    rx(1/2) q[1];
    """
    )
    plain = (
        HEAD3
        + """qubit[4] q; rx(0.1) q[0]; rx(0.2) q[1]; rx(0.4) q[3]; z q[0]; z q[2];
    ry(0.45) q[0]; rz(1.5) q[3]; rx(0.5) q[1];"""
    )
    assert same(text, plain)


def test_inputs() -> None:
    text = "input float theta; input int n; qubit[3] q; rx(theta) q[n];"
    assert same(text, "qubit[3] q; rx(0.25) q[2];", inputs={"theta": 0.25, "n": 2})
    [problem] = problems(text, inputs={"theta": 1})
    assert problem.value == '"n"'


def test_measured_bits_in_order_of_declaration() -> None:
    circuit = Circuit.from_qasm(
        "qreg q[3]; creg a[2]; creg b[3]; x q[2]; measure q[2] -> b[1]; measure q[0] -> a[1];"
    )
    assert circuit.measured == (None, 0, None, 2, None)
    assert circuit.registers == {"a": (None, 0), "b": (None, 2, None)}
    job = ionsim.run(circuit)
    assert dict(job.results) == {"8": 1.0}
    assert dict(job.marginals["b"]) == {"2": 1.0}
    assert job.bits[0].tolist() == [0, 0, 0, 1, 0]
    assert set(job.counts) == {"8"}
    assert ionsim.sample(circuit, 3, seed=1).tolist() == [8, 8, 8]


def test_noisy_results_are_over_the_classical_bits() -> None:
    text = "qreg q[3]; creg c[2]; x q[2]; h q[0]; cx q[0], q[1]; "
    text += "measure q[2] -> c[1]; measure q[1] -> c[0];"
    job = ionsim.run(Circuit.from_qasm(text), noise="aria-1", seed=5, shots=2000)
    whole = ionsim.run(
        Circuit.from_qasm(text.split("measure", maxsplit=1)[0]), noise="aria-1", seed=5, shots=2000
    )
    mapped = ((whole.samples >> np.uint64(2) & np.uint64(1)) << np.uint64(1)) | (
        whole.samples >> np.uint64(1) & np.uint64(1)
    )
    assert job.samples.tolist() == mapped.tolist()
    assert sum(job.counts.values()) == 2000


def test_reset_before_use_and_repeated_measurement_keep_the_fast_path() -> None:
    text = "qubit[2] q; bit[3] c; reset q; x q[1]; "
    text += "c[0] = measure q[1]; c[1] = measure q[1]; measure q[0];"
    assert isinstance(read_program(text), Circuit)
    assert dict(ionsim.run(Circuit.from_qasm(text)).results) == {"3": 1.0}


def test_ionq_qasm3() -> None:
    text = HEAD3 + "bit[2] c; qubit[2] q; h q[0]; cx q[0], q[1]; c[0] = measure q[0];"
    circuit = read_ionq_qasm3(text)
    assert isinstance(circuit, Circuit)
    assert circuit.measured == (0, None)
    assert isinstance(read_ionq_qasm3(text + " reset q[0];"), DynamicProgram)
    with pytest.raises(InputError, match="physical"):
        read_ionq_qasm3("OPENQASM 3.0; x $0;")
    with pytest.raises(InputError, match="not a text"):
        read_ionq_qasm3(5)


@pytest.mark.parametrize(
    "text",
    [
        "qubit q; bit c; c = measure q; x q;",
        "qubit q; x q; reset q;",
        "qubit q; bit c; c = measure q; if (c) x q;",
        "qubit q; bit c; bit d; c = measure q; d = c;",
        "qreg q[1]; creg c[1]; if (c == 0) x q[0];",
    ],
)
def test_dynamic_programs_are_no_circuits(text: str) -> None:
    assert isinstance(read_program(text), DynamicProgram)
    [problem] = problems(text)
    assert "dynamic" in problem.message
    assert problem.path.startswith("line 1, column ")


# --- mistakes --------------------------------------------------------------------------------


def test_all_problems_with_their_places() -> None:
    text = "OPENQASM 2.0;\nqreg q[2];\nhh q[0];\n  cx q[0], q[2];\n"
    text += "qreg q[3];\nrx(1, 2) q[0]\n;cx q, q;\n"
    found = [(problem.path, problem.value) for problem in problems(text)]
    assert found == [
        ("line 3, column 1", '"hh"'),
        ("line 4, column 14", "2"),
        ("line 5, column 6", '"q"'),
        ("line 6, column 1", '"rx"'),
        ("line 7, column 2", '"cx"'),
    ]


def test_columns_count_characters() -> None:
    [problem] = problems("qubit q; /* \u00e4\u00f6\u00fc\u20ac */ foo q;")
    assert problem.path == "line 1, column 21"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("qubit q; x $0;", "physical"),
        ("defcal x q { }", "defcal"),
        ("qubit q; array[int[32], 2] a;", "array"),
        ("complex[float] c;", "complex"),
        ("duration d = 10ns;", "duration"),
        ("extern f(int) -> int;", "extern"),
        ("qubit q; #pragma braket result\n", "pragma"),
        ("qubit q; bit b; b = measure q; float f = 0; if (b) { f = 1; }", "on a measurement"),
        ("qubit q; bit b; b = measure q; rx(b) q;", "depends on a measurement"),
        ("include \"mine.inc\"; qubit q;", "no other is opened"),
        ("opaque g a; qreg q[1]; g q[0];", "opaque"),
        ("def f(qubit a) { f(a); } qubit q; f(q);", "recursion"),
        ("OPENQASM 4.0; qubit q;", "version"),
        ("qubit q; x q, q;", "2 qubits"),
        ("qubit[2] q; cx q[0], q[0];", "twice"),
        ("qubit[2] q; qubit[3] p; cx q, p;", "different sizes"),
        ("qubit q; rx(1/0) q;", "division by zero"),
        ("qubit q; rx(sqrt(-1)) q;", "not a finite number"),
        ("qubit q; rx(1e999) q;", "double precision"),
        ("qubit[9] q; ctrl(8) @ x q[0],q[1],q[2],q[3],q[4],q[5],q[6],q[7],q[8];", "8 controls"),
        ("qubit[2] q; pow(0.5) @ iswap q[0], q[1];", "broken power"),
        ("qubit q; bit[2] c; measure q -> c;", "1 qubits are measured into 2 bits"),
        ("gate g a { h b; } qubit q;", "not a qubit of this gate"),
        ("gate g(t) a { rx(s) a; } qubit q;", "no such parameter"),
        ("gate g a { g a; } qubit q;", "by itself"),
        ("qubit q; break;", "outside a loop"),
        ("const int n; qubit q;", "no value"),
        ("qubit q; int x = 5; const int y = 1; y = 2;", "cannot be assigned"),
        ("qubit q; while (true) { }", "too many steps"),
        ("qubit q; pow(1000000000000) @ x q;", "nothing was expanded"),
    ],
)  # fmt: skip
def test_refusals_name_what_is_wrong(text: str, message: str) -> None:
    found = problems(text)
    assert message in found[0].message
    assert "line " in found[0].path


def test_expansion_is_refused_before_it_is_done() -> None:
    lines = ["gate g0 a { x a; }"]
    lines += [f"gate g{i} a {{ g{i - 1} a; g{i - 1} a; }}" for i in range(1, 60)]
    [problem] = problems("\n".join([*lines, "qubit q; g59 q;"]))
    assert problem.code == "CircuitTooLarge"
    assert str(2**59) in problem.message
    assert len(Circuit.from_qasm("qubit[3] q; h q;", max_gates=3)) == 3
    assert problems("qubit[3] q; h q;", max_gates=2)[0].code == "CircuitTooLarge"


def test_names_of_any_length_are_compared_with_a_misspelt_one() -> None:
    """Found by fuzzing: a long name of the program's own went over the end of a table."""
    long = "a" * 5000
    text = f"gate {long} q {{ }} gate {long[:26]} q {{ }} qubit q; {'a' * 24}b q; {long[:24]} q;"
    with pytest.raises(InputError) as caught:
        Circuit.from_qasm(text)
    assert len(caught.value.problems) == 2


def test_a_misspelt_name_is_reported_once() -> None:
    found = problems("qreg q[0]; h q[0]; cx q[0], q[1]; foo q; foo q;")
    assert len(found) == 2


# --- jobs ------------------------------------------------------------------------------------


def test_jobs_take_program_texts() -> None:
    text = "qreg q[2]; creg c[2]; x q[0]; cx q[0], q[1]; measure q -> c;"
    quip = 'Inputs: 0:Qbit\nQGate["not"](0)\nOutputs: 0:Qbit\n'
    for form, data, key in (("openqasm", text, "3"), ("qasm", text, "3"), ("quipper", quip, "1")):
        job = ionsim.run({"input": {"format": form, "data": data}})
        assert dict(job.results) == {key: 1.0}
        assert job.warnings == ()
    many = {"format": "qasm", "circuits": [{"name": "a", "data": text}, {"data": "x q;"}]}
    job = ionsim.run({"input": many})
    assert [child.status for child in job.children] == ["completed", "failed"]
    assert job.children[0].name == "a"
    assert "input.circuits[1].data: line 1" in str(job.children[1].failure)


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ({"format": "qasm"}, "input.data"),
        ({"format": "qasm", "data": 5}, "input.data"),
        ({"format": "qasm", "data": "qreg q[2];", "qubits": 1}, "input.qubits"),
        ({"format": "qasm", "data": "qreg q[2];", "registers": [2]}, "input.registers[0]"),
        ({"format": "qasm", "data": "qreg q[2];", "circuits": [{}]}, "input.data"),
        ({"format": "qasm", "circuits": []}, "input.circuits"),
        ({"format": "qasm", "data": "\ud800"}, "input.data"),
    ],
)
def test_jobs_refuse(given: dict[str, Any], path: str) -> None:
    assert path in [problem.path for problem in ionsim.validate({"input": given})]
