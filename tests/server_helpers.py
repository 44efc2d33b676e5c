"""A server to test against, on a thread or as a process, and a plain client for it."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

BELL = [{"gate": "h", "target": 0}, {"gate": "cnot", "control": 0, "target": 1}]


def bell(**job: Any) -> dict[str, Any]:
    return {"input": {"qubits": 2, "circuit": BELL}, **job}


def bell_v0_4(**job: Any) -> dict[str, Any]:
    return {"type": "ionq.circuit.v1", "backend": "simulator", **bell(), **job}


def long_job(**job: Any) -> dict[str, Any]:
    """A job of minutes: nothing in it merges."""
    gates: list[dict[str, Any]] = []
    for layer in range(500):
        gates += [{"gate": "ry", "target": q, "rotation": 0.1 + q + layer} for q in range(24)]
        gates += [{"gate": "cnot", "control": q, "target": q + 1} for q in range(23)]
    return {"input": {"qubits": 24, "circuit": gates}, **job}


class Client:
    """Talks to a server, one connection a request."""

    def __init__(self, url: str, **headers: str) -> None:
        self.url = url
        self.headers = headers

    def ask(
        self, method: str, path: str, body: Any = None, **headers: str
    ) -> tuple[int, Any, dict[str, str]]:
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        given = {name.replace("_", "-"): text for name, text in (self.headers | headers).items()}
        connection = http.client.HTTPConnection(urlsplit(self.url).netloc, timeout=60)
        with closing(connection):
            connection.request(method, path, body, given)
            answer = connection.getresponse()
            data = answer.read()
            found = {name.lower(): text for name, text in answer.getheaders()}
        is_json = found.get("content-type", "").startswith("application/json")
        return answer.status, json.loads(data) if is_json else data, found

    def good(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        status, answer, _ = self.ask(method, path, body, **headers)
        assert status in (200, 201), answer
        return answer

    def refused(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        status, answer, _ = self.ask(method, path, body, **headers)
        assert status >= 400, answer
        assert answer["statusCode"] == status
        assert answer["error"]
        return status, answer["message"]

    def submit(self, job: Any, version: str = "v0.3", **headers: str) -> str:
        return str(self.good("POST", f"/{version}/jobs", job, **headers)["id"])

    def job(self, job_id: str, version: str = "v0.3", wait: float | None = None) -> Any:
        query = "" if wait is None else f"?wait={wait}"
        return self.good("GET", f"/{version}/jobs/{job_id}{query}")

    def ended(self, job_id: str, version: str = "v0.3") -> Any:
        """Wait for the end of a job."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            found = self.job(job_id, version)
            if found["status"] in ("completed", "failed", "canceled"):
                return found
            time.sleep(0.01)
        raise AssertionError(f"not ended: {found}")

    def running(self, job_id: str) -> Any:
        """Wait until a job runs."""
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            found = self.job(job_id, wait=0)
            if found["status"] == "running" and found["progress"] > 0:
                return found
            time.sleep(0.01)
        raise AssertionError(f"not running: {found}")

    def results(self, job_id: str) -> Any:
        return self.good("GET", f"/v0.3/jobs/{job_id}/results")


class Process:
    """A server process."""

    def __init__(self, *options: str, database: Path | str = ":memory:", **env: str) -> None:
        command = [sys.executable, "-m", "ionsim", "serve", "--port", "0", "--db", str(database)]
        self.process = subprocess.Popen(
            [*command, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | env,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        found = re.search(r"http://\S+", line)
        if found is None:
            raise AssertionError(f"no server: {line}{self.process.communicate()}")
        self.url = found.group()
        # Both pipes are emptied, or the process could wait for us.
        self.messages: list[str] = []
        streams = (self.process.stdout, self.process.stderr)
        self.readers = [threading.Thread(target=self._read, args=(each,)) for each in streams]
        for reader in self.readers:
            reader.start()

    def _read(self, stream: Any) -> None:
        with stream:
            self.messages.extend(stream)

    def kill(self) -> None:
        self.process.kill()
        self._wait()

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self._wait()

    def _wait(self) -> int:
        code = self.process.wait(timeout=30)
        for reader in self.readers:
            reader.join()
        return code


@contextmanager
def process(*options: str, **settings: Any) -> Iterator[Process]:
    started = Process(*options, **settings)
    try:
        yield started
    finally:
        started.kill()
