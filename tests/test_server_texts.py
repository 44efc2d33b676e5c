"""Program texts on the server: in both versions, measured at the end and on the way."""

from __future__ import annotations

from collections import Counter
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
PLAIN = """
bit[1] first; bit[2] rest; qubit[2] q;
h q[0];
cx q[0], q[1];
first[0] = measure q[0];
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
    ("text", "noise"),
    [(DYNAMIC, "ideal"), (DYNAMIC, "aria-1"), (PLAIN, "ideal"), (PLAIN, "aria-1")],
)
def test_v0_4_distributions_register_by_register(client: Client, text: str, noise: str) -> None:
    body = qasm3(text, shots=400, noise={"model": noise, "seed": 5})
    job = client.ended(client.submit(body, "v0.4"), "v0.4")
    rows = [each["registers"] for each in shots_of(client, job)]
    url = job["results"]["ionq.result.histogram.json.v2"]["url"]
    counts = client.good("GET", url)["histogram"]["registers"]
    assert list(counts) == ["first", "rest", "output_all"]
    for name, found in counts.items():
        assert found == Counter("".join(map(str, row[name][::-1])) for row in rows)
    url = job["results"]["ionq.result.probabilities.json.v2"]["url"]
    shares = client.good("GET", url)["probabilities"]["registers"]
    if text is PLAIN and noise == "ideal":
        assert shares["first"] == pytest.approx({"0": 0.5, "1": 0.5})
        assert shares["rest"] == pytest.approx({"00": 0.5, "10": 0.5})
        assert shares["output_all"] == pytest.approx({"000": 0.5, "101": 0.5})
    else:
        for name, found in shares.items():
            assert found == {key: count / 400 for key, count in counts[name].items()}


def test_v0_4_more_than_64_classical_bits(client: Client) -> None:
    text = """
    qubit q; bit[80] c; bit[2] d;
    for int i in [0:79] { h q; c[i] = measure q; }
    d[1] = measure q;
    """
    body = qasm3(text, shots=50, noise={"model": "ideal", "seed": 9})
    job = client.ended(client.submit(body, "v0.4"), "v0.4")
    rows = [each["registers"] for each in shots_of(client, job)]
    assert all(row["c"][79] == row["d"][1] and row["d"][0] == 0 for row in rows)
    keys = ["".join(map(str, row["output_all"][::-1])) for row in rows]
    url = job["results"]["histogram"]["url"]
    assert client.good("GET", url) == Counter(str(int(key, 2)) for key in keys)
    url = job["results"]["ionq.result.histogram.json.v2"]["url"]
    found = client.good("GET", url)["histogram"]["registers"]
    assert found["output_all"] == Counter(keys)
    assert found["d"] == Counter(key[:2] for key in keys)


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
