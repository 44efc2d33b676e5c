"""Ctrl-C ends everything within 0.3 s, and the progress bar is for terminals only."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pexpect = pytest.importorskip("pexpect", reason="needs a POSIX terminal")

LIMIT_SECONDS = 0.3
COMMAND = [sys.executable, "-m", "ionsim"]


def layers(qubits: int, depth: int) -> list[dict[str, Any]]:
    gates: list[dict[str, Any]] = []
    for layer in range(depth):
        gates += [
            {"gate": "ry", "target": qubit, "rotation": 0.1 + qubit + layer}
            for qubit in range(qubits)
        ]
        gates += [
            {"gate": "cnot", "control": qubit, "target": qubit + 1} for qubit in range(qubits - 1)
        ]
    return gates


def one(circuit: list[dict[str, Any]], qubits: int, **job: Any) -> dict[str, Any]:
    return {"input": {"qubits": qubits, "circuit": circuit}, **job}


NOISY: dict[str, Any] = {"noise": {"model": "aria-1", "seed": 1}, "shots": 1_000_000}
MANY_CONTROLS = [{"gate": "x", "target": 0, "controls": [1, 2, 3, 4, 5, 6, 7]}] * 100_000
JOBS = {
    "one large circuit": one(layers(24, 500), 24),
    "many shots": one(layers(13, 60), 13, **NOISY),
    "many circuits": {
        "input": {"circuits": [{"circuit": layers(15, 25)}] * 150}, **NOISY,
    },
    # The thread that hears Ctrl-C may get the small circuit and must go on listening.
    "an uneven batch": {
        "input": {"circuits": [{"circuit": layers(15, 400)}, {"circuit": layers(2, 1)}]}, **NOISY,
    },
    "a long plan": one(layers(20, 6000), 20),
}  # fmt: skip
TO_COME_TO_WORK = (1.0, 3.0, 8.0)  # seconds; a busy machine may need more than the first


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Path]]:
    folder = tmp_path_factory.mktemp("jobs")
    found = {}
    for name, job in JOBS.items():
        found[name] = folder / f"{name}.json"
        found[name].write_text(json.dumps(job))
    return found


def interrupted(command: list[str], seconds: float, **options: Any) -> tuple[int, float, str]:
    """Send Ctrl-C to a command after some seconds; return its code, how long it took, messages."""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options
    ) as process:
        time.sleep(seconds)
        assert process.poll() is None, "over before it was interrupted"
        start = time.perf_counter()
        process.send_signal(signal.SIGINT)
        process.wait(timeout=60)
        took = time.perf_counter() - start
        assert process.stderr is not None
        return process.returncode, took, process.stderr.read().decode()


def assert_ends_soon(command: list[str], **options: Any) -> None:
    # A machine that does something else may be late once, not three times.
    found = []
    for seconds in TO_COME_TO_WORK:
        code, took, messages = interrupted(command, seconds, **options)
        found.append((code, took, messages))
        if code == 130 and took < LIMIT_SECONDS:
            assert messages == "interrupted\n"
            return
    pytest.fail(f"not ended in time: {found}")


@pytest.mark.parametrize("name", JOBS)
def test_a_run_of_the_command(name: str, files: dict[str, Path]) -> None:
    limits = ["--max-gates", "1000000", "--max-bytes", "1GB"]
    assert_ends_soon([*COMMAND, "run", str(files[name]), *limits])


def test_breaking_up_gates_with_many_controls(tmp_path: Path) -> None:
    """For noise, each such gate becomes hundreds of steps before anything runs."""
    file = tmp_path / "job.json"
    file.write_text(json.dumps(one(MANY_CONTROLS[:60_000], 8)))
    assert_ends_soon([*COMMAND, "run", str(file), "--noise", "aria-1", "--shots", "1"])


def test_reading_from_a_pipe_that_stays_open() -> None:
    assert_ends_soon([*COMMAND, "run", "-"], stdin=subprocess.PIPE)


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs /dev/zero")
def test_reading_what_never_ends() -> None:
    assert_ends_soon([*COMMAND, "validate", "/dev/zero", "--max-bytes", "8GiB"])


def test_writing_to_a_reader_that_does_not_read(tmp_path: Path) -> None:
    file = tmp_path / "flat.json"
    file.write_text(json.dumps(one([{"gate": "h", "target": q} for q in range(18)], 18)))
    assert_ends_soon([*COMMAND, "run", str(file), "--json"])


PYTHON = """
import json, sys, time
import ionsim
job = json.load(open(sys.argv[1]))
threads = int(sys.argv[2])
print("ready", flush=True)
try:
    ionsim.run(job, threads=threads, progress={progress})
