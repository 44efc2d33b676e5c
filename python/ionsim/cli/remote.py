"""The commands that talk to a server: submit, jobs, result."""

from __future__ import annotations

import time
from typing import Any

import click
import msgspec

from . import render
from .client import Client, segment, server
from .console import BadInput, Refusal, duration, printable, table
from .source import read_text

__all__ = ["jobs", "result", "submit"]

_TOP = 10
_WAIT = 10
_LARGEST = 1 << 32  # the server has its own limit


@click.command()
@click.argument("file")
@server
@click.option("--wait", is_flag=True, help="Wait for the results and print them.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def submit(client: Client, file: str, wait: bool, as_json: bool) -> None:
    """Send the job in FILE to a server and print its id.

    FILE holds the body of POST /v0.3/jobs or, with a "type" or "backend", of POST /v0.4/jobs.
    """
    text = read_text(file, _LARGEST)
    version = "v0.4" if _is_v0_4(text) else "v0.3"
    made = client.post(f"/{version}/jobs", text)
    if wait:
        _show(client, made["id"], as_json, _TOP)
    else:
        click.echo(render.pretty(made) if as_json else made["id"])


@click.command()
@server
@click.option("--limit", type=click.IntRange(1, 1000), default=25, show_default=True, metavar="N")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def jobs(client: Client, limit: int, as_json: bool) -> None:
    """List the jobs of a server, newest first."""
    found = client.get(f"/v0.3/jobs?limit={limit}")["jobs"]
    if as_json:
        click.echo(render.pretty(found))
        return
    rows = [("id", "status", "qubits", "shots", "noise", "took", "name")]
    rows += [
        (
            printable(str(job["id"])),
            _status(job),
            str(job["qubits"]),
            str(job["shots"]),
            str(job["noise"]["model"]),
            duration(job["execution_time"] / 1e3) if "execution_time" in job else "",
            printable(str(job["name"] or "")),
        )
        for job in found
    ]
    click.echo(table(rows))


@click.command()
@click.argument("job_id", metavar="ID")
@server
@click.option("--top", type=click.IntRange(1), metavar="N", default=_TOP, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, as the API has it.")
def result(client: Client, job_id: str, top: int, as_json: bool) -> None:
    """Print the results of a job of a server, when it has ended."""
    _show(client, job_id, as_json, top)


def _show(client: Client, job_id: str, as_json: bool, top: int) -> None:
    place = f"/v0.3/jobs/{segment(job_id)}"
    job = client.get(f"{place}?wait={_WAIT}")
    while job["status"] not in ("completed", "failed", "canceled"):
        time.sleep(0.2)
        job = client.get(f"{place}?wait={_WAIT}")
    if job["status"] != "completed":
        failure = job.get("failure") or {"code": job["status"], "error": "it was canceled"}
        click.echo(f"{printable(job_id)}: {job['status']}, {failure['code']}")
        raise Refusal(f"{job_id}: {failure['error']}")
    results = client.get(f"{place}/results{'' if as_json else f'?top={top}'}")
    if as_json:
        click.echo(render.pretty(results))
        return
    click.echo(f"{printable(job_id)}: {_status(job)}, {job['qubits']} qubits, {job['shots']} shots")
    several = job["children"]
    for child, found in results.items() if several else [("", results)]:
        if several:
            click.echo(f"\ncircuit {several.index(child)}")
        click.echo(_bars(found))


def _bars(found: dict[str, Any]) -> str:
    rows = [("outcome", "probability", "")]
    rows += [(key, f"{value:.6g}", "#" * round(32 * value)) for key, value in found.items()]
    return table(rows)


def _status(job: dict[str, Any]) -> str:
    if job["status"] == "running":
        return f"running {100 * job['progress']:.0f} %"
    return str(job["status"])


def _is_v0_4(text: bytes) -> bool:
    try:
        keys = msgspec.json.decode(text, type=dict[str, msgspec.Raw]).keys()
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise BadInput(f"not a JSON object: {error}") from error
    return "type" in keys or "backend" in keys
