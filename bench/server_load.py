"""Load on a server: many clients, small jobs, a fixed time; throughput, latency and memory.

Run it on an idle machine: ``python bench/server_load.py --seconds 60``. Each client submits a noisy
Bell job, looks at it once (the server answers when it has ended) and fetches its results, over a
connection that stays open. The figures go to ``bench/results/server.json``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results" / "server.json"
BELL = [{"gate": "h", "target": 0}, {"gate": "cnot", "control": 0, "target": 1}]
JOB = {"shots": 100, "noise": {"model": "aria-1"}, "input": {"qubits": 2, "circuit": BELL}}


class Client:
    """One connection, spoken to by hand: a library would take longer than the server."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def ask(self, method: str, path: str, body: bytes = b"") -> bytes:
        head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n\r\n"
        self.writer.write(head.encode() + body)
        answer = await self.reader.readuntil(b"\r\n\r\n")
        found = re.search(rb"content-length: (\d+)", answer, re.IGNORECASE)
        if found is None or not answer.startswith((b"HTTP/1.1 200", b"HTTP/1.1 201")):
            raise RuntimeError(answer.decode())
        return await self.reader.readexactly(int(found.group(1)))

    async def job(self) -> float:
        begin = time.perf_counter()
        job_id = json.loads(await self.ask("POST", "/v0.3/jobs", json.dumps(JOB).encode()))["id"]
        state = json.loads(await self.ask("GET", f"/v0.3/jobs/{job_id}"))
        if state["status"] != "completed":
            raise RuntimeError(f"not completed: {state}")
        results = json.loads(await self.ask("GET", f"/v0.3/jobs/{job_id}/results"))
        if abs(sum(results.values()) - 1) > 1e-9:
            raise RuntimeError(f"not a distribution: {results}")
        return time.perf_counter() - begin


async def load(port: int, clients: int, seconds: float, pid: int) -> dict[str, Any]:
    """Keep all clients busy; return what came of it."""
    taken: list[float] = []
    memory: list[int] = []
    end = time.perf_counter() + seconds

    async def work() -> None:
        client = Client(*await asyncio.open_connection("127.0.0.1", port))
        while time.perf_counter() < end:
            taken.append(await client.job())
        client.writer.close()

    async def watch() -> None:
        while time.perf_counter() < end:
            memory.append(resident_mib(pid))
            await asyncio.sleep(seconds / 12)

    await asyncio.gather(watch(), *(work() for _ in range(clients)))
    taken.sort()
    return {
        "clients": clients,
        "seconds": seconds,
        "jobs": len(taken),
        "jobs_per_second": round(len(taken) / seconds, 1),
        "p50_ms": round(1e3 * taken[len(taken) // 2], 2),
        "p99_ms": round(1e3 * taken[int(len(taken) * 0.99)], 2),
        "server_mib_over_time": memory,
    }


def resident_mib(pid: int) -> int:
    """Return the memory that a process holds (Linux)."""
    try:
        text = Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return 0
    found = re.search(r"VmRSS:\s+(\d+)", text)
    return int(found.group(1)) // 1024 if found else 0


def processor_seconds(pid: int) -> float:
    """Return the processor time that a process has taken (Linux)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def long_job() -> bytes:
    """Return a job of minutes."""
    gates: list[dict[str, Any]] = []
    for layer in range(500):
        gates += [{"gate": "ry", "target": q, "rotation": 0.1 + q + layer} for q in range(24)]
        gates += [{"gate": "cnot", "control": q, "target": q + 1} for q in range(23)]
    return json.dumps({"input": {"qubits": 24, "circuit": gates}}).encode()


async def cancel(port: int) -> list[float]:
    """Return the seconds from a cancel until the next job of the lane runs, five times."""
    client = Client(*await asyncio.open_connection("127.0.0.1", port))

    async def until(job_id: str, least: float) -> None:
        while True:
            state = json.loads(await client.ask("GET", f"/v0.3/jobs/{job_id}?wait=0"))
            if state["status"] == "running" and state["progress"] >= least:
                return
            await asyncio.sleep(0.001)

    taken = []
    for _ in range(5):
        ids = []
        for _ in range(2):
            ids.append(json.loads(await client.ask("POST", "/v0.3/jobs", long_job()))["id"])
        await until(ids[0], 1e-6)
        begin = time.perf_counter()
        await client.ask("PUT", f"/v0.3/jobs/{ids[0]}/status/cancel")
        await until(ids[1], 0.0)
        taken.append(time.perf_counter() - begin)
        await client.ask("PUT", f"/v0.3/jobs/{ids[1]}/status/cancel")
    client.writer.close()
    return taken


async def large_body(port: int) -> float:
    """Return the seconds until a job of 100,000 gates is accepted; the best of five."""
    gates = [
        {"gate": "rx", "target": place % 20, "rotation": 0.001 * place} for place in range(100_000)
    ]
    body = json.dumps({"input": {"qubits": 20, "circuit": gates}}).encode()
    client = Client(*await asyncio.open_connection("127.0.0.1", port))
    best = float("inf")
    for _ in range(5):
        begin = time.perf_counter()
        job_id = json.loads(await client.ask("POST", "/v0.3/jobs", body))["id"]
        best = min(best, time.perf_counter() - begin)
        await client.ask("GET", f"/v0.3/jobs/{job_id}")
    client.writer.close()
    return best


def main() -> None:
    """Start a server, load it, write the figures."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--no-write", action="store_true", help="print the figures only")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "ionsim", "serve", "--port", "0"]
        process = subprocess.Popen(
            [*command, "--db", str(Path(folder) / "jobs.sqlite")], stdout=subprocess.PIPE, text=True
        )
        try:
            assert process.stdout is not None
            line = process.stdout.readline()
            port = int(re.search(r":(\d+)", line).group(1))  # type: ignore[union-attr]
            asyncio.run(load(port, given.clients, 2.0, process.pid))  # warm up
            before = processor_seconds(process.pid)
            figures = asyncio.run(load(port, given.clients, given.seconds, process.pid))
            spent = processor_seconds(process.pid) - before
            figures["server_cpu_ms_per_job"] = round(1e3 * spent / figures["jobs"], 3)
            figures["large_body_accepted_ms"] = round(1e3 * asyncio.run(large_body(port)), 1)
            figures["cancel_to_next_ms"] = [
                round(1e3 * seconds, 1) for seconds in asyncio.run(cancel(port))
            ]
            size = sum(file.stat().st_size for file in Path(folder).iterdir())
            figures["database_mib"] = round(size / 2**20, 1)
        finally:
            process.terminate()
            process.wait()
    figures["fast_loop"] = has("uvloop") and has("httptools")
    figures["load_of_the_machine"] = [round(each, 1) for each in os.getloadavg()]
    figures["machine"] = f"{platform.machine()}, {os.cpu_count()} cores"
    figures["python"] = platform.python_version()
    print(json.dumps(figures, indent=2))
    if not given.no_write:
        RESULTS.write_text(json.dumps(figures, indent=2) + "\n")


def has(module: str) -> bool:
    """Tell whether a module is installed."""
    import importlib.util

    return importlib.util.find_spec(module) is not None


if __name__ == "__main__":
    main()
