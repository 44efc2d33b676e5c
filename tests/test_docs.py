"""The pages of the documentation say what is so: their code runs, their numbers are ours."""

from __future__ import annotations

import doctest
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.linalg import fractional_matrix_power

import ionsim

DOCS = Path(__file__).resolve().parent.parent / "docs"
PAGES = sorted(DOCS.glob("*.md"))
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", flags=re.MULTILINE | re.DOTALL)


def text(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def blocks(name: str) -> list[tuple[str, str]]:
    return FENCE.findall(text(name))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_python_on_a_page_runs(page: Path) -> None:
    """The blocks of a page belong together: what one defines, the next may use."""
    code = "\n".join(body for kind, body in blocks(page.name) if kind == "python")
    flags = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS
    test = doctest.DocTestParser().get_doctest(code, {}, page.name, str(page), 0)
    found: list[str] = []
    result = doctest.DocTestRunner(optionflags=flags).run(test, out=found.append)
    assert result.failed == 0, "".join(found)
    if page.stem in ("python", "noise"):
        assert result.attempted > 3


def test_the_gate_page_is_generated() -> None:
    script = [sys.executable, str(DOCS / "make_gates.py"), "--check"]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_links_lead_somewhere() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in target:
                assert (DOCS / target).exists(), f"{page.name}: {target}"


# --- noise.md ------------------------------------------------------------------------------------


def table(name: str, heading: str, which: int = 0) -> list[list[str]]:
    """Return the rows of the first (or another) table whose first column has this heading."""
    lines = text(name).splitlines()
    begin = [i for i, line in enumerate(lines) if line.startswith(f"| {heading} |")][which]
    rows = []
    for line in lines[begin + 2 :]:
        if not line.startswith("|"):
            return rows
        rows.append([cell.strip(" `") for cell in line.strip("|").split("|")])
    return rows


def test_models_of_the_noise_page() -> None:
    rows = table("noise.md", "model")
    assert [row[0] for row in rows] == list(ionsim.MODELS)
    for name, *numbers, qubits in rows:
        model = ionsim.MODELS[name]
        expected = [model.r1, model.r2, 0.75 * model.r1, 0.9375 * model.r2]
        assert [float(number) for number in numbers] == pytest.approx(expected, rel=1e-5)
        assert qubits == str(model.qubit_limit or "no limit")


def test_costs_of_the_noise_page() -> None:
    lines = text("noise.md").splitlines()
    [controls] = [line for line in lines if line.startswith("| controls |")]
    [costs] = [line for line in lines if line.startswith("| two-qubit gates |")]
    pairs = zip(re.findall(r"\d+", controls), re.findall(r"\d+", costs), strict=True)
    found = {int(count): int(cost) for count, cost in pairs}
    assert sorted(found) == list(range(2, 8))
    for count, cost in found.items():
        gate = {"gate": "h", "target": count, "controls": list(range(count))}
        assert ionsim.Circuit([gate]).gate_counts == {"1q": 0, "2q": cost}


def embedded(matrix: Any, targets: list[int], controls: list[int], qubits: int) -> Any:
    """Return a gate's matrix on all qubits; target 0 of the matrix is its lowest bit."""
    full = np.eye(2**qubits, dtype=complex)
    for column in range(2**qubits):
        if all(column >> control & 1 for control in controls):
            inner = sum((column >> target & 1) << bit for bit, target in enumerate(targets))
            cleared = column & ~sum(1 << target for target in targets)
            full[column, column] = 0
            for row in range(len(matrix)):
                place = cleared | sum(
                    (row >> bit & 1) << target for bit, target in enumerate(targets)
                )
                full[place, column] = matrix[row][inner]
    return full


X = np.array([[0, 1], [1, 0]])


def broken_up(unitary: Any, target: int, controls: list[int]) -> list[tuple[Any, int, int]]:
    """Follow (L1) word for word: (matrix, target, control) of each gate."""
    count = len(controls)
    root = fractional_matrix_power(unitary, 1 / 2 ** (count - 1))
    gates = []
    gray = [i ^ (i >> 1) for i in range(2**count)]
    for i in range(1, 2**count):
        high = gray[i].bit_length() - 1
        if i > 1:
            differs = (gray[i] ^ gray[i - 1]).bit_length() - 1
            source = high - 1 if differs == high else differs
            gates.append((X, controls[high], controls[source]))
        odd = gray[i].bit_count() % 2
        gates.append((root if odd else root.conj().T, target, controls[high]))
    return gates


@pytest.mark.parametrize("count", range(2, 6))
def test_the_construction_with_controls_is_as_written(count: int) -> None:
    rng = np.random.default_rng(count)
    unitary = np.linalg.qr(rng.normal(size=(2, 2)) + 1j * rng.normal(size=(2, 2)))[0]
    gates = broken_up(unitary, count, list(range(count)))
    assert len(gates) == 2 ** (count + 1) - 3
    whole = np.eye(2 ** (count + 1))
    for matrix, target, control in gates:
        whole = embedded(matrix, [target], [control], count + 1) @ whole
    expected = embedded(unitary, [count], list(range(count)), count + 1)
    np.testing.assert_allclose(whole, expected, atol=1e-12)


def philox(seed: int, shot: int, index: int, purpose: int) -> tuple[int, int]:
    """Return the two words of a block, after the paper that the page names."""
    key = [seed % 2**32, seed // 2**32]
    counter = [shot % 2**32, shot // 2**32 + 2**24 * purpose, index, 0]
    for _ in range(10):
        first, second = 0xD2511F53 * counter[0], 0xCD9E8D57 * counter[2]
        counter = [
            second // 2**32 ^ counter[1] ^ key[0],
            second % 2**32,
            first // 2**32 ^ counter[3] ^ key[1],
            first % 2**32,
        ]
        key = [(key[0] + 0x9E3779B9) % 2**32, (key[1] + 0xBB67AE85) % 2**32]
    return counter[0] + 2**32 * counter[1], counter[2] + 2**32 * counter[3]


def test_the_generator_is_the_published_one() -> None:
    """Known answers of Random123, of Philox4x32-10 for a counter and key of zeros."""
    assert philox(0, 0, 0, 0) == (0xE169C58D6627E8D5, 0x9B00DBD8BC57AC4C)


def shot_as_written(
    gates: list[tuple[Any, int, int | None]], noise: ionsim.NoiseModel, seed: int, shot: int
) -> int:
    """Follow the page for one shot: gates on one and two of three qubits, errors, measurement."""
    paulis = [np.eye(2), X, np.diag([1, -1]), np.array([[0, -1j], [1j, 0]])]  # I, X, Z, Y
    state = np.eye(8)[0].astype(complex)
    flips = 0
    for site, (matrix, target, control) in enumerate(gates):
        state = embedded(matrix, [target], [] if control is None else [control], 3) @ state
        errors = 3 if control is None else 15
        probability = 0.75 * noise.r1 if control is None else 0.9375 * noise.r2
        step = int(probability * 2**64) // errors
        word = philox(seed, shot, site // 2, 1)[site % 2]
        number = word // step + 1 if word < errors * step else 0
        for qubit in [target] if control is None else [control, target]:
            state = embedded(paulis[number % 4], [qubit], [], 3) @ state
            flips ^= (number % 2) << qubit
            number //= 4
    order = [flips ^ place for place in range(8)]
    cumulated = np.cumsum(np.abs(state[order]) ** 2)
    uniform = (philox(seed, shot, 0, 2)[0] >> 11) / 2**53
    outcome = order[int(np.searchsorted(cumulated, uniform, side="right"))]
    for bit in range(3):
        word = philox(seed, shot, bit // 2, 3)[bit % 2]
        outcome ^= (word < int(noise.readout_flip * 2**64)) << bit
    return outcome


def test_every_shot_is_as_written() -> None:
    angle, seed, shots = 1.1, 2**31 - 3, 200
    noise = ionsim.NoiseModel("test", r1=0.2, r2=0.3, readout_flip=0.1)
    rotation = np.array(
        [[np.cos(angle / 2), -np.sin(angle / 2)], [np.sin(angle / 2), np.cos(angle / 2)]]
    )
    y = np.array([[0, -1j], [1j, 0]])
    circuit = [
        {"gate": "ry", "target": 0, "rotation": angle},
        {"gate": "ry", "target": 2, "rotation": angle},
        {"gate": "cnot", "control": 2, "target": 1},
        {"gate": "ry", "target": 1, "rotation": angle},
        {"gate": "y", "target": 1, "controls": [2, 0]},
        {"gate": "ry", "target": 0, "rotation": angle},
    ]
    gates: list[tuple[Any, int, int | None]] = [
        (rotation, 0, None),
        (rotation, 2, None),
        (X, 1, 2),
        (rotation, 1, None),
        *broken_up(y, 1, [2, 0]),
        (rotation, 0, None),
    ]
    found = ionsim.sample(
        circuit, shots, seed=seed, noise=noise, precision="complex128", mode="trajectories"
    )
    expected = [shot_as_written(gates, noise, seed, shot) for shot in range(shots)]
    assert found.tolist() == expected


def test_seeds_of_circuits_are_as_written() -> None:
    circuit = ionsim.Circuit([{"gate": "h", "target": 0}])
    job = ionsim.run([circuit] * 4, seed=2**31 - 5)
    [form] = re.findall(r"\(seed - 1 \+ (\d+) i\) mod 2\^31 \+ 1", text("noise.md"))
    expected = [(2**31 - 6 + int(form) * i) % 2**31 + 1 for i in range(4)]
    assert [child.noise.seed for child in job.children] == expected


# --- jobs.md -------------------------------------------------------------------------------------


def test_refusals_of_the_job_page() -> None:
    script = [sys.executable, str(DOCS / "make_refusals.py"), "--check"]
    done = subprocess.run(script, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    page = blocks("jobs.md")
    refused = [body for kind, body in page if kind == "refused"]
    assert len(refused) > 6
    assert all(refused)
    accepted = [
        body
        for (kind, body), (following, _) in zip(page, [*page[1:], ("", "")], strict=True)
        if kind == "json" and following != "refused"
    ]
    assert len(accepted) >= 3
    for body in accepted:
        assert ionsim.validate(body) == []


def test_shapes_of_the_job_page() -> None:
    created, shape = (json.loads(body) for kind, body in blocks("jobs.md") if kind == "js")
    [body] = [body for kind, body in blocks("jobs.md") if kind == "json" and "bell pair" in body]
    job = ionsim.run(body)
    assert list(job.creation_response()) == list(created)
    found = job.to_dict()
    assert list(found) == list(shape)
    for key in ("status", "name", "target", "shots", "qubits", "circuits", "gate_counts", "noise"):
        assert found[key] == shape[key]
    assert {key: type(value) for key, value in found.items()} == {
        key: type(value) for key, value in shape.items()
    }


def test_body_and_input_tables_name_every_key() -> None:
    """A job with every key of the tables is accepted without a warning, and no other key is."""
    keys = [key for row in table("jobs.md", "key") for key in re.findall(r"[\w.]+", row[0])]
    assert "input" in keys
    job: dict[str, Any] = {"input": {"qubits": 1, "circuit": []}}
    values = {
        "name": "a", "metadata": {"b": 1}, "shots": 5, "target": "simulator", "registers": [0],
        "noise.model": "ideal", "noise.seed": 1, "noise.r1": 0, "noise.r2": 0,
        "noise.readout_flip": 0, "error_mitigation.debias": False, "lang": "json",
    }  # fmt: skip
    assert set(keys) == {"input", *values}
    for key, value in values.items():
        outer, _, inner = key.partition(".")
        if inner:
            job.setdefault(outer, {})[inner] = value
        else:
            job[outer] = value
    assert ionsim.run(job).warnings == ()
    keys = [key for row in table("jobs.md", "key", 1) for key in re.findall(r"\w+", row[0])]
    assert keys == ["format", "gateset", "qubits", "circuit", "circuits", "data", "registers"]
    one = {"format": "ionq.circuit.v0", "gateset": "qis", "qubits": 1, "registers": [0]}
    many = {**one, "circuits": [{"name": "a", "circuit": [], **one}]}
    del many["circuits"][0]["format"]
    for given in ({**one, "circuit": []}, many):
        found = ionsim.run({"input": given})
        assert found.warnings == ()
        assert found.registers == [0]
