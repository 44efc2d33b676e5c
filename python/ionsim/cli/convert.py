"""``ionsim convert``: circuits from one format to another."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import PurePath

import click

from ..circuit import Circuit
from ..errors import IonsimError
from . import options
from .console import BadInput, file_name, refusal
from .source import Limits, read

__all__ = ["FORMATS", "convert"]


def _to_json(circuit: Circuit) -> str:
    body = {
        "input": {
            "format": "ionq.circuit.v0",
            "gateset": circuit.gateset,
            "qubits": circuit.qubits,
            "circuit": circuit.to_dicts(),
        }
    }
    if circuit.measured is not None:
        body["input"]["registers"] = {name: list(bits) for name, bits in circuit.registers.items()}
    return json.dumps(body, indent=1) + "\n"


FORMATS: dict[str, Callable[[Circuit], str]] = {
    "json": _to_json,
    "qasm2": lambda circuit: circuit.to_qasm(2),
    "qasm3": lambda circuit: circuit.to_qasm(3),
}
"""Name of a format -> how a circuit is written in it."""

_SUFFIXES = {".json": "json", ".qasm": "qasm2", ".qasm2": "qasm2", ".qasm3": "qasm3"}


@click.command()
@click.argument("source")
@click.argument("target")
@click.option(
    "--to",
    "name",
    type=click.Choice(tuple(FORMATS)),
    help="What to write, where the name of TARGET does not say it; .qasm is OpenQASM 2.",
)
@options.limits
def convert(source: str, target: str, name: str | None, limits: Limits) -> None:
    """Write the circuit in SOURCE to TARGET in another format.

    SOURCE is a job, OpenQASM 2 or 3, or Quipper's ASCII format; TARGET ends in .json (a job with
    ionq.circuit.v0), .qasm or .qasm3. - is standard input and output.
    """
    chosen = name or _SUFFIXES.get(PurePath(target).suffix.lower())
    if chosen is None:
        raise BadInput(f"{file_name(target)}: which format? Say --to {', '.join(FORMATS)}")
    try:
        request = read(source, limits)
        if len(request.circuits) != 1 or request.circuits[0].circuit is None:
            raise BadInput(f"{file_name(source)}: convert takes one circuit, here are several")
        circuit = request.circuits[0].circuit
        if not isinstance(circuit, Circuit):
            raise BadInput(f"{file_name(source)}: {circuit.reason}; convert takes plain circuits")
        text = FORMATS[chosen](circuit)
    except IonsimError as error:
        raise refusal(error, source) from error
    if target == "-":
        click.echo(text, nl=False)
        return
    try:
        with open(target, "w", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise BadInput(f"{file_name(target)}: cannot be written: {error.strerror}") from error
