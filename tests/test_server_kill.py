"""kill -9 in the middle of work: no job that was answered is lost, and all give what they would.

Run with: python -m pytest -m long tests/test_server_kill.py
"""

from __future__ import annotations

import http.client
import random
import threading
import time
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("uvicorn", reason="needs ionsim[server]")

import ionsim
from server_helpers import Client, Process

pytestmark = pytest.mark.long

JOBS = 200
KILLS = 10


def job(place: int) -> dict[str, Any]:
    """Small and less small ones, batches, ideal and noisy, most without a seed of their own."""
    dice = random.Random(place)
    qubits = dice.choice([2, 3, 5, 9, 13])
    gates: list[dict[str, Any]] = []
    for _ in range(dice.choice([5, 40])):
        a, b = dice.sample(range(qubits), 2)
        gates.append({"gate": "ry", "target": a, "rotation": dice.uniform(-3, 3)})
        gates.append({"gate": "cnot", "control": a, "target": b})
    body: dict[str, Any] = {"name": str(place), "shots": dice.choice([100, 1000])}
    if place % 3:
        body["noise"] = {"model": "harmony" if qubits <= 11 else "aria-1"}
        if place % 10 == 0:
            body["noise"]["seed"] = 1 + place
    circuits = {"circuits": [{"circuit": gates}, {"circuit": gates[::2]}]}
    body["input"] = {"qubits": qubits, **(circuits if place % 7 == 0 else {"circuit": gates})}
    return body


def test_no_answered_job_is_lost(tmp_path: Path) -> None:
    database = tmp_path / "jobs.sqlite"
    dice = random.Random(7)
    answered: dict[int, str] = {}
    waiting = list(range(JOBS))
    kills = 0
    server = Process(database=database)
    try:
        while waiting or kills < KILLS:
            killer = None
            if kills < KILLS:
                seconds = dice.uniform(0.0, 0.25)
                killer = threading.Timer(seconds, server.process.kill)
                killer.start()
                kills += 1
            client = Client(server.url)
            try:
                while waiting:
                    place = waiting[0]
                    answered[place] = client.submit(job(place))
                    waiting.pop(0)
                    if dice.random() < 0.3:
                        client.job(answered[place])
                if killer is not None:
                    killer.join()
                    server.process.wait()
                    raise ConnectionError
            except (OSError, ValueError, http.client.HTTPException):
                # Not answered: whether that job exists is open, as after any lost answer.
                server.kill()
                server = Process(database=database)
        client = Client(server.url)
        assert len(answered) == JOBS
        for place, job_id in answered.items():
            found = ended(client, job_id)
            assert found["status"] == "completed", found
            assert found["name"] == str(place)
            undisturbed = ionsim.run(job(place), seed=found["noise"]["seed"])
            results = client.results(job_id)
            if undisturbed.multi:
                expected = [dict(child.results) for child in undisturbed.children]
                assert [results[child] for child in found["children"]] == expected
            else:
                assert results == dict(undisturbed.results)
    finally:
        server.kill()


def ended(client: Client, job_id: str) -> Any:
    end = time.monotonic() + 120
    while True:
        found = client.job(job_id)
        if found["status"] in ("completed", "failed", "canceled") or time.monotonic() > end:
            return found
        time.sleep(0.02)
