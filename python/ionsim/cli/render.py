"""What the ``ionsim`` command prints: jobs and estimates, as text and as JSON.

JSON is written in pieces of bounded size, because an ideal result may have millions of outcomes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from ..bits import UINT64_BITS, widen
from ..errors import format_bytes
from ..results import DUST
from .console import count, duration, printable, table

if TYPE_CHECKING:
    from .. import Estimate, GateInfo, Histogram, Job, JobRequest, NoiseModel

__all__ = [
    "estimate_json",
    "estimate_text",
    "gate_controls",
    "gate_example",
    "gate_takes",
    "gate_text",
    "gates_json",
    "gates_text",
    "info_text",
    "job_json",
    "job_size",
    "job_text",
    "models_json",
    "models_text",
    "pretty",
]

_PIECE = 1 << 16


def pretty(value: Any) -> str:
    """Return JSON text for people and programs: ASCII, two spaces a level."""
    return json.dumps(value, indent=2)


# --- jobs --------------------------------------------------------------------------------------


def job_text(job: Job, top: int) -> Iterator[str]:
    """Give the lines of a job: what ran, and the likeliest outcomes with bars.

    Parameters
    ----------
    job : Job
        A finished job.
    top : int
        How many outcomes are shown of each histogram.
    """
    yield _headline(job)
    if not job.multi:
        if job.failure is None:
            yield from _histograms(job, top)
        return
    for place, child in enumerate(job.children):
        name = f" {printable(child.name)}" if child.name else ""
        yield ""
        if child.failure is not None:
            yield f"circuit {place}{name}: failed, {child.failure.code}"
            continue
        yield f"circuit {place}{name}: {_sizes(child)}"
        yield from _histograms(child, top)


def _headline(job: Job) -> str:
    name = printable(job.name) if job.name else "job"
    if job.failure is not None:
        return f"{name}: failed, {job.failure.code}"
    circuits = f"{count(len(job.children), 'circuit')}, " if job.multi else ""
    noise = job.noise
    if not noise.is_ideal:
        flip = f", readout flip {noise.readout_flip:.6g}" if noise.readout_flip else ""
        rates = f"r1 {noise.r1:.6g}, r2 {noise.r2:.6g}{flip}"
        how = f"{noise.model} ({rates}), {count(job.shots, 'shot')}, seed {noise.seed}"
    elif not job.multi and job.histogram.shots is not None:
        how = f"{noise.model}, {count(job.shots, 'shot')}, seed {noise.seed}"
    else:
        how = f"{noise.model}, exact probabilities"
    took = duration(job.timing.execution_time_ms / 1e3)
    return f"{name}: {circuits}{_sizes(job)}, {how}, {took}"


def _sizes(job: Job) -> str:
    one, two = job.gate_counts["1q"], job.gate_counts["2q"]
    return f"{count(job.qubits, 'qubit')}, {one:,} one-qubit and {two:,} two-qubit gates"


def _histograms(job: Job, top: int) -> Iterator[str]:
    yield job.histogram.bars(top)
    for name, marginal in job.marginals.items():
        yield f"register {printable(name)}"
        yield marginal.bars(top)


def job_json(job: Job) -> Iterator[str]:
    """Give the text of a job as one JSON object, piece by piece.

    It has the shape of ``GET /v0.3/jobs/{id}`` with the shape of its results under ``results``; a
    multi-circuit job has its children's objects, without results, under ``child_jobs``.

    Examples
    --------
    >>> import ionsim
    >>> job = ionsim.run({"input": {"qubits": 1, "circuit": [{"gate": "x", "target": 0}]}})
    >>> json.loads("".join(job_json(job)))["results"]
    {'1': 1.0}
    """
    shape = job.to_dict()
    if job.multi:
        shape["child_jobs"] = [child.to_dict() for child in job.children]
    yield pretty(shape)[: -len("\n}")]
    if job.failure is None:
        yield ',\n  "results": '
        if job.multi:
            yield "{"
            comma = ""
            for child in job.children:
                if child.failure is None:
                    yield f'{comma}\n    "{child.id}": '
                    yield from _histogram_json(child.histogram, "\n    ")
                    comma = ","
            yield "\n  }"
        else:
            yield from _histogram_json(job.histogram, "\n  ")
    yield "\n}\n"


def _histogram_json(histogram: Histogram, line: str) -> Iterator[str]:
    yield "{"
    comma = ""
    for part in _pieces(histogram):
        if part:
            rows = f",{line}  ".join(f'"{key}": {value!r}' for key, value in part.items())
            yield f"{comma}{line}  {rows}"
            comma = ","
    yield f"{line}}}"


def _pieces(histogram: Histogram) -> Iterator[Mapping[str, float]]:
    """Cut a histogram into mappings of bounded size, in order."""
    large = histogram.shots is None and len(histogram.touched) > _PIECE.bit_length()
    if not large or histogram.touched[-1] >= UINT64_BITS:
        yield histogram.to_dict()
        return
    weights = histogram.touched_probabilities
    for begin in range(0, weights.size, _PIECE):
        part = weights[begin : begin + _PIECE]
        kept = np.flatnonzero(part >= DUST)  # of so few outcomes, not all can be dust
        index = (kept + begin).astype(np.uint64)
        keys = map(str, widen(index, histogram.touched).tolist())
        yield dict(zip(keys, part[kept].tolist(), strict=True))


def job_size(request: JobRequest) -> str:
    """Say how much a job holds."""
    circuits = [each.circuit for each in request.circuits if each.circuit is not None]
    return f"{count(len(circuits), 'circuit')}, {count(sum(map(len, circuits)), 'gate')}"


# --- estimates ---------------------------------------------------------------------------------


def estimate_text(path: str, name: str | None, found: Estimate) -> str:
    """Return the lines of one circuit's estimate."""
    fits = found.memory_bytes <= found.memory_allowed_bytes
    allowed = f"{format_bytes(found.memory_allowed_bytes)} allowed"
    rows = [
        ("circuit", f"{path}{f' {printable(name)}' if name else ''}"),
        ("method", found.method),
        ("qubits", f"{found.qubits_simulated} simulated"),
        ("time", f"about {duration(found.seconds)}"),
        ("memory", f"{format_bytes(found.memory_bytes)}, {'' if fits else 'MORE THAN '}{allowed}"),
    ]
    first, *others = found.explain.splitlines()
    rows.append(("plan", first))
    rows += [(key, value) for key, _, value in (line.partition(": ") for line in others)]
    for mode in found.modes:
        if mode.mode != found.method:
            numbers = f"about {duration(mode.seconds)}, {format_bytes(mode.memory_bytes)}"
            other = numbers if mode.possible else f"not possible, {mode.why_not}"
            rows.append((f"as {mode.mode}", other))
    return table(rows)


