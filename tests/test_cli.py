"""The ionsim command: what it prints where, how it ends, and that no input makes it crash."""

from __future__ import annotations

import inspect
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

import ionsim
from ionsim.cli import cli
from strategies import JobCase
from strategies_broken import as_json
from strategies_jobs import broken_texts, job_cases

BELL = [{"gate": "h", "target": 0}, {"gate": "cnot", "control": 0, "target": 1}]
JOB: dict[str, Any] = {"name": "bell", "input": {"qubits": 2, "circuit": BELL}}
ONE_BAD: dict[str, Any] = {
    "input": {
        "qubits": 2,
        "circuits": [
            {"name": "good", "circuit": BELL},
            {"name": "bad", "circuit": [{"gate": "hh", "target": 0}]},
        ],
    }
}
COMMAND = [sys.executable, "-m", "ionsim"]

# click before 8.2 mixes the two streams unless it is told not to.
_SEPARATE = {"mix_stderr": False} if "mix_stderr" in inspect.signature(CliRunner).parameters else {}


def call(*arguments: str, job: Any = None) -> tuple[int, str, str]:
    """Run the command in this process; a job goes to standard input."""
    text = job if isinstance(job, bytes) else json.dumps(job).encode()
    done = CliRunner(**_SEPARATE).invoke(cli, arguments, input=text, prog_name="ionsim")
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


def spawn(*arguments: str, job: Any = None, **options: Any) -> subprocess.CompletedProcess[str]:
    text = None if job is None else json.dumps(job)
    return subprocess.run(
        [*COMMAND, *arguments], input=text, capture_output=True, text=True, check=False, **options
    )


@pytest.fixture
def job_file(tmp_path: Path) -> Path:
    file = tmp_path / "job.json"
    file.write_text(json.dumps(JOB))
    return file


# --- run ---------------------------------------------------------------------------------------


def test_text_of_an_ideal_job() -> None:
    code, out, err = call("run", "-", job=JOB)
    assert (code, err) == (0, "")
    head, *bars = out.splitlines()
    about = (
        r"bell: 2 qubits, 1 one-qubit and 1 two-qubit gates, ideal, exact probabilities, [\d.]+ \w+"
    )
    assert re.fullmatch(about, head)
    assert bars == ["0  00  0.5  ################", "3  11  0.5  ################"]


def test_text_of_a_noisy_job() -> None:
    arguments = ("--noise", "aria-1", "--r2", "1", "--shots", "50", "--seed", "3")
    code, out, err = call("run", "-", *arguments, job=JOB)
    assert (code, err) == (0, "")
    assert "aria-1 (r1 0.0005, r2 1), 50 shots, seed 3," in out
    expected = ionsim.run(JOB, noise=ionsim.MODELS["aria-1"].replace(r2=1), shots=50, seed=3)
    assert out.splitlines()[1:] == expected.histogram.bars().splitlines()


def test_only_the_top_outcomes() -> None:
    flat = {"input": {"qubits": 4, "circuit": [{"gate": "h", "target": q} for q in range(4)]}}
    code, out, _ = call("run", "-", "--top", "3", job=flat)
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()[1:]] == ["0", "1", "2", "..."]
    assert "13 more outcomes" in out


def test_registers_get_bars_of_their_own() -> None:
    _, out, _ = call("run", "-", job=JOB | {"registers": {"high": [1]}})
    assert out.splitlines()[-3:] == [
        "register high",
        "0  0  0.5  ################",
        "1  1  0.5  ################",
    ]


def test_json_of_a_job() -> None:
    arguments = ("--json", "--noise", "harmony-2", "--readout-flip", "0.25", "--seed", "9")
    code, out, err = call("run", "-", *arguments, job=JOB | {"shots": 80, "metadata": {"a": "é"}})
    shown = json.loads(out)
    assert code == 0
    assert shown["status"] == "completed"
    assert shown["metadata"] == {"a": "é"}
    assert shown["noise"]["model"] == "harmony"
    assert shown["noise"]["readout_flip"] == 0.25
    assert shown["noise"]["seed"] == 9
    noise = ionsim.MODELS["harmony"].replace(readout_flip=0.25)
    expected = ionsim.run(JOB | {"shots": 80}, noise=noise, seed=9)
    assert shown["results"] == expected.results_dict()
    assert list(shown["results"]) == list(expected.results_dict())
    assert err.startswith("Warning: the noise model harmony is an approximation")
    assert set(expected.to_dict()) <= set(shown)


