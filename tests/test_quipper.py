"""Quipper's ASCII format: every gate against its matrix, wires, subroutines, mistakes."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

import ionsim
import oracle
from ionsim import Circuit, InputError

R = 1 / math.sqrt(2)
V = 0.5 * np.array([[1 - 1j, 1 + 1j], [1 + 1j, 1 - 1j]])
H = R * np.array([[1, 1], [1, -1]])
S = np.diag([1, 1j])
X = np.array([[0, 1], [1, 0]])
OMEGA = np.exp(0.25j * math.pi)

# As the design page gives them; of two wires the first is the low bit.
MATRICES = {
    "not": X,
    "X": X,
    "x": X,
    "H": H,
    "Y": np.array([[0, -1j], [1j, 0]]),
    "Z": np.diag([1, -1]),
    "S": S,
    "T": np.diag([1, OMEGA]),
    "V": V,
    "E": 0.5 * np.array([[-1 + 1j, 1 + 1j], [-1 + 1j, -1 - 1j]]),
    "YY": R * np.array([[1, 1j], [1j, 1]]),
    "iX": 1j * X,
    "omega": OMEGA * np.eye(2),
    "swap": np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]]),
    # |ab>: 01 is a = 0, b = 1, so index 2 with a in the low bit.
    "W": np.array([[1, 0, 0, 0], [0, -R, R, 0], [0, R, R, 0], [0, 0, 0, 1]]),
    "multinot": np.kron(X, X),
}
T = 0.7
ROTATIONS = {
    "exp(-i%Z)": np.diag([np.exp(-1j * T), np.exp(1j * T)]),
    "R(2pi/%)": np.diag([1, np.exp(2j * math.pi / T)]),
    "Rz(%)": np.diag([np.exp(-0.5j * T), np.exp(0.5j * T)]),
    "T(%)": np.diag([1, np.exp(-1j * T)]),
    "exp(% pi i)": np.exp(1j * math.pi * T) * np.eye(2),
    "G(%)": np.exp(-1j * T) * np.eye(2),
}


def program(wires: int, *lines: str) -> str:
    arity = ", ".join(f"{wire}:Qbit" for wire in range(wires))
    return "\n".join([f"Inputs: {arity}", *lines, f"Outputs: {arity}", ""])


def unitary(text: str) -> oracle.Matrix:
    circuit = Circuit.from_quipper(text)
    return oracle.unitary(circuit.to_dicts(), circuit.qubits)


def under_controls(matrix: oracle.Matrix, values: tuple[int, ...]) -> oracle.Matrix:
    """The controls are the qubits above the targets; each acts on its value."""
    size = len(matrix)
    place = sum(value << bit for bit, value in enumerate(values))
    full = np.eye(size << len(values), dtype=np.complex128)
    full[place * size : (place + 1) * size, place * size : (place + 1) * size] = matrix
    return full


@pytest.mark.parametrize("inverse", [False, True])
@pytest.mark.parametrize("controls", [(), (1,), (0,), (1, 0)])
@pytest.mark.parametrize("name", [*MATRICES, *ROTATIONS])
def test_every_gate_with_controls_of_both_signs(
    name: str, controls: tuple[int, ...], inverse: bool
) -> None:
    matrix = MATRICES[name] if name in MATRICES else ROTATIONS[name]
    wires = int(math.log2(len(matrix)))
    head = f'QGate["{name}"]' if name in MATRICES else f'QRot["{name}",{T}]'
    on = ",".join(map(str, range(wires)))
    signs = ", ".join(f"{'+' if value else '-'}{wires + i}" for i, value in enumerate(controls))
    ending = f" with controls=[{signs}]" if controls else ""
    line = f"{head}{'*' if inverse else ''}({on}){ending}"
    found = unitary(program(wires + len(controls), line))
    wanted = matrix.conj().T if inverse else matrix
    assert oracle.same_up_to_phase(found, under_controls(wanted, controls))


def test_global_phase_shows_under_controls() -> None:
    found = unitary(program(2, "GPhase() with t=0.25 with controls=[+0, -1] with anchors=[0, 1]"))
    wanted = np.diag([1, np.exp(0.25j * math.pi), 1, 1])
    assert oracle.same_up_to_phase(found, wanted)


def test_old_spellings() -> None:
    old = program(
        3, "QNot(0) with controls=[+1]", "QHad(1)", "QSwap(0,2)", "QW(1,2)", "QMultinot(0,1)"
    )
    new = program(
        3,
        'QGate["not"](0) with controls=[+1]',
        'QGate["H"](1)',
        'QGate["swap"](0,2)',
        'QGate["W"](1,2)',
        'QGate["multinot"](0,1)',
    )
    assert oracle.same_up_to_phase(unitary(old), unitary(new))


TEMPLATE = [
    'QGate["H"]({a})',
    'QGate["V"]*({b}) with controls=[+{a}, -{c}]',
    'QRot["exp(-i%Z)",0.3]({c})',
    'QGate["E"]({c}) with controls=[+{b}]',
    'Comment["note, with (signs)"]({a}:"a", {b}:"b[1]")',
    'QGate["T"]({a})',
    'QGate["iX"]({b}) with controls=[-{a}]',
]
BODY = [line.format(a=0, b=1, c=2) for line in TEMPLATE]


def subroutine(template: list[str]) -> str:
    """Write a subroutine; its wires have other numbers than those outside."""
    head = '\nSubroutine: "sub"\nShape: "([Q,Q,Q],())"\nControllable: yes\n'
    arity = "7:Qbit, 8:Qbit, 9:Qbit"
    lines = [line.format(a=7, b=8, c=9) for line in template]
    return "\n".join([f"{head}Inputs: {arity}", *lines, f"Outputs: {arity}", ""])


CALL = '["sub", shape "([Q,Q,Q],())"]'


@pytest.mark.parametrize("inverse", [False, True])
def test_subroutines_are_what_they_say(inverse: bool) -> None:
    inlined = unitary(program(3, *BODY))
    wanted = inlined.conj().T if inverse else inlined
    star = "*" if inverse else ""
    called = program(3, f"Subroutine{CALL}{star} (0,1,2) -> (0,1,2)") + subroutine(TEMPLATE)
    assert oracle.same_up_to_phase(unitary(called), wanted)
    thrice = program(3, f"Subroutine(x3){CALL}{star} (0,1,2) -> (0,1,2)") + subroutine(TEMPLATE)
    assert oracle.same_up_to_phase(unitary(thrice), wanted @ wanted @ wanted)
    line = f"Subroutine{CALL}{star} (0,1,2) -> (0,1,2) with controls=[-3]"
    found = unitary(program(4, line) + subroutine(TEMPLATE))
    by_hand = [
        (each[:-1] + ", -3]" if "controls=" in each else each + " with controls=[-3]")
        for each in BODY
        if not each.startswith("Comment")
    ]
    if inverse:
        by_hand = [inverted(each) for each in reversed(by_hand)]
    assert oracle.same_up_to_phase(found, unitary(program(4, *by_hand)))


def inverted(line: str) -> str:
    """Put the star on, or take it off; not and H are their own inverses."""
    if line.startswith('QGate["H"]'):
        return line
    head, bracket, rest = line.partition("](")
    if not bracket:
        return line.replace("]*(", "](")
    return f"{head}]*({rest}"


def test_a_circuit_and_its_inverse_are_nothing() -> None:
    twice = [f"Subroutine{CALL} (0,1,2) -> (0,1,2)", f"Subroutine{CALL}* (0,1,2) -> (0,1,2)"]
    assert oracle.same_up_to_phase(unitary(program(3, *twice) + subroutine(TEMPLATE)), np.eye(8))


def test_nocontrol() -> None:
    body = ['QGate["H"](0) with nocontrol', 'QGate["Z"](0)', 'QGate["H"](0) with nocontrol']
    head = '\nSubroutine: "s"\nShape: "x"\nControllable: yes\n'
    text = program(2, 'Subroutine["s", shape "x"] (0) -> (0) with controls=[+1]')
    found = unitary(text + head + program(1, *body))
    assert oracle.same_up_to_phase(found, under_controls(X, (1,)))


def test_ancillas_share_qubits_and_are_counted_at_their_peak() -> None:
    lines = []
    for _ in range(5):
        lines += ["QInit0(1)", 'QGate["not"](1) with controls=[+0]']
        lines += ['QGate["not"](1) with controls=[+0]', "QTerm0(1)"]
    text = "\n".join(["Inputs: 0:Qbit", 'QGate["H"](0)', *lines, "Outputs: 0:Qbit"])
    circuit = Circuit.from_quipper(text)
    assert circuit.qubits == 2
    assert dict(ionsim.run(circuit).results) == pytest.approx({"0": 0.5, "1": 0.5})


def test_initial_values_and_outputs_by_wire() -> None:
    text = "Inputs: none\nQInit1(0)\nQInit0(1)\nQInit1(3)\nQTerm0(1)\nQInit1(1)\nQDiscard(0)\n"
    job = ionsim.run(Circuit.from_quipper(text + "Outputs: 1:Qbit, 3:Qbit\n"))
    assert dict(job.results) == {"10": 1.0}


def test_assertions_are_checked() -> None:
    good = 'Inputs: none\nQInit0(0)\nQGate["H"](0)\nQGate["H"](0)\nQTerm0(0)\nOutputs: none\n'
    assert dict(ionsim.run(Circuit.from_quipper(good)).results) == pytest.approx({"0": 1.0})
    bad = good.replace('QGate["H"](0)\n', "", 1)
    with pytest.raises(ionsim.SimulationError, match=r"line 4.*probability 0\.5"):
        ionsim.run(Circuit.from_quipper(bad))


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("xor", lambda a, b: a ^ b),
        ("and", lambda a, b: a & b),
        ("or", lambda a, b: a | b),
        ("eq", lambda a, b: int(a == b)),
    ],
)
def test_classical_gates(name: str, function: object) -> None:
    for a, b in itertools.product((0, 1), repeat=2):
        text = f'Inputs: none\nCInit{a}(0)\nCInit{b}(1)\nCGate["{name}"](2,0,1)\n'
        job = ionsim.run(Circuit.from_quipper(text + "Outputs: 0:Cbit, 1:Cbit, 2:Cbit\n"))
        assert callable(function)
        key = a | b << 1 | function(a, b) << 2
        assert dict(job.results) == {str(key): 1.0}
        undone = f'{text}CGate["{name}"]*(2,0,1)\nCNot(0) with controls=[+1c]\n'
        job = ionsim.run(Circuit.from_quipper(undone + "Outputs: 0:Cbit, 1:Cbit\n"))
        assert dict(job.results) == {str((a ^ b) | b << 1): 1.0}


def test_measured_wires_control_later_gates() -> None:
    # Teleportation: the state arrives whatever was measured.
    text = """Inputs: 0:Qbit
