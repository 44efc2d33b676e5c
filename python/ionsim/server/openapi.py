"""The description of what is served, made from the table of operations."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import ionsim

from ..formats import FORMATS
from ..job import MAX_SEED, MAX_SHOTS
from ..noise import MODELS
from .common import STATUSES
from .http import Operation

__all__ = ["describe"]

_TEXT = {"type": "string"}
_OBJECT: dict[str, Any] = {"type": "object", "additionalProperties": True}
_ID = {"type": "string", "minLength": 1}


def _object(required: Iterable[str] = (), **properties: Any) -> dict[str, Any]:
    return {
        "type": "object",
        "required": list(required),
        "properties": properties,
        "additionalProperties": True,
    }


def _nullable(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


_CIRCUIT = {"type": "array", "items": _object(["gate"], gate=_TEXT)}
_INPUT = _object(
    format=_nullable({"enum": ["ionq.circuit.v0", *FORMATS]}),
    gateset=_nullable({"enum": ["qis", "native"]}),
    qubits=_nullable({"type": "integer", "minimum": 1, "maximum": 10_000}),
    circuit=_nullable(_CIRCUIT),
    circuits=_nullable({"type": "array", "items": _object(circuit=_CIRCUIT, data=_TEXT)}),
    data=_nullable(_TEXT),
)
_COMMON = {
    "name": _nullable(_TEXT),
    "metadata": _nullable(_OBJECT),
    "shots": _nullable({"type": "integer", "minimum": 1, "maximum": MAX_SHOTS, "default": 100}),
    "noise": _nullable(
        _object(
            model=_nullable({"enum": [*MODELS, "harmony-1", "harmony-2"]}),
            seed=_nullable({"type": "integer", "minimum": 1, "maximum": MAX_SEED}),
        )
    ),
    "session_id": _nullable(_TEXT),
    "dry_run": _nullable({"type": "boolean"}),
    "input": _INPUT,
}
_JOB_SHAPE = _object(
    ["id", "status"],
    id=_ID,
    status={"enum": list(STATUSES)},
    shots={"type": "integer"},
    metadata=_OBJECT,
)
_DONE = {"enum": ["canceled", "deleted"]}
_SCHEMAS: dict[str, Any] = {
    "Anything": {},
    "Error": _object(
        ["statusCode", "error", "message"],
        statusCode={"type": "integer"},
        error=_TEXT,
        message=_TEXT,
        validation=_object(keys={"type": "array", "items": _TEXT}, source=_TEXT),
    ),
    "JobV03": _object(["input"], target=_nullable({"const": "simulator"}), **_COMMON),
    "JobV04": _object(
        ["input"],
        backend=_nullable({"const": "simulator"}),
        type=_nullable({"enum": ["ionq.circuit.v1", "ionq.multi-circuit.v1"]}),
        settings=_nullable(_OBJECT),
        **_COMMON,
    ),
    "Overrides": _object(
        name=_TEXT,
        metadata=_OBJECT,
        shots={"type": "integer", "minimum": 1, "maximum": MAX_SHOTS},
        backend={"const": "simulator"},
        session_id=_TEXT,
        settings=_OBJECT,
        dry_run={"type": "boolean"},
        noise=_OBJECT,
    ),
    "CreatedV03": _object(
        ["id", "status", "request"],
        id=_ID,
        status={"const": "ready"},
        request={"type": "integer"},
    ),
    "CreatedV04": _object(
        ["id", "status", "session_id"],
        id=_ID,
        status={"enum": list(STATUSES)},
        session_id=_nullable(_TEXT),
    ),
    "JobShape": _JOB_SHAPE,
    "JobList": _object(
        ["jobs"], jobs={"type": "array", "items": _JOB_SHAPE}, next=_nullable(_TEXT)
    ),
    "Ids": _object(["ids"], ids={"type": "array", "items": _ID}),
    "Done": _object(["id", "status"], id=_ID, status=_DONE),
    "DoneMany": _object(["ids", "status"], ids={"type": "array", "items": _ID}, status=_DONE),
    "Results": {
        "type": "object",
        "additionalProperties": {
            "anyOf": [
                {"type": "number"},
                {"type": "object", "additionalProperties": {"type": "number"}},
            ]
        },
    },
    "Health": _object(["status"], status={"const": "pass"}),
    "NewSession": _object(
        ["backend"],
        backend=_TEXT,
        settings=_object(
            job_count_limit=_nullable({"type": "integer"}),
            duration_limit_min=_nullable({"type": "integer"}),
            cost_limit=_nullable(_object(["value"], value={"type": "number"})),
        ),
    ),
    "Session": _object(["id", "active", "status"], id=_ID, active={"type": "boolean"}),
    "Backend": _object(
        ["backend", "status", "qubits"],
        backend=_TEXT,
        status={"enum": ["available", "unavailable", "retired"]},
        qubits={"type": "integer"},
    ),
    "Backends": {"type": "array", "items": {"$ref": "#/components/schemas/Backend"}},
    "Characterization": _object(["id", "backend", "qubits"], id=_ID, backend=_TEXT),
}
_QUERY: dict[str, Any] = {
    "limit": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 25},
    "page": {"type": "integer", "minimum": 1, "default": 1},
    "wait": {"type": "number", "minimum": 0, "maximum": 10},
    "top": {"type": "integer", "minimum": 0, "maximum": 1_000_000, "default": 0},
    "status": {"enum": list(STATUSES)},
    "active": {"type": "boolean"},
    "sharpen": {"type": "boolean"},
    "ids": {"type": "array", "items": _ID},
    "id": {"type": "array", "items": _ID},
    "backend": {"const": "simulator"},
    "qubits": {"type": "integer", "minimum": 1, "maximum": 10_000, "default": 25},
    "shots": {"type": "integer", "minimum": 1, "maximum": MAX_SHOTS, "default": 1000},
    "1q_gates": {"type": "integer", "minimum": 0, "maximum": 2**31 - 1, "default": 0},
    "2q_gates": {"type": "integer", "minimum": 0, "maximum": 2**31 - 1, "default": 0},
}
_COMMON_ERRORS = (401, 403, 421)


def describe(operations: Mapping[str, Iterable[Operation]]) -> dict[str, Any]:
    """Return an OpenAPI 3.1 document.

    Parameters
    ----------
    operations : mapping
        Prefix of the paths -> operations.
    """
    paths: dict[str, dict[str, Any]] = {}
    for prefix, some in operations.items():
        for operation in some:
            place = paths.setdefault(prefix + operation.path, {})
            place[operation.method.lower()] = _described(prefix, operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "ionsim",
            "version": ionsim.__version__,
            "description": "A local server for IonQ jobs. Not affiliated with IonQ.",
        },
        "paths": paths,
        "components": {
            "schemas": _SCHEMAS,
            "securitySchemes": {
                "apiKey": {"type": "apiKey", "in": "header", "name": "Authorization"}
            },
        },
        "security": [{}, {"apiKey": []}],
    }


def _described(prefix: str, operation: Operation) -> dict[str, Any]:
    names = re.findall(r"{(\w+)}", operation.path)
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": _ID} for name in names
    ] + [
        {"name": name, "in": "query", "required": False, "schema": _QUERY.get(name, _TEXT)}
        for name in operation.query
    ]
    errors = (*_COMMON_ERRORS, *operation.errors)
    shape: dict[str, Any] = {
        "operationId": _operation_id(prefix, operation),
        "summary": operation.summary,
        "parameters": parameters,
        "responses": {
            str(operation.status): _content(operation.reply, "Done as asked"),
            **{str(status): _content("Error", "Refused") for status in errors},
        },
    }
    if operation.body:
        reference = {"$ref": f"#/components/schemas/{operation.body}"}
        content = {"application/json": {"schema": reference}}
        shape["requestBody"] = {"required": True, "content": content}
    return shape


def _operation_id(prefix: str, operation: Operation) -> str:
    words = re.findall(r"\w+", f"{operation.method.lower()} {operation.path} {prefix}")
    return "_".join(words)


def _content(schema: str, description: str) -> dict[str, Any]:
    reference = {"$ref": f"#/components/schemas/{schema}"}
    return {"description": description, "content": {"application/json": {"schema": reference}}}