def estimate_json(path: str, name: str | None, found: Estimate) -> dict[str, Any]:
    """Return one circuit's estimate in JSON types."""
    return {"circuit": path, "name": name, **asdict(found)}


# --- tables ------------------------------------------------------------------------------------


def gates_text(gates: Sequence[GateInfo]) -> str:
    """Return a table of gates."""
    rows = [("gate", "set", "targets", "controls", "takes", "unitary on the targets")]
    rows += [
        (
            gate.name,
            gate.gateset,
            _targets(gate),
            gate_controls(gate),
            gate_takes(gate),
            gate.formula,
        )
        for gate in gates
    ]
    return table(rows)


def gate_text(gate: GateInfo) -> str:
    """Return everything about one gate."""
    rows = [
        (gate.name, gate.summary),
        ("  set", gate.gateset),
        ("  unitary", gate.formula),
        ("  targets", _targets(gate)),
        ("  controls", gate_controls(gate)),
        ("  takes", gate_takes(gate) or "nothing else"),
        ("  example", json.dumps(gate_example(gate))),
    ]
    return table(rows)


def gate_example(gate: GateInfo) -> dict[str, Any]:
    """Return a gate of a circuit as it stands in a job.

    Examples
    --------
    >>> import ionsim
    >>> [rx] = [gate for gate in ionsim.GATES if gate.name == "rx"]
    >>> gate_example(rx)
    {'gate': 'rx', 'target': 0, 'rotation': 0.5}
    """
    example: dict[str, Any] = {"gate": gate.name}
    exponential = gate.name == "pauliexp"
    targets = 2 if exponential else max(gate.targets, 1)
    if gate.min_controls:
        example["control"] = targets
    example |= {"target": 0} if targets == 1 else {"targets": list(range(targets))}
    for parameter in gate.parameters:
        numbers = [0.5, 0.25] if parameter.unit == "radians" else [0.125, 0.25]
        example[parameter.field] = numbers[0] if parameter.count == 1 else numbers
    if exponential:
        example |= {"terms": ["XX", "ZI"], "coefficients": [0.5, 0.25], "time": 0.3}
    return example


def gates_json(gates: Sequence[GateInfo]) -> str:
    """Return gates as JSON text."""
    return pretty([asdict(gate) | {"example": gate_example(gate)} for gate in gates])


def _targets(gate: GateInfo) -> str:
    return str(gate.targets) if gate.targets else "any"


def gate_controls(gate: GateInfo) -> str:
    """Say how many controls a gate may have."""
    return f"{gate.min_controls} to {gate.max_controls}" if gate.max_controls else "none"


def gate_takes(gate: GateInfo) -> str:
    """Say which numbers a gate takes, with their units and defaults."""
    if gate.name == "pauliexp":
        return "terms, coefficients, time"
    parts = []
    for parameter in gate.parameters:
        name = f"{parameter.field} or {parameter.alias}" if parameter.alias else parameter.field
        numbers = f"{parameter.count} numbers in " if parameter.count > 1 else ""
        default = f", default {parameter.default:g}" if parameter.default is not None else ""
        optional = ", optional" if parameter.optional and not default else ""
        parts.append(f"{name} ({numbers}{parameter.unit}{default or optional})")
    return ", ".join(parts)


def models_text(models: Mapping[str, NoiseModel]) -> str:
    """Return a table of noise models, and their notes."""
    rows: list[Sequence[str]] = [
        ("model", "r1", "r2", "readout flip", "error after 1q", "error after 2q", "qubits")
    ]
    for model in models.values():
        rates = (model.r1, model.r2, model.readout_flip, 0.75 * model.r1, 0.9375 * model.r2)
        limit = "no limit" if model.qubit_limit is None else f"at most {model.qubit_limit}"
        rows.append((model.name, *(f"{rate:.6g}" for rate in rates), limit))
    notes = [f"note: {model.note}" for model in models.values() if model.note]
    return "\n".join([table(rows), *notes])


def models_json(models: Mapping[str, NoiseModel]) -> str:
    """Return the noise models as JSON text."""
    hidden = ("kraus1", "kraus2")  # no published model has channels
    rows = [asdict(model) for model in models.values()]
    return pretty([{k: v for k, v in row.items() if k not in hidden} for row in rows])


def info_text(machine: Mapping[str, Any]) -> str:
    """Return what the simulator runs on."""
    rows = [
        ("version", str(machine["version"])),
        ("instruction set", f"{machine['isa']} (here: {', '.join(machine['isa_available'])})"),
        ("threads", str(machine["threads"])),
        ("free memory", format_bytes(machine["memory_available_bytes"])),
    ]
    return table(rows)
