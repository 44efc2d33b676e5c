"""Answers against the provider's published description of v0.4, and against our own.

The published document comes from the source package of ionq-core, which is fetched with pip.
Run with: python -m pytest -m long tests/test_server_schema.py
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("uvicorn", reason="needs ionsim[server]")

import ionsim.server
from server_helpers import Client, bell_v0_4, long_job, process

pytestmark = pytest.mark.long

# Where an answer has more than the document allows, and which client cannot do without.
FORCED = {
    "url": "qiskit-ionq and PennyLane-IonQ fetch results from it",
    "error": "cirq-ionq shows failure.error, and nothing else",
}


@pytest.fixture(scope="session")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder = tmp_path_factory.mktemp("ionq-core")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary=:all:"]
    done = subprocess.run(
        [*command, "--dest", str(folder), "ionq-core==0.2.0"], capture_output=True, check=False
    )
    files = list(folder.glob("*.tar.gz"))
    if done.returncode != 0 or not files:
        pytest.skip("the source package of ionq-core cannot be fetched")
    with tarfile.open(files[0]) as archive:
        [name] = [each for each in archive.getnames() if each.endswith("/openapi.json")]
        found = archive.extractfile(name)
        assert found is not None
        document: dict[str, Any] = json.load(found)
    return document


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with ionsim.server.running() as server:
        yield Client(server.url)


def json_schema(document: dict[str, Any]) -> dict[str, Any]:
    """OpenAPI 3.0 to JSON Schema: `nullable` becomes a type."""

    def turned(value: Any) -> Any:
        if isinstance(value, list):
            return [turned(each) for each in value]
        if not isinstance(value, dict):
            return value
        found = {key: turned(each) for key, each in value.items() if key != "nullable"}
        if isinstance(found.get("format"), str):  # and not the schema of a key of that name
            del found["format"]
        return {"anyOf": [found, {"type": "null"}]} if value.get("nullable") is True else found

    schemas: dict[str, Any] = turned(document["components"])
    return schemas


def checked(document: dict[str, Any], name: str, value: Any) -> None:
    import jsonschema

    schema = {"$ref": f"#/components/schemas/{name}", "components": json_schema(document)}
    jsonschema.Draft202012Validator(schema).validate(value)


def without_forced(value: Any) -> Any:
    """Leave out what a client forces on us, and what is a part of no document's shape."""
    if isinstance(value, list):
        return [without_forced(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {key: without_forced(each) for key, each in value.items() if key not in FORCED}


def wide() -> dict[str, Any]:
    circuit = [{"gate": "h", "target": q} for q in range(26)]
    return {"noise": {"model": "aria-1"}, "input": {"qubits": 26, "circuit": circuit}}


def test_jobs_in_every_state(document: dict[str, Any], client: Client) -> None:
    many = {"input": {"qubits": 1, "circuits": [{"circuit": []}, {"circuit": [{"gate": "g"}]}]}}
    bodies = {
        "completed": bell_v0_4(name="a", metadata={"k": "v"}, noise={"model": "aria-1", "seed": 3}),
        "failed": {"type": "ionq.circuit.v1", "backend": "simulator", **wide()},
        "multi": {"type": "ionq.multi-circuit.v1", "backend": "simulator", **many},
        "dry": bell_v0_4(dry_run=True),
    }
    ids = {}
    for name, body in bodies.items():
        made = client.good("POST", "/v0.4/jobs", body)
        checked(document, "JobCreationResponse", made)
        ids[name] = made["id"]
        job = without_forced(client.ended(made["id"], "v0.4"))
        checked(document, "MultiCircuitJob" if name == "multi" else "SingleCircuitJob", job)
    for child in client.job(ids["multi"], "v0.4")["child_job_ids"]:
        checked(document, "SingleCircuitJob", without_forced(client.job(child, "v0.4")))
    first, second = client.submit(long_job()), client.submit(long_job())
    client.running(first)
    checked(document, "SingleCircuitJob", without_forced(client.job(first, "v0.4", wait=0)))
    checked(document, "SingleCircuitJob", without_forced(client.job(second, "v0.4", wait=0)))
    answer = client.good("PUT", f"/v0.4/jobs/{first}/status/cancel")
    checked(document, "JobCanceledResponse", answer)
    answer = client.good("PUT", "/v0.4/jobs/status/cancel", {"ids": [second]})
    checked(document, "JobsCanceledResponse", answer)
    checked(document, "SingleCircuitJob", without_forced(client.job(first, "v0.4")))
    checked(document, "GetJobsResponse", without_forced(client.good("GET", "/v0.4/jobs")))
    checked(document, "GetJobCostResponse", client.good("GET", f"/v0.4/jobs/{ids['dry']}/cost"))
    checked(document, "JobDeletedResponse", client.good("DELETE", f"/v0.4/jobs/{first}"))
    many_gone = client.good("DELETE", "/v0.4/jobs", {"ids": [second]})
    checked(document, "JobsDeletedResponse", many_gone)


def test_what_is_forced_is_there(client: Client) -> None:
    job = client.ended(client.submit(bell_v0_4(), "v0.4"), "v0.4")
    assert all(entry["url"].startswith("/v0.4/") for entry in job["results"].values())
    failed = client.ended(client.submit(wide()), "v0.4")
    assert failed["failure"]["error"] == failed["failure"]["message"]


def test_results(document: dict[str, Any], client: Client) -> None:
    job_id = client.submit(bell_v0_4(noise={"model": "aria-1"}), "v0.4")
    place = f"/v0.4/jobs/{job_id}"
    checked(document, "GetResultsResponse", client.good("GET", f"{place}/results/probabilities"))
    for name, schema in (
        ("ionq.result.probabilities.json.v2", "IonqResultProbabilitiesJsonV2"),
        ("ionq.result.histogram.json.v1", "IonqResultHistogramJsonV1"),
        ("ionq.result.histogram.json.v2", "IonqResultHistogramJsonV2"),
        ("ionq.result.shots.json.v1", "IonqResultShotsJsonV1"),
        ("ionq.result.shots.json.v2", "IonqResultShotsJsonV2"),
    ):
        checked(document, schema, client.good("GET", f"{place}/artifacts/{name}"))
    many = {"input": {"qubits": 1, "circuits": [{"circuit": []}] * 2}}
    multi = client.submit({"type": "ionq.multi-circuit.v1", **many}, "v0.4")
    found = client.good("GET", f"/v0.4/jobs/{multi}/results/probabilities/aggregated")
    checked(document, "IonqResultProbabilitiesAggregateJsonV1", found)


def test_everything_else(document: dict[str, Any], client: Client) -> None:
    checked(document, "Whoami", client.good("GET", "/v0.4/whoami"))
    for backend in client.good("GET", "/v0.4/backends"):
        checked(document, "Backend", backend)
        place = f"/v0.4/backends/{backend['backend']}/characterizations"
        for each in client.good("GET", place)["characterizations"]:
            checked(document, "Characterization", each)
    estimate = client.good("GET", "/v0.4/jobs/estimate?backend=simulator&qubits=5")
    checked(document, "GetJobEstimateResponse", estimate)
    session = client.good("POST", "/v0.4/sessions", {"backend": "simulator"})
    checked(document, "Session", session)
    checked(document, "SessionsResponse", client.good("GET", "/v0.4/sessions"))
    checked(document, "Session", client.good("POST", f"/v0.4/sessions/{session['id']}/end"))
    _, error, _ = client.ask("POST", "/v0.4/jobs", {"shots": 0})
    checked(document, "BadRequestError", error)
    _, error, _ = client.ask("GET", "/v0.4/jobs/none")
    checked(document, "Error", error)


def test_our_own_description_finds_no_fault() -> None:
    """Schemathesis makes requests of all kinds, right and wrong, from /openapi.json."""
    if importlib.util.find_spec("schemathesis") is None:
        pytest.skip("not installed: schemathesis")
    with process() as server:
        script = Path(sys.executable).parent / "schemathesis"
        checks = "not_a_server_error,status_code_conformance,response_schema_conformance,"
        checks += "content_type_conformance"
        done = subprocess.run(
            [str(script), "run", f"{server.url}/openapi.json", "--checks", checks,
             "--max-examples", "15", "--seed", "7", "--no-color"],
            capture_output=True, text=True, timeout=600, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-10_000:]
        assert Client(server.url).good("GET", "/v0.3/health")
