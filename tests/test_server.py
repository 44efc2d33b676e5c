"""The server over HTTP: routes and shapes of both versions, errors, pages of jobs, copies."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("uvicorn", reason="needs ionsim[server]")

import ionsim
import ionsim.server
import oracle_noise
import test_golden
from oracle_noise import Noise
from server_helpers import BELL, Client, bell, bell_v0_4, long_job

NOISY = {"model": "aria-1", "seed": 11}
V0_4_KEYS = {
    "id", "status", "type", "backend", "dry_run", "submitter_id", "project_id", "parent_job_id",
    "child_job_ids", "session_id", "metadata", "name", "submitted_at", "started_at",
    "completed_at", "predicted_wait_time_ms", "predicted_execution_duration_ms",
    "execution_duration_ms", "failure", "output", "settings", "stats", "results",
}  # fmt: skip


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with ionsim.server.running() as server:
        yield Client(server.url)


def multi(**job: Any) -> dict[str, Any]:
    circuits = [
        {"circuit": [{"gate": "x", "target": 0}], "name": "one"},
        {"circuit": [{"gate": "x", "target": 7}]},
        {"circuit": [{"gate": "x", "target": 1}]},
    ]
    return {"input": {"qubits": 2, "circuits": circuits}, **job}


# --- v0.3 ----------------------------------------------------------------------------------------


def test_a_job_of_v0_3(client: Client) -> None:
    status, made, _ = client.ask(
        "POST", "/v0.3/jobs", bell(name="bell", metadata={"a": ["b"]}, noise=NOISY, shots=500)
    )
    assert status == 200
    assert made["status"] == "ready"
    assert made.keys() == {"id", "status", "request"}
    job = client.job(made["id"])
    assert job["status"] == "completed", "the first look waits for a small job"
    assert job["request"] == made["request"]
    assert job["metadata"] == {"a": ["b"]}
    assert job["noise"] == {
        "model": "aria-1", "seed": 11, "r1": 0.0005, "r2": 0.0133, "readout_flip": 0.0,
    }  # fmt: skip
    assert job["qubits"] == 2
    assert job["gate_counts"] == {"1q": 1, "2q": 1}
    own = ionsim.run(bell(noise=NOISY, shots=500))
    results = client.good("GET", job["results_url"])
    assert results == dict(own.results)
    assert job.keys() >= own.to_dict().keys() - {"error_mitigation", "registers", "warning"}


def test_ideal_results_are_exact(client: Client) -> None:
    results = client.results(client.submit(bell(shots=3)))
    np.testing.assert_allclose([results["0"], results["3"]], [0.5, 0.5], atol=1e-12)
    assert client.results(client.submit({"input": {"qubits": 3, "circuit": []}})) == {"0": 1.0}


def test_sharpen_is_accepted(client: Client) -> None:
    job_id = client.submit(bell(noise=NOISY))
    plain = client.results(job_id)
    for value in ("true", "false"):
        assert client.good("GET", f"/v0.3/jobs/{job_id}/results?sharpen={value}") == plain


def test_several_circuits(client: Client) -> None:
    job_id = client.submit(multi())
    job = client.job(job_id)
    assert job["status"] == "completed"
    first, second, third = job["children"]
    assert list(client.results(job_id).items()) == [(first, {"1": 1.0}), (third, {"2": 1.0})]
    child = client.job(second)
    assert child["status"] == "failed"
    assert child["parent"] == job_id
    assert "outside the circuit" in child["failure"]["error"]
    assert child["failure"]["code"] == "PreflightError"
    assert client.job(first)["name"] == "one"
    assert client.results(third) == {"2": 1.0}
    assert client.refused("GET", f"/v0.3/jobs/{second}/results")[0] == 404
    assert client.refused("PUT", f"/v0.3/jobs/{first}/status/cancel")[0] == 409
    assert client.refused("DELETE", f"/v0.3/jobs/{first}")[0] == 409


def test_health_backends_characterizations(client: Client) -> None:
    for version in ("v0.3", "v0.4"):
        assert client.good("GET", f"/{version}/health") == {"status": "pass"}
        backends = client.good("GET", f"/{version}/backends")
        by_name = {each["backend"]: each for each in backends}
        assert by_name["simulator"]["qubits"] >= 29
        assert by_name["simulator"]["status"] == "available"
        assert by_name["qpu.aria-1"]["qubits"] == 25
        assert client.good("GET", f"/{version}/backends/simulator")["backend"] == "simulator"
        assert client.refused("GET", f"/{version}/backends/qpu.qpu")[0] == 404
    current = client.good("GET", "/v0.3/characterizations/backends/qpu.aria-1/current")
    # Average gate fidelity of a depolarizing channel: 1 - r (d - 1) / d.
    assert current["fidelity"]["1q"]["median"] == pytest.approx(1 - 0.0005 / 2)
    assert current["fidelity"]["2q"]["median"] == pytest.approx(1 - 0.0133 * 3 / 4)
    assert client.good("GET", f"/v0.3/characterizations/{current['id']}") == current
    place = "/v0.4/backends/qpu.aria-1/characterizations"
    assert client.good("GET", place)["characterizations"] == [current]
    assert client.good("GET", f"{place}/{current['id']}") == current
    assert client.refused("GET", f"{place}/{uuid.uuid4()}")[0] == 404


# --- v0.4 ----------------------------------------------------------------------------------------


def test_a_job_of_v0_4(client: Client) -> None:
    body = bell_v0_4(
        name="bell", noise=NOISY, shots="250", metadata={"k": "v"},
        settings={"error_mitigation": {"debiasing": False}},
    )  # fmt: skip
    status, made, _ = client.ask("POST", "/v0.4/jobs", body)
    assert status == 201
    assert made.keys() == {"id", "status", "session_id"}
    job = client.job(made["id"], "v0.4")
    assert job.keys() >= V0_4_KEYS
    assert job["status"] == "completed"
    assert job["type"] == "ionq.circuit.v1"
    assert job["noise"] == {"model": "aria-1", "seed": 11}
    assert job["shots"] == 250
    assert job["settings"] == {"error_mitigation": {"debiasing": False}}
    assert job["failure"] is None
    assert job["output"]["simulation"]["noise"]["r2"] == 0.0133

    own = ionsim.run(bell(noise=NOISY, shots=250))
    results = job["results"]
    assert client.good("GET", results["probabilities"]["url"]) == dict(own.results)
    assert client.good("GET", results["histogram"]["url"]) == own.counts
    shots = client.good("GET", results["shots"]["url"])
    assert shots == [str(outcome) for outcome in own.samples]
    for name, entry in results.items():
        assert client.good("GET", entry["url"]) is not None
        if name.startswith("ionq."):
            assert entry["id"] == name
            artifact = client.good("GET", f"/v0.4/jobs/{made['id']}/artifacts/{name}")
            assert artifact == client.good("GET", entry["url"])
    nested = client.good("GET", results["ionq.result.histogram.json.v2"]["url"])
    assert nested["histogram"]["registers"]["output_all"] == {
        format(int(key), "02b"): value for key, value in own.counts.items()
    }
    bits = client.good("GET", results["ionq.result.shots.json.v2"]["url"])["shots"]
    assert [each["registers"]["output_all"] for each in bits] == own.bits.tolist()


def test_shots_of_an_ideal_job_are_those_of_the_library(client: Client) -> None:
    job_id = client.submit(bell_v0_4(noise={"model": "ideal", "seed": 5}), "v0.4")
    own = ionsim.run(bell(), seed=5)
    base = f"/v0.4/jobs/{job_id}/results"
    assert client.good("GET", f"{base}/histogram") == own.counts
    assert client.good("GET", f"{base}/shots") == [str(outcome) for outcome in own.samples]


def test_several_circuits_of_v0_4(client: Client) -> None:
    body = {"type": "ionq.multi-circuit.v1", "backend": "simulator", **multi(noise=NOISY)}
    job_id = client.submit(body, "v0.4")
    job = client.job(job_id, "v0.4")
    children = job["child_job_ids"]
    assert job["type"] == "ionq.multi-circuit.v1"
    found = client.good("GET", job["results"]["probabilities"]["url"])
    assert list(found) == [children[0], children[2]]
    own = ionsim.run(multi(noise=NOISY))
    assert list(found.values()) == [dict(own.children[k].results) for k in (0, 2)]
    child = client.job(children[1], "v0.4")
    assert child["parent_job_id"] == job_id
    assert child["failure"]["code"] == "InvalidInput"
    assert "outside the circuit" in child["failure"]["message"]
    listed = client.good("GET", f"/v0.4/jobs?parent_job_id={job_id}&limit=2")
    assert [each["id"] for each in listed["jobs"]] == children[:2]
    rest = client.good("GET", f"/v0.4/jobs?parent_job_id={job_id}&next={listed['next']}")
    assert [each["id"] for each in rest["jobs"]] == children[2:]
    assert client.good("GET", f"/v0.4/jobs/{children[0]}/results/histogram") == (
        own.children[0].counts
    )
    # Both versions show the same job.
    assert client.job(job_id)["children"] == children


def test_a_dry_run_runs_nothing(client: Client) -> None:
    job_id = client.submit({**long_job(), "dry_run": True}, "v0.4")
    job = client.job(job_id, "v0.4")
    assert job["status"] == "completed"
    assert job["dry_run"] is True
    assert job["results"] == {}
    assert client.refused("GET", f"/v0.4/jobs/{job_id}/results/probabilities")[0] == 404


def test_copies(client: Client) -> None:
    job_id = client.submit(bell_v0_4(noise=NOISY, name="first"), "v0.4")
    copy = client.good("POST", f"/v0.4/jobs/{job_id}/clone", {})
    assert client.results(copy["id"]) == client.results(job_id)
    other = client.good(
        "POST", f"/v0.4/jobs/{job_id}/clone", {"shots": 7, "name": "second", "metadata": {"a": "b"}}
    )
    job = client.job(other["id"], "v0.4")
    assert (job["shots"], job["name"], job["metadata"]) == (7, "second", {"a": "b"})
    assert job["output"]["simulation"]["cloned_from"] == job_id
    older = client.submit(bell(noise=NOISY))
    copy = client.good("POST", f"/v0.4/jobs/{older}/clone", {"backend": "simulator"})
    assert client.results(copy["id"]) == client.results(older)
    status, message = client.refused("POST", f"/v0.4/jobs/{job_id}/clone", {"shots": -1})
    assert status == 400
    assert "shots" in message
    assert client.refused("POST", f"/v0.4/jobs/{uuid.uuid4()}/clone", {})[0] == 404


def test_costs_estimates_and_who_is_asking(client: Client) -> None:
    job_id = client.submit(bell_v0_4(), "v0.4")
    client.ended(job_id)
    cost = client.good("GET", f"/v0.4/jobs/{job_id}/cost")
    assert cost["cost"]["value"] == cost["estimated_cost"]["value"] == 0
    small, large = (
        client.good("GET", f"/v0.4/jobs/estimate?backend=simulator&qubits={n}&1q_gates=100")
        for n in (10, 25)
    )
    assert small["estimate_context"]["qubits"] == 10
    assert small["estimated_execution_time"] < large["estimated_execution_time"]
    assert client.refused("GET", "/v0.4/jobs/estimate?qubits=x")[0] == 400
    assert client.refused("GET", "/v0.4/jobs/estimate?backend=abacus")[0] == 400
    assert client.good("GET", "/v0.4/whoami").keys() >= {"key_id", "key_name"}


def test_sessions(client: Client) -> None:
    settings = {"job_count_limit": 1}
    session = client.good("POST", "/v0.4/sessions", {"backend": "simulator", "settings": settings})
    place = f"/v0.4/sessions/{session['id']}"
    assert client.good("GET", place) == session
    job_id = client.submit(bell_v0_4(session_id=session["id"]), "v0.4")
    assert client.job(job_id, "v0.4")["session_id"] == session["id"]
    assert [job["id"] for job in client.good("GET", f"{place}/jobs")["jobs"]] == [job_id]
    status, message = client.refused("POST", "/v0.4/jobs", bell_v0_4(session_id=session["id"]))
    assert status == 409
    assert "1 jobs" in message
    active = client.good("GET", "/v0.4/sessions?active=true")["sessions"]
    assert session["id"] in [each["id"] for each in active]
    ended = client.good("POST", f"{place}/end")
    assert (ended["active"], ended["status"]) == (False, "ended")
    assert client.good("POST", f"{place}/end") == ended
    active = client.good("GET", "/v0.4/sessions?active=true")["sessions"]
    assert session["id"] not in [each["id"] for each in active]
    status, message = client.refused("POST", "/v0.4/jobs", bell_v0_4(session_id=session["id"]))
    assert status == 409
    assert "ended" in message
    assert client.refused("POST", "/v0.4/jobs", bell_v0_4(session_id="nix"))[0] == 404
    assert client.refused("POST", "/v0.4/sessions", {})[0] == 400


def test_paths_without_a_version(client: Client) -> None:
    job_id = client.good("POST", "/jobs", bell_v0_4())["id"]
    assert client.good("GET", f"/jobs/{job_id}")["type"] == "ionq.circuit.v1"
    assert client.good("GET", f"/jobs/{job_id}/results/probabilities")
    assert client.good("GET", "/backends/simulator")["backend"] == "simulator"


# --- lists ---------------------------------------------------------------------------------------


def test_lists_have_pages_and_filters() -> None:
    with ionsim.server.running() as server:
        client = Client(server.url)
        ids = [client.submit(bell(name=str(place))) for place in range(7)]
        for job_id in ids:
            client.ended(job_id)
        seen: list[str] = []
        query = "limit=3"
        while query:
            page = client.good("GET", f"/v0.4/jobs?{query}")
            assert len(page["jobs"]) <= 3
            seen += [job["id"] for job in page["jobs"]]
            query = f"limit=3&next={page['next']}" if page["next"] else ""
        assert seen == ids[::-1]
        chosen = client.good("GET", f"/v0.4/jobs?ids={ids[1]}&ids={ids[4]}")["jobs"]
        assert [job["id"] for job in chosen] == [ids[1], ids[4]]
        [only] = client.good("GET", f"/v0.3/jobs?id={ids[2]}")["jobs"]
        assert only["status"] == "completed"
        running = client.submit(long_job())
        client.running(running)
        for version, status, found in (
            ("v0.3", "running", [running]),
            ("v0.4", "started", [running]),
            ("v0.4", "completed", ids[::-1]),
            ("v0.4", "failed", []),
        ):
            listed = client.good("GET", f"/{version}/jobs?status={status}")["jobs"]
            assert [job["id"] for job in listed] == found
        client.good("PUT", f"/v0.3/jobs/{running}/status/cancel")
        assert client.good("GET", "/v0.4/jobs?target=qpu.aria-1")["jobs"] == []
        for query in ("limit=0", "limit=many", "limit=2.5", "status=lost"):
            assert client.refused("GET", f"/v0.4/jobs?{query}")[0] == 400
        # ionq-core wants `next`, cirq-ionq takes a null for a page to come.
        assert "next" in client.good("GET", "/v0.4/jobs")
        assert "next" not in client.good("GET", "/v0.4/jobs", User_Agent="cirq/1.7.0 (python/3)")


def test_jobs_are_deleted(client: Client) -> None:
    ids = [client.submit(bell()) for _ in range(3)]
    parent = client.submit(multi())
    child = client.job(parent)["children"][0]
    assert client.good("DELETE", f"/v0.3/jobs/{ids[0]}") == {"id": ids[0], "status": "deleted"}
    status, _ = client.refused("DELETE", "/v0.4/jobs", {"ids": [ids[1], ids[0]]})
    assert status == 404
    client.job(ids[1])
    many = client.good("DELETE", "/v0.4/jobs", {"ids": [ids[1], parent]})
    assert many == {"ids": [ids[1], parent], "status": "deleted"}
    for job_id in (ids[0], ids[1], parent, child):
        assert client.refused("GET", f"/v0.4/jobs/{job_id}")[0] == 404
        assert client.refused("GET", f"/v0.4/jobs/{job_id}/results/probabilities")[0] == 404
    client.job(ids[2])


# --- errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize("version", ["v0.3", "v0.4"])
def test_mistakes_are_answered_400(client: Client, version: str) -> None:
    for body, texts in (
        (b"", ["the text is empty"]),
        (b"{", ["not valid JSON"]),
        (b"\xff\xfe", ["not UTF-8"]),
        (b"[]", ["not a JSON object"]),
        (b"[" * 100_000, ["not a JSON object"]),
        (b'{"input": ' + b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"}", ["nested too deeply"]),
        ({"shots": 0, "input": {"qubits": 1, "circuit": [{"gate": "g"}]}}, ["shots", "circuit[0]"]),
        (b'{"shots": 1e400, "input": {"qubits": 1, "circuit": []}}', ["shots"]),
        (b'{"shots": ' + b"9" * 5000 + b"}", ["shots"]),
        ({"name": 5}, ["name", "input"]),
    ):
        status, answer, _ = client.ask("POST", f"/{version}/jobs", body)
        assert status == 400, answer
        assert answer["error"] == "Bad Request"
        for text in texts:
            assert text in answer["message"]
        assert answer["validation"]["source"] == "body"
        assert answer["validation"]["keys"]


def test_v0_4_calls_things_by_its_own_names(client: Client) -> None:
    for change, text in (
        ({"backend": "qpu.aria-1"}, "backend: qpu.aria-1 is not emulated"),
        ({"type": "ionq.qasm3.v1"}, 'has "data" in its input'),
        ({"type": "ionq.qir.v1"}, "type: programs in QIR are not read"),
        ({"type": "ionq.multi-circuit.v1"}, '"circuits" in its input'),
        ({"settings": {"error_mitigation": {"debiasing": 1}}}, "settings.error_mitigation.deb"),
        ({"settings": []}, "settings: not an object"),
        ({"dry_run": "yes"}, "dry_run: not a boolean"),
        ({"session_id": 5}, "session_id: not a string"),
    ):
        status, message = client.refused("POST", "/v0.4/jobs", bell_v0_4(**change))
        assert status == 400
        assert text in message
    job = client.job(client.submit(bell_v0_4(target="simulator"), "v0.4"), "v0.4")
    assert "target (of API v0.3)" in job["output"]["simulation"]["warnings"][0]


def test_other_errors_have_the_same_shape(client: Client) -> None:
    unknown = str(uuid.uuid4())
    for method, path, wanted in (
        ("GET", f"/v0.4/jobs/{unknown}", 404),
        ("GET", f"/v0.3/jobs/{unknown}/results", 404),
        ("PUT", f"/v0.4/jobs/{unknown}/status/cancel", 404),
        ("DELETE", f"/v0.4/jobs/{unknown}", 404),
        ("GET", "/v0.4/novel", 404),
        ("GET", "/v0.5/jobs", 404),
        ("PATCH", "/v0.4/jobs", 405),
        ("POST", f"/v0.3/jobs/{unknown}", 405),
    ):
        assert client.refused(method, path)[0] == wanted
    assert client.refused("PUT", "/v0.4/jobs/status/cancel", {"ids": "all"})[0] == 400
    status, message = client.refused("POST", "/v0.4/jobs", bell(), Content_Encoding="gzip")
    assert status == 415
    assert "gzip" in message
    done = client.submit(bell())
    client.ended(done)
    status, message = client.refused("PUT", f"/v0.4/jobs/{done}/status/cancel")
    assert status == 409
    assert "completed already" in message
    assert client.refused("GET", f"/v0.4/jobs/{done}/results/probabilities/aggregated")[0] == 404
    assert client.refused("GET", f"/v0.4/jobs/{done}/artifacts/novel")[0] == 404


def test_metadata_of_any_kind_comes_back(client: Client) -> None:
    odd = {"large": 10**40, "small": -(2**64), "deep": [[{"": None}]], "\x1f": "\u2028 \U0001f600"}
    for version in ("v0.3", "v0.4"):
        job_id = client.submit(bell(metadata=odd, name="\x00\u202e"), version)
        job = client.ended(job_id, version)
        assert job["metadata"] == odd
        assert job["name"] == "\x00\u202e"


def test_a_failing_job(client: Client) -> None:
    wide = {"qubits": 26, "circuit": [{"gate": "h", "target": q} for q in range(26)]}
    job_id = client.submit({"noise": {"model": "aria-1"}, "input": wide})
    older, newer = client.job(job_id), client.job(job_id, "v0.4")
    assert older["status"] == newer["status"] == "failed"
    assert older["failure"]["code"] == newer["failure"]["code"] == "NotEnoughQubits"
    assert older["failure"]["error"] == newer["failure"]["message"] == newer["failure"]["error"]
    assert newer["results"] == {}
    status, message = client.refused("GET", f"/v0.3/jobs/{job_id}/results")
    assert status == 404
    assert "aria-1 has 25" in message


def test_what_is_served_is_described(client: Client) -> None:
    document = client.good("GET", "/openapi.json")
    assert document["openapi"].startswith("3.")
    for version in ("v0.3", "v0.4"):
        assert {"get", "post", "delete"} == set(document["paths"][f"/{version}/jobs"])
    text = json.dumps(document)
    for name in document["components"]["schemas"]:
        assert f"#/components/schemas/{name}" in text, name


def test_large_results_come_in_pieces(client: Client) -> None:
    circuit = [{"gate": "h", "target": q} for q in range(14)]
    job_id = client.submit({"input": {"qubits": 14, "circuit": circuit}})
    results = client.results(job_id)
    assert list(results) == [str(outcome) for outcome in range(2**14)]
    np.testing.assert_allclose(list(results.values()), 2.0**-14)
    top = client.good("GET", f"/v0.3/jobs/{job_id}/results?top=5")
    assert len(top) == 5
    assert client.refused("GET", f"/v0.3/jobs/{job_id}/results?top=-1")[0] == 400


def test_noisy_results_follow_the_oracle(client: Client) -> None:
    shots = 100_000
    job_id = client.submit(bell(noise=NOISY, shots=shots))
    found = client.results(job_id)
    expected = oracle_noise.probabilities(BELL, 2, Noise(0.0005, 0.0133))
    counts = np.array([found.get(str(k), 0) for k in range(4)])
    # Five standard deviations of each count.
    assert np.all(np.abs(counts - expected) < 5 * np.sqrt(expected / shots) + 1e-12)


@pytest.mark.parametrize("path", test_golden.FILES, ids=test_golden.name)
def test_golden_jobs_give_what_the_library_gives(client: Client, path: Path) -> None:
    body, expect = test_golden.read(path)
    if "refused" in expect:
        assert client.refused("POST", "/v0.3/jobs", body)[0] == 400
        return
    job_id = client.submit(body)
    found = client.ended(job_id)
    own = ionsim.run(body, seed=found["noise"]["seed"])
    assert found["status"] == own.status
    shape = own.to_dict()
    for key in ("name", "qubits", "circuits", "gate_counts", "noise", "metadata", "shots"):
        assert found[key] == shape[key]
    for key in ("registers", "warning", "error_mitigation"):
        assert found.get(key) == shape.get(key)
    if own.failure is not None:
        assert found["failure"] == shape["failure"]
    elif own.multi:
        results = [dict(child.results) for child in own.children if child.failure is None]
        assert list(client.results(job_id).values()) == results
    else:
        assert client.results(job_id) == dict(own.results)