QRot["exp(-i%Z)",0.3](0)
QGate["H"](0)
QRot["exp(-i%Z)",0.4](0)
QInit0(1)
QInit0(2)
QGate["H"](1)
QGate["not"](2) with controls=[+1]
QGate["not"](1) with controls=[+0]
QGate["H"](0)
QMeas(0)
QMeas(1)
QGate["not"](2) with controls=[+1c]
QGate["Z"](2) with controls=[+0c]
CDiscard(0)
CDiscard(1)
QRot["exp(-i%Z)",0.4]*(2)
QGate["H"](2)
Outputs: 2:Qbit
"""
    assert dict(ionsim.run(Circuit.from_quipper(text)).results) == pytest.approx({"0": 1.0})


def test_enormous_repetition_is_refused_at_once() -> None:
    text = program(3, f"Subroutine(x160000400){CALL} (0,1,2) -> (0,1,2)") + subroutine(TEMPLATE)
    with pytest.raises(InputError) as caught:
        Circuit.from_quipper(text)
    assert caught.value.code == "CircuitTooLarge"


@pytest.mark.parametrize(
    ("lines", "message", "place"),
    [
        (['QGate["foo"](0)'], "no gate of this name", "line 2, column 1"),
        (['QRot["Ru(%)",1.0](0)'], "no rotation of this name", "line 2, column 1"),
        (["Qgate(0)"], "no such gate", "line 2, column 1"),
        (['QGate["H"](5)'], "not in use", "line 2, column 1"),
        (['QGate["H"](0,1)'], "2 wires", "line 2, column 1"),
        (['QGate["not"](0) with controls=[+0]'], "twice", "line 2, column 1"),
        (["QMeas(0)", 'QGate["H"](0)'], "quantum gate on a classical wire", "line 3, column 1"),
        (["CNot(0)"], "classical gate on a quantum wire", "line 2, column 1"),
        (["QInit0(0)"], "given twice", "line 2, column 1"),
        (['Subroutine["a", shape "b"] (0) -> (0)'], "no subroutine", "line 2, column 1"),
        (['QGate["H"](0) extra'], "left at the end", "line 2, column 15"),
        (['QGate["H"](x)'], "not a wire", "line 2, column 12"),
        (["QInit0(2)"], "left that is no output", "line 2, column 1"),
        (['QRot["Rz(%)",nan](0)'], "not a number", "line 2, column 14"),
    ],
)
def test_mistakes(lines: list[str], message: str, place: str) -> None:
    with pytest.raises(InputError) as caught:
        Circuit.from_quipper(program(2, *lines))
    problem = caught.value.problems[0]
    assert message in problem.message
    assert problem.path == place
