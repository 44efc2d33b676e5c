"""Bodies of ``POST /v0.4/jobs``: brought to the form of v0.3, and read as such."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import msgspec

from ..errors import InputError, Problem
from ..job import JobRequest
from .envelope import Envelope, Fields, load
from .v0_3 import read_job_or_problems

__all__ = ["Submission", "read_submission"]

SINGLE = "ionq.circuit.v1"
MULTI = "ionq.multi-circuit.v1"
_OTHER_TYPES = {
    "ionq.qasm3.v1": "programs in OpenQASM 3 are not read by this version; send a gate list",
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
    """

    request: JobRequest | None
    problems: tuple[Problem, ...] = ()
    settings: Any = None
    session_id: str | None = None
    dry_run: bool = False


def read_submission(body: Any, version: str) -> Submission:
    """Read and check a body in the form of either version.

    Parameters
    ----------
    body : dict, str, bytes or path-like
        As for `read_job`.
    version : str
        ``v0.3`` or ``v0.4``.

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
        return Submission(*read_job_or_problems(fields))
    envelope = Envelope()
    session_id = envelope.text(fields, "session_id", "session_id")
    dry_run = envelope.value(fields, "dry_run", "dry_run")
    if dry_run is not None and not isinstance(dry_run, bool):
        envelope.refuse("dry_run", dry_run, "not a boolean", "true or false")
    settings = envelope.json_copy(fields, "settings", "settings")
    request, problems = read_job_or_problems(_as_v0_3(fields, envelope))
    problems = tuple(map(_renamed, problems))
    if envelope.problems:
        return Submission(None, (*envelope.problems, *problems))
    return Submission(request, problems, settings, session_id, bool(dry_run))


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
    _check_type(fields, envelope)
    return found


def _check_type(fields: Fields, envelope: Envelope) -> None:
    name = envelope.text(fields, "type", "type")
    allowed = f'"{SINGLE}" or "{MULTI}"'
    if name in _OTHER_TYPES:
        envelope.refuse("type", name, _OTHER_TYPES[name], allowed)
    elif name not in (None, SINGLE, MULTI):
        envelope.refuse("type", name, "unknown type of job", allowed)
    elif name is not None:
        own, other = ("circuit", "circuits") if name == SINGLE else ("circuits", "circuit")
        given = Envelope().object(fields, "input", "input") or {}
        if _is_given(given.get(other)) and not _is_given(given.get(own)):
            message = f'a job of type "{name}" has "{own}" in its input'
            envelope.refuse(f"input.{other}", None, message, f'"{own}", or another type')


def _is_given(value: Any) -> bool:
    return value is not None and not (isinstance(value, msgspec.Raw) and bytes(value) == b"null")


def _renamed(problem: Problem) -> Problem:
    path = _RENAMED.get(problem.path)
    return problem if path is None else dataclasses.replace(problem, path=path)
