"""The command that runs a server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from .console import BadInput
from .options import limits, memory_limit, no_device_limits
from .source import Limits

if TYPE_CHECKING:
    from ..server import RunningServer

__all__ = ["serve"]

_HELLO = """\
ionsim listens on {url}   (jobs in {database}; Ctrl-C stops it)

qiskit-ionq   export IONQ_API_URL={url}/v0.4 IONQ_API_KEY={key}
              from qiskit_ionq import IonQProvider
              backend = IonQProvider().get_backend("simulator")
cirq-ionq     export IONQ_REMOTE_HOST={url} IONQ_API_KEY={key}
              import cirq_ionq
              service = cirq_ionq.Service(default_target="simulator")
PennyLane     import pennylane as qml, pennylane_ionq.api_client as http
              http.APIClient.BASE_URL = "{url}/v0.4"
              device = qml.device("ionq.simulator", wires=2, api_key="{key}")
ionq-core     from ionq_core import IonQClient
              from ionq_core.api.default import create_job
              client = IonQClient(api_key="{key}", base_url="{url}/v0.4")
plain HTTP    curl {url}/v0.3/jobs -d @job.json{header}
page          {url}/
"""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    metavar="N",
    help="0 takes a free one.",
)
@click.option("--db", metavar="FILE", help="Where jobs are kept; :memory: keeps none.")
@click.option("--api-key", "keys", multiple=True, metavar="KEY", help="Demand it; repeatable.")
@click.option(
    "--api-key-file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Keys, one a line.",
)
@click.option(
    "--allow-open",
    is_flag=True,
    help="Let others in without a key if the address is not local.",
)
@click.option(
    "--keep-days",
    type=click.FloatRange(0),
    default=90,
    show_default=True,
    metavar="N",
    help="Delete finished jobs that are older; 0 keeps all.",
)
@click.option(
    "--max-queue",
    type=click.IntRange(1),
    default=10_000,
    show_default=True,
    metavar="N",
    help="Most jobs that wait.",
)
@click.option(
    "--threads", type=click.IntRange(1), metavar="N", help="Of a long job.  [default: all]"
)
@memory_limit
@no_device_limits
@limits
def serve(
    host: str,
    port: int,
    db: str | None,
    keys: tuple[str, ...],
    api_key_file: Path | None,
    limits: Limits,
    **given: Any,
) -> None:
    """Run a server that IonQ's clients can use in place of the provider's."""
    try:
        from ..server import ServerConfig
        from ..server import serve as run_server
    except ImportError as error:
        raise BadInput(str(error)) from error
    given["device_limits"] = not given.pop("no_device_limits")
    if db is not None:
        given["database"] = db
    config = ServerConfig(
        host=host,
        port=port,
        api_keys=(*keys, *_keys_in(api_key_file)),
        max_body_bytes=limits.max_bytes,
        max_circuits=limits.max_circuits,
        max_gates=limits.max_gates,
        **given,
    )
    run_server(config, _greet)


# Uvicorn hears Ctrl-C itself, puts things in order and ends.
serve.hears_interrupts = True  # type: ignore[attr-defined]


def _keys_in(file: Path | None) -> list[str]:
    if file is None:
        return []
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise BadInput(f"{file}: cannot be read: {error}") from error
    keys = [line.strip() for line in lines if line.strip()]
    if not keys:
        raise BadInput(f"{file}: there is no key in it")
    return keys


def _greet(server: RunningServer) -> None:
    config = server.config
    key = "YOUR-KEY" if config.api_keys else "local"
    header = f' -H "Authorization: apiKey {key}"' if config.api_keys else ""
    text = _HELLO.format(url=server.url, database=config.database, key=key, header=header)
    click.echo(text)