def test_json_of_many_outcomes_comes_in_pieces() -> None:
    qubits = range(1, 36, 2)  # 18 touched ones of 36
    rows = [{"gate": "ry", "target": q, "rotation": 1e-7 if q > 30 else 1.3} for q in qubits]
    job = {"input": {"qubits": 36, "circuit": rows}}
    code, out, _ = call("run", "-", "--json", job=job)
    assert code == 0
    expected = ionsim.run(job).results_dict()
    assert len(expected) == 2**15  # the others are dust
    assert json.loads(out)["results"] == expected
    assert list(json.loads(out)["results"]) == list(expected)


def test_a_bad_circuit_leaves_the_others_whole() -> None:
    code, out, err = call("run", "-", job=ONE_BAD)
    assert code == 0
    assert "circuit 0 good: 2 qubits" in out
    assert "circuit 1 bad: failed, UnsupportedGate" in out
    assert err.startswith("Error: standard input: circuit 1: input.circuits[1].circuit[0].gate: ")
    assert len(err.splitlines()) == 1
    code, out, _ = call("run", "-", "--json", job=ONE_BAD)
    shown = json.loads(out)
    good, bad = shown["child_jobs"]
    assert shown["children"] == [good["id"], bad["id"]]
    assert shown["results"] == {good["id"]: {"0": pytest.approx(0.5), "3": pytest.approx(0.5)}}
    assert (good["name"], bad["name"]) == ("good", "bad")
    assert "hh" in bad["failure"]["error"]


def test_a_failed_job() -> None:
    job = {"input": {"circuits": [{"circuit": [{"gate": "hh", "target": 0}]}] * 30}}
    code, out, err = call("run", "-", job=job)
    assert code == 1
    assert out.startswith("job: failed, UnsupportedGate\n")
    assert len(err.splitlines()) == 21
    assert err.splitlines()[-1].startswith("Error: standard input: 10 more failed circuits")
    code, out, _ = call("run", "-", "--json", job=job)
    assert code == 1
    shown = json.loads(out)
    assert shown["status"] == "failed"
    assert "results" not in shown
    assert shown["failure"]["error"].startswith("every circuit failed")


def test_options_of_the_engine_do_not_change_the_counts() -> None:
    common = ("run", "-", "--json", "--noise", "aria-2", "--seed", "4", "--shots", "300")
    found = [
        json.loads(call(*common, *extra, job=JOB)[1])["results"]
        for extra in ((), ("--threads", "1"), ("--no-fuse",), ("--memory-limit", "1GiB"))
    ]
    assert found[1:] == found[:1] * 3
    single = call("run", "-", "--json", "--precision", "complex64", job=JOB)[1]
    assert (
        json.loads(single)["results"]
        != json.loads(call("run", "-", "--json", job=JOB)[1])["results"]
    )


def test_device_limits_can_be_lifted() -> None:
    wide = {"input": {"qubits": 12, "circuit": [{"gate": "x", "target": q} for q in range(12)]}}
    code, out, err = call("run", "-", "--noise", "harmony", job=wide)
    assert (code, out) == (1, "")
    assert "12 qubits and harmony has 11" in err
    code, out, _ = call("run", "-", "--noise", "harmony", "--no-device-limits", job=wide)
    assert code == 0
    assert "4095" in out
    assert call("validate", "-", "--noise", "harmony", job=wide)[0] == 2
    assert call("validate", "-", "--noise", "harmony", "--no-device-limits", job=wide)[0] == 0


def test_memory_limit() -> None:
    wide = {"input": {"qubits": 20, "circuit": [{"gate": "h", "target": q} for q in range(20)]}}
    code, out, err = call("run", "-", "--memory-limit", "1MiB", job=wide)
    assert (code, out) == (1, "")
    assert "memory" in err


