"""From the arrays that a run gives to jobs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from . import engine, planning
from .circuit import Circuit
from .errors import Failure, IonsimError
from .formats import DynamicProgram
from .job import CircuitRequest, Job, JobRequest
from .noise import NoiseModel
from .parts import Outcome
from .provenance import NoiseUsed, Timing
from .readout import Readout, bit_registers
from .results import Histogram
from .run_options import RunOptions

__all__ = ["JobBuilder"]


def _new_id() -> str:
    """Return a random UUID (version 4), at a third of what `uuid.uuid4` takes."""
    number = int.from_bytes(os.urandom(16), "big")
    number &= ~(0xF000 << 64 | 0xC000 << 48)
    text = f"{number | 0x4000 << 64 | 0x8000 << 48:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


@dataclass(frozen=True, slots=True)
class _IdealDraw:
    """Draws the shots of an ideal circuit when somebody asks for them."""

    program: Any
    shots: int
    seed: int
    options: RunOptions

    def __call__(self) -> npt.NDArray[np.uint64]:
        return engine.samples([self.program], self.shots, [self.seed], self.options)[0]


@dataclass(frozen=True, slots=True)
class _Prediction:
    """Asks the planner how long programs take, in milliseconds."""

    programs: tuple[Any, ...]
    shots: int
    noise: NoiseModel | None
    options: RunOptions

    def __call__(self) -> float:
        each = (
            planning.estimate(program, self.shots, self.options, noise=self.noise).seconds
            for program in self.programs
        )
        return round(sum(each) * 1e3, 6)


@dataclass(frozen=True, slots=True)
class _Mode:
    """Tells in which mode a noisy circuit ran: the planner decides by what is here alone."""

    program: Any
    shots: int
    noise: NoiseModel
    options: RunOptions

    def __call__(self) -> str:
        return planning.estimate(self.program, self.shots, self.options, noise=self.noise).method


class JobBuilder:
    """Turns arrays into jobs."""

    def __init__(
        self, request: JobRequest, noise: NoiseModel | None, timing: Timing, options: RunOptions
    ) -> None:
        self.request = request
        self.noise = noise
        self.timing = timing
        self.options = options

    def _common(self, seed: int, *programs: Any) -> dict[str, Any]:
        request, timing = self.request, self.timing
        model = request.noise
        predict = _Prediction(programs, request.shots, self.noise, self.options)
        return {
            "target": request.target,
            "shots": request.shots,
            "noise": NoiseUsed(
                model.name,
                seed,
                model.r1,
                model.r2,
                model.readout_flip,
                model.kraus1,
                model.kraus2,
            ),
            "metadata": request.metadata,
            "timing": Timing(
                timing.request,
                timing.start,
                timing.response,
                timing.execution_time_ms,
                predict,
            ),
            "error_mitigation": request.error_mitigation,
        }

    def one(self, index: int, outcome: Outcome, seed: int, job_id: str | None) -> Job:
        """Return the job of a single circuit; raises its error."""
        if isinstance(outcome, IonsimError):
            raise outcome
        asked = self.request.circuits[index]
        warnings = (*self._job_warnings(), *self._circuit_warnings(asked))
        name = self.request.name
        return self._completed(asked, outcome, seed, warnings, name, job_id, None)

    def many(self, outcomes: Sequence[Outcome], seeds: Sequence[int], job_id: str | None) -> Job:
        """Return the parent of all circuits."""
        own_id = job_id or _new_id()
        children = []
        warnings = list(self._job_warnings())
        for asked, outcome, seed in zip(self.request.circuits, outcomes, seeds, strict=True):
            if isinstance(outcome, IonsimError):
                children.append(self._failed(asked, outcome, seed, own_id))
                continue
            own = self._circuit_warnings(asked)
            warnings += [f"{asked.path}: {warning}" for warning in own]
            children.append(self._completed(asked, outcome, seed, own, asked.name, None, own_id))
        failed = [child for child in children if child.failure is not None]
        programs = [
            planning.planned(asked.circuit)
            for asked, child in zip(self.request.circuits, children, strict=True)
            if asked.circuit is not None and child.failure is None
        ]
        failure = None
        if len(failed) == len(children) and failed[0].failure is not None:
            first = failed[0].failure
            failure = Failure(first.code, f"every circuit failed; the first: {first.error}")
        return Job(
            id=own_id,
            status="completed" if failure is None else "failed",
            name=self.request.name,
            qubits=max(child.qubits for child in children),
            gate_counts={
                key: sum(child.gate_counts[key] for child in children) for key in ("1q", "2q")
            },
            registers=self.request.registers,
            warnings=tuple(warnings),
            children=tuple(children),
            failure=failure,
            multi=True,
            **self._common(seeds[0], *programs),
        )

    def _completed(
        self,
        asked: CircuitRequest,
        values: npt.NDArray[Any],
        seed: int,
        warnings: tuple[str, ...],
        name: str | None,
        job_id: str | None,
        parent_id: str | None,
    ) -> Job:
        circuit = _present(asked.circuit)
        values.flags.writeable = False
        if isinstance(circuit, DynamicProgram):
            measured = tuple(range(circuit.width))
            results: dict[str, Any] = {
                "_histogram": Histogram.from_outcomes(values, measured, circuit.width),
                "_samples": values,
                "_measured": measured,
                "register_map": asked.registers,
            }
            if self.noise is not None:
                results["_mode"] = _Mode(circuit, self.request.shots, self.noise, self.options)
        elif circuit.measured is None:
            results = self._of_qubits(circuit, values, seed)
            results["register_map"] = asked.registers
        else:
            results = self._of_bits(circuit, circuit.measured, values, seed)
            results["register_map"] = bit_registers(circuit, dict(asked.registers))
        program = circuit.program
        one_qubit, two_qubit = program.gate_counts
        return Job(
            id=job_id or _new_id(),
            status="completed",
            name=name,
            qubits=circuit.qubits,
            gate_counts={"1q": one_qubit, "2q": two_qubit},
            registers=asked.registers_given,
            warnings=warnings,
            parent_id=parent_id,
            **results,
            **self._common(seed, planning.planned(circuit)),
        )

    def _of_qubits(self, circuit: Circuit, values: npt.NDArray[Any], seed: int) -> dict[str, Any]:
        """Return results over the qubits of a circuit."""
        if self.noise is not None:
            measured = tuple(engine.measured_qubits(circuit.program, self.noise).tolist())
            return self._sampled(circuit, self.noise, values, measured, circuit.qubits)
        measured = tuple(circuit.program.touched.tolist())
        return {
            "_histogram": Histogram.from_probabilities(values, measured, circuit.qubits),
            "_measured": measured,
            "_draw": _IdealDraw(circuit.program, self.request.shots, seed, self.options),
        }

    def _of_bits(
        self,
        circuit: Circuit,
        sources: tuple[int | None, ...],
        values: npt.NDArray[Any],
        seed: int,
    ) -> dict[str, Any]:
        """Return results over the classical bits of a program text; each reads a qubit or none."""
        if self.noise is not None:
            measured = tuple(engine.measured_qubits(circuit.program, self.noise).tolist())
            readout = Readout(measured, sources)
            moved = readout(values)
            moved.flags.writeable = False
            return self._sampled(circuit, self.noise, moved, readout.places, len(sources))
        found = self._of_qubits(circuit, values, seed)
        readout = Readout(found["_measured"], sources)
        return {
            "_histogram": found["_histogram"].marginal(sources),
            "_measured": readout.places,
            "_draw": readout.after(found["_draw"]),
        }

    def _sampled(
        self,
        circuit: Circuit,
        noise: NoiseModel,
        values: npt.NDArray[Any],
        measured: tuple[int, ...],
        width: int,
    ) -> dict[str, Any]:
        """Return noisy results."""
        return {
            "_histogram": Histogram.from_outcomes(values, measured, width),
            "_samples": values,
            "_measured": measured,
            "_trajectories": self.options.trajectories,
            "_mode": _Mode(circuit.program, self.request.shots, noise, self.options),
        }

    def _failed(self, asked: CircuitRequest, error: IonsimError, seed: int, parent_id: str) -> Job:
        return Job(
            id=_new_id(),
            status="failed",
            name=asked.name,
            qubits=asked.circuit.qubits if asked.circuit is not None else 0,
            gate_counts={"1q": 0, "2q": 0},
            registers=asked.registers_given,
            failure=Failure(getattr(error, "code", "InternalError"), str(error)),
            parent_id=parent_id,
            **self._common(seed),
        )

    def _job_warnings(self) -> tuple[str, ...]:
        warnings = self.request.warnings
        model = self.request.noise
        if model.is_approximate:
            warnings += (f"the noise model {model.name} is an approximation: {model.note}",)
        return warnings

    def _circuit_warnings(self, asked: CircuitRequest) -> tuple[str, ...]:
        program = _present(asked.circuit).program
        if self.noise is None or not program.pauliexp_order_matters:
            return ()
        return (
            "a pauliexp on three or more qubits has terms that do not commute; under noise it is "
            "run as one first-order step, term by term in the order given",
        )


def _present(circuit: Circuit | DynamicProgram | None) -> Circuit | DynamicProgram:
    if circuit is None:
        raise TypeError("a refused circuit has no results")
    return circuit
