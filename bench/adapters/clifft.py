"""Clifft: Pauli and Clifford frames around a small active state; shots only.

Its circuit is a text. Turning that into a program, which plans the run, belongs to a call unless
the settings ask to keep it. Angles are in half turns.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial

import clifft
import numpy as np

from workloads import Workload

from .base import Array, Gate, Run, Settings, Variant, gates_of

PACKAGES = ("clifft",)

MOST_QUBITS = 64
NAMES = {
    "x": "X",
    "y": "Y",
    "z": "Z",
    "h": "H",
    "s": "S",
    "si": "S_DAG",
    "t": "T",
    "ti": "T_DAG",
    "v": "SQRT_X",
    "vi": "SQRT_X_DAG",
    "swap": "SWAP",
}
CONTROLLED = {"x": "CX", "y": "CY", "z": "CZ"}
ROTATIONS = {
    "rx": "R_X",
    "ry": "R_Y",
    "rz": "R_Z",
    "p": "R_Z",
    "xx": "R_XX",
    "yy": "R_YY",
    "zz": "R_ZZ",
}


def ideal(settings: Settings) -> list[Variant]:
    """Return nothing: the comparison is about its shots."""
    return []


def noisy(settings: Settings) -> list[Variant]:
    """Return its default passes, and with the search for a schedule of small active width."""
    if settings.precision != "complex64":
        return []
    kept = " kept" if settings.keep else ""
    return [
        Variant(
            f"clifft{name}{kept}",
            partial(_noisy, settings=settings, scheduled=scheduled),
            MOST_QUBITS,
        )
        for name, scheduled in (("", False), (" schedule", True))
    ]


def _lines(gate: Gate, row: dict[str, object]) -> Iterator[str]:
    on = " ".join(map(str, [*gate.controls, *gate.targets]))
    if gate.kind == "matrix":
        yield from _native(gate, row)
    elif gate.kind == "p" and gate.controls:
        # diag(1, 1, 1, e^{ia}) up to a phase: a/2 about Z of either qubit, -a/2 about ZZ.
        half = gate.angle / math.pi / 2
        yield f"R_Z({half!r}) {on}"
        yield f"R_ZZ({-half!r}) {on}"
    elif gate.controls:
        yield f"{CONTROLLED[gate.kind]} {on}"
    elif gate.kind in ROTATIONS:
        yield f"{ROTATIONS[gate.kind]}({gate.angle / math.pi!r}) {on}"
    else:
        yield f"{NAMES[gate.kind]} {on}"


def _native(gate: Gate, row: dict[str, object]) -> Iterator[str]:
    """Write a native gate as one about X, turned about Z before and after; phases are in turns."""
    phases = row["phases"] if gate.label == "ms" else [row["phase"]]
    assert isinstance(phases, list)
    turns = [(2 * phase, q) for phase, q in zip(phases, gate.targets, strict=True)]
    yield from (f"R_Z({-turn!r}) {q}" for turn, q in turns)
    on = " ".join(map(str, gate.targets))
    if gate.label == "ms":
        yield f"R_XX({2 * float(str(row.get('angle', 0.25)))!r}) {on}"
    else:
        yield f"{'SQRT_X' if gate.label == 'gpi2' else 'X'} {on}"
    yield from (f"R_Z({turn!r}) {q}" for turn, q in turns)


def _text(workload: Workload, settings: Settings) -> str:
    lines: list[str] = []
    rows = (row for row in workload.gates if row["gate"] != "nop")
    for gate, row in zip(gates_of(workload), rows, strict=True):
        lines += _lines(gate, row)
        on = " ".join(map(str, gate.qubits))
        probability = settings.error_probability(len(gate.qubits))
        if probability:
            lines.append(f"DEPOLARIZE{len(gate.qubits)}({probability!r}) {on}")
    lines.append(f"M {' '.join(map(str, range(workload.qubits)))}")
    return "\n".join(lines)


def _compile(text: str, *, scheduled: bool) -> clifft.Program:
    passes = clifft.default_hir_pass_manager()
    if scheduled:
        passes.add(clifft.ActiveWidthSchedulePass())
    return clifft.compile(text, hir_passes=passes)


def _noisy(workload: Workload, *, settings: Settings, scheduled: bool) -> Run:
    text = _text(workload, settings)
    kept = _compile(text, scheduled=scheduled) if settings.keep else None
    weights = np.left_shift(np.uint64(1), np.arange(workload.qubits, dtype=np.uint64))

    def run() -> Array:
        program = kept if kept is not None else _compile(text, scheduled=scheduled)
        result = clifft.sample(program, settings.shots, threads=settings.threads)
        return np.asarray(result.measurements.astype(np.uint64) @ weights)

    return run
