"""The released client SDKs, unmodified, against a live server process.

They are no requirement; what is not installed is skipped (pip install "ionsim[server,clients]").
"""

from __future__ import annotations

import importlib.util
import json
import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

pytest.importorskip("uvicorn", reason="needs ionsim[server]")

import oracle_noise
import statistics_helpers as stats
from oracle_noise import Noise
from server_helpers import long_job, process

pytestmark = [pytest.mark.long, pytest.mark.filterwarnings("default")]

SHOTS = 4000
ALPHA = 1e-6
ARIA = Noise(0.0005, 0.0133)


def needs(*modules: str) -> None:
    for module in modules:
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"not installed: {module}")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with process() as server:
        yield server.url


@pytest.fixture(autouse=True)
def environment(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IONQ_API_URL", f"{url}/v0.4")
    monkeypatch.setenv("IONQ_REMOTE_HOST", url)
    monkeypatch.setenv("IONQ_API_KEY", "local")


def fits(counts: dict[int, int], probabilities: np.ndarray) -> None:
    outcomes = np.repeat(list(counts), list(counts.values()))
    assert len(outcomes) == SHOTS
    assert stats.fit_p_value(outcomes, probabilities) > ALPHA


# --- qiskit-ionq ---------------------------------------------------------------------------------


def qiskit_circuits() -> dict[str, Any]:
    from qiskit import QuantumCircuit
    from qiskit.circuit.library import QFT
    from qiskit.circuit.random import random_circuit

    bell = QuantumCircuit(2)
    bell.h(0)
    bell.cx(0, 1)
    ghz = QuantumCircuit(5)
    ghz.h(0)
    for qubit in range(4):
        ghz.cx(qubit, qubit + 1)
    qft = QuantumCircuit(4)
    qft.x([0, 2])
    qft.compose(QFT(4).decompose(reps=3), inplace=True)
    qft.ry(0.3, 1)
    return {"bell": bell, "ghz": ghz, "qft": qft, "random": random_circuit(4, 6, 2, seed=11)}


def qiskit_backend(**options: Any) -> Any:
    from qiskit_ionq import IonQProvider

    backend = IonQProvider().get_backend("simulator")
    if options:
        backend.set_options(**options)
    return backend


@pytest.mark.parametrize("name", ["bell", "ghz", "qft", "random"])
def test_qiskit_ideal(name: str) -> None:
    needs("qiskit_ionq")
    from qiskit import transpile
    from qiskit.quantum_info import Statevector

    circuit = qiskit_circuits()[name]
    expected = Statevector(circuit).probabilities()
    backend = qiskit_backend()
    measured = circuit.copy()
    measured.measure_all()
    job = backend.run(transpile(measured, backend), shots=SHOTS)
    counts = {int(key, 2): value for key, value in job.result().get_counts().items()}
    fits(counts, expected)
    exact = np.zeros(len(expected))
    for key, value in job.get_probabilities().items():
        exact[int(key, 2)] = value
    np.testing.assert_allclose(exact, expected, atol=1e-9)


def test_qiskit_noisy() -> None:
    needs("qiskit_ionq")
    from qiskit import QuantumCircuit

    bell = QuantumCircuit(2, 2)
    bell.h(0)
    bell.cx(0, 1)
    bell.measure([0, 1], [0, 1])
    backend = qiskit_backend(noise_model="aria-1", sampler_seed=7)
    first, second = (backend.run(bell, shots=SHOTS).result().get_counts() for _ in range(2))
    assert first == second
    gates = [{"gate": "h", "target": 0}, {"gate": "x", "target": 1, "control": 0}]
    fits(
        {int(key, 2): value for key, value in first.items()},
        oracle_noise.probabilities(gates, 2, ARIA),
    )
    memory = backend.run(bell, shots=SHOTS, memory=True).result().get_memory()
    assert len(memory) == SHOTS
    assert {key: memory.count(key) for key in first} == first


def test_qiskit_batch_of_20_and_its_memory() -> None:
    needs("qiskit_ionq")
    from qiskit import QuantumCircuit

    batch = []
    for place in range(20):
        circuit = QuantumCircuit(5, 5, name=f"number {place}")
        for qubit in range(5):
            if place >> qubit & 1:
                circuit.x(qubit)
        circuit.measure(range(5), range(5))
        batch.append(circuit)
    backend = qiskit_backend()
    result = backend.run(batch, shots=10).result()
    assert [result.get_counts(place) for place in range(20)] == [
        {format(place, "05b"): 10} for place in range(20)
    ]
    backend = qiskit_backend(noise_model="forte-1", sampler_seed=3)
    result = backend.run(batch, shots=10, memory=True).result()
    for place in range(20):
        memory = result.get_memory(place)
        assert len(memory) == 10
        assert memory.count(format(place, "05b")) > 5


def test_qiskit_native_gates() -> None:
    needs("qiskit_ionq")
    from qiskit import QuantumCircuit
    from qiskit_ionq import GPI2Gate, IonQProvider, MSGate

    backend = IonQProvider().get_backend("simulator", gateset="native")
    circuit = QuantumCircuit(2, 2)
    circuit.append(MSGate(0, 0), [0, 1])
    circuit.append(GPI2Gate(0.25), [0])
    circuit.measure([0, 1], [0, 1])
    counts = backend.run(circuit, shots=SHOTS).result().get_counts()
    gates = [
        {"gate": "ms", "targets": [0, 1], "phases": [0, 0]},
        {"gate": "gpi2", "target": 0, "phase": 0.25},
    ]
    expected = oracle_noise.probabilities(gates, 2, Noise(0, 0), "native")
    fits({int(key, 2): value for key, value in counts.items()}, expected)


def test_qiskit_failing_canceled_and_deleted_jobs() -> None:
    needs("qiskit_ionq")
    from qiskit import QuantumCircuit
    from qiskit_ionq.exceptions import IonQAPIError, IonQJobFailureError

    wide = QuantumCircuit(26)
    wide.h(range(26))
    wide.measure_all()
    backend = qiskit_backend(noise_model="aria-1")
    job = backend.run(wide, shots=10)
    with pytest.raises(IonQJobFailureError, match="26 qubits and aria-1 has 25"):
        job.result()

    deep = QuantumCircuit(24)
    for layer in range(200):
        for qubit in range(24):
            deep.ry(0.1 + layer + qubit, qubit)
        for qubit in range(23):
            deep.cx(qubit, qubit + 1)
    deep.measure_all()
    backend = qiskit_backend()
    job = backend.run(deep, shots=10)
    client = backend.client
    client.cancel_job(job.job_id())
    assert client.retrieve_job(job.job_id())["status"] == "canceled"
    client.delete_job(job.job_id())
    with pytest.raises(IonQAPIError, match="there is no job"):
        client.retrieve_job(job.job_id())


# --- cirq-ionq -----------------------------------------------------------------------------------


def cirq_circuits() -> dict[str, Any]:
    import cirq

    qubits = cirq.LineQubit.range(4)
    bell = cirq.Circuit(cirq.H(qubits[0]), cirq.CNOT(*qubits[:2]))
    ghz = cirq.Circuit(cirq.H(qubits[0]), *(cirq.CNOT(*qubits[q : q + 2]) for q in range(3)))
    target = cirq.CZTargetGateset()
    qft = cirq.Circuit(cirq.X(qubits[1]), cirq.qft(*qubits), cirq.ry(0.4)(qubits[2]))
    random = cirq.testing.random_circuit(
        qubits, 8, 0.7, {cirq.X**0.3: 1, cirq.H: 1, cirq.CNOT: 2, cirq.T: 1, cirq.ZZ**0.2: 2},
        random_state=5,
    )  # fmt: skip
    qft = cirq.optimize_for_target_gateset(qft, gateset=target)
    qft = cirq.map_operations_and_unroll(qft, _cirq_basis)
    return {"bell": bell, "ghz": ghz, "qft": qft, "random": random}


def _cirq_basis(operation: Any, _: int) -> Any:
    """Spell out what cirq-ionq does not send: CZ, and rotations about odd axes."""
    import cirq

    if operation.gate == cirq.CZ:
        a, b = operation.qubits
        return [cirq.H(b), cirq.CNOT(a, b), cirq.H(b)]
    if isinstance(operation.gate, cirq.PhasedXZGate):
        gate, [qubit] = operation.gate, operation.qubits
        a, x, z = gate.axis_phase_exponent, gate.x_exponent, gate.z_exponent
        turn = cirq.rz(-a * math.pi)(qubit), cirq.rx(x * math.pi)(qubit)
        return [*turn, cirq.rz((a + z) * math.pi)(qubit)]
    return operation


def cirq_service() -> Any:
    import cirq_ionq

    return cirq_ionq.Service(default_target="simulator", max_retry_seconds=5)


def cirq_histogram(result: Any) -> dict[int, int]:
    return dict(result.histogram(key="m"))


@pytest.mark.parametrize("name", ["bell", "ghz", "qft", "random"])
def test_cirq_ideal(name: str) -> None:
    needs("cirq_ionq")
    import cirq

    circuit = cirq_circuits()[name]
    qubits = sorted(circuit.all_qubits())
    amplitudes = cirq.Simulator().simulate(circuit, qubit_order=qubits).final_state_vector
    measured = circuit + cirq.measure(*qubits, key="m")
    result = cirq_service().run(measured, repetitions=SHOTS)
    fits(cirq_histogram(result), np.abs(amplitudes) ** 2)


def test_cirq_noisy() -> None:
    """cirq-ionq draws anew from the probabilities, so its counts are not the server's."""
    needs("cirq_ionq")
    import cirq

    a, b = cirq.LineQubit.range(2)
    bell = cirq.Circuit(cirq.H(a), cirq.CNOT(a, b), cirq.measure(a, b, key="m"))
    noise = {"model": "aria-1", "seed": 5}
    service = cirq_service()
    jobs = [service.create_job(bell, repetitions=SHOTS, noise=noise) for _ in range(2)]
    first, second = (job.results().probabilities() for job in jobs)
    assert first == second
    gates = [{"gate": "h", "target": 0}, {"gate": "cnot", "target": 1, "control": 0}]
    expected = oracle_noise.probabilities(gates, 2, ARIA)
    fits({key: round(SHOTS * value) for key, value in first.items()}, expected)


def test_cirq_batch_of_20_and_native_gates() -> None:
    needs("cirq_ionq")
    import cirq
    import cirq_ionq

    qubits = cirq.LineQubit.range(5)
    places = range(1, 21)  # cirq-ionq cannot tell the gate set of a circuit without gates
    batch = [
        cirq.Circuit(
            *(cirq.X(q) for bit, q in enumerate(qubits[::-1]) if place >> bit & 1),
            cirq.measure(*qubits, key="m"),
        )
        for place in places
    ]
    results = cirq_service().run_batch(batch, repetitions=10)
    assert [cirq_histogram(result) for result in results] == [{place: 10} for place in places]

    a, b = qubits[:2]
    native = cirq.Circuit(
        cirq_ionq.MSGate(phi0=0, phi1=0)(a, b),
        cirq_ionq.GPI2Gate(phi=0.25)(a),
        cirq_ionq.ZZGate(theta=0.1)(a, b),
        cirq_ionq.GPIGate(phi=0.1)(b),
    )
    amplitudes = cirq.Simulator().simulate(native).final_state_vector
    result = cirq_service().run(native + cirq.measure(a, b, key="m"), repetitions=SHOTS)
    fits(cirq_histogram(result), np.abs(amplitudes) ** 2)


def test_cirq_failing_canceled_deleted_and_listed_jobs() -> None:
    needs("cirq_ionq")
    import cirq
    import cirq_ionq

    service = cirq_service()
    qubits = cirq.LineQubit.range(26)
    wide = cirq.Circuit(cirq.H.on_each(*qubits), cirq.measure(*qubits, key="m"))
    job = service.create_job(wide, repetitions=10, noise={"model": "aria-1"})
    with pytest.raises(RuntimeError, match="26 qubits and aria-1 has 25"):
        job.results()

    deep = cirq.Circuit()
    for layer in range(200):
        deep += [cirq.ry(0.1 + layer + place)(q) for place, q in enumerate(qubits[:24])]
        deep += [cirq.CNOT(*qubits[place : place + 2]) for place in range(23)]
    job = service.create_job(deep + cirq.measure(*qubits[:24], key="m"), repetitions=10)
    job.cancel()
    assert service.get_job(job.job_id()).status() == "canceled"
    listed = [each.job_id() for each in service.list_jobs()]
    assert job.job_id() in listed
    assert len(set(listed)) == len(listed)
    job.delete()
    with pytest.raises(cirq_ionq.IonQNotFoundException):
        service.get_job(job.job_id())


# --- PennyLane-IonQ ------------------------------------------------------------------------------


@pytest.fixture
def pennylane(url: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    needs("pennylane_ionq")
    import pennylane
    from pennylane_ionq import api_client

    monkeypatch.setattr(api_client.APIClient, "BASE_URL", f"{url}/v0.4")
    return pennylane


def pennylane_circuit(qml: Any, name: str) -> None:
    if name == "bell":
        qml.Hadamard(0)
        qml.CNOT([0, 1])
    elif name == "ghz":
        qml.Hadamard(0)
        for wire in range(3):
            qml.CNOT([wire, wire + 1])
    elif name == "qft":
        qml.PauliX(1)
        qml.QFT([0, 1, 2, 3])
        qml.RY(0.4, 2)
    else:
        random = np.random.default_rng(3)
        for _ in range(10):
            a, b = random.permutation(4)[:2].tolist()
            qml.RX(random.normal(), a)
            qml.RZ(random.normal(), b)
            qml.IsingXX(random.normal(), [a, b])
            qml.CNOT([b, a])


@pytest.mark.parametrize("name", ["bell", "ghz", "qft", "random"])
def test_pennylane_ideal(pennylane: Any, name: str) -> None:
    qml = pennylane

    def node(device: Any) -> Any:
        @qml.qnode(device)
        def circuit() -> Any:
            pennylane_circuit(qml, name)
            return qml.probs(wires=[0, 1, 2, 3])

        return circuit

    device = qml.device("ionq.simulator", wires=4)
    found = qml.set_shots(node(device), SHOTS)()
    expected = node(qml.device("default.qubit", wires=4))()
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_pennylane_noisy(pennylane: Any) -> None:
    qml = pennylane

    def run() -> np.ndarray:
        device = qml.device("ionq.simulator", wires=2, noise_model="aria-1", noise_seed=42)

        @qml.qnode(device)
        def circuit() -> Any:
            pennylane_circuit(qml, "bell")
            return qml.probs(wires=[1, 0])

        return np.asarray(qml.set_shots(circuit, SHOTS)())

    first, second = run(), run()
    np.testing.assert_array_equal(first, second)
    gates = [{"gate": "h", "target": 0}, {"gate": "cnot", "target": 1, "control": 0}]
    counts = {key: round(SHOTS * value) for key, value in enumerate(first)}
    fits(counts, oracle_noise.probabilities(gates, 2, ARIA))


def test_pennylane_native_gates_batches_and_gradients(pennylane: Any) -> None:
    qml = pennylane
    from pennylane_ionq.ops import GPI2, MS

    @qml.qnode(qml.device("ionq.simulator", wires=2, gateset="native"))
    def native() -> Any:
        MS(0, 0, 0.25, wires=[0, 1])
        GPI2(0.25, wires=0)
        return qml.probs(wires=[1, 0])

    gates = [
        {"gate": "ms", "targets": [0, 1], "phases": [0, 0], "angle": 0.25},
        {"gate": "gpi2", "target": 0, "phase": 0.25},
    ]
    expected = oracle_noise.probabilities(gates, 2, Noise(0, 0), "native")
    np.testing.assert_allclose(qml.set_shots(native, 10)(), expected, atol=1e-9)

    device = qml.device("ionq.simulator", wires=1)
    tapes = [
        qml.tape.QuantumScript([qml.RX(0.1 * place, 0)], [qml.probs(wires=0)], shots=10)
        for place in range(20)
    ]
    found = list(qml.execute(tapes, device))
    expected = [[math.cos(0.05 * k) ** 2, math.sin(0.05 * k) ** 2] for k in range(20)]
    np.testing.assert_allclose(np.reshape(found, (20, 2)), expected, atol=1e-9)


def test_pennylane_failing_job(pennylane: Any) -> None:
    """The plugin has no calls to cancel, delete or list jobs."""
    qml = pennylane
    from pennylane_ionq.api_client import JobExecutionError

    @qml.qnode(qml.device("ionq.simulator", wires=26, noise_model="aria-1"))
    def circuit() -> Any:
        for wire in range(26):
            qml.Hadamard(wire)
        return qml.probs(wires=[0])

    with pytest.raises(JobExecutionError, match="failed"):
        qml.set_shots(circuit, 10)()


# --- ionq-core -----------------------------------------------------------------------------------


@pytest.fixture
def core(url: str) -> Iterator[Any]:
    needs("ionq_core")
    from ionq_core import IonQClient

    client = IonQClient(api_key="local", base_url=f"{url}/v0.4")
    yield client
    client.get_httpx_client().close()


def core_run(client: Any, circuit: list[Any], qubits: int, gateset: str = "qis", **job: Any) -> Any:
    from ionq_core import wait_for_job
    from ionq_core.api.default import create_job
    from ionq_core.models.circuit_job_creation_payload import CircuitJobCreationPayload

    body = {
        "type": "ionq.circuit.v1", "backend": "simulator", "shots": SHOTS,
        "input": {"gateset": gateset, "qubits": qubits, "circuit": circuit}, **job,
    }  # fmt: skip
    made = create_job.sync(client=client, body=CircuitJobCreationPayload.from_dict(body))
    return wait_for_job(client, made.id)


def core_circuits() -> dict[str, tuple[list[Any], int]]:
    ghz = [{"gate": "h", "target": 0}]
    ghz += [{"gate": "cnot", "control": q, "target": q + 1} for q in range(4)]
    qft = [{"gate": "x", "target": 1}]
    for q in range(4):
        qft.append({"gate": "h", "target": q})
        for other in range(q + 1, 4):
            angle = math.pi / 2 ** (other - q)
            qft.append({"gate": "rz", "target": other, "control": q, "rotation": angle})
    qft.append({"gate": "ry", "target": 2, "rotation": 0.4})
    random = np.random.default_rng(8)
    some = []
    for _ in range(20):
        a, b = random.permutation(4)[:2].tolist()
        some.append({"gate": "rx", "target": a, "rotation": float(random.normal())})
        some.append({"gate": "zz", "targets": [a, b], "rotation": float(random.normal())})
    bell = [{"gate": "h", "target": 0}, {"gate": "cnot", "control": 0, "target": 1}]
    return {"bell": (bell, 2), "ghz": (ghz, 5), "qft": (qft, 4), "random": (some, 4)}


@pytest.mark.parametrize("name", ["bell", "ghz", "qft", "random"])
def test_core_ideal(core: Any, name: str) -> None:
    from ionq_core.api.default import get_job_probabilities

    circuit, qubits = core_circuits()[name]
    job = core_run(core, circuit, qubits)
    found = get_job_probabilities.sync(uuid=job.id, client=core).additional_properties
    dense = np.zeros(2**qubits)
    for key, value in found.items():
        dense[int(key)] = value
    expected = oracle_noise.probabilities(circuit, qubits, Noise(0, 0))
    np.testing.assert_allclose(dense, expected, atol=1e-9)


def test_core_noisy(core: Any) -> None:
    from ionq_core.api.default import get_job_probabilities

    circuit, _ = core_circuits()["bell"]
    noise = {"model": "aria-1", "seed": 7}
    jobs = [core_run(core, circuit, 2, noise=noise) for _ in range(2)]
    first, second = (
        get_job_probabilities.sync(uuid=job.id, client=core).additional_properties for job in jobs
    )
    assert first == second
    assert jobs[0].noise.seed == 7
    counts = {int(key): round(SHOTS * value) for key, value in first.items()}
    fits(counts, oracle_noise.probabilities(circuit, 2, ARIA))


def test_core_native_and_multi(core: Any) -> None:
    from ionq_core import wait_for_job
    from ionq_core.api.default import create_job, get_job_artifact
    from ionq_core.models.json_multi_circuit_job import JSONMultiCircuitJob

    gates = [{"gate": "gpi2", "target": 0, "phase": 0.25}]
    job = core_run(core, gates, 1, gateset="native")
    assert job.stats.qubits == 1
    body = {
        "type": "ionq.multi-circuit.v1", "backend": "simulator",
        "input": {
            "gateset": "qis", "qubits": 5,
            "circuits": [
                {"circuit": [{"gate": "x", "target": q} for q in range(5) if place >> q & 1]}
                for place in range(20)
            ],
        },
    }  # fmt: skip
    made = create_job.sync(client=core, body=JSONMultiCircuitJob.from_dict(body))
    job = wait_for_job(core, made.id)
    assert len(job.child_job_ids) == 20
    name = "ionq.result.probabilities-aggregate.json.v1"
    found = get_job_artifact.sync_detailed(uuid=job.id, artifact_id=name, client=core)
    aggregated = json.loads(found.content)
    assert [aggregated[child] for child in job.child_job_ids] == [
        {str(place): 1.0} for place in range(20)
    ]


def test_core_failing_canceled_deleted_and_listed_jobs(core: Any) -> None:
    from ionq_core import JobFailedError
    from ionq_core.api.default import cancel_job, delete_job, get_job, get_jobs
    from ionq_core.exceptions import NotFoundError

    wide = [{"gate": "h", "target": q} for q in range(26)]
    with pytest.raises(JobFailedError, match="26 qubits and aria-1 has 25"):
        core_run(core, wide, 26, noise={"model": "aria-1"})
    from ionq_core.api.default import create_job
    from ionq_core.models.circuit_job_creation_payload import CircuitJobCreationPayload

    body = {
        "type": "ionq.circuit.v1", "backend": "simulator",
        "input": {"gateset": "qis", **long_job()["input"]},
    }  # fmt: skip
    made = create_job.sync(client=core, body=CircuitJobCreationPayload.from_dict(body))
    assert cancel_job.sync(uuid=made.id, client=core).status == "canceled"
    assert get_job.sync(uuid=made.id, client=core).status == "canceled"
    listed = get_jobs.sync(client=core)
    assert made.id in [job.id for job in listed.jobs]
    assert delete_job.sync(uuid=made.id, client=core).status == "deleted"
    with pytest.raises(NotFoundError):
        get_job.sync(uuid=made.id, client=core)
