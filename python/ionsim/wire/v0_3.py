"""Bodies of ``POST /v0.3/jobs``: from the provider's JSON to a checked request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import msgspec

from ..bits import MAX_QUBITS
from ..circuit import Circuit
from ..errors import PROBLEM_LIMIT, InputError, Problem
from ..gates import read_gates
from ..job import MAX_SEED, MAX_SHOTS, CircuitRequest, JobRequest
from ..noise import IDEAL, MODELS, NoiseModel, get_model
from .envelope import Envelope, Fields, load
from .registers import read_registers
from .texts import GATE_LIST, TEXT_LIMITS, TextLimits, TextReader, read_format

__all__ = [
    "read_circuit",
    "read_job",
    "read_job_or_problems",
]

GATESETS = ("qis", "native")
QPU_TARGETS = (
    "qpu.harmony",
    "qpu.aria-1",
    "qpu.aria-2",
    "qpu.forte-1",
    "qpu.forte-enterprise-1",
)

GateList: TypeAlias = memoryview | list[Any]

_JOB_KEYS = frozenset({
    "name", "metadata", "shots", "target", "noise", "input", "body", "lang", "error_mitigation",
    "registers",
})  # fmt: skip
_INPUT_KEYS = frozenset({"format", "gateset", "qubits", "circuit", "circuits", "registers"})
_CIRCUIT_KEYS = frozenset({"name", "gateset", "qubits", "registers", "circuit"})
_NO_CIRCUIT = "a program that measures on the way is no circuit"
_NOISE_NUMBERS = ("r1", "r2", "readout_flip")
_NOISE_KEYS = frozenset({"model", "seed", *_NOISE_NUMBERS})
_MITIGATION_KEYS = frozenset({"debias"})


def read_job(body: Any) -> JobRequest:
    """Read and check a job body.

    Parameters
    ----------
    body : dict, str, bytes or path-like
        The body of ``POST /v0.3/jobs``: a dict, JSON text, or the path of a file with JSON text.

    Returns
    -------
    JobRequest
        In a multi-circuit job, bad circuits are in it, each with its problems.

    Raises
    ------
    InputError
        When the body, or the circuit of a single-circuit job, is wrong; lists the
        problems of the whole job, of each circuit the first 20.

    Examples
    --------
    >>> body = {"input": {"qubits": 1, "circuit": [{"gate": "h", "target": 0}]}}
    >>> read_job(body).shots
    100
    """
    request, problems = read_job_or_problems(body)
    if request is None:
        raise InputError(problems)
    return request


def read_job_or_problems(
    body: Any, limits: TextLimits = TEXT_LIMITS
) -> tuple[JobRequest | None, tuple[Problem, ...]]:
    """Read a job body; return what can run, and every problem that was found.

    A multi-circuit job with bad circuits gives both; anything else gives one of the two.
    `limits` are those of program texts.
    """
    try:
        fields = load(body)
    except InputError as error:
        return None, error.problems
    reader = _JobReader(fields, limits)
    request = reader.read()
    of_circuits = [problem for circuit in request.circuits for problem in circuit.problems]
    problems = (*reader.envelope.problems, *of_circuits)
    stops = bool(reader.envelope.problems) or not request.circuits
    if stops or (problems and not request.multi):
        return None, problems
    return request, problems


def read_circuit(body: Any, path: str = "circuit") -> Circuit:
    """Read one circuit in the shape of an ``input`` or of an entry of ``circuits``.

    Raises
    ------
    InputError
        Lists everything that is wrong with it.

    Examples
    --------
    >>> read_circuit({"qubits": 2, "circuit": [{"gate": "x", "target": 0}]}).qubits
    2
    """
    envelope = Envelope()
    fields = envelope.opened(body, path)
    if fields is None:
        envelope.refuse(path, None, "null", "an object with a circuit")
        raise InputError(envelope.problems[:1])
    language = read_format(envelope, fields, path)
    if language in (None, GATE_LIST):
        request = _read_circuit(fields, path, _Inherited(), envelope.problems)
    else:
        reader = TextReader(envelope, path, str(language))
        request = reader.read_circuit(fields, path, envelope.problems)
    if not isinstance(request.circuit, Circuit):
        raise InputError(request.problems or Problem("InvalidInput", path, message=_NO_CIRCUIT))
    return request.circuit


@dataclass(frozen=True, slots=True)
class _Inherited:
    """What a circuit takes from its parent where it says nothing itself."""

    gateset: str | None = "qis"
    qubits: int | None = None
    registers: Any = None
    registers_path: str = "registers"


class _JobReader:
    """Reads the fields of one body; problems of circuits stay with the circuits."""

    def __init__(self, fields: Fields, limits: TextLimits) -> None:
        self.fields = fields
        self.limits = limits
        self.envelope = Envelope()

    def read(self) -> JobRequest:
        envelope, fields = self.envelope, self.fields
        envelope.note_unknown(fields, _JOB_KEYS)
        name = envelope.text(fields, "name", "name")
        metadata = envelope.json_copy(fields, "metadata", "metadata")
        if metadata is not None and not isinstance(metadata, dict):
            envelope.refuse("metadata", metadata, "not an object", "a JSON object")
        target = self._target()
        shots = self._shots()
        noise, seed = self._noise()
        mitigation = self._mitigation()
        circuits, multi, registers = self._input()
        warnings = list(envelope.unknown_warning())
        if mitigation and mitigation.get("debias"):
            warnings.append("error_mitigation.debias has no effect on the simulator")
        return JobRequest(
            circuits=circuits,
            multi=multi,
            name=name,
            target=target,
            shots=shots,
            noise=noise,
            seed=seed,
            metadata=metadata or {},
            registers=registers,
            error_mitigation=mitigation,
            warnings=tuple(warnings),
        )

    def _target(self) -> str:
        target = self.envelope.text(self.fields, "target", "target")
        if target in QPU_TARGETS:
            model = target.removeprefix("qpu.")
            self.envelope.refuse(
                "target",
                target,
                f"{target} is not emulated yet: circuits are not compiled to its native gates; "
                f'use target "simulator" with noise.model "{model}"',
                '"simulator"',
            )
        elif target not in (None, "simulator"):
            self.envelope.refuse("target", target, "unknown target", '"simulator"')
        return "simulator"

    def _shots(self) -> int:
        shots = self.envelope.value(self.fields, "shots", "shots")
        if shots is None:
            return 100
        # cirq-ionq sends a numeric string.
        is_digits = isinstance(shots, str) and shots.isascii() and shots.isdigit()
        number = int(shots) if is_digits and len(shots) < 20 else shots
        return self.envelope.integer("shots", number, 1, MAX_SHOTS) or 100

    def _noise(self) -> tuple[NoiseModel, int | None]:
        envelope = self.envelope
        fields = envelope.object(self.fields, "noise", "noise")
        if fields is None:
            return IDEAL, None
        envelope.note_unknown(fields, _NOISE_KEYS, "noise.")
        name = envelope.text(fields, "model", "noise.model")
        try:
            model = IDEAL if name is None else get_model(name)
        except InputError:
            allowed = ", ".join(f'"{known}"' for known in MODELS)
            envelope.refuse("noise.model", name, "unknown noise model", allowed)
            model = IDEAL
        numbers = {}
        for key in _NOISE_NUMBERS:
            path = f"noise.{key}"
            value = envelope.value(fields, key, path)
            if value is None:
                continue
            is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
            if is_number and 0 <= value <= 1:
                numbers[key] = float(value)
            else:
                envelope.refuse(path, value, "not a probability", "a number from 0 to 1")
        seed = envelope.value(fields, "seed", "noise.seed")
        if seed is not None:
            seed = envelope.integer("noise.seed", seed, 1, MAX_SEED)
        return (model.replace(**numbers) if numbers else model), seed

    def _mitigation(self) -> Mapping[str, Any] | None:
        envelope, path = self.envelope, "error_mitigation"
        fields = envelope.object(self.fields, path, path)
        if fields is None:
            return None
        envelope.note_unknown(fields, _MITIGATION_KEYS, f"{path}.")
        debias = envelope.value(fields, "debias", f"{path}.debias")
        if debias is not None and not isinstance(debias, bool):
            envelope.refuse(f"{path}.debias", debias, "not a boolean", "true or false")
        echoed = envelope.json_copy(self.fields, path, path)
        return echoed if isinstance(echoed, dict) else None

    def _input(self) -> tuple[tuple[CircuitRequest, ...], bool, Any]:
        """Return the circuits, whether there are `circuits`, and the registers above them."""
        envelope, key = self.envelope, "input"
        given = {key for key in ("input", "body") if not _is_null(self.fields.get(key))}
        if len(given) == 2:
            envelope.refuse("body", None, 'both "input" and "body" are given', "only one of them")
        elif given == {"body"}:  # older clients: "body" with "lang" in place of "input"
            key = "body"
        lang = envelope.text(self.fields, "lang", "lang")
        if lang not in (None, "json"):
            envelope.refuse("lang", lang, "unknown language of the body", '"json"')
        fields = envelope.object(self.fields, key, key)
        if fields is None:
            if not given:
                envelope.refuse("input", None, "missing", "an object with qubits and a circuit")
            return (), False, None
        language = read_format(envelope, fields, key)
        if language is None:
            envelope.note_unknown(fields, _INPUT_KEYS, f"{key}.")
            return (), False, None
        if language != GATE_LIST:
            above = self._inherited({**fields, "gateset": None, "qubits": None}, key)
            return TextReader(envelope, key, language, self.limits).read(
                fields, above.registers, above.registers_path
            )
        envelope.note_unknown(fields, _INPUT_KEYS, f"{key}.")
        above = self._inherited(fields, key)
        has_one = not _is_null(fields.get("circuit"))
        has_many = not _is_null(fields.get("circuits"))
        if has_one and has_many:
            message = '"circuit" and "circuits" are both given; keep one'
            envelope.refuse(f"{key}.circuit", None, message)
        if has_many:
            return self._many(fields, key, above), True, above.registers
        if _is_null(fields.get("qubits")):
            allowed = f"an integer from 1 to {MAX_QUBITS}"
            envelope.refuse(
                f"{key}.qubits", None, "missing, required for a single circuit", allowed
            )
        # The rest of the input is checked above; here only the gate list is left.
        inner = {"circuit": fields.get("circuit")}
        return (_read_circuit(inner, key, above, []),), False, above.registers

    def _inherited(self, fields: Fields, key: str) -> _Inherited:
        envelope = self.envelope
        says_none = _is_null(fields.get("gateset"))
        gateset = "qis" if says_none else _gateset(envelope, fields, key)
        qubits = envelope.value(fields, "qubits", f"{key}.qubits")
        if qubits is not None:
            qubits = envelope.integer(f"{key}.qubits", qubits, 1, MAX_QUBITS)
        registers = envelope.json_copy(fields, "registers", f"{key}.registers")
        path = f"{key}.registers"
        if registers is None:
            path = "registers"
            registers = envelope.json_copy(self.fields, "registers", path)
        return _Inherited(gateset, qubits, registers, path)

    def _many(self, fields: Fields, key: str, above: _Inherited) -> tuple[CircuitRequest, ...]:
        requests = []
        for own, where, opened in self.envelope.entries(fields, key):
            if opened is None:
                requests.append(CircuitRequest(None, where, problems=tuple(own.problems)))
                continue
            self.envelope.note_unknown(opened, _CIRCUIT_KEYS, f"{key}.circuits[].")
            requests.append(_read_circuit(opened, where, above, own.problems))
        return tuple(requests)


def _is_null(value: Any) -> bool:
    return value is None or (isinstance(value, msgspec.Raw) and _start(value, 5) == b"null")


def _start(raw: msgspec.Raw, count: int) -> bytes:
    """Return the first bytes of a text, which may be too long to be copied."""
    return bytes(memoryview(raw)[:count])


def _gate_list(envelope: Envelope, fields: Fields, path: str) -> GateList | None:
    """Return a gate list as the core reads it: raw JSON, or a list of dicts."""
    value = fields.get("circuit")
    if _is_null(value):
        envelope.refuse(path, None, "missing", "a list of gates")
    elif isinstance(value, msgspec.Raw) and _start(value, 1) == b"[":
        return memoryview(value)
    elif isinstance(value, (list, tuple)):
        return list(value)
    else:
        envelope.refuse(path, value, "not a list of gates", "a list of gates")
    return None


def _gateset(envelope: Envelope, fields: Fields, path: str) -> str | None:
    """Return the gate set of a circuit or input; None when it says none, or a wrong one."""
    gateset = envelope.text(fields, "gateset", f"{path}.gateset")
    if gateset is None or gateset in GATESETS:
        return gateset
    envelope.refuse(f"{path}.gateset", gateset, "unknown gate set", '"qis" or "native"')
    return None


def _read_circuit(
    fields: Fields, path: str, above: _Inherited, problems: list[Problem]
) -> CircuitRequest:
    """Read one circuit; what is wrong with it, `problems` included, goes into the value."""
    envelope = Envelope()
    envelope.problems = problems
    name = envelope.text(fields, "name", f"{path}.name")
    gateset = above.gateset if _is_null(fields.get("gateset")) else _gateset(envelope, fields, path)
    qubits = above.qubits
    own_qubits = envelope.value(fields, "qubits", f"{path}.qubits")
    if own_qubits is not None:
        qubits = envelope.integer(f"{path}.qubits", own_qubits, 1, MAX_QUBITS)
    program = None
    where = f"{path}.circuit"
    gates = _gate_list(envelope, fields, where)
    if gates is not None and gateset is not None:
        try:
            program = read_gates(gates, gateset=gateset, qubits=qubits, path=where)
        except InputError as error:
            problems.extend(error.problems)
    if program is not None and program.qubits > MAX_QUBITS:
        message = f"the circuit needs {program.qubits} qubits"
        envelope.refuse(where, None, message, f"at most {MAX_QUBITS}", "NotEnoughQubits")
    given = envelope.json_copy(fields, "registers", f"{path}.registers")
    at = f"{path}.registers"
    if given is None:
        given, at = above.registers, above.registers_path
    known = qubits if program is None else program.qubits
    registers = read_registers(given, at, known, envelope)
    circuit = None
    if program is not None and not problems:
        circuit = Circuit.from_program(program, name=name, registers=registers or None)
    return CircuitRequest(circuit, path, name, registers, given, tuple(problems[:PROBLEM_LIMIT]))
