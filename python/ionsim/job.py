"""What a job means: frozen values for what was asked, and for what came out."""

from __future__ import annotations

import html
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from .bits import unpack_bits, widen
from .circuit import Circuit
from .effective import effective_shots
from .errors import Failure, JobFailedError, Problem
from .formats import DynamicProgram
from .noise import NoiseModel, get_model
from .provenance import NoiseUsed, Timing
from .results import Histogram

__all__ = [
    "MAX_SEED",
    "MAX_SHOTS",
    "CircuitRequest",
    "Failure",
    "Job",
    "JobRequest",
    "NoiseUsed",
    "Registers",
    "Timing",
]

MAX_SHOTS = 1_000_000
MAX_SEED = 2**31

Registers: TypeAlias = Mapping[str, tuple["int | None", ...]]
"""Register name -> qubit per bit; None reads 0."""


@dataclass(frozen=True, slots=True)
class CircuitRequest:
    """One circuit of a job, or why it cannot run.

    Attributes
    ----------
    circuit : Circuit, DynamicProgram or None
        None when the circuit was refused.
    path : str
        JSON path of the circuit, such as ``input.circuits[2]``.
    name : str or None
        The name that the job gives it.
    registers : Mapping
        Register name -> qubit (or None) per bit.
    registers_given : object
        The same as the job wrote it, to be echoed.
    problems : tuple of Problem
        Why the circuit was refused; empty when it was not.
    """

    circuit: Circuit | DynamicProgram | None
    path: str = ""
    name: str | None = None
    registers: Registers = field(default_factory=dict)
    registers_given: Any = None
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True)
class JobRequest:
    """A job as it was read and checked: everything that a run needs.

    Attributes
    ----------
    circuits : tuple of CircuitRequest
        At least one.
    multi : bool
        Whether the job holds `circuits`, whose results come as children.
    name : str or None
        The job's name.
    target : str
        ``simulator``.
    shots : int
        1 to 1,000,000.
    noise : NoiseModel
        The model with the numbers to use.
    seed : int or None
        1 to 2**31; None: drawn when the job runs.
    metadata : Mapping
        Echoed verbatim.
    registers : object
        Registers of the job or its input, echoed verbatim; None without any.
    error_mitigation : Mapping or None
        Echoed; without effect on the simulator.
    warnings : tuple of str
        What was tolerated while the job was read.
    """

    circuits: tuple[CircuitRequest, ...]
    multi: bool = False
    name: str | None = None
    target: str = "simulator"
    shots: int = 100
    noise: NoiseModel = field(default_factory=lambda: get_model("ideal"))
    seed: int | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    registers: Any = None
    error_mitigation: Mapping[str, Any] | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Job:
    """A finished job: what was asked, and its results.

    A multi-circuit job has `children`, one job per circuit in the order of the input; its
    `results`, `counts`, `probabilities`, `samples`, `bits` and `marginals` are then mappings from
    child id to what that child has, without the failed ones.

    Attributes
    ----------
    id : str
        A random UUID.
    status : str
        ``completed`` or ``failed``.
    name : str or None
        As given.
    target : str
        ``simulator``.
    qubits : int
        Declared qubits; the largest child's in a multi-circuit job.
    shots : int
        As asked.
    noise : NoiseUsed
        Model, seed and numbers that were used.
    gate_counts : Mapping
        ``{"1q": ..., "2q": ...}``, after lowering where noise needs it.
    metadata : Mapping
        As given.
    registers : object
        As given, or None.
    timing : Timing
        When it ran, and for how long.
    warnings : tuple of str
        What the reader of the results should know.
    children : tuple of Job
        Empty in a single-circuit job.
    failure : Failure or None
        Why the job failed.
    """

    id: str
    status: str
    name: str | None
    target: str
    qubits: int
    shots: int
    noise: NoiseUsed
    gate_counts: Mapping[str, int]
    metadata: Mapping[str, Any]
    registers: Any
    timing: Timing
    warnings: tuple[str, ...] = ()
    children: tuple[Job, ...] = ()
    failure: Failure | None = None
    multi: bool = False
    parent_id: str | None = None
    error_mitigation: Mapping[str, Any] | None = None
    register_map: Registers = field(default_factory=dict)
    _histogram: Histogram | None = None
    _samples: npt.NDArray[np.uint64] | None = None
    _measured: tuple[int, ...] = ()
    _draw: Callable[[], npt.NDArray[np.uint64]] | None = None
    _trajectories: int | None = None
    _mode: Callable[[], str] | None = None
    _cache: dict[str, Any] = field(default_factory=dict)

    # --- results -------------------------------------------------------------------------------

    @property
    def mode(self) -> str | None:
        """How the shots were made, such as ``"frame"``; None without noise and for a parent.

        The same job, seed, precision and mode give the same counts.
        """
        if "mode" not in self._cache and self._mode is not None:
            self._cache["mode"] = self._mode()
        mode: str | None = self._cache.get("mode")
        return mode

    @property
    def effective_shots(self) -> float | None:
        """How many independent shots would tell as much about single bits; None without noise.

        The number of shots, unless fewer trajectories were asked for.
        """
        if self._samples is None:
            return None
        if self._trajectories is None or self.mode == "exact":
            return float(self.shots)
        if "effective" not in self._cache:
            self._cache["effective"] = effective_shots(
                self._samples, self._trajectories, len(self._measured)
            )
        worth: float = self._cache["effective"]
        return worth

    @property
    def histogram(self) -> Histogram:
        """The histogram over all declared qubits of a single-circuit job.

        Raises
        ------
        JobFailedError
            When the job failed.
        TypeError
            For a multi-circuit job: ask its children.
        """
        self._require_results()
        if self._histogram is None:
            raise TypeError("a multi-circuit job has one histogram per child: see Job.children")
        return self._histogram

    @property
    def results(self) -> Mapping[str, Any]:
        """Decimal key -> probability (qubit 0 least significant), or child id -> such a mapping."""
        return self._by_child("results") if self.multi else self.histogram

    @property
    def counts(self) -> Mapping[str, Any]:
        """Decimal key -> number of shots; they sum to `shots`.

        Ideal results are exact probabilities, so here the shots are drawn from them when first
        asked for, with ``noise.seed``.
        """
        if self.multi:
            return self._by_child("counts")
        if "counts" not in self._cache:
            sampled = self.histogram
            if sampled.shots is None:
                measured = self._measured
                width = sampled.qubits
                sampled = Histogram.from_outcomes(self._outcomes(), measured, width)
            self._cache["counts"] = sampled.counts
        return dict(self._cache["counts"])

    @property
    def probabilities(self) -> Any:
        """Dense float64 probabilities over all declared qubits, shape (2**qubits,).

        Raises
        ------
        LimitError
            When that is too large; ``histogram.touched_probabilities`` covers the touched qubits.
        """
        return self._by_child("probabilities") if self.multi else self.histogram.probabilities

    @property
    def samples(self) -> Any:
        """One uint64 outcome per shot, shape (shots,); bit q is qubit q.

        Drawn with ``noise.seed`` when first asked for, if the job is ideal.

        Raises
        ------
        LimitError
            When a measured qubit is above 63: use `bits`.
        """
        return self._by_child("samples") if self.multi else widen(self._outcomes(), self._measured)

    @property
    def bits(self) -> Any:
        """One row per shot, one uint8 column per qubit, shape (shots, qubits)."""
        if self.multi:
            return self._by_child("bits")
        return unpack_bits(self._outcomes(), self._measured, self.histogram.qubits)

    @property
    def marginals(self) -> Mapping[str, Any]:
        """Register name -> Histogram; bit i of its outcomes is the register's i-th entry."""
        if self.multi:
            return self._by_child("marginals")
        whole = self.histogram
        return {name: whole.marginal(qubits) for name, qubits in self.register_map.items()}

    # --- the provider's shapes -----------------------------------------------------------------

    def to_dict(self) -> dict[str, Any]:
        """Return the job in the shape of ``GET /v0.3/jobs/{id}``."""
        from .wire import v0_3_out

        return v0_3_out.render_job(self)

    def results_dict(self) -> dict[str, Any]:
        """Return the results in the shape of ``GET /v0.3/jobs/{id}/results``, as plain dicts."""
        from .wire import v0_3_out

        return v0_3_out.render_results(self)

    def creation_response(self) -> dict[str, Any]:
        """Return the answer to ``POST /v0.3/jobs``."""
        from .wire import v0_3_out

        return v0_3_out.render_creation(self)

    # --- for people ----------------------------------------------------------------------------

    def __repr__(self) -> str:
        what = f"{len(self.children)} circuits" if self.multi else f"{self.qubits} qubits"
        return f"Job({self.id!r}, {self.status}, {what}, {self.shots} shots, {self.noise.model})"

    def __str__(self) -> str:
        lines = [self._headline()]
        lines += [f"warning: {warning}" for warning in self.warnings]
        if self.failure is not None:
            lines.append(f"failure: {self.failure}")
        elif self.multi:
            shown = self.children[:10]
            for child in shown:
                lines += ["", *(f"  {line}" for line in str(child).splitlines())]
            if len(self.children) > len(shown):
                lines += ["", f"  ... and {len(self.children) - len(shown)} more circuits"]
        else:
            lines.append(self.histogram.bars())
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        parts = [f"<p>{html.escape(self._headline())}</p>"]
        parts += [f"<p>warning: {html.escape(warning)}</p>" for warning in self.warnings]
        if self.failure is not None:
            parts.append(f"<pre>{html.escape(str(self.failure))}</pre>")
        elif self.multi:
            parts += [child._repr_html_() for child in self.children[:10]]
            if len(self.children) > 10:
                parts.append(f"<p>and {len(self.children) - 10} more circuits</p>")
        else:
            parts.append(self.histogram._repr_html_())
        return f"<div>{''.join(parts)}</div>"

    # --- inside --------------------------------------------------------------------------------

    def _headline(self) -> str:
        size = f"{len(self.children)} circuits, " if self.multi else ""
        gates = f"{self.gate_counts['1q']} + {self.gate_counts['2q']} gates"
        sampled = self._histogram is not None and self._histogram.shots is not None
        how = (
            "exact"
            if self.noise.is_ideal and not sampled
            else f"{self.shots} shots, seed {self.noise.seed}"
        )
        # A name is anybody's text: control characters must not reach the terminal.
        name = "".join(letter if letter.isprintable() else "?" for letter in self.name or "job")
        return (
            f"{name} {self.id}: {self.status}, {size}{self.qubits} qubits, {gates}, "
            f"{self.noise.model}, {how}, {self.timing.execution_time_ms:.3g} ms"
        )

    def _require_results(self) -> None:
        if self.failure is not None:
            raise JobFailedError(self.failure)

    def _by_child(self, attribute: str) -> dict[str, Any]:
        self._require_results()
        return {
            child.id: getattr(child, attribute) for child in self.children if child.failure is None
        }

    def _outcomes(self) -> npt.NDArray[np.uint64]:
        """Return one outcome per shot; bit j belongs to qubit ``_measured[j]``."""
        self._require_results()
        if self._samples is not None:
            return self._samples
        if self._draw is None:
            raise TypeError("a multi-circuit job has samples per child: see Job.children")
        if "samples" not in self._cache:
            samples = self._draw()
            samples.flags.writeable = False
            self._cache["samples"] = samples
        cached: npt.NDArray[np.uint64] = self._cache["samples"]
        return cached