@pytest.mark.parametrize(
    "arguments",
    [
        ("--shots", "0"), ("--shots", "1000001"), ("--shots", "x"), ("--seed", "0"),
        ("--seed", str(2**31 + 1)), ("--noise", "aria-9"), ("--r1", "1.5"), ("--r2", "-1"),
        ("--r1", "nan"), ("--readout-flip", "x"), ("--precision", "complex32"), ("--threads", "0"),
        ("--memory-limit", "much"), ("--memory-limit", "0"), ("--max-gates", "0"), ("--top", "0"),
        ("--nonsense",), ("second file",),
    ],
)  # fmt: skip
def test_bad_options(arguments: tuple[str, ...]) -> None:
    code, out, err = call("run", "-", *arguments, job=JOB)
    assert (code, out) == (2, "")
    assert "Error: " in err


# --- what cannot be read -----------------------------------------------------------------------


@pytest.mark.parametrize("command", ["run", "validate", "estimate"])
def test_unreadable_files(command: str, tmp_path: Path) -> None:
    binary = tmp_path / "binary"
    binary.write_bytes(bytes(range(256)))
    latin = tmp_path / "latin.json"
    latin.write_bytes(json.dumps(JOB).replace("bell", "b\xe9ll").encode("latin-1"))
    empty = tmp_path / "empty"
    empty.touch()
    for file, reason in (
        (tmp_path / "missing.json", "No such file or directory"),
        (tmp_path, "Is a directory"),
        (binary, "not UTF-8 text"),
        (latin, "not UTF-8 text"),
        (empty, "the text is empty"),
    ):
        code, out, err = call(command, str(file))
        assert (code, out) == (2, "")
        assert err.startswith(f"Error: {file}: ")
        assert reason in err
        assert len(err.splitlines()) == 1


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root reads everything")
def test_a_file_without_permission(job_file: Path) -> None:
    job_file.chmod(0)
    code, _, err = call("run", str(job_file))
    assert code == 2
    assert "Permission denied" in err


def test_a_byte_order_mark_is_no_matter() -> None:
    text = b"\xef\xbb\xbf" + json.dumps(JOB).encode()
    assert call("run", "-", job=text)[0] == 0
    assert (
        call("run", "-", "--max-circuits", "1", job=b"\xef\xbb\xbf" + as_json(ONE_BAD).encode())[0]
        == 1
    )


def test_nothing_of_a_job_drives_the_terminal() -> None:
    nasty = "\x1b[2J\r\n\u202e\x9b"
    job = {
        "name": nasty,
        nasty: 1,
        "input": {
            "qubits": 1,
            "circuits": [
                {"name": nasty, "circuit": [], "registers": {nasty: [0]}},
                {"name": nasty, "circuit": [{"gate": nasty, "target": 0, nasty: 2}]},
                {"circuit": [], "registers": {nasty: [7]}},
            ],
        },
    }
    for command in ("run", "validate", "estimate"):
        _, out, err = call(command, "-", job=job)
        shown = (out + err).replace("\n", "")
        assert shown.isprintable()
        assert shown.isascii()


# --- limits ------------------------------------------------------------------------------------


def test_limits_of_size(job_file: Path) -> None:
    size = job_file.stat().st_size
    many = {"input": {"qubits": 2, "circuits": [{"circuit": BELL}] * 3}}
    for source in (str(job_file), "-"):
        code, out, err = call("run", source, "--max-bytes", str(size - 1), job=JOB)
        assert (code, out) == (1, "")
        assert f"{size - 1} bytes" in err
        assert "--max-bytes" in err
        assert call("run", source, "--max-bytes", str(size), job=JOB)[0] == 0
    for option, too_few, enough, what in (
        ("--max-circuits", "2", "3", "3 circuits"),
        ("--max-gates", "5", "6", "6 gates"),
    ):
        for command in ("run", "validate", "estimate"):
            code, out, err = call(command, "-", option, too_few, job=many)
            assert (code, out) == (1, "")
            assert what in err
            assert option in err
            assert call(command, "-", option, enough, job=many)[0] == 0


