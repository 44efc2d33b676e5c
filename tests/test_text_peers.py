"""Program texts against Qiskit and the reference parser of OpenQASM 3."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

import ionsim
import oracle
from ionsim import Circuit
from ionsim.formats import DynamicProgram, read_program

qasm2 = pytest.importorskip("qiskit.qasm2")
qasm3 = pytest.importorskip("qiskit.qasm3")
quantum_info = pytest.importorskip("qiskit.quantum_info")
library = pytest.importorskip("qiskit.circuit.library")

pytestmark = [
    pytest.mark.long,
    pytest.mark.filterwarnings("ignore"),
]

LEGACY = qasm2.LEGACY_CUSTOM_INSTRUCTIONS
HEAD2 = 'OPENQASM 2.0;\ninclude "qelib1.inc";\n'


def unitary(circuit: Circuit) -> oracle.Matrix:
    return oracle.unitary(circuit.to_dicts(), circuit.qubits, circuit.gateset)


@pytest.mark.parametrize(
    "gate", [each for each in LEGACY if each.name != "delay"], ids=lambda g: g.name
)
def test_every_gate_of_the_extended_library(gate: Any) -> None:
    numbers = ["1"] if gate.name == "u0" else [str(0.3 + 0.7 * i) for i in range(gate.num_params)]
    arguments = f"({','.join(numbers)})" if numbers else ""
    qubits = ",".join(f"q[{i}]" for i in range(gate.num_qubits))
    text = f"{HEAD2}qreg q[{gate.num_qubits}]; {gate.name}{arguments} {qubits};"
    theirs = quantum_info.Operator(qasm2.loads(text, custom_instructions=LEGACY)).data
    assert oracle.same_up_to_phase(unitary(Circuit.from_qasm(text)), theirs)


@pytest.mark.parametrize(
    "name",
    ["p", "rx", "rz", "h", "sx", "y", "t", "cu", "cu3", "swap", "rzz", "rxx", "iswap", "ecr",
     "rccx", "rc3x", "u", "dcx", "ryy", "csx", "ccz"],
)  # fmt: skip
def test_controlled_gates_in_openqasm_3(name: str) -> None:
    classes = {
        "p": "PhaseGate", "rx": "RXGate", "rz": "RZGate", "h": "HGate", "sx": "SXGate",
        "y": "YGate", "t": "TGate", "cu": "CUGate", "cu3": "CU3Gate", "swap": "SwapGate",
        "rzz": "RZZGate",
        "rxx": "RXXGate", "iswap": "iSwapGate", "ecr": "ECRGate", "rccx": "RCCXGate",
        "rc3x": "RC3XGate", "u": "UGate", "dcx": "DCXGate", "ryy": "RYYGate", "csx": "CSXGate",
        "ccz": "CCZGate",
    }  # fmt: skip
    kind = getattr(library, classes[name])
    numbers = [0.3, 0.5, 0.7, 0.9][: {"cu": 4, "cu3": 3, "u": 3}.get(name, 0)]
    if name in ("p", "rx", "rz", "rzz", "rxx", "ryy"):
        numbers = [0.4]
    gate = kind(*numbers)
    arguments = f"({', '.join(map(str, numbers))})" if numbers else ""
    qubits = ", ".join(f"q[{i}]" for i in range(gate.num_qubits + 1))
    for modifier, theirs in (
        ("ctrl @", gate.control(1)),
        ("negctrl @", gate.control(1, ctrl_state=0)),
        ("inv @ ctrl @", gate.inverse().control(1)),
    ):
        text = (
            f"OPENQASM 3.0; qubit[{gate.num_qubits + 1}] q; {modifier} {name}{arguments} {qubits};"
        )
        found = unitary(Circuit.from_qasm(text))
        assert oracle.same_up_to_phase(found, quantum_info.Operator(theirs).data)


GOOD2 = [
    "qreg q[2]; U(0,0,pi) q; CX q[0],q[1];",
    "qreg q[2]; creg c[2]; measure q->c; barrier q; reset q[0];",
    "qreg q[1]; creg c[1]; if (c==1) x q[0];",
    "gate g(a,b) p,r { u3(a/2,-b,a^2) p; cx p,r; barrier p; } qreg q[2]; g(1,2.5e-1) q[0],q[1];",
    "opaque o(a) p; qreg q[1];",
    "qreg q[1]; rx(sin(pi/2)*cos(0)+tan(.1)-exp(1)/ln(2)+sqrt(4.)) q[0];",
    "qreg q[1]; rx(-pi) q[0]; // end",
    "qreg q[1]; rx(2^3^0.5) q[0];",
    "qreg a[2]; qreg b[2]; cx a,b; cx a[0],b; cx a,b[1];",
]
BAD2 = [
    "qreg q[2]; cx q[0],q[0];",
    "qreg q[2]; cx q,q;",
    "qreg q[2]; h q[2];",
    "qreg q[2]; h q",
    "qreg q[0];",
    "qreg q[2]; qreg q[2];",
    "qreg q[2]; nope q[0];",
    "qreg q[2]; rx q[0];",
    "qreg q[2]; rx(1,2) q[0];",
    "qreg q[2]; rx(a) q[0];",
    "qreg q[2]; creg c[1]; measure q->c;",
    "qreg q[2]; qreg r[3]; cx q,r;",
    "gate g a { h b; }",
    "gate g a { g a; }",
    "gate g(a) p { rx(b) p; }",
    "qreg q[1]; if (q==1) x q[0];",
    "creg c[1]; h c[0];",
    'include "other.inc";',
    "opaque o a; qreg q[1]; o q[0];",
    "qreg q[1]; rx(1/0) q[0];",
    "gate g a { measure a; }",
    "qreg q[1]; /",
]

# What either side says where they differ: see docs/formats.md.
DIFFERENT2 = (
    "an opaque gate has no meaning here",
    "not a size of a register",
    r"came with \d parameters?; got .*; allowed: \d parameter",  # in a gate that is not used
    r"needed a valid identifier|is already defined",  # names of gates and functions, used again
    r"needed .* saw (sin|cos|tan|exp|ln|sqrt|pi)",  # the same
    r"needed classical register|needed an integer|needed '=='",  # conditions are expressions
    r"only gate applications are valid within .* but saw",  # an empty statement
)


@pytest.mark.parametrize("text", GOOD2)
def test_what_qiskit_accepts(text: str) -> None:
    qasm2.loads(HEAD2 + text, custom_instructions=LEGACY)
    assert isinstance(read_program(HEAD2 + text), (Circuit, DynamicProgram))


@pytest.mark.parametrize("text", BAD2)
def test_what_qiskit_refuses(text: str) -> None:
    """Two differences: Qiskit takes empty registers, and opaque gates, which have no meaning."""
    if text not in ("qreg q[0];", "opaque o a; qreg q[1]; o q[0];"):
        # Without its parameter, a gate makes Qiskit stumble over itself.
        with pytest.raises((qasm2.QASM2ParseError, TypeError)):
            qasm2.loads(HEAD2 + text, custom_instructions=LEGACY)
    with pytest.raises(ionsim.InputError):
        read_program(HEAD2 + text)


GOOD3 = [
    "qubit[2] q; bit[2] c; c = measure q; if (c[0] == true) { x q[1]; } else { reset q; }",
    "const int n = 2; qubit[n] q; for int i in [0:n-1] { h q[i]; }",
    "qubit[4] q; let a = q[0:2:3] ++ q[1]; ctrl(2) @ negctrl @ x a[0], a[1], a[2], q[3];",
    "def f(qubit a, float t) -> bit { rx(t) a; return measure a; } qubit q; bit b; b = f(q, pi);",
    "gate g(t) a { inv @ pow(2) @ rx(t) a; gphase(t); } qubit q; g(π) q;",
    "bit[4] b = \"0101\"; int[8] k = 3; k += 1; bool t = k > 3 && b[0]; qubit q; "
    "while (t) { t = false; }",
    "qubit q; delay[100ns] q; box { x q; } barrier q; uint[4] u = 0b1010; angle a = 2 * τ;",
    "input float theta; output bit r; qubit q; rx(theta) q; r = measure q;",
]  # fmt: skip
BAD3 = [
    "qubit[2] q; cx q[0] q[1];",
    "qubit[2 q;",
    "qubit q; if c { x q; }",
    "qubit q; for i in 0:3 { x q; }",
    "gate g( { }",
    "qubit q; ctrl x q;",
    "qubit q; rx(1 + ) q;",
    "def f(qubit a { }",
    "qubit q; x q",
]


def test_the_reference_parser_agrees() -> None:
    openqasm3 = pytest.importorskip("openqasm3")
    for text in GOOD3:
        openqasm3.parse("OPENQASM 3.0;\n" + text)
        options = {"inputs": {"theta": 0.5}}
        assert read_program("OPENQASM 3.0;\n" + text, **options) is not None
    for text in BAD3:
        with pytest.raises(openqasm3.parser.QASM3ParsingError):
            openqasm3.parse("OPENQASM 3.0;\n" + text)
        with pytest.raises(ionsim.InputError):
            read_program("OPENQASM 3.0;\n" + text)


# --- damaged texts ---------------------------------------------------------------------------

TOKENS = re.compile(r"[A-Za-z_]\w*|\d+\.?\d*(?:e[+-]?\d+)?|\.\d+|->|==|\"[^\"]*\"|\S")


def damaged(texts: Sequence[str], count: int) -> list[str]:
    """Return texts in which a few tokens are left out, said twice, exchanged or replaced."""
    random = np.random.default_rng(7)
    words = sorted({word for text in texts for word in TOKENS.findall(text)})
    found = []
    for _ in range(count):
        tokens = TOKENS.findall(texts[random.integers(len(texts))])
        for _ in range(random.integers(1, 3)):
            place, other = random.integers(len(tokens), size=2)
            kind = random.integers(5)
            if kind == 0 and len(tokens) > 2:
                del tokens[place]
            elif kind == 1:
                tokens.insert(place, tokens[place])
            elif kind == 2:
                tokens[place], tokens[other % len(tokens)] = (
                    tokens[other % len(tokens)],
                    tokens[place],
                )
            else:
                tokens[place % len(tokens)] = words[random.integers(len(words))]
        found.append(" ".join(tokens))
    return found


def refusal(read: Callable[[], object], *errors: type[BaseException]) -> str | None:
    try:
        read()
    except errors as error:
        return str(error)
    return None


def test_qiskit_accepts_and_refuses_the_same_damaged_texts() -> None:
    """The differences are those of docs/formats.md."""
    accepted = 0
    for body in damaged([*GOOD2, *BAD2], 4000):
        text = HEAD2 + body
        ours = refusal(lambda text=text: read_program(text), ionsim.InputError)
        # Qiskit stumbles over some of its own mistakes.
        theirs = refusal(
            lambda text=text: qasm2.loads(text, custom_instructions=LEGACY),
            qasm2.QASM2ParseError, TypeError, ValueError,
        )  # fmt: skip
        accepted += ours is None
        if (ours is None) != (theirs is None):
            reason = ours or theirs or ""
            assert any(re.search(known, reason) for known in DIFFERENT2), (
                f"{text}\n{ours}\n{theirs}"
            )
    assert accepted > 40


def test_what_the_reference_parser_refuses_is_refused() -> None:
    openqasm3 = pytest.importorskip("openqasm3")
    accepted = refused = 0
    for body in damaged(GOOD3, 600):
        text = "OPENQASM 3.0;\n" + body
        theirs = refusal(lambda text=text: openqasm3.parse(text), Exception)
        ours = refusal(
            lambda text=text: read_program(text, inputs={"theta": 0.5}), ionsim.InputError
        )
        accepted += ours is None
        refused += theirs is not None
        if theirs is not None and ours is None:
            # Two liberties: an empty statement, and for without a type.
            strict = re.sub(r"for (?!int)", "for int ", re.sub(r";( ;)+", ";", text))
            openqasm3.parse(re.sub(r"([{}]) ;", r"\1", strict))
    assert accepted > 10
    assert refused > 50
