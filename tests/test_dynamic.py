"""Programs that measure on the way: the intermediate form, run by a slow interpreter."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import ionsim
from flow_interpreter import RoundsExceededError, counts, run_shot
from ionsim.dynamic import dynamic_bits, dynamic_outcomes
from ionsim.engine import RunOptions
from ionsim.formats import DynamicProgram, read_program
from ionsim.noise import NoiseModel
from ionsim.wire import render_register_shots

HEAD = 'OPENQASM 3.0; include "stdgates.inc"; '


def read(text: str, **options: int) -> DynamicProgram:
    found = read_program(HEAD + text, **options)
    assert isinstance(found, DynamicProgram)
    return found


def certain(text: str) -> int:
    """Return the outcome of a program that has only one, from the interpreter and the core."""
    found = counts(read(text), 20, 1)
    assert found.max() == 20
    assert set(dynamic_outcomes(read(text), 20, 1, RunOptions()).tolist()) == {found.argmax()}
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
    with pytest.raises(ionsim.LimitError, match="more than 7 rounds in shot 0"):
        dynamic_bits(read(text, max_rounds=7), 3, 1, RunOptions(threads=1))


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


# --- the core against the interpreter ----------------------------------------------------------

TELEPORT = """qubit[3] q; bit[2] m; bit out;
    ry(0.7) q[0]; rz(0.3) q[0]; h q[1]; cx q[1], q[2]; cx q[0], q[1]; h q[0];
    m = measure q[0:1]; if (m[1]) x q[2]; if (m[0] == 1) { z q[2]; }
    inv @ rz(0.3) q[2]; ry(0.3) q[2]; out = measure q[2];"""
LOOP = """qubit[2] q; bit[2] c; int[8] n = 0; bit[3] out; c = "11";
    while (c != 0 && n < 7) { if (c[0]) { reset q[0]; ry(1.1) q[0]; cx q[0], q[1]; }
      else { rx(0.4) q[1]; } c = measure q; n += 1; } out = n;"""
CODE = """qubit[5] q; bit[2] s; bit[3] d; ry(0.6) q[0]; cx q[0], q[2]; cx q[0], q[4];
    for int r in [0:1] { rx(0.5) q[2]; for int i in [0:1] { cx q[2 * i], q[2 * i + 1];
      cx q[2 * i + 2], q[2 * i + 1]; s[i] = measure q[2 * i + 1]; reset q[2 * i + 1]; }
      if (s == 3) x q[2]; else if (s[0]) x q[0]; else if (s[1]) x q[4]; }
    d[0] = measure q[0]; d[1] = measure q[2]; d[2] = measure q[4];"""
NATIVE = """qubit[2] q; bit[2] c; gpi2(0.1) q[0]; ms(0, 0.1, 0.2) q[0], q[1]; c[0] = measure q[0];
    if (!c[0]) gpi2(0.3) q[1]; c[1] = measure q[1];"""


@pytest.mark.parametrize("text", [TELEPORT, LOOP, CODE, NATIVE])
def test_the_core_draws_from_the_distribution_of_the_interpreter(text: str) -> None:
    program = read(text)
    shots = 4000
    slow = counts(program, shots, 5).astype(float)
    outcomes = dynamic_outcomes(program, 10 * shots, 6, RunOptions())
    fast = np.bincount(outcomes.astype(np.int64), minlength=slow.size) / 10
    # Both vary; their difference has the variance of one and a tenth of it. Six deviations.
    assert (np.abs(slow - fast) < 6 * np.sqrt(1.1 * np.maximum(slow + fast, 2) / 2) + 1).all()


@pytest.mark.parametrize("noise", [None, NoiseModel("mine", r1=0.05, r2=0.1, readout_flip=0.03)])
@pytest.mark.parametrize("text", [TELEPORT, LOOP, CODE, NATIVE])
def test_shots_are_the_same_however_they_run(text: str, noise: NoiseModel | None) -> None:
    program = read(text)
    wanted = dynamic_bits(
        program, 500, 7, RunOptions(threads=1, precision="complex128"), noise=noise
    )
    for options in (
        RunOptions(threads=3, precision="complex128"),
        RunOptions(threads=2, share=False, precision="complex128"),
        RunOptions(threads=1, share=False, precision="complex128"),
    ):
        assert (dynamic_bits(program, 500, 7, options, noise=noise) == wanted).all()
    unfused = RunOptions(threads=1, fuse=False, precision="complex128")
    assert (dynamic_bits(program, 500, 7, unfused, noise=noise) == wanted).mean() > 0.999


def test_noise_that_always_errs_and_readout_that_always_flips() -> None:
    flip = NoiseModel("flip", r1=0.0, r2=0.0, readout_flip=1.0)
    program = read(
        "qubit q; bit[3] c; x q; c[0] = measure q; c[1] = measure q; x q; c[2] = measure q;"
    )
    assert set(dynamic_outcomes(program, 50, 1, RunOptions(), noise=flip).tolist()) == {4}
    # A full depolarization leaves any qubit even.
    whole = NoiseModel("whole", r1=1.0, r2=0.0, readout_flip=0.0)
    program = read("qubit q; bit[2] c; x q; c[0] = measure q; if (c[0]) x q; c[1] = measure q;")
    found = np.bincount(
        dynamic_outcomes(program, 8000, 2, RunOptions(), noise=whole).astype(np.int64), minlength=4
    )
    # c0 is even; after 0 nothing happens, after 1 the second x leaves an even qubit again.
    assert np.abs(found - 8000 * np.array([0.5, 0.25, 0, 0.25])).max() < 6 * np.sqrt(2000)


def test_noisy_circuits_agree_with_the_planned_trajectories() -> None:
    body = "h q[0]; cx q[0], q[1]; rx(0.4) q[2]; cx q[1], q[2]; ccx q[0], q[1], q[2];"
    noise = NoiseModel("mine", r1=0.1, r2=0.2, readout_flip=0.05)
    dynamic = read(f"qubit[3] q; bit[3] c; bit[1] e; e[0] = 1; {body} c = measure q;")
    shots = 40_000
    outcomes = dynamic_outcomes(dynamic, shots, 3, RunOptions(), noise=noise) & np.uint64(7)
    found = np.bincount(outcomes.astype(np.int64), minlength=8)
    circuit = ionsim.Circuit.from_qasm(f"{HEAD} qubit[3] q; {body}")
    other = ionsim.sample(circuit, shots, seed=4, noise=noise)
    wanted = np.bincount(other.astype(np.int64), minlength=8)
    assert (np.abs(found - wanted) < 6 * np.sqrt(found + wanted)).all()


def test_jobs_run_dynamic_programs() -> None:
    text = HEAD + TELEPORT
    body = {"shots": 300, "noise": {"seed": 3}, "input": {"format": "qasm", "data": text}}
    job = ionsim.run(body)
    assert sum(job.counts.values()) == 300
    assert sum(job.results.values()) == pytest.approx(1)
    assert set(job.marginals) == {"m", "out"}
    assert job.samples.shape == (300,)
    assert job.bits.shape == (300, 3)
    shots = render_register_shots(job)["shots"]
    assert len(shots) == 300
    assert shots[7]["registers"]["m"] + shots[7]["registers"]["out"] == job.bits[7].tolist()
    assert shots[7]["registers"]["output_all"] == job.bits[7].tolist()
    again = ionsim.run(read_program(text), shots=300, seed=3)
    assert again.samples.tolist() == job.samples.tolist()
    many = {"format": "qasm", "circuits": [{"data": text}, {"data": "qreg q[1]; x q;"}]}
    job = ionsim.run({"shots": 50, "input": many})
    assert [child.status for child in job.children] == ["completed", "completed"]
    assert ionsim.validate({"input": {"format": "qasm", "data": text}}) == []


def test_a_program_without_classical_bits_is_read_on_all_qubits() -> None:
    job = ionsim.run(read_program("qubit[3] q; x q[2]; h q[0]; reset q[0]; x q[1];"))
    assert dict(job.results) == {"6": 1.0}


WIDE = """qubit[2] q; bit[90] c; bit[3] last;
    for int i in [0:89] { h q[0]; cx q[0], q[1]; c[i] = measure q[0]; reset q; }
    last[1] = measure q[0]; if (c[89]) x q[1]; last[2] = measure q[1];"""


def test_more_than_64_classical_bits() -> None:
    program = read(WIDE)
    job = ionsim.run(program, shots=60, seed=4)
    bits = dynamic_bits(program, 60, 4, RunOptions())
    assert bits.shape == (60, 93)
    assert 0.4 < bits[:, :90].mean() < 0.6
    assert (job.bits == bits).all()
    keys = [sum(int(bit) << place for place, bit in enumerate(row)) for row in bits]
    assert job.counts == {str(key): keys.count(key) for key in sorted(set(keys))}
    assert job.results[str(keys[7])] == pytest.approx(keys.count(keys[7]) / 60)
    assert str(1 << 91) not in job.results
    assert dict(job.marginals["last"].counts) == {
        "0": int((bits[:, 89] == 0).sum()),
        "4": int((bits[:, 89] == 1).sum()),
    }
    assert sum(job.marginals["c"].counts.values()) == 60
    assert len(job.histogram.top(3)) == 3
    assert "qubits=93" in repr(job.histogram)
    with pytest.raises(ionsim.LimitError, match="use the bits"):
        _ = job.samples
    shots = render_register_shots(job)["shots"]
    assert shots[5]["registers"]["c"] == bits[5, :90].tolist()
    too_many = read("qubit q; bit[10001] c; h q; c[0] = measure q; h q; c[1] = measure q;")
    with pytest.raises(ionsim.LimitError, match="10001 classical bits"):
        ionsim.run(too_many)


def test_estimates_and_limits_of_programs_that_measure_on_the_way() -> None:
    program = read(CODE)
    [few] = ionsim.estimate(program, shots=1)
    [many] = ionsim.estimate(program, shots=1000)
    [alone] = ionsim.estimate(program, shots=1000, share=False)
    [noisy] = ionsim.estimate(program, shots=1000, noise="aria-1")
    assert few.seconds < many.seconds < alone.seconds
    assert many.seconds < noisy.seconds
    assert many.qubits_simulated == 5
    assert "share a state" in many.explain
    assert "on its own" in alone.explain
    job = ionsim.run(program, shots=10)
    assert job.timing.predicted_execution_time_ms > 0
    wide = read("qubit[26] q; bit c; h q; c = measure q[0]; if (c) x q[1];")
    [found] = ionsim.estimate(wide, shots=100)
    # Some states of groups that wait, less than one a shot.
    assert 2 * 2**30 <= found.memory_bytes <= 12 * 2**30
    with pytest.raises(ionsim.LimitError, match="memory"):
        ionsim.run(wide, memory_limit=2**29)
    [problem] = ionsim.validate(wide, memory_limit=2**29)
    assert problem.code == "CircuitTooLarge"
    with pytest.raises(ionsim.LimitError, match="26 qubits and aria-1 has 25"):
        ionsim.run(wide, noise="aria-1")


def test_modes_of_programs_that_measure_on_the_way() -> None:
    program = read(TELEPORT)
    for mode in ("auto", "trajectories"):
        given: dict[str, Any] = {"shots": 20, "noise": "aria-1", "mode": mode}
        [found] = ionsim.estimate(program, **given)
        assert ionsim.run(program, seed=1, **given).mode == found.method == "trajectories"
    for mode in ("frame", "exact", "erasure"):
        for call in (ionsim.run, ionsim.estimate):
            with pytest.raises(ionsim.LimitError, match=f"the mode {mode} cannot run"):
                call(program, shots=20, noise="aria-1", mode=mode)
        assert ionsim.run(program, shots=20, mode=mode).mode is None


def test_progress_of_shots_that_share_a_state() -> None:
    text = "qubit[16] q; bit[12] c; h q;"
    text += "".join(f"c[{i}] = measure q[{i % 3}]; rx(0.1) q; ry(0.2) q;" for i in range(12))
    seen: list[float] = []
    ionsim.run(read(text), shots=600, seed=1, threads=1, progress=seen.append)
    assert seen == sorted(seen)
    assert all(0 <= fraction <= 1 for fraction in seen)
    # The shots part little by little: the work done for groups counts for all their shots.
    assert seen[-1] > 0.7
