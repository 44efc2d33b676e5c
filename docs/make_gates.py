"""Write docs/gates.md from the gate table; with --check, only tell whether it is up to date."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import ionsim
from ionsim.cli.render import gate_controls, gate_example, gate_takes

PAGE = Path(__file__).with_name("gates.md")

HEAD = """\
<!-- Written by docs/make_gates.py from the gate table: change the table, not this page. -->
# Gates

A circuit is a list of gates from one gate set, `qis` (the default) or `native`. Each gate is an
object with its name under `gate`; the other keys are below. Qubits are indices from 0, and qubit 0
is the least significant bit of every result. All declared qubits are measured once, at the end.

The same table in a terminal: `ionsim gates`, or `ionsim gates NAME` for one of them.
"""

QIS_NOTES = """\
- The unitary is that on the targets; it acts where all controls are 1.
- Any QIS gate may have 1 to 7 controls, under `control` (one index) or `controls` (a list). 8 are
  refused with the code `TooManyControls`. `cnot` needs at least one; `not` and `x` are the same.
- `target` and a one-element `targets` mean the same, and so do `control` and a one-element
  `controls`. `controls: []` is no control.
- `z` with the key `rotation` is the phase gate diag(1, e^{i rotation}), also where the rotation is
  0. So `cp` and `mcp` of other languages are `z` with `rotation` and controls.
- `v` is exactly the square root of `x`: `v` = e^{i pi/4} rx(pi/2). The phase shows under controls.
- `pauliexp` has 1 to 64 targets, and one letter I, X, Y or Z per target and term, **the leftmost
  letter on the last target**. There is no factor 1/2. Coefficients and time are real and may be
  negative. Terms need not commute: without noise the exponential of the sum is exact, without a
  product formula, up to |time| times the sum of |coefficients| of 10^6 (terms that commute have no
  such limit).
"""

NATIVE_NOTES = """\
- Phases and angles are in turns: 1 turn is 2 pi. Any finite number is allowed.
- GPI(f) is the unitary of `gpi` with the phase f.
- `ms`: the first phase belongs to the first target.
- `zz` takes its angle under `phase` too, because some clients send it there; not under both.
- Native gates have no controls and no `rotation`.
- `nop` may have any targets, or none. It is no gate: it gets no noise and is not counted.
"""

RULES = """\
## What is refused

Everything that is not on this page, with the JSON path, the value and what is allowed: an unknown
gate or one of the other set, an unknown key inside a gate (a misspelt `contol` is never ignored), a
missing or surplus key, a repeated qubit, an index outside the circuit, and numbers that are not
finite. Names are lower case. A key with the value null counts as absent; the index 2.0 counts as 2.
"""


def rows(gateset: str) -> Iterator[str]:
    """Give the lines of one gate set's table."""
    yield "| gate | | targets | controls | takes | unitary | example |"
    yield "|---|---|---|---|---|---|---|"
    for gate in ionsim.GATES:
        if gate.gateset == gateset:
            cells = (
                f"`{gate.name}`",
                gate.summary,
                str(gate.targets) if gate.targets else "any",
                gate_controls(gate),
                gate_takes(gate),
                f"`{gate.formula}`",
                f"`{json.dumps(gate_example(gate))}`",
            )
            yield "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def page() -> str:
    """Return the text of the page."""
    parts = [HEAD, "## Gate set `qis`\n", "\n".join(rows("qis")) + "\n", QIS_NOTES]
    parts += ["## Gate set `native`\n", "\n".join(rows("native")) + "\n", NATIVE_NOTES, RULES]
    return "\n".join(parts)


def main() -> int:
    """Write the page, or compare it."""
    if sys.argv[1:] == ["--check"]:
        same = PAGE.exists() and PAGE.read_text(encoding="utf-8") == page()
        if not same:
            print(f"{PAGE.name} is out of date: run docs/make_gates.py", file=sys.stderr)
        return 0 if same else 1
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
