"""Reading program texts, beside Qiskit's reader of OpenQASM 2.

``python bench/texts.py --json bench/results/texts.json``
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from functools import partial

import numpy as np

from ionsim.formats import read_program
from table import Row, keep, time_rows

QUBITS = 20
HEADS = {
    "OpenQASM 2": f'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[{QUBITS}];\n',
    "OpenQASM 3": f'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[{QUBITS}] q;\n',
}
OWN_GATE = "gate mine(a, b) x, y { rz(a / 2) x; cx x, y; ry(b - pi) y; cx y, x; }"
MOST_LINES_OF_QISKIT = 100_000


def qasm(dialect: str, lines: int, seed: int = 1) -> str:
    """Return a text with so many gates, one a line; a tenth of them the text defines itself."""
    random = np.random.default_rng(seed)
    kinds = random.integers(10, size=lines)
    pairs = random.permuted(np.tile(np.arange(QUBITS), (lines, 1)), axis=1)[:, :2]
    angles = random.normal(size=(lines, 2)).round(6)
    body = []
    for kind, (a, b), (s, t) in zip(kinds.tolist(), pairs.tolist(), angles.tolist(), strict=True):
        body.append(
            (
                f"h q[{a}];", f"rx({s}) q[{a}];", f"rz(pi*{s}/4) q[{a}];", f"t q[{b}];",
                f"cx q[{a}],q[{b}];", f"cx q[{b}],q[{a}];", f"u3({s},{t},pi/2) q[{b}];",
                f"cz q[{a}],q[{b}];", f"ry({t}) q[{b}];", f"mine({s},{t}) q[{a}],q[{b}];",
            )[kind]
        )  # fmt: skip
    return HEADS[dialect] + "\n".join([OWN_GATE, *body, ""])


def quipper(lines: int, seed: int = 1) -> str:
    """Return a circuit of so many gates, one a line."""
    random = np.random.default_rng(seed)
    arity = ", ".join(f"{wire}:Qbit" for wire in range(QUBITS))
    body = []
    for kind in random.integers(4, size=lines).tolist():
        a = int(random.integers(QUBITS))
        b = (a + 1) % QUBITS
        body.append(
            (
                f'QGate["H"]({a})', f'QGate["not"]({a}) with controls=[+{b}]',
                f'QGate["T"]*({a})', f'QRot["exp(-i%Z)",{random.normal():.6}]({b})',
            )[kind]
        )  # fmt: skip
    return "\n".join([f"Inputs: {arity}", *body, f"Outputs: {arity}", ""])


def rows(most_lines: int) -> list[Row]:
    """Return what to time; everything in a row reads the same text."""
    found = []
    for lines in (10_000, 100_000, 1_000_000):
        if lines > most_lines:
            continue
        for dialect in HEADS:
            text = qasm(dialect, lines)
            calls = {"ionsim": partial(read_program, text)}
            if dialect == "OpenQASM 2" and lines <= MOST_LINES_OF_QISKIT:
                from qiskit import qasm2

                calls["qiskit.qasm2"] = partial(
                    qasm2.loads, text, custom_instructions=qasm2.LEGACY_CUSTOM_INSTRUCTIONS
                )
            found.append(Row(f"{dialect}, {lines:,} lines", calls))
        calls = {"ionsim": partial(read_program, quipper(lines), "quipper")}
        found.append(Row(f"Quipper, {lines:,} lines", calls))
    return found


def main(arguments: Sequence[str] | None = None) -> None:
    """Time everything, print a table, write a file."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--budget", type=float, default=10.0, help="seconds for each row")
    parser.add_argument("--lines", type=int, default=1_000_000, help="of the longest text")
    parser.add_argument("--json", help="keep all figures in this file")
    given = parser.parse_args(arguments)
    report = time_rows(rows(given.lines), given.rounds, given.budget)
    keep(report, given.json, "bench/texts.py", arguments, ["ionsim", "qiskit"])


if __name__ == "__main__":
    main()
