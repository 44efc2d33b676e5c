"""How long a whole Bell run takes in each client SDK, server side included.

``python bench/server_clients.py`` prints the median and the least of 30 runs of each SDK that is
installed (``pip install '.[server,clients]'``) against a server process of its own.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
import time
import warnings
from collections.abc import Callable
from statistics import median
from typing import Any

RUNS = 30


def qiskit(_: str) -> Callable[[], Any]:
    from qiskit import QuantumCircuit
    from qiskit_ionq import IonQProvider

    bell = QuantumCircuit(2, 2)
    bell.h(0)
    bell.cx(0, 1)
    bell.measure([0, 1], [0, 1])
    backend = IonQProvider().get_backend("simulator")
    return lambda: backend.run(bell, shots=100).result().get_counts()


def cirq(_: str) -> Callable[[], Any]:
    import cirq
    import cirq_ionq

    a, b = cirq.LineQubit.range(2)
    bell = cirq.Circuit(cirq.H(a), cirq.CNOT(a, b), cirq.measure(a, b, key="m"))
    service = cirq_ionq.Service(default_target="simulator")
    return lambda: service.run(bell, repetitions=100)


def pennylane(url: str) -> Callable[[], Any]:
    import pennylane as qml
    from pennylane_ionq import api_client

    api_client.APIClient.BASE_URL = f"{url}/v0.4"

    @qml.qnode(qml.device("ionq.simulator", wires=2))
    def circuit() -> Any:
        qml.Hadamard(0)
        qml.CNOT([0, 1])
        return qml.probs(wires=[0, 1])

    ready: Callable[[], Any] = qml.set_shots(circuit, 100)
    return ready


def core(url: str) -> Callable[[], Any]:
    from ionq_core import IonQClient, wait_for_job
    from ionq_core.api.default import create_job, get_job_probabilities
    from ionq_core.models.circuit_job_creation_payload import CircuitJobCreationPayload

    client = IonQClient(api_key="local", base_url=f"{url}/v0.4")
    gates = [{"gate": "h", "target": 0}, {"gate": "cnot", "control": 0, "target": 1}]
    circuit = {"gateset": "qis", "qubits": 2, "circuit": gates}
    body = {"type": "ionq.circuit.v1", "backend": "simulator", "shots": 100, "input": circuit}
    payload = CircuitJobCreationPayload.from_dict(body)

    def run() -> Any:
        job_id = create_job.sync(client=client, body=payload).id
        wait_for_job(client, job_id)
        return get_job_probabilities.sync(uuid=job_id, client=client)

    return run


CLIENTS = {
    "qiskit_ionq": qiskit,
    "cirq_ionq": cirq,
    "pennylane_ionq": pennylane,
    "ionq_core": core,
}


def main() -> None:
    """Start a server, run a Bell pair in each SDK, print milliseconds."""
    warnings.simplefilter("ignore")
    command = [sys.executable, "-m", "ionsim", "serve", "--port", "0", "--db", ":memory:"]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    found: dict[str, Any] = {}
    try:
        assert process.stdout is not None
        url = re.search(r"http://\S+", process.stdout.readline()).group()  # type: ignore[union-attr]
        os.environ.update(IONQ_API_URL=f"{url}/v0.4", IONQ_REMOTE_HOST=url, IONQ_API_KEY="local")
        for name, prepare in CLIENTS.items():
            if importlib.util.find_spec(name) is None:
                continue
            run = prepare(url)
            run()
            times = []
            for _ in range(RUNS):
                begin = time.perf_counter()
                run()
                times.append(1e3 * (time.perf_counter() - begin))
            found[name] = {"median_ms": round(median(times), 1), "least_ms": round(min(times), 1)}
    finally:
        process.terminate()
        process.wait()
    print(json.dumps(found, indent=2))


if __name__ == "__main__":
    main()
