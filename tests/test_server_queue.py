"""The queue: order, lanes, progress, cancel, limits, waiting, retries."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

pytest.importorskip("uvicorn", reason="needs ionsim[server]")

import ionsim
import ionsim.server
from server_helpers import Client, bell, long_job
from test_interrupt import JOBS, MANY_CONTROLS, one

STOPS_WITHIN = 0.5


@pytest.fixture
def client() -> Iterator[Client]:
    with ionsim.server.running() as server:
        yield Client(server.url)


def cancel(client: Client, job_id: str) -> None:
    answer = client.good("PUT", f"/v0.4/jobs/{job_id}/status/cancel")
    assert answer == {"id": job_id, "status": "canceled"}


def test_small_jobs_pass_a_long_one(client: Client) -> None:
    long_id = client.submit(long_job())
    client.running(long_id)
    for _ in range(5):
        assert client.job(client.submit(bell()))["status"] == "completed"
    assert client.job(long_id, wait=0)["status"] == "running"
    cancel(client, long_id)


def test_jobs_of_a_lane_run_in_order(client: Client) -> None:
    """Jobs of some milliseconds, so that many of them wait."""
    gates = [{"gate": "h", "target": q} for q in range(10)]
    job = {"input": {"qubits": 10, "circuit": gates}, "noise": {"model": "aria-1"}, "shots": 500}
    ids = [client.submit(job) for _ in range(30)]
    for job_id in ids:
        client.ended(job_id)
    times = [client.job(job_id, "v0.4") for job_id in ids]
    started = [job["started_at"] for job in times]
    assert started == sorted(started)
    ended = [job["completed_at"] for job in times]
    assert ended == sorted(ended)


def test_progress_is_seen(client: Client) -> None:
    job_id = client.submit(long_job())
    first = client.running(job_id)["progress"]
    end = time.monotonic() + 60
    while client.job(job_id, wait=0)["progress"] <= first:
        assert time.monotonic() < end
        time.sleep(0.05)
    newer = client.job(job_id, "v0.4", wait=0)
    assert newer["status"] == "started"
    assert first < newer["output"]["simulation"]["progress"] < 1
    cancel(client, job_id)


def test_a_running_job_is_canceled_soon(client: Client) -> None:
    """What counts is that the worker is free for the next one."""
    times = []
    for _ in range(3):  # a busy machine may be late once, not three times
        first, second = client.submit(long_job()), client.submit(long_job())
        client.running(first)
        begin = time.perf_counter()
        cancel(client, first)
        while client.job(second, wait=0)["status"] != "running":
            time.sleep(0.005)
        times.append(time.perf_counter() - begin)
        cancel(client, second)
        job = client.job(first)
        assert job["status"] == "canceled"
        assert 0 < job["progress"] < 1
        assert client.refused("GET", f"/v0.3/jobs/{first}/results")[0] == 404
        if times[-1] < STOPS_WITHIN:
            return
    pytest.fail(f"not stopped in time: {times}")


def test_a_waiting_job_is_canceled(client: Client) -> None:
    done = client.submit(bell())
    client.ended(done)
    first, second, third = (client.submit(long_job()) for _ in range(3))
    client.running(first)
    cancel(client, second)
    assert client.job(second)["status"] == "canceled"
    assert "start" not in client.job(second)
    many = client.good("PUT", "/v0.3/jobs/status/cancel", {"ids": [first, done, second, third]})
    assert many == {"ids": [first, second, third], "status": "canceled"}  # one had ended
    cancel(client, first)  # once more does no harm


def test_a_running_job_is_deleted(client: Client) -> None:
    first, second = client.submit(long_job()), client.submit(long_job())
    client.running(first)
    client.good("DELETE", f"/v0.4/jobs/{first}")
    assert client.refused("GET", f"/v0.4/jobs/{first}")[0] == 404
    client.running(second)
    client.good("DELETE", f"/v0.4/jobs/{second}")


def test_the_first_look_waits_and_later_ones_do_not() -> None:
    with ionsim.server.running(first_wait=1.0) as server:
        client = Client(server.url)
        job_id = client.submit(long_job())
        times = []
        for _ in range(2):
            begin = time.perf_counter()
            client.job(job_id)
            times.append(time.perf_counter() - begin)
        assert times[0] >= 0.9
        assert times[1] < times[0]
        # Those who wait hear of the end.
        other = client.submit(long_job())
        with ThreadPoolExecutor(1) as pool:
            waiting = pool.submit(client.job, other, "v0.3", 30)
            time.sleep(0.2)
            cancel(client, other)
            assert waiting.result(timeout=20)["status"] == "canceled"
        cancel(client, job_id)


def test_a_full_queue_answers_429() -> None:
    with ionsim.server.running(max_queue=2) as server:
        client = Client(server.url)
        ids = [client.submit(long_job()) for _ in range(2)]
        status, answer, headers = client.ask("POST", "/v0.4/jobs", bell())
        assert status == 429
        assert answer["error"] == "Too Many Requests"
        assert headers["retry-after"]
        client.good("PUT", "/v0.3/jobs/status/cancel", {"ids": ids})
        client.submit(bell())


def test_sizes_have_limits() -> None:
    limits = {"max_body_bytes": 1000, "max_circuits": 2, "max_gates": 5}
    with ionsim.server.running(**limits) as server:
        client = Client(server.url)
        status, message = client.refused("POST", "/v0.3/jobs", b" " * 1001)
        assert status == 413
        assert "1,000 bytes" in message
        # Without a length in advance, too.
        with socket.create_connection(("127.0.0.1", server.config.port)) as raw:
            head = b"POST /v0.3/jobs HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n"
            raw.sendall(head + b"\r\n" + (b"100\r\n" + b" " * 256 + b"\r\n") * 8 + b"0\r\n\r\n")
            assert raw.recv(100).startswith(b"HTTP/1.1 413")
        many = {"input": {"qubits": 1, "circuits": [{"circuit": []}] * 3}}
        status, message = client.refused("POST", "/v0.3/jobs", many)
        assert status == 400
        assert "3 circuits" in message
        gates = {"input": {"qubits": 1, "circuit": [{"gate": "x", "target": 0}] * 6}}
        status, message = client.refused("POST", "/v0.3/jobs", gates)
        assert status == 400
        assert "6 gates" in message


def test_a_body_that_does_not_come_is_given_up() -> None:
    with ionsim.server.running(body_timeout=0.3) as server:
        with socket.create_connection(("127.0.0.1", server.config.port)) as raw:
            head = b"POST /v0.3/jobs HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\n"
            raw.sendall(head + b"{")
            assert raw.recv(100).startswith(b"HTTP/1.1 408")
        Client(server.url).submit(bell())


def test_a_retry_makes_no_second_job(client: Client) -> None:
    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(lambda _: client.submit(bell(), Idempotency_Key="one"), range(16)))
    assert len(ids) == 1
    assert client.submit(bell(), Idempotency_Key="one") in ids
    assert client.submit(bell(), Idempotency_Key="two") not in ids
    status, message = client.refused("POST", "/v0.3/jobs", bell(shots=5), Idempotency_Key="one")
    assert status == 409
    assert "another body" in message
    assert len(client.good("GET", "/v0.3/jobs")["jobs"]) == 2
    assert client.refused("POST", "/v0.3/jobs", bell(), Idempotency_Key="x" * 300)[0] == 400


def test_many_clients_at_once_get_what_is_theirs(client: Client) -> None:
    def work(place: int) -> None:
        for seed in range(1 + 10 * place, 11 + 10 * place):
            noise = {"model": "harmony", "seed": seed}
            job_id = client.submit(bell(noise=noise, name=str(seed)))
            assert client.ended(job_id)["name"] == str(seed)
            assert client.results(job_id) == dict(ionsim.run(bell(noise=noise)).results)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))


def test_a_long_answer_does_not_hold_up_others(client: Client) -> None:
    """While a large result is made, others are served between its pieces."""
    qubits = 18
    circuit = [{"gate": "h", "target": q} for q in range(qubits)]
    job_id = client.submit({"input": {"qubits": qubits, "circuit": circuit}})
    client.ended(job_id)
    served = 0
    done = threading.Event()

    def fetch() -> int:
        size = len(json.dumps(client.results(job_id)))
        done.set()
        return size

    with ThreadPoolExecutor(1) as pool:
        large = pool.submit(fetch)
        while not done.is_set():
            client.good("GET", "/v0.3/health")
            served += 1
        assert large.result() > 2**qubits
    assert served > 3


def test_nobody_waits_for_a_server_that_ends() -> None:
    with ThreadPoolExecutor(1) as pool:
        with ionsim.server.running(first_wait=60.0) as server:
            client = Client(server.url)
            job_id = client.submit(long_job())
            client.running(job_id)  # its first look does not wait
            other = client.submit(long_job())
            waiting = pool.submit(client.job, other, "v0.3", 60)
            time.sleep(0.3)
        assert waiting.result(timeout=20)["status"] == "ready"


def test_a_job_that_looks_small_is_not_taken_for_small(client: Client) -> None:
    """Few gates on few qubits, and hours of work."""
    gate = {
        "gate": "pauliexp", "targets": list(range(16)), "terms": ["X" * 16, "Z" * 15 + "I"],
        "coefficients": [0.5, 0.5], "time": 900_000,
    }  # fmt: skip
    job_id = client.submit({"input": {"qubits": 16, "circuit": [gate]}})
    assert client.job(client.submit(bell()))["status"] == "completed"
    assert client.job(job_id, wait=0)["status"] in ("ready", "running")
    cancel(client, job_id)


@pytest.mark.long
@pytest.mark.parametrize("name", [*JOBS, "many controls"])
def test_any_kind_of_work_stops_soon(name: str) -> None:
    kinds = {**JOBS, "many controls": one(MANY_CONTROLS, 8, shots=100, noise={"model": "aria-1"})}
    limits = {"max_gates": 10**7, "max_body_bytes": 10**9}
    with ionsim.server.running(**limits) as server:
        client = Client(server.url)
        job_id = client.submit(kinds[name])
        after = client.submit(long_job())
        while client.job(job_id, wait=0)["status"] != "running":
            time.sleep(0.002)
        time.sleep(0.5)
        cancel(client, job_id)
        client.running(after)  # left alone, the first would take minutes
        assert client.job(job_id)["status"] == "canceled"
        cancel(client, after)
