"""Bodies of ``POST /v0.4/jobs``: brought to the form of v0.3, and read as such."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import msgspec

from ..errors import InputError, Problem
from ..formats import MAX_GATES
from ..job import JobRequest
from .envelope import Envelope, Fields, load
from .texts import TextLimits
from .v0_3 import read_job_or_problems

__all__ = ["Submission", "read_submission"]

SINGLE = "ionq.circuit.v1"
MULTI = "ionq.multi-circuit.v1"
QASM3 = "ionq.qasm3.v1"
_OTHER_TYPES = {
    "ionq.qir.v1": "programs in QIR are not read; send a gate list",
    "quantum-function": "functions are not run here; send circuits",
    "qctrl.qaoa.v1": "functions are not run here; send circuits",
}
# v0.3 has these keys at the top, v0.4 elsewhere or not at all.
_ONLY_V0_3 = ("target", "error_mitigation", "body", "registers")
_RENAMED = {
    "target": "backend",
    "error_mitigation": "settings.error_mitigation",
    "error_mitigation.debias": "settings.error_mitigation.debiasing",
}


@dataclass(frozen=True, slots=True)
class Submission:
    """A body that was read: the job, if it can run, and what only a service needs to know.

    Attributes
    ----------
    request : JobRequest or None
        None when the body cannot run; then there are problems.
    problems : tuple of Problem
        Everything that was found; bad circuits of a multi-circuit job are among them.
    settings : object
        As given, to be echoed.
    session_id : str or None
        The session that it belongs to.
    dry_run : bool
        Whether it is to be checked only.
    kind : str or None
        The type that it says, where the circuits do not tell it.
    """

    request: JobRequest | None
    problems: tuple[Problem, ...] = ()
    settings: Any = None
    session_id: str | None = None
    dry_run: bool = False
    kind: str | None = None


def read_submission(body: Any, version: str, *, max_gates: int = MAX_GATES) -> Submission:
    """Read and check a body in the form of either version.

    Parameters
    ----------
    body : dict, str, bytes or path-like
        As for `read_job`.
    version : str
        ``v0.3`` or ``v0.4``.
    max_gates : int
        Refuse program texts that expand to more, before they are expanded.

    Examples
    --------
    >>> body = {
    ...     "type": "ionq.circuit.v1",
    ...     "backend": "simulator",
    ...     "input": {"qubits": 1, "circuit": [{"gate": "h", "target": 0}]},
    ... }
    >>> read_submission(body, "v0.4").request.shots
    100
    >>> print(*read_submission({**body, "backend": "abacus"}, "v0.4").problems)
    backend: unknown target; got "abacus"; allowed: "simulator"
    """
    try:
        fields = load(body)
    except InputError as error:
        return Submission(None, error.problems)
    if version != "v0.4":
        return Submission(*read_job_or_problems(fields, TextLimits(max_gates)))
    envelope = Envelope()
    session_id = envelope.text(fields, "session_id", "session_id")
    dry_run = envelope.value(fields, "dry_run", "dry_run")
    if dry_run is not None and not isinstance(dry_run, bool):
        envelope.refuse("dry_run", dry_run, "not a boolean", "true or false")
    settings = envelope.json_copy(fields, "settings", "settings")
    moved = _as_v0_3(fields, envelope)
    kind = _check_type(fields, envelope)
    if kind == QASM3:
        moved["input"] = _text_input(fields, envelope) or fields.get("input")
    limits = TextLimits(max_gates, version=3 if kind == QASM3 else None)
    request, problems = read_job_or_problems(moved, limits)
    problems = tuple(map(_renamed, problems))
    if envelope.problems:
        return Submission(None, (*envelope.problems, *problems))
    own_kind = kind if kind == QASM3 else None
    return Submission(request, problems, settings, session_id, bool(dry_run), own_kind)


def _as_v0_3(fields: Fields, envelope: Envelope) -> Fields:
    """Move what v0.4 has in other places."""
    moved = ("type", "backend", "settings", "session_id", "dry_run")
    found = {key: fields[key] for key in fields if key not in (*moved, *_ONLY_V0_3)}
    for key in _ONLY_V0_3:
        if key in fields:  # unknown in v0.4: named among the unknown keys
            found[f"{key} (of API v0.3)"] = None
    if "backend" in fields:
        found["target"] = fields["backend"]
    settings = envelope.object(fields, "settings", "settings")
    if settings is not None:
        path = "settings.error_mitigation"
        mitigation = envelope.object(settings, "error_mitigation", path)
        if mitigation is not None and "debiasing" in mitigation:
            value = envelope.value(mitigation, "debiasing", f"{path}.debiasing")
            found["error_mitigation"] = {"debias": value}
    return found


def _check_type(fields: Fields, envelope: Envelope) -> str | None:
    name = envelope.text(fields, "type", "type")
    allowed = f'"{SINGLE}", "{MULTI}" or "{QASM3}"'
    if name in _OTHER_TYPES:
        envelope.refuse("type", name, _OTHER_TYPES[name], allowed)
    elif name not in (None, SINGLE, MULTI, QASM3):
        envelope.refuse("type", name, "unknown type of job", allowed)
    elif name in (SINGLE, MULTI):
        own, other = ("circuit", "circuits") if name == SINGLE else ("circuits", "circuit")
        given = Envelope().object(fields, "input", "input") or {}
        if _is_given(given.get(other)) and not _is_given(given.get(own)):
            message = f'a job of type "{name}" has "{own}" in its input'
            envelope.refuse(f"input.{other}", None, message, f'"{own}", or another type')
    return name


def _text_input(fields: Fields, envelope: Envelope) -> Fields | None:
    """Return the input of a job in OpenQASM 3 in the form of v0.3."""
    given = Envelope().object(fields, "input", "input")
    if given is None:  # the reader of v0.3 says so
        return None
    for other in ("circuit", "circuits"):
        if _is_given(given.get(other)):
            message = f'a job of type "{QASM3}" has "data" in its input'
            envelope.refuse(f"input.{other}", None, message, '"data", or another type')
    name = envelope.text(given, "format", "input.format")
    if name not in (None, "openqasm", "qasm"):
        message = f'a job of type "{QASM3}" is a program in OpenQASM'
        envelope.refuse("input.format", name, message, '"openqasm", or another type')
    return {**given, "format": "openqasm"}


def _is_given(value: Any) -> bool:
    return value is not None and not (isinstance(value, msgspec.Raw) and bytes(value) == b"null")


def _renamed(problem: Problem) -> Problem:
    path = _RENAMED.get(problem.path)
    return problem if path is None else dataclasses.replace(problem, path=path)
