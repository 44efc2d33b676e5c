"""The commands about servers: serve, submit, jobs, result."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("uvicorn", reason="needs ionsim[server]")

import ionsim
import ionsim.server
from server_helpers import Client, bell, bell_v0_4, long_job, process
from test_cli import call


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with ionsim.server.running() as server:
        yield Client(server.url)


def at(client: Client, *arguments: str, job: Any = None) -> tuple[int, str, str]:
    return call(*arguments, "--url", client.url, job=job)


@pytest.mark.parametrize("job", [bell(), bell_v0_4()], ids=["v0.3", "v0.4"])
def test_submit_and_result(client: Client, job: dict[str, Any]) -> None:
    job = {**job, "noise": {"model": "aria-1", "seed": 5}, "shots": 200}
    code, out, err = at(client, "submit", "-", job=job)
    assert (code, err) == (0, "")
    job_id = out.strip()
    own = ionsim.run(bell(noise=job["noise"], shots=200))
    code, out, _ = at(client, "result", job_id, "--json")
    assert code == 0
    assert json.loads(out) == dict(own.results)
    code, out, _ = at(client, "result", job_id, "--top", "1")
    head, columns, best = out.splitlines()
    assert head == f"{job_id}: completed, 2 qubits, 200 shots"
    assert columns.split() == ["outcome", "probability"]
    assert best.split()[0] == own.histogram.top(1)[0][0]
    code, out, _ = at(client, "submit", "-", "--wait", "--json", job=job)
    assert json.loads(out) == dict(own.results)


def test_several_circuits(client: Client) -> None:
    job = {"input": {"qubits": 1, "circuits": [{"circuit": []}, {"circuit": [{"gate": "g"}]}]}}
    code, out, _ = at(client, "submit", "-", "--wait", job=job)
    assert code == 0
    assert "circuit 0" in out
    assert "circuit 1" not in out


def test_jobs(client: Client) -> None:
    name = "\x1b[2Jname"
    job_id = client.submit(bell(name=name))
    client.ended(job_id)
    code, out, _ = at(client, "jobs", "--limit", "1")
    heading, row = out.splitlines()
    assert code == 0
    assert heading.split()[:2] == ["id", "status"]
    assert row.split()[:4] == [job_id, "completed", "2", "100"]
    assert "\x1b" not in out
    [shown] = json.loads(at(client, "jobs", "--limit", "1", "--json")[1])
    assert shown["name"] == name


def test_failures(client: Client, tmp_path: Path) -> None:
    code, _, err = at(client, "submit", "-", job={"shots": 0})
    assert code == 2
    assert "shots: out of range" in err
    code, _, err = at(client, "submit", str(tmp_path / "none.json"))
    assert code == 2
    code, _, err = at(client, "submit", "-", job=b"no JSON")
    assert code == 2
    code, _, err = at(client, "result", "no-such-job")
    assert code == 1
    assert "there is no job no-such-job" in err
    wide = {"qubits": 26, "circuit": [{"gate": "h", "target": q} for q in range(26)]}
    job_id = client.submit({"noise": {"model": "aria-1"}, "input": wide})
    code, out, err = at(client, "result", job_id)
    assert code == 1
    assert "NotEnoughQubits" in out
    assert "aria-1 has 25" in err
    running = client.submit(long_job())
    client.good("PUT", f"/v0.3/jobs/{running}/status/cancel")
    assert at(client, "result", running)[0] == 1


def test_no_server_and_no_address() -> None:
    code, _, err = call("jobs", "--url", "http://127.0.0.1:1")
    assert code == 1
    assert "ionsim serve" in err
    for url in ("here", "ftp://localhost", "http://"):
        assert call("jobs", "--url", url)[0] == 2


def test_keys_are_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    with ionsim.server.running(api_keys=("k",)) as server:
        client = Client(server.url)
        code, _, err = at(client, "jobs")
        assert code == 1
        assert "valid key" in err
        assert at(client, "jobs", "--api-key", "k")[0] == 0
        monkeypatch.setenv("IONQ_API_KEY", "k")
        assert at(client, "jobs")[0] == 0


def test_serve_says_how_to_reach_it(tmp_path: Path) -> None:
    with process(database=tmp_path / "jobs.sqlite") as server:
        Client(server.url).submit(bell())
        server.stop()
        text = "".join(server.messages)
    for name in ("qiskit-ionq", "cirq-ionq", "PennyLane", "ionq-core", "curl", "page"):
        assert name in text
    assert f"{server.url}/v0.4" in text
    assert (tmp_path / "jobs.sqlite").exists()


def test_serve_refuses_what_is_not_safe_or_not_there(tmp_path: Path) -> None:
    code, _, err = call("serve", "--host", "0.0.0.0")
    assert code == 2
    assert "--api-key" in err
    code, _, err = call("serve", "--api-key-file", str(tmp_path / "none"))
    assert code == 2
    (tmp_path / "empty").write_text("\n")
    code, _, err = call("serve", "--api-key-file", str(tmp_path / "empty"))
    assert code == 2
    assert "no key" in err
    (tmp_path / "text").write_text("no database at all, and long enough to see it\n" * 50)
    code, _, err = call("serve", "--port", "0", "--db", str(tmp_path / "text"))
    assert code == 1
    assert "cannot be used" in err
