"""Circuits as OpenQASM 2 and 3 text."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from ..circuit import Circuit, Op
from ..errors import InputError, Problem

__all__ = ["to_openqasm2", "to_openqasm3"]

_NAMES = {
    "x": "x", "not": "x", "cnot": "x", "y": "y", "z": "z", "h": "h", "s": "s", "si": "sdg",
    "t": "t", "ti": "tdg", "v": "sx", "rx": "rx", "ry": "ry", "rz": "rz", "swap": "swap",
}  # fmt: skip
_TWO_QUBIT = {"xx": "rxx", "yy": "ryy", "zz": "rzz"}

# What OpenQASM 2 calls the gates with so many controls.
_CONTROLLED = {
    ("x", 1): "cx", ("x", 2): "ccx", ("x", 3): "c3x", ("x", 4): "c4x", ("y", 1): "cy",
    ("z", 1): "cz", ("h", 1): "ch", ("swap", 1): "cswap", ("sx", 1): "csx", ("sx", 3): "c3sqrtx",
    ("rx", 1): "crx", ("ry", 1): "cry", ("rz", 1): "crz", ("p", 1): "cp",
}  # fmt: skip
_STANDARD = ("cx", "ccx", "cy", "cz", "ch", "cswap", "crx", "cry", "crz", "cp")
_PHASES = {"s": math.pi / 2, "sdg": -math.pi / 2, "t": math.pi / 4, "tdg": -math.pi / 4}

# Definitions of what the include files lack, for other readers; the paper's qelib1.inc lacks more.
_DEFINITIONS = {
    "rxx": "gate rxx(theta) a, b { h a; h b; cx a, b; rz(theta) b; cx a, b; h a; h b; }",
    "ryy": "gate ryy(theta) a, b "
    "{ rx(pi / 2) a; rx(pi / 2) b; cx a, b; rz(theta) b; cx a, b; rx(-pi / 2) a; rx(-pi / 2) b; }",
    "rzz": "gate rzz(theta) a, b { cx a, b; rz(theta) b; cx a, b; }",
    "gpi": "gate gpi(phase) a { rz(-2 * pi * phase) a; x a; rz(2 * pi * phase) a; }",
    "gpi2": "gate gpi2(phase) a { rz(-2 * pi * phase) a; rx(pi / 2) a; rz(2 * pi * phase) a; }",
    "ms": "gate ms(phase0, phase1, angle) a, b { "
    "rz(-2 * pi * phase0) a; rz(-2 * pi * phase1) b; h a; h b; cx a, b; rz(2 * pi * angle) b; "
    "cx a, b; h a; h b; rz(2 * pi * phase0) a; rz(2 * pi * phase1) b; }",
    "zz": "gate zz(angle) a, b { cx a, b; rz(2 * pi * angle) b; cx a, b; }",
}


def _number(value: float) -> str:
    """Write a number so that it is read back as the same.

    Examples
    --------
    >>> _number(0.1), _number(1e-20), _number(2)
    ('0.1', '1e-20', '2.0')
    """
    return repr(float(value))


def _refuse(place: int, op: Op, language: str) -> InputError:
    controls = f" with {len(op.controls)} controls" if op.controls else ""
    allowed = "OpenQASM 3, or the JSON of ionq.circuit.v0"
    return InputError(
        Problem(
            "UnsupportedGate",
            f"ops[{place}]",
            f'"{op.gate}"',
            f"{op.gate}{controls} has no name in {language}",
            allowed if op.gate != "pauliexp" else "the JSON of ionq.circuit.v0",
        )
    )


def _plain(op: Op) -> tuple[str, list[float]] | None:
    """Return the name and numbers of a QIS gate without its controls; None for pauliexp."""
    if op.gate == "z" and "rotation" in op.parameters:
        return "p", [op.parameters["rotation"]]
    if op.gate == "vi":
        return "sxdg", []
    name = _NAMES.get(op.gate) or _TWO_QUBIT.get(op.gate)
    if name is None:
        return None
    return name, [op.parameters["rotation"]] if "rotation" in op.parameters else []


def _native(op: Op) -> tuple[str, list[float]]:
    numbers: list[float] = []
    for value in op.parameters.values():
        numbers += value if isinstance(value, tuple) else [value]
    if op.gate in ("ms", "zz") and "angle" not in op.parameters:
        numbers.append(0.25)
    return op.gate, numbers


def _line(name: str, numbers: Sequence[float], qubits: Sequence[int]) -> str:
    arguments = f"({', '.join(map(_number, numbers))})" if numbers else ""
    return f"{name}{arguments} {', '.join(f'q[{qubit}]' for qubit in qubits)};"


def _lines2(circuit: Circuit, used: set[str]) -> Iterator[str]:
    for place, op in enumerate(circuit.ops):
        if op.gate == "nop":
            continue
        found = _native(op) if circuit.gateset == "native" else _plain(op)
        if found is None:
            raise _refuse(place, op, "OpenQASM 2")
        name, numbers = found
        controls, qubits = len(op.controls), (*op.controls, *op.targets)
        if controls and name in _PHASES:
            name, numbers = "p", [_PHASES[name]]
        if name == "z" and controls in (2, 3, 4):
            target = qubits[-1:]
            yield _line("h", [], target)
            yield _line(_CONTROLLED["x", controls], [], qubits)
            yield _line("h", [], target)
            continue
        if name == "sxdg" and controls == 1:
            yield _line("cu", [-math.pi / 2, -math.pi / 2, math.pi / 2, -math.pi / 4], qubits)
            continue
        if controls:
            known = _CONTROLLED.get((name, controls))
            if known is None:
                raise _refuse(place, op, "OpenQASM 2")
            name = known
        if name in _DEFINITIONS:
            used.add(name)
        yield _line(name, numbers, qubits)


def to_openqasm2(circuit: Circuit) -> str:
    """Write a circuit as OpenQASM 2, with the gates of the extended ``qelib1.inc``.

    Native gates come with definitions, so that other readers know them.

    Raises
    ------
    InputError
        A gate has no name there: pauliexp, and most gates with more than one control.

    Examples
    --------
    >>> print(to_openqasm2(Circuit([Op("h", 0), Op("cnot", 1, controls=0)])), end="")
    OPENQASM 2.0;
    include "qelib1.inc";
    qreg q[2];
    h q[0];
    cx q[0], q[1];
    """
    used: set[str] = set()
    body = list(_lines2(circuit, used))
    lines = ["OPENQASM 2.0;", 'include "qelib1.inc";']
    lines += [_DEFINITIONS[name] for name in sorted(used)]
    lines.append(f"qreg q[{circuit.qubits}];")
    if circuit.measured:
        lines.append(f"creg c[{len(circuit.measured)}];")
    lines += body
    for bit, qubit in enumerate(circuit.measured or ()):
        if qubit is not None:
            lines.append(f"measure q[{qubit}] -> c[{bit}];")
    return "\n".join(lines) + "\n"


def _lines3(circuit: Circuit, used: set[str]) -> Iterator[str]:
    for place, op in enumerate(circuit.ops):
        if op.gate == "nop":
            continue
        found = _native(op) if circuit.gateset == "native" else _plain(op)
        if found is None:
            raise _refuse(place, op, "OpenQASM 3")
        name, numbers = found
        prefix = ""
        short = _CONTROLLED.get((name, len(op.controls)))
        if short is not None and short in _STANDARD:
            name = short
        elif op.controls:
            count = f"({len(op.controls)})" if len(op.controls) > 1 else ""
            prefix = f"ctrl{count} @ "
        if name == "sxdg":
            name, prefix = "sx", f"{prefix}inv @ "
        if name in _TWO_QUBIT.values():
            used.add(name)
        yield prefix + _line(name, numbers, (*op.controls, *op.targets))


def to_openqasm3(circuit: Circuit) -> str:
    """Write a circuit as OpenQASM 3, with ``stdgates.inc``; native gates by their own names.

    Raises
    ------
    InputError
        For pauliexp, which has no name there.

    Examples
    --------
    >>> print(to_openqasm3(Circuit([Op("t", 2, controls=(0, 1))])), end="")
    OPENQASM 3.0;
    include "stdgates.inc";
    qubit[3] q;
    ctrl(2) @ t q[0], q[1], q[2];
    """
    used: set[str] = set()
    body = list(_lines3(circuit, used))
    lines = ["OPENQASM 3.0;"]
    if circuit.gateset == "qis":
        lines.append('include "stdgates.inc";')
    lines += [_DEFINITIONS[name] for name in sorted(used)]
    if circuit.measured:
        lines.append(f"bit[{len(circuit.measured)}] c;")
    lines.append(f"qubit[{circuit.qubits}] q;")
    lines += body
    for bit, qubit in enumerate(circuit.measured or ()):
        if qubit is not None:
            lines.append(f"c[{bit}] = measure q[{qubit}];")
    return "\n".join(lines) + "\n"
