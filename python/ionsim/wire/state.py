"""What a service knows of a job at any moment, waiting ones too, and how that becomes bytes."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import msgspec

__all__ = ["FINISHED", "ChildState", "JobState", "iso_time"]

FINISHED = frozenset({"completed", "failed", "canceled"})
"""The states that a job never leaves."""


class ChildState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What one circuit of a multi-circuit job has of its own.

    Attributes
    ----------
    id : str
        The child's own id.
    name : str or None
        As given.
    qubits : int
        Declared qubits; 0 for a refused circuit.
    seed : int
        The child's own seed.
    one_qubit, two_qubit : int
        Gates after lowering.
    registers : object
        As given.
    failure : (str, str) or None
        Code and text.
    """

    id: str
    name: str | None = None
    qubits: int = 0
    seed: int = 1
    one_qubit: int = 0
    two_qubit: int = 0
    registers: Any = None
    failure: tuple[str, str] | None = None


class JobState(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A job as a service keeps it: what was asked, and how far it came.

    Attributes
    ----------
    id : str
        A random UUID; a child's is derived from its parent's.
    version : str
        ``v0.3`` or ``v0.4``: in which form it was submitted.
    status : str
        ``ready``, ``running``, ``completed``, ``failed`` or ``canceled``.
    submitted, started, finished : float
        Unix seconds; 0 where it has not come to that.
    kind : str or None
        The type of v0.4, where `multi` does not tell it.
    children : tuple of str
        Ids of a multi-circuit job's circuits.
    progress : float
        Fraction done, 0 to 1.
    execution_ms, predicted_ms : float
        Time that it took, and what was expected.
    failure : (str, str) or None
        Code and text.

    Examples
    --------
    >>> state = JobState(id="1", version="v0.3", status="ready", submitted=1.0)
    >>> JobState.from_bytes(state.to_bytes()) == state
    True
    """

    id: str
    version: str
    status: str
    submitted: float
    started: float = 0.0
    finished: float = 0.0
    name: str | None = None
    target: str = "simulator"
    shots: int = 100
    model: str = "ideal"
    seed: int = 1
    r1: float = 0.0
    r2: float = 0.0
    readout_flip: float = 0.0
    qubits: int = 0
    circuits: int = 1
    one_qubit: int = 0
    two_qubit: int = 0
    multi: bool = False
    metadata: Any = None
    registers: Any = None
    error_mitigation: Any = None
    settings: Any = None
    session_id: str | None = None
    dry_run: bool = False
    kind: str | None = None
    parent_id: str | None = None
    cloned_from: str | None = None
    children: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    progress: float = 0.0
    execution_ms: float = 0.0
    predicted_ms: float = 0.0
    failure: tuple[str, str] | None = None

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.status in FINISHED

    @property
    def is_exact(self) -> bool:
        """Whether its results are probabilities rather than counted shots."""
        return not (self.r1 or self.r2 or self.readout_flip)

    def to_bytes(self) -> bytes:
        """Return the state as bytes."""
        return msgspec.json.encode(self)  # integers of any size

    @classmethod
    def from_bytes(cls, data: bytes) -> JobState:
        """Return the state behind bytes."""
        return _decode(data)

    def child(self, own: ChildState) -> JobState:
        """Return the state of one of the circuits, a job of its own."""
        failed = own.failure is not None and self.is_finished and self.status != "canceled"
        return msgspec.structs.replace(
            self,
            id=own.id,
            status="failed" if failed else self.status,
            name=own.name,
            qubits=own.qubits,
            seed=own.seed,
            circuits=1,
            one_qubit=own.one_qubit,
            two_qubit=own.two_qubit,
            multi=False,
            registers=own.registers,
            parent_id=self.id,
            children=(),
            warnings=(),
            failure=own.failure if failed else self.failure if self.status == "failed" else None,
        )


_decode = msgspec.json.Decoder(JobState).decode


def iso_time(seconds: float) -> str | None:
    """Write unix seconds as ISO 8601 with milliseconds, and 0 as None.

    Examples
    --------
    >>> iso_time(1767225600.25), iso_time(0)
    ('2026-01-01T00:00:00.250Z', None)
    """
    if not seconds:
        return None
    text = datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
