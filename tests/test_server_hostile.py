"""Clients that are slow, broken or ill-willed: the server stays up, and others are served.

Run with: python -m pytest -m long tests/test_server_hostile.py
"""

from __future__ import annotations

import random
import resource
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from urllib.parse import urlsplit

import pytest

pytest.importorskip("uvicorn", reason="needs ionsim[server]")

from server_helpers import Client, Process, bell, process

pytestmark = pytest.mark.long

HEAD = b"POST /v0.3/jobs HTTP/1.1\r\nHost: localhost\r\n"


@pytest.fixture(scope="module", name="server")
def _server() -> Iterator[Process]:
    with process() as server:
        yield server
        assert server.process.poll() is None
        text = "".join(line for line in server.messages if "Invalid HTTP request" not in line)
        assert "Traceback" not in text, text[:5000]


@pytest.fixture(autouse=True)
def others_are_served(server: Process) -> Iterator[None]:
    yield
    client = Client(server.url)
    assert client.ended(client.submit(bell()))["status"] == "completed"


def connect(server: Process) -> socket.socket:
    parts = urlsplit(server.url)
    return socket.create_connection((parts.hostname, parts.port), timeout=30)


def served(server: Process) -> None:
    client = Client(server.url)
    assert client.ended(client.submit(bell()))["status"] == "completed"


def test_bodies_that_stop_half_way(server: Process) -> None:
    with ExitStack() as stack:
        for _ in range(200):
            raw = stack.enter_context(connect(server))
            raw.sendall(HEAD + b'Content-Length: 100000\r\n\r\n{"input": {"qubits": 2, ')
        served(server)
    # Their connections are gone now, in the middle of a body.
    served(server)


def test_heads_that_come_byte_by_byte(server: Process) -> None:
    with ExitStack() as stack:
        slow = [stack.enter_context(connect(server)) for _ in range(100)]
        for position in range(20):
            for raw in slow:
                raw.sendall(HEAD[position : position + 1])
            served(server)


def test_connections_that_are_reset(server: Process) -> None:
    for _ in range(200):
        raw = connect(server)
        raw.sendall(HEAD + b"Content-Length: 50\r\n\r\n{")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        raw.close()


def test_readers_that_do_not_read(server: Process) -> None:
    client = Client(server.url)
    gates = [{"gate": "h", "target": q} for q in range(16)]
    job_id = client.submit({"input": {"qubits": 16, "circuit": gates}})
    client.ended(job_id)
    with ExitStack() as stack:
        for _ in range(50):
            raw = stack.enter_context(connect(server))
            raw.sendall(
                f"GET /v0.3/jobs/{job_id}/results HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
            )
        served(server)
    served(server)


def test_thousands_of_open_connections(server: Process) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 10_000
    if hard == resource.RLIM_INFINITY or hard > wanted + 500:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted + 500, hard))
    else:
        wanted = hard - 500
    try:
        with ExitStack() as stack:
            for count in range(wanted):
                raw = stack.enter_context(connect(server))
                if count % 100 == 0:
                    raw.sendall(HEAD)
            served(server)
        served(server)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_noise_in_place_of_requests(server: Process) -> None:
    dice = random.Random(3)
    for _ in range(200):
        with connect(server) as raw:
            raw.sendall(dice.randbytes(dice.randrange(1, 2000)))
            raw.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize(
    "body",
    [
        b'{"a":' * 1_000_000,
        b"[" * 5_000_000,
        b'{"input": {"qubits": 1, "circuit": ' + b"[" * 1_000_000 + b"]" * 1_000_000 + b"}}",
        b'{"metadata": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}",
        b'{"shots": ' + b"9" * 1_000_000 + b"}",
        b'{"shots": 1e999999999, "input": {"qubits": 1e308, "circuit": []}}',
        b'{"input": {"qubits": 10000, "circuit": [{"gate": "x", "target": 1' + b"0" * 400 + b"}]}}",
        b'{"name": "\\ud800", "input": {"qubits": 1, "circuit": []}}',
        b'{"name": "\xc3\x28", "input": {"qubits": 1, "circuit": []}}',
        '{"input": {"qubits": 1, "circuit": []}}'.encode("utf-16"),
        '{"input": {"qubits": 1, "circuit": []}}'.encode("utf-32"),
        b"\x1f\x8b\x08\x00" + bytes(100),
        b"\x00" * 1000,
        b"\xef\xbb\xbf",
        b'{"input": {"qubits": 1, "circuits": [' + b"{}," * 6000 + b"{}]}}",
        b'{"noise": {"model": "' + b"m" * 1_000_000 + b'"}, "input": {"qubits": 1}}',
    ],
    ids=range(16),
)
@pytest.mark.parametrize("version", ["v0.3", "v0.4"])
def test_bodies_that_are_no_jobs(server: Process, version: str, body: bytes) -> None:
    status, answer, _ = Client(server.url).ask("POST", f"/{version}/jobs", body)
    assert status == 400, answer
    assert len(answer["message"]) < 10_000


def test_paths_that_lead_nowhere(server: Process) -> None:
    client = Client(server.url)
    odd = ("%00", "%2e%2e%2f", "x" * 5000, "x%0d%0ay", "'%20OR%201=1--")
    places = [f"/{version}/jobs/{text}" for version in ("v0.3", "v0.4") for text in odd]
    for path in ("/../../etc/passwd", "//", *places):
        assert client.ask("GET", path)[0] in (400, 404, 414), path
    for query in ("limit=" + "9" * 5000, "limit=nan", "next=%00", "ids=" + ",".join("x" * 3000)):
        assert client.ask("GET", f"/v0.4/jobs?{query}")[0] in (200, 400), query


def test_a_crowd_that_all_cancels(server: Process) -> None:
    def work() -> None:
        client = Client(server.url)
        for _ in range(10):
            job_id = client.submit(bell())
            client.ask("PUT", f"/v0.4/jobs/{job_id}/status/cancel")
            client.ask("DELETE", f"/v0.4/jobs/{job_id}")

    threads = [threading.Thread(target=work) for _ in range(16)]
    begin = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=120)
    assert time.monotonic() - begin < 120
