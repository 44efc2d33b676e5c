"""Writes the golden files: jobs, and what they must give according to the dense oracle.

    python tests/golden/make_golden.py            write the files
    python tests/golden/make_golden.py --check    exit with 1 if a file differs

The numbers come from `tests/oracle.py` and `tests/oracle_noise.py` alone, never from ionsim.
Outcomes below 1e-12 are left out, as in results.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

from golden_jobs import BAD_JOBS, JOBS  # noqa: E402

import oracle  # noqa: E402
import oracle_noise  # noqa: E402

# The published numbers; harmony's follow from its gate fidelities 99.35 % and 96.02 %.
RATES = {
    "ideal": (0.0, 0.0),
    "harmony": (0.013, 0.05306666666666667),
    "aria-1": (0.0005, 0.0133),
    "aria-2": (0.0006573333333333332, 0.01856),
    "forte-1": (0.0002666666666666667, 0.004949333333333333),
    "forte-enterprise-1": (0.0002666666666666667, 0.004949333333333333),
}
DUST = 1e-12


def touched_qubits(gates: Iterable[dict[str, Any]]) -> list[int]:
    found: set[int] = set()
    for gate in gates:
        for key in ("target", "control"):
            if gate.get(key) is not None:
                found.add(int(gate[key]))
        for key in ("targets", "controls"):
            found.update(int(qubit) for qubit in gate.get(key) or ())
    return sorted(found)


def renamed(gates: Iterable[dict[str, Any]], rank: dict[int, int]) -> Iterator[dict[str, Any]]:
    """Yield the gates on qubits 0, 1, ... so that idle qubits cost the oracle nothing."""
    for gate in gates:
        new = dict(gate)
        for key in ("target", "control"):
            if new.get(key) is not None:
                new[key] = rank[int(new[key])]
        for key in ("targets", "controls"):
            if new.get(key) is not None:
                new[key] = [rank[int(qubit)] for qubit in new[key]]
        yield new


def distribution(
    gates: list[dict[str, Any]], gateset: str, qubits: int, noise: oracle_noise.Noise | None
) -> dict[int, float]:
    """Return outcome over all declared qubits -> probability."""
    flips = noise is not None and noise.readout_flip > 0
    measured = list(range(qubits)) if flips else touched_qubits(gates)
    rank = {qubit: bit for bit, qubit in enumerate(measured)}
    dense_gates = list(renamed(gates, rank))
    if noise is None:
        dense = oracle.probabilities(dense_gates, len(measured), gateset)
    else:
        dense = oracle_noise.probabilities(dense_gates, len(measured), noise, gateset)
    return {
        sum(1 << qubit for bit, qubit in enumerate(measured) if index >> bit & 1): float(value)
        for index, value in enumerate(dense)
        if value >= DUST
    }


def keyed(found: dict[int, float]) -> dict[str, float]:
    return {str(outcome): found[outcome] for outcome in sorted(found)}


def marginal(found: dict[int, float], register: list[int | None]) -> dict[str, float]:
    sums: dict[int, float] = {}
    for outcome, value in found.items():
        bits = (0 if qubit is None else outcome >> qubit & 1 for qubit in register)
        key = sum(bit << place for place, bit in enumerate(bits))
        sums[key] = sums.get(key, 0.0) + value
    return keyed(sums)


def named_registers(given: Any) -> dict[str, list[int | None]]:
    if given is None:
        return {}
    if isinstance(given, dict):
        return {name: entries for name, entries in given.items() if entries is not None}
    if any(isinstance(entry, list) for entry in given):
        return {str(place): entries for place, entries in enumerate(given)}
    return {"0": given} if given else {}


def noise_of(job: dict[str, Any]) -> oracle_noise.Noise | None:
    given = job.get("noise") or {}
    r1, r2 = RATES[given.get("model") or "ideal"]
    r1 = given.get("r1", r1)
    r2 = given.get("r2", r2)
    flip = given.get("readout_flip", 0.0)
    return oracle_noise.Noise(r1, r2, flip) if r1 or r2 or flip else None


def expected_circuit(
    circuit: dict[str, Any], above: dict[str, Any], job: dict[str, Any]
) -> dict[str, Any]:
    gateset = circuit.get("gateset") or above.get("gateset") or "qis"
    gates = circuit["circuit"]
    top = max(touched_qubits(gates), default=0) + 1
    qubits = int(circuit.get("qubits") or above.get("qubits") or top)
    registers = circuit.get("registers")
    if registers is None:
        registers = above.get("registers")
    if registers is None:
        registers = job.get("registers")
    noise = noise_of(job)
    found = distribution(gates, gateset, qubits, noise)
    one_qubit, two_qubit = oracle_noise.gate_counts(gates, gateset)
    return {
        "status": "completed",
        "name": circuit.get("name"),
        "qubits": qubits,
        "gate_counts": {"1q": one_qubit, "2q": two_qubit},
        "registers": registers,
        "results": keyed(found),
        "marginals": {
            name: marginal(found, register) for name, register in named_registers(registers).items()
        },
    }


def expected_job(job: dict[str, Any], bad: dict[int, dict[str, str]]) -> dict[str, Any]:
    """Return what the job gives; `bad` says which children fail, and how."""
    above = job.get("input") or job["body"]
    noise = job.get("noise") or {}
    common = {
        "name": job.get("name"),
        "shots": int(job.get("shots") or 100),
        "noise_model": noise.get("model") or "ideal",
        "exact": noise_of(job) is None,
        "metadata": job.get("metadata") or {},
    }
    if above.get("circuits") is None:
        return expected_circuit({"circuit": above["circuit"]}, above, job) | common
    children = []
    for place, circuit in enumerate(above["circuits"]):
        if place in bad:
            children.append({"status": "failed", "failure": bad[place]})
        else:
            children.append(expected_circuit(circuit, above, job))
    healthy = [child for child in children if child["status"] == "completed"]
    return common | {
        "status": "completed" if healthy else "failed",
        "gate_counts": {
            key: sum(child["gate_counts"][key] for child in healthy) for key in ("1q", "2q")
        },
        "children": children,
    }


def files() -> Iterator[tuple[str, dict[str, Any]]]:
    for name, (job, more) in JOBS.items():
        expect = expected_job(job, more.get("bad", {})) | {"warns": more.get("warns", [])}
        yield name, {"job": job, "expect": expect}
    for name, (job, refusals) in BAD_JOBS.items():
        yield name, {"job": job, "expect": {"refused": refusals}}


def same(first: Any, second: Any) -> bool:
    """Compare two contents; numbers may differ by rounding on another machine."""
    if isinstance(first, float) and isinstance(second, float):
        return math.isclose(first, second, rel_tol=0, abs_tol=1e-12)
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(same(first[key], second[key]) for key in first)
    if isinstance(first, list) and isinstance(second, list):
        return len(first) == len(second) and all(map(same, first, second))
    return type(first) is type(second) and first == second


def main(arguments: list[str]) -> int:
    made = {f"{name}.json": json.dumps(content, indent=1) + "\n" for name, content in files()}
    present = {path.name: path.read_text() for path in HERE.glob("*.json")}
    if arguments == ["--check"]:
        different = made.keys() ^ present.keys()
        for name in made.keys() & present.keys():
            if not same(json.loads(made[name]), json.loads(present[name])):
                different.add(name)
        print("\n".join(sorted(different)) or "all golden files are up to date")
        return 1 if different else 0
    for name in present.keys() - made.keys():
        (HERE / name).unlink()
    for name, text in made.items():
        (HERE / name).write_text(text)
    print(f"{len(made)} files written")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