except KeyboardInterrupt:
    print("stopped", flush=True)
"""
QUIET = "False"
REPORTING = "lambda fraction: print('at work', flush=True)"


@pytest.mark.parametrize("progress", [QUIET, REPORTING], ids=["quiet", "reporting"])
@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("name", JOBS)
def test_a_run_in_python(name: str, threads: int, progress: str, files: dict[str, Path]) -> None:
    """`run` raises KeyboardInterrupt like any Python code, and the program may go on."""
    program = [sys.executable, "-c", PYTHON.format(progress=progress), str(files[name])]
    times = []
    for _ in range(3):
        with subprocess.Popen(
            [*program, str(threads)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            if progress == REPORTING:
                assert process.stdout.readline() == "at work\n"
            time.sleep(1.0)
            assert process.poll() is None
            start = time.perf_counter()
            process.send_signal(signal.SIGINT)
            while (line := process.stdout.readline()) == "at work\n":
                pass
            times.append(time.perf_counter() - start)
            assert line == "stopped\n"
            process.wait(timeout=60)
        if times[-1] < LIMIT_SECONDS:
            return
    pytest.fail(f"not stopped in time: {times}")


# --- on a terminal -------------------------------------------------------------------------------


def terminal(*arguments: str, **options: Any) -> Any:
    return pexpect.spawn(
        COMMAND[0], [*COMMAND[1:], *arguments], timeout=60, dimensions=(24, 100), **options
    )


def test_long_work_shows_a_bar(files: dict[str, Path]) -> None:
    screen = terminal("run", str(files["one large circuit"]))
    screen.expect(r"\d+%\|.*\| \d\d:\d\d<")
    first = int(re.findall(rb"(\d+)%", screen.after)[0])
    later = first
    while later == first:  # it moves
        screen.expect(r"(\d+)%\|")
        later = int(screen.match.group(1))
    assert later > first
    start = time.perf_counter()
    screen.sendintr()
    screen.expect("interrupted")
    screen.expect(pexpect.EOF)
    took = time.perf_counter() - start
    screen.close()
    assert screen.exitstatus == 130
    assert took < 3 * LIMIT_SECONDS  # the terminal's own delays are in it


def test_short_work_shows_none(tmp_path: Path) -> None:
    file = tmp_path / "job.json"
    file.write_text(json.dumps(one([{"gate": "h", "target": 0}], 1)))
    screen = terminal("run", str(file))
    text = screen.read().decode()
    assert "exact probabilities" in text
    assert "%|" not in text
    screen.close()
    assert screen.exitstatus == 0


def test_a_job_typed_at_the_terminal() -> None:
    screen = terminal("run", "-", echo=False)
    screen.expect("reading a job from the terminal")
    screen.sendline(json.dumps(one([{"gate": "x", "target": 0}], 1)))
    screen.sendeof()
    text = screen.read().decode()
    assert "exact probabilities" in text
    screen.close()
    assert screen.exitstatus == 0


def test_no_bar_without_a_terminal(tmp_path: Path) -> None:
    """Work that is long enough for a bar leaves standard error empty in a pipe."""
    file = tmp_path / "job.json"
    file.write_text(json.dumps(one([*layers(21, 60), *undone(layers(21, 60))], 21)))
    command = [*COMMAND, "run", str(file), "--json", "--no-fuse", "--threads", "1"]
    done = subprocess.run(command, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert json.loads(done.stdout)["execution_time"] > 600  # ms; a bar comes after 500
    screen = pexpect.spawn("/bin/sh", ["-c", " ".join([*command, "2>" + os.devnull])], timeout=60)
    assert b"%|" not in screen.read()


def undone(gates: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the gates that lead back, so that the result is short."""
    return [
        gate | {"rotation": -gate["rotation"]} if "rotation" in gate else gate
        for gate in reversed(gates)
    ]
