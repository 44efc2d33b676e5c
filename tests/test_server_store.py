"""What outlives the server: jobs, results, waiting work; and what happens when it cannot."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import pytest

pytest.importorskip("uvicorn", reason="needs ionsim[server]")

import ionsim
import ionsim.server
from ionsim.server import changes, service
from ionsim.server.refusals import StoreError
from ionsim.server.store import Store
from ionsim.wire import JobState
from server_helpers import Client, bell, long_job, process


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> str:
    return str(tmp_path / "folder" / "jobs.sqlite")


def noisy(seed: int | None = None, **job: Any) -> dict[str, Any]:
    return bell(noise={"model": "harmony", "seed": seed}, **job)


def test_finished_jobs_are_read_again(path: str) -> None:
    bodies = [
        noisy(3, name="some", metadata={"k": [1]}, shots=700),
        bell(),
        {"input": {"circuits": [{"circuit": [{"gate": "x", "target": q}]} for q in range(3)]}},
        {"input": {"qubits": 70, "circuit": [{"gate": "x", "target": 69}]}},
        {"input": {"qubits": 15, "circuit": [{"gate": "h", "target": q} for q in range(15)]}},
        {"noise": {"model": "aria-1"}, "input": {
            "qubits": 26, "circuit": [{"gate": "h", "target": q} for q in range(26)]}},
    ]  # fmt: skip
    with ionsim.server.running(database=path) as server:
        client = Client(server.url)
        ids = [client.submit(body) for body in bodies]
        jobs = [client.ended(job_id) for job_id in ids]
        results = [client.results(job_id) for job_id in ids[:-1]]
        child = jobs[2]["children"][1]
    with ionsim.server.running(database=path) as server:
        client = Client(server.url)
        assert [client.job(job_id) for job_id in ids] == jobs
        assert [client.results(job_id) for job_id in ids[:-1]] == results
        assert client.results(child) == {"2": 1.0}
        assert client.good("GET", f"/v0.4/jobs/{ids[0]}/results/histogram") == (
            ionsim.run(bodies[0]).counts
        )
        assert [job["id"] for job in client.good("GET", "/v0.3/jobs")["jobs"]] == ids[::-1]


def test_unfinished_jobs_run_again(path: str) -> None:
    with ionsim.server.running(database=path) as server:
        client = Client(server.url)
        running = client.submit(long_job(noise={"model": "ideal", "seed": 9}))
        client.running(running)
        waiting = client.submit(long_job())
        canceled = client.submit(long_job())
        client.good("PUT", f"/v0.3/jobs/{canceled}/status/cancel")
        seeds = [client.job(job_id, wait=0)["noise"]["seed"] for job_id in (running, waiting)]
    with ionsim.server.running(database=path) as server:
        client = Client(server.url)
        again = client.running(running)
        assert client.job(waiting, wait=0)["status"] == "ready"
        assert client.job(canceled)["status"] == "canceled"
        assert [again["noise"]["seed"], client.job(waiting, wait=0)["noise"]["seed"]] == seeds
        client.good("PUT", "/v0.3/jobs/status/cancel", {"ids": [running, waiting]})


def test_an_interrupted_job_gives_what_it_would_have_given(path: str) -> None:
    """The store is left as a server leaves it that was killed before its first job ran."""
    with ionsim.server.running(database=path) as server:
        client = Client(server.url)
        whole = client.submit(noisy(shots=2000))  # the seed is chosen by the server
        results = client.results(whole)
        seed = client.job(whole)["noise"]["seed"]
    with closing(sqlite3.connect(path)) as connection:
        [state] = connection.execute("SELECT state FROM jobs").fetchone()
        found = JobState.from_bytes(state)
        back = msgspec.structs.replace(found, status="ready", started=0.0, finished=0.0)
        connection.execute("UPDATE jobs SET status = 'ready', state = ?", (back.to_bytes(),))
        connection.execute("DELETE FROM results")
        connection.commit()
    with ionsim.server.running(database=path) as server:
        client = Client(server.url)
        assert client.ended(whole)["noise"]["seed"] == seed
        assert client.results(whole) == results


def test_idempotency_outlives_the_server(path: str) -> None:
    with ionsim.server.running(database=path) as server:
        job_id = Client(server.url).submit(bell(), Idempotency_Key="one")
    with ionsim.server.running(database=path) as server:
        assert Client(server.url).submit(bell(), Idempotency_Key="one") == job_id


def test_deleted_jobs_leave_nothing(path: str) -> None:
    with ionsim.server.running(database=path) as server:
        client = Client(server.url)
        ids = [client.submit(noisy()) for _ in range(5)]
        for job_id in ids:
            client.ended(job_id)
        client.good("DELETE", "/v0.4/jobs", {"ids": ids})
    with closing(sqlite3.connect(path)) as connection:
        for table in ("jobs", "results", "children"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_old_jobs_are_deleted(path: str) -> None:
    with ionsim.server.running(database=path) as server:
        client = Client(server.url)
        old, new = (client.submit(bell()) for _ in range(2))
        for job_id in (old, new):
            client.ended(job_id)
    with closing(sqlite3.connect(path)) as connection:
        moment = time.time() - 10 * 86_400
        connection.execute("UPDATE jobs SET finished = ? WHERE id = ?", (moment, old))
        connection.commit()
    for days, kept in ((0.0, [new, old]), (11.0, [new, old]), (9.0, [new])):
        with ionsim.server.running(database=path, keep_days=days) as server:
            client = Client(server.url)
            end = time.monotonic() + 30
            while [job["id"] for job in client.good("GET", "/v0.3/jobs")["jobs"]] != kept:
                assert time.monotonic() < end
                time.sleep(0.02)


def test_large_bodies_are_stored_small(path: str) -> None:
    gates = [{"gate": "x", "target": q % 5} for q in range(50_000)]
    with ionsim.server.running(database=path) as server:
        client = Client(server.url)
        client.ended(client.submit({"input": {"qubits": 5, "circuit": gates}}))
    with closing(sqlite3.connect(path)) as connection:
        [size] = connection.execute("SELECT length(body) FROM jobs").fetchone()
    assert size < 100_000


def test_a_full_disk_is_named(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with ionsim.server.running(database=path) as server:
        client = Client(server.url)
        first = client.submit(bell())
        client.ended(first)
        change_limit(monkeypatch, lambda pages: pages)
        status, message = client.refused("POST", "/v0.4/jobs", filler())
        assert status == 507
        assert "full" in message
        assert "free some space" in message
        # What was there is there, nothing of the other is, and it goes on when there is room.
        assert client.results(first)
        assert [job["id"] for job in client.good("GET", "/v0.3/jobs")["jobs"]] == [first]
        change_limit(monkeypatch, lambda _: 2**30)
        client.ended(client.submit(filler()))


def test_a_result_is_stored_when_there_is_room_again(
    path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "_RETRY_SECONDS", 0.1)
    circuit = [{"gate": "ry", "target": q, "rotation": 0.1 + q} for q in range(14)]
    with ionsim.server.running(database=path) as server:
        client = Client(server.url)
        client.ended(client.submit(bell()))
        with monkeypatch.context() as patch:
            change_limit(patch, lambda pages: pages + 4)
            job_id = client.submit({"input": {"qubits": 14, "circuit": circuit}})
            client.ended(job_id)
            results = client.results(job_id)
            time.sleep(0.3)
            assert pieces(path, job_id) == 0
        change_limit(monkeypatch, lambda _: 2**30)
        end = time.monotonic() + 30
        while pieces(path, job_id) == 0:
            assert time.monotonic() < end
            time.sleep(0.05)
    with ionsim.server.running(database=path) as server:
        assert Client(server.url).results(job_id) == results


def pieces(path: str, job_id: str) -> int:
    with closing(sqlite3.connect(path)) as connection:
        sql = "SELECT count(*) FROM results WHERE job = ?"
        return int(connection.execute(sql, (job_id,)).fetchone()[0])


def filler() -> dict[str, Any]:
    """A job whose body does not compress."""
    import random

    text = "".join(random.Random(1).choices("0123456789abcdef", k=200_000))
    return bell(name=text)


def change_limit(monkeypatch: pytest.MonkeyPatch, limit: Callable[[int], int]) -> None:
    """Let the file grow no further; SQLite then says what it says of a full disk."""
    original = Store._transaction

    def limited(self: Store, some: Any) -> Any:
        [pages] = self._writer.execute("PRAGMA page_count").fetchone()
        self._writer.execute(f"PRAGMA max_page_count = {limit(pages)}").fetchall()
        return original(self, some)

    monkeypatch.undo()
    original = Store._transaction
    monkeypatch.setattr(Store, "_transaction", limited)


def test_a_file_has_one_server(path: str) -> None:
    with (
        ionsim.server.running(database=path),
        pytest.raises(StoreError, match="another server uses"),
        ionsim.server.running(database=path),
    ):
        pass
    with ionsim.server.running(database=path) as server:
        Client(server.url).submit(bell())


def test_what_is_no_database_is_named(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("these are notes, and no database at all\n" * 100)
    with pytest.raises(StoreError, match=r"notes.txt"), ionsim.server.running(database=str(file)):
        pass
    with closing(sqlite3.connect(tmp_path / "newer.sqlite")) as connection:
        connection.execute("PRAGMA user_version = 99")
    newer = str(tmp_path / "newer.sqlite")
    with pytest.raises(StoreError, match="another version"), ionsim.server.running(database=newer):
        pass


def test_one_bad_write_does_not_harm_the_others() -> None:
    store = Store(":memory:")
    try:
        states = [
            JobState(id=str(place // 2), version="v0.3", status="ready", submitted=1.0)
            for place in range(6)
        ]
        written = [
            store.write(changes.insert_job(state, changes.packed(b"{}"))) for state in states
        ]
        errors = [each.exception(timeout=10) for each in written]
        assert [error is None for error in errors] == [True, False] * 3
        assert store.unfinished() == ["0", "1", "2"]
    finally:
        store.close()


def test_a_command_that_ends_in_order(path: str) -> None:
    with process(database=path) as server:
        client = Client(server.url)
        job_id = client.submit(long_job())
        client.running(job_id)
        assert server.stop() in (0, -15)
        assert not any("Traceback" in line for line in server.messages)
    with process(database=path) as server:
        Client(server.url).running(job_id)
