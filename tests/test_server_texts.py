"""Program texts on the server: in both versions, measured at the end and on the way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

pytest.importorskip("starlette")
pytest.importorskip("uvicorn")

import ionsim
from ionsim.server import running
from server_helpers import BELL, Client

QASM2 = "OPENQASM 2.0; qreg q[3]; creg c[2]; h q[2]; cx q[2], q[0]; measure q[2] -> c[1];"
DYNAMIC = """
bit[1] first; bit[2] rest; qubit[2] q;
h q[0];
first[0] = measure q[0];
if (first[0]) x q[1];
rest[1] = measure q[1];
"""


@pytest.fixture(scope="module")
def client() -> Iterator[Client]:
    with running(max_gates=1_000) as server:
        yield Client(server.url)


def qasm3(text: str, **job: Any) -> dict[str, Any]:
    return {"type": "ionq.qasm3.v1", "backend": "simulator", "input": {"data": text}, **job}


def shots_of(client: Client, job: dict[str, Any]) -> Any:
    return client.good("GET", job["results"]["ionq.result.shots.json.v2"]["url"])["shots"]


def test_v0_3_takes_program_texts(client: Client) -> None:
    body = {"shots": 500, "noise": {"seed": 3}, "input": {"format": "qasm", "data": QASM2}}
    job = client.submit(body)
    client.ended(job)
    found = client.good("GET", f"/v0.3/jobs/{job}/results")
    assert found == pytest.approx({"0": 0.5, "2": 0.5})
    # The shots of an exact result are drawn when asked for, and are over the classical bits too.
    counts = client.good("GET", f"/v0.4/jobs/{job}/results/histogram")
    assert counts == ionsim.run(body).counts
    assert set(counts) == {"0", "2"}


def test_several_texts_in_one_job(client: Client) -> None:
    circuits = [{"data": "qreg q[1]; x q[0];"}, {"data": DYNAMIC}, {"data": "qreg q[1]; hh q[0];"}]
    job = client.submit({"input": {"format": "openqasm", "circuits": circuits}})
    shape = client.ended(job)
    found = client.good("GET", f"/v0.3/jobs/{job}/results")
    first, second = shape["children"][:2]
    assert found[first] == {"1": 1.0}
    assert set(found[second]) <= {"0", "5"}
    assert len(found) == 2


@pytest.mark.parametrize("noise", [{"model": "ideal", "seed": 5}, {"model": "aria-1", "seed": 5}])
def test_v0_4_runs_programs_that_measure_on_the_way(client: Client, noise: dict[str, Any]) -> None:
    body = qasm3(DYNAMIC, shots=200, noise=noise)
    job = client.ended(client.submit(body, "v0.4"), "v0.4")
    assert job["type"] == "ionq.qasm3.v1"
    shots = shots_of(client, job)
    direct = ionsim.run(
        {"shots": 200, "noise": noise, "input": {"format": "qasm", "data": DYNAMIC}}
    )
    assert [each["registers"]["output_all"] for each in shots] == direct.bits.tolist()
    for each in shots:
        registers = each["registers"]
        assert registers["first"] + registers["rest"] == registers["output_all"]
    if noise["model"] == "ideal":
        assert {tuple(each["registers"]["output_all"]) for each in shots} == {(0, 0, 0), (1, 0, 1)}


def test_v0_4_registers_of_an_exact_result(client: Client) -> None:
    text = "qubit[2] q; bit[1] a; bit[2] b; x q[1]; b[1] = measure q[1];"
    job = client.ended(client.submit(qasm3(text, shots=3), "v0.4"), "v0.4")
    expected = {"a": [0], "b": [0, 1], "output_all": [0, 0, 1]}
    assert [each["registers"] for each in shots_of(client, job)] == [expected] * 3


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (qasm3("qubit q; hh q;"), "input.data: line 1, column 10"),
        (qasm3("qubit q; for int i in [1:100000] { h q; }"), "input.data"),
        ({**qasm3(""), "input": {}}, "input.data: missing"),
        ({**qasm3(""), "input": {"circuit": BELL}}, 'has "data" in its input'),
        ({**qasm3(""), "input": {"data": "", "format": "quipper"}}, "input.format"),
        ({**qasm3(""), "input": []}, "input: not an object"),
    ],
)
def test_v0_4_says_what_is_wrong_with_a_text(client: Client, body: Any, text: str) -> None:
    status, message = client.refused("POST", "/v0.4/jobs", body)
    assert status == 400
    assert text in message


def test_a_long_program_can_be_canceled(client: Client) -> None:
    text = """
    qubit[12] q; bit c;
    for int i in [0:299] { h q[i % 12]; c = measure q[i % 12]; if (c) x q[(i + 1) % 12]; }
    """
    job = client.submit(qasm3(text, shots=1_000_000), "v0.4")
    client.running(job)
    client.good("PUT", f"/v0.4/jobs/{job}/status/cancel")
    assert client.ended(job)["status"] == "canceled"