def test_default_limits() -> None:
    h = b'{"gate":"h","target":0},'
    gates = b'{"input":{"qubits":1,"circuit":[' + h * 150_000 + h[:-1] + b"]}}"
    code, _, err = call("run", "-", job=gates)
    assert code == 1
    assert "150,001 gates and 150,000 are allowed" in err
    # Circuits are counted before they are read: a million bad ones would take a minute.
    for key in (b"input", b"body"):
        circuits = b'{"' + key + b'":{"circuits":[' + b"{}," * 1_000_000 + b"{}]}}"
        code, _, err = call("run", "-", job=circuits)
        assert code == 1
        assert "1,000,001 circuits and 5,000 are allowed" in err
    code, _, err = call("run", "-", job=b" " * 10_000_001)
    assert code == 1
    assert "10,000,000 bytes" in err


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs /dev/zero")
def test_an_endless_file_is_refused() -> None:
    code, _, err = call("run", "/dev/zero")
    assert code == 1
    assert "--max-bytes" in err


# --- validate and estimate ---------------------------------------------------------------------


def test_validate_lists_everything(job_file: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.json"
    wrong = [{"gate": "hh", "target": 0}] * 20
    bad.write_text(json.dumps({"shots": 0, "input": {"qubits": 1, "circuit": wrong}}))
    missing = tmp_path / "missing.json"
    code, out, err = call("validate", str(job_file), str(bad), str(missing), "-", job=ONE_BAD)
    assert code == 2
    assert out == f"{job_file}: good, 1 circuit, 2 gates\n"
    lines = err.splitlines()
    assert lines[0].startswith(f"Error: {bad}: shots: ")
    assert [line.split(": ")[2] for line in lines[1:21]] == [
        f"input.circuit[{place}].gate" for place in range(20)
    ]
    assert lines[21].startswith(f"Error: {missing}: ")
    assert lines[22].startswith("Error: standard input: input.circuits[1].circuit[0].gate: ")
    assert len(lines) == 23


def test_validate_says_what_is_tolerated() -> None:
    code, out, err = call("validate", "-", job=JOB | {"dry_run": True})
    assert (code, out) == (0, "standard input: good, 1 circuit, 2 gates\n")
    assert err == "Warning: ignored unknown keys: dry_run\n"


def test_estimate(job_file: Path) -> None:
    code, out, err = call("estimate", str(job_file))
    assert (code, err) == (0, "")
    rows = dict(line.split(None, 1) for line in out.splitlines())
    assert list(rows) == [
        "circuit", "method", "qubits", "time", "memory", "plan", "merged", "cost"
    ]  # fmt: skip
    assert rows["qubits"] == "2 simulated"
    wide = [{"gate": "h", "target": q} for q in range(60)]
    code, out, err = call("estimate", "-", job={"input": {"qubits": 60, "circuit": wide}})
    assert code == 0
    assert "MORE THAN" in out
    assert "EiB" in out


def test_estimate_child_by_child() -> None:
    beyond = [{"gate": "h", "target": q} for q in range(65)]
    job = {"input": {"circuits": [*ONE_BAD["input"]["circuits"], {"circuit": beyond}]}}
    code, out, err = call("estimate", "-", "--json", "--noise", "aria-1", job=job)
    assert code == 0
    [row] = json.loads(out)
    assert (row["circuit"], row["name"]) == ("input.circuits[0]", "good")
    assert row["method"] in [mode["mode"] for mode in row["modes"] if mode["possible"]]
    assert row["memory_bytes"] > 0
    assert len(err.splitlines()) == 2
    assert call("estimate", "-", job={"input": {"qubits": 65, "circuit": beyond}})[0] == 1


# --- look-ups ----------------------------------------------------------------------------------


def test_gates() -> None:
    code, out, _ = call("gates")
    assert code == 0
    shown = [tuple(line.split()[:2]) for line in out.splitlines()[1:]]
    assert shown == [(gate.name, gate.gateset) for gate in ionsim.GATES]
    code, out, _ = call("gates", "zz")
    assert code == 0
    assert out.count("unitary") == 2
    code, out, err = call("gates", "cx")
    assert (code, out) == (2, "")
    assert "cnot" in err
    rows = json.loads(call("gates", "--json")[1])
    assert len(rows) == len(ionsim.GATES)
    for row in rows:
        ionsim.Circuit([row["example"]], gateset=row["gateset"])


def test_models() -> None:
    code, out, _ = call("models")
    assert code == 0
    for name in ionsim.MODELS:
        assert re.search(rf"^{name} ", out, flags=re.MULTILINE)
    rows = {row["name"]: row for row in json.loads(call("models", "--json")[1])}
    assert rows.keys() == ionsim.MODELS.keys()
    assert rows["aria-1"]["r2"] == 0.0133


def test_info() -> None:
    code, out, _ = call("info")
    assert code == 0
    assert ionsim.__version__ in out
    shown = json.loads(call("info", "--json")[1])
    assert shown["isa"] in shown["isa_available"]
    assert shown["threads"] >= 1


@pytest.mark.parametrize("isa", ionsim.info()["isa_available"])
def test_the_instruction_set_can_be_forced(isa: str) -> None:
    done = spawn("info", "--json", env={**os.environ, "IONSIM_ISA": isa})
    assert json.loads(done.stdout)["isa"] == isa


def test_help_and_version() -> None:
    for command in ([], ["run"], ["validate"], ["estimate"], ["gates"], ["models"], ["info"]):
        for flag in ("--help", "-h"):
            code, out, err = call(*command, flag)
            assert (code, err) == (0, "")
            assert out.startswith("Usage: ionsim")
    assert call("--version") == (0, f"ionsim {ionsim.__version__}\n", "")
    assert call("nonsense")[0] == 2
    assert call("run")[0] == 2


# --- whatever comes ----------------------------------------------------------------------------


@given(job_cases())
def test_no_job_makes_it_crash(case: JobCase) -> None:
    text = as_json(case.body).encode()
    code, out, err = call("run", "-", "--json", job=text)
    assert code == (2 if case.refused else 0), case.why
    assert bool(out) != case.refused
    for place in case.failed_children:
        assert f"Error: standard input: circuit {place}: " in err
    if case.refused:
        assert err.startswith("Error: standard input: ")
    else:
        json.loads(out)
        assert call("run", "-", job=text)[0] == 0
    code, out, err = call("validate", "-", job=text)
    wrong = case.refused or bool(case.failed_children)
    assert code == (2 if wrong else 0)
    assert bool(out) != wrong
    assert ("Error: standard input: " in err) == wrong


@given(st.one_of(broken_texts(), st.binary(max_size=60)))
def test_no_text_makes_it_crash(text: bytes) -> None:
    for command in ("run", "validate", "estimate"):
        code, out, err = call(command, "-", job=text)
        assert (code, out) == (2, "")
        assert err.startswith("Error: standard input: ")


# --- as a process ------------------------------------------------------------------------------


def test_streams_of_a_process(job_file: Path) -> None:
    done = spawn("run", str(job_file), "--json", "--noise", "harmony")
    assert done.returncode == 0
    assert json.loads(done.stdout)["name"] == "bell"
    assert done.stderr.startswith("Warning: ")
    done = spawn("run", "-", job={"input": 3})
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("Error: standard input: input: not an object")


@pytest.mark.parametrize("arguments", ["run - --json", "gates", "run -"])
def test_a_reader_that_stops_early(arguments: str, tmp_path: Path) -> None:
    flat = [{"gate": "h", "target": q} for q in range(18)]
    file = tmp_path / "flat.json"
    file.write_text(json.dumps({"input": {"qubits": 18, "circuit": flat}}))
    with (
        file.open("rb") as stream,
        subprocess.Popen(
            [*COMMAND, *arguments.split()],
            stdin=stream,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process,
    ):
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(1)
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk(job_file: Path) -> None:
    with open("/dev/full", "wb") as full:
        done = subprocess.run(
            [*COMMAND, "run", str(job_file)], stdout=full, stderr=subprocess.PIPE, check=False
        )
    assert done.returncode == 1
    assert done.stderr.decode().splitlines() == ["Error: cannot write: No space left on device"]


def test_a_console_of_few_characters() -> None:
    latin = {**os.environ, "PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}
    done = spawn("run", "-", job=JOB | {"name": "n\u65e5"}, env=latin)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("n\\u65e5: 2 qubits")


@pytest.mark.skipif(os.name != "posix", reason="closes descriptors with a shell")
def test_closed_streams(job_file: Path) -> None:
    quoted = " ".join(COMMAND)
    for redirection, expected in (("<&-", 2), (">&-", 0), ("2>&-", 0)):
        file = "-" if redirection == "<&-" else str(job_file)
        command = f"{quoted} run {file} {redirection}"
        done = subprocess.run(command, shell=True, capture_output=True, text=True, check=False)
        assert done.returncode == expected, redirection
        assert "Traceback" not in done.stderr
