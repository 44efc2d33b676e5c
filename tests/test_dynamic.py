"""Programs that measure on the way: the intermediate form, run by a slow interpreter."""

from __future__ import annotations

import numpy as np
import pytest

from flow_interpreter import RoundsExceededError, counts, run_shot
from ionsim.formats import DynamicProgram, read_program

HEAD = 'OPENQASM 3.0; include "stdgates.inc"; '


def read(text: str, **options: int) -> DynamicProgram:
    found = read_program(HEAD + text, **options)
    assert isinstance(found, DynamicProgram)
    return found


def certain(text: str) -> int:
    """Return the outcome of a program that has only one."""
    found = counts(read(text), 20, 1)
    assert found.max() == 20
    return int(found.argmax())


def test_teleportation() -> None:
    text = """qubit[3] q; bit[2] m; bit out;
    ry(0.7) q[0]; rz(0.3) q[0]; h q[1]; cx q[1], q[2]; cx q[0], q[1]; h q[0];
    m = measure q[0:1];
    if (m[1]) x q[2];
    if (m[0] == 1) { z q[2]; }
    inv @ rz(0.3) q[2]; inv @ ry(0.7) q[2]; out = measure q[2];"""
    found = counts(read(text), 400, 2)
    assert found[4:].sum() == 0
    assert (found[:4] > 50).all()


def test_repeat_until_success() -> None:
    text = """qubit q; bit c; int[8] tries = 0; bit[4] out; bit ok;
    c = "1";
    while (c) { reset q; h q; c = measure q; tries += 1; }
    ok = tries > 0; out = tries;"""
    program = read(text)
    found = counts(program, 600, 3)
    # c = 0 at the end, ok = 1, tries geometric.
    tries = np.zeros(16)
    for outcome, count in enumerate(found):
        c, out, ok = outcome & 1, outcome >> 1 & 15, outcome >> 5
        if count:
            assert (c, ok) == (0, 1)
        tries[out] += count
    expected = 600 * 0.5 ** np.arange(1, 5)
    assert np.abs(tries[1:5] - expected).max() < 5 * np.sqrt(expected[0])


def test_rounds_are_limited() -> None:
    text = 'qubit q; bit c; c = "1"; while (c) { x q; c = measure q; x q; }'
    with pytest.raises(RoundsExceededError):
        run_shot(read(text, max_rounds=7), np.random.default_rng(1))


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("bit[4] c; c = \"1010\"; c[0] = c[1] ^ c[2]; qubit q;", 0b1011),
        ("bit[4] c; qubit q; x q; c[2] = measure q; c[3] = !c[2] || c[2:3] == 1; ", 0b1100),
        ("bit[4] c; qubit q; x q; c[0] = measure q; c = ~c; ", 0b1110),
        ("bit[4] c; qubit q; x q; c[0] = measure q; c = c << 2; c[0] = c[2] & c[2];", 0b0101),
        ("bit[4] c; c[0] = 1; int k = 3; if (c[0]) { k = k + 2; } else { k = 9; } c = k;"
         " qubit q;", 5),
        ("bit[4] c; c[1] = 1; uint[4] k = c; k *= 3; k -= 1; c = k; qubit q;", 5),
        ("bit[4] c; c[1] = 1; bool b = c == 2; c[0] = b; qubit q;", 3),
        ("bit[4] c; c = \"0111\"; int n = popcount(c); c = n; qubit q;", 3),
        ("bit[4] c; c = \"0110\"; c[{0, 3}] = c[{1, 0}]; qubit q;", 0b0111),
        ("bit[4] c; c[0] = 1; if (c[0]) { if (c[1]) c[2] = 1; else c[3] = 1; } qubit q;", 0b1001),
        ("bit[4] c; int i = 0; c[3] = 1; while (c[3]) { i += 1; if (i == 5) { c = i; break; } }"
         " qubit q;", 5),
        ("bit[4] c; int i = 0; c[0] = 1; while (c[0]) { i += 1; if (i > 5) c[0] = 0;"
         " if (i > 2) continue; c[3] = 1; } c[1] = i == 6; qubit q;", 0b1010),
        ("bit[4] c; c[0] = 1; if (c[0]) { c[1] = 1; end; } c[2] = 1; qubit q;", 0b0011),
        ("def f(qubit a, bit b) -> bit { bit r; if (b) x a; r = measure a; return r; }"
         " qubit q; bit[3] c; c[0] = 1; c[1] = f(q, c[0]); c[2] = f(q, c[1]);", 0b011),
        ("qubit[2] q; bit[2] c; x q[0]; reset q; c = measure q; x q[1]; c[1] = measure q[1];", 2),
        ("qubit q; bit c; bit d; x q; if (measure q) { d = 1; }", 2),
    ],
)  # fmt: skip
def test_classical_memory(text: str, outcome: int) -> None:
    assert certain(text) == outcome


def test_openqasm_2_conditions() -> None:
    text = """OPENQASM 2.0; include "qelib1.inc"; qreg q[3]; creg c[2]; creg d[1];
    x q[1]; measure q[0] -> c[0]; measure q[1] -> c[1];
    if (c == 2) x q[2]; if (c == 1) x q[2]; measure q[2] -> d[0];"""
    program = read_program(text)
    assert isinstance(program, DynamicProgram)
    assert run_shot(program, np.random.default_rng(1)) == [0, 1, 1]


def test_the_reason_names_the_place() -> None:
    program = read("qubit q;\nbit c;\nc = measure q;\nx q;")
    assert program.reason.startswith("line 4, column 1: ")
