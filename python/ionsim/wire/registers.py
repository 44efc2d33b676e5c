"""Registers in all the shapes that clients send."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..job import Registers
from .envelope import Envelope, key_text, whole

__all__ = ["read_registers"]

_SHAPES = "a list of qubit indices, a list of such lists, or an object name -> list (null reads 0)"


def read_registers(given: Any, path: str, qubits: int | None, envelope: Envelope) -> Registers:
    """Bring registers to one shape, name -> qubit (or None) per bit; problems go to `envelope`.

    Parameters
    ----------
    given : object
        A list of qubit indices (one register, named "0"), a list of such lists (named "0", "1",
        ...), an object name -> list, or None. Entries may be None, which reads 0.
    path : str
        JSON path of `given`.
    qubits : int or None
        How many qubits there are; None: not known, so indices are not checked against it.

    Examples
    --------
    >>> read_registers({"out": [1, None]}, "registers", 2, Envelope())
    {'out': (1, None)}
    >>> read_registers([[0], [1, 0]], "registers", 2, Envelope())
    {'0': (0,), '1': (1, 0)}
    """
    named: Mapping[Any, Any]
    where: dict[Any, str]
    if given is None:
        return {}
    if isinstance(given, Mapping):
        named = {name: entries for name, entries in given.items() if entries is not None}
        where = {name: f"{path}.{key_text(name)}" for name in named}
    elif not isinstance(given, (list, tuple)):
        envelope.refuse(path, given, "not registers", _SHAPES)
        return {}
    elif any(isinstance(entry, (list, tuple)) for entry in given):
        named = {str(place): entries for place, entries in enumerate(given)}
        where = {name: f"{path}[{name}]" for name in named}
    else:
        named, where = ({"0": given}, {"0": path}) if given else ({}, {})
    registers = {}
    for name, entries in named.items():
        if not isinstance(name, str):
            envelope.refuse(path, name, "a register's name is not a string", "a string")
        elif not isinstance(entries, (list, tuple)):
            envelope.refuse(where[name], entries, "not a register", _SHAPES)
        else:
            registers[name] = tuple(
                _read_entry(entry, f"{where[name]}[{place}]", qubits, envelope)
                for place, entry in enumerate(entries)
            )
    return registers


def _read_entry(entry: Any, path: str, qubits: int | None, envelope: Envelope) -> int | None:
    if entry is None:
        return None
    top = "" if qubits is None else f" to {qubits - 1}" if qubits else " (there are no qubits)"
    qubit = whole(entry)
    if qubit is None or qubit < 0 or (qubits is not None and qubit >= qubits):
        envelope.refuse(path, entry, "not a qubit of this circuit", f"null or an index 0{top}")
        return None
    return qubit
