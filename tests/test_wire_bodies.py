"""Registers in all shapes, and bodies in all forms: files, text, bytes, Python objects."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ionsim
from ionsim.wire import read_circuit, read_job
from ionsim.wire.envelope import shown
from test_wire import FORMS, GOOD, H0, formed, refused

# --- registers ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given_registers", "expected"),
    [
        ([1, 0], {"0": (1, 0)}),
        ([0.0, None], {"0": (0, None)}),
        ([[0], [1, 0], []], {"0": (0,), "1": (1, 0), "2": ()}),
        ({"a": [1, None, 0], "b": []}, {"a": (1, None, 0), "b": ()}),
        ({"a": None, "b": [0]}, {"b": (0,)}),
        ([], {}),
        ({}, {}),
        (None, {}),
    ],
)
@pytest.mark.parametrize("where", ["job", "input", "circuit"])
@pytest.mark.parametrize("form", FORMS)
def test_registers(given_registers: Any, expected: Any, where: str, form: str) -> None:
    two = {"qubits": 2, "circuit": [H0]}
    body: dict[str, Any] = {"input": two}
    if where == "job":
        body["registers"] = given_registers
    elif where == "input":
        body["input"] = {**two, "registers": given_registers}
    else:
        body["input"] = {"circuits": [{**two, "registers": given_registers}]}
    [circuit] = read_job(formed(body, form)).circuits
    assert circuit.registers == expected
    assert circuit.registers_given == given_registers


@pytest.mark.parametrize(
    ("given_registers", "path"),
    [
        (5, ""),
        ("x", ""),
        ([0, 2], "[1]"),
        ([-1], "[0]"),
        ([0.5], "[0]"),
        (["0"], "[0]"),
        ([True], "[0]"),
        ([[0], 1], "[1]"),
        ([[0], None], "[1]"),
        ([[0, 2]], "[0][1]"),
        ([[[0]]], "[0][0]"),
        ({"a": 5}, ".a"),
        ({"a": [0, 9]}, ".a[1]"),
        ({"a": {"b": 0}}, ".a"),
    ],
)
@pytest.mark.parametrize("form", FORMS)
def test_wrong_registers(given_registers: Any, path: str, form: str) -> None:
    body = {"input": {"qubits": 2, "circuit": [H0], "registers": given_registers}}
    assert refused(body, form) == [("InvalidInput", f"input.registers{path}")]


# --- bodies in all forms --------------------------------------------------------------------


def test_files(tmp_path: Path) -> None:
    file = tmp_path / "job.json"
    file.write_text(json.dumps({"input": GOOD, "name": "ż"}), encoding="utf-8")
    assert read_job(file).name == "ż"
    assert read_job(str(file)).name == "ż"
    file.write_bytes(b"\xef\xbb\xbf  " + file.read_bytes())
    assert read_job(file).name == "ż"


def test_unreadable_files(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path, str(tmp_path / "none.json"), "a\0b", "x" * 9999):
        with pytest.raises(ionsim.InputError, match="file"):
            read_job(path)
    with pytest.raises(ionsim.InputError, match="not JSON"):
        read_job("jobs.jsn")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (b"", "empty"),
        (b" \n ", "empty"),
        (b"[]", "JSON object"),
        (b"5", "JSON object"),
        (b"null", "JSON object"),
        (b'"x"', "JSON object"),
        (b"{", "ends too early"),
        (b'{"input": {"qubits": 1, "circuit": [}}', "line 1, column 37"),
        (b'{\n "shots": 1,,\n}', "line 2, column 13"),
        (b'{"shots": NaN}', "line 1, column 11"),
        (b'{"shots": 01}', "not valid JSON"),
        (b"{'shots': 1}", "not valid JSON"),
        (b'{"shots": 1} x', "trailing"),
        (b'{"name": "\xff"}', "UTF-8"),
        (b"\xff\xfe{\x00}\x00", "UTF-8"),
        (b'{"a":' + b"[" * 100_000, "nested too deeply"),
        (b'{"input":{"qubits":1,"circuit":' + b"[" * 9000 + b"]" * 9000 + b"}}", "too deeply"),
    ],
)
def test_texts_that_are_no_job(text: bytes, says: str) -> None:
    with pytest.raises(ionsim.InputError, match=says) as caught:
        read_job(text)
    assert caught.value.__cause__ is None or not isinstance(
        caught.value.__cause__, (KeyError, TypeError, AttributeError)
    )


@pytest.mark.parametrize(
    "body",
    [None, 5, 1.5, True, [], [GOOD], (), object(), {1, 2}, "", "x", "{", '"', "[1]", "\ud800"],
)
def test_things_that_are_no_job(body: Any) -> None:
    with pytest.raises(ionsim.InputError):
        read_job(body)


def test_lone_surrogates_in_text() -> None:
    with pytest.raises(ionsim.InputError, match="surrogate"):
        read_job('{"name": "\ud800"}')


@pytest.mark.parametrize("number", ["9" * 400, "9" * 6000, "-" + "9" * 6000, "1e400", "1e-400"])
@pytest.mark.parametrize("place", ["shots", "seed", "qubits", "index", "rotation", "metadata"])
def test_numbers_out_of_every_range(number: str, place: str) -> None:
    text = {
        "shots": f'{{"shots": {number}, "input": {json.dumps(GOOD)}}}',
        "seed": f'{{"noise": {{"seed": {number}}}, "input": {json.dumps(GOOD)}}}',
        "qubits": f'{{"input": {{"qubits": {number}, "circuit": []}}}}',
        "index": f'{{"input": {{"qubits": 1, "circuit": [{{"gate": "h", "target": {number}}}]}}}}',
        "rotation": '{"input": {"qubits": 1, "circuit": [{"gate": "rx", "target": 0, '
        f'"rotation": {number}}}]}}}}',
        "metadata": f'{{"metadata": {{"x": {number}}}, "input": {json.dumps(GOOD)}}}',
    }[place]
    tiny = number == "1e-400"  # reads as 0, which is a fine rotation, index or metadata value
    if (place == "metadata" and len(number) < 1000 and number != "1e400") or (
        tiny and place in ("index", "rotation")
    ):
        read_job(text)
        return
    with pytest.raises(ionsim.InputError):
        read_job(text)


@pytest.mark.parametrize(
    "huge",
    [10**400, 10**6000, -(10**6000), float("nan"), float("inf")],
    ids=["long", "unprintable", "negative", "nan", "inf"],
)
@pytest.mark.parametrize("place", ["shots", "seed", "qubits", "index"])
def test_python_numbers_out_of_every_range(huge: Any, place: str) -> None:
    body: dict[str, Any] = {"input": dict(GOOD)}
    if place == "shots":
        body["shots"] = huge
    elif place == "seed":
        body["noise"] = {"seed": huge}
    elif place == "qubits":
        body["input"]["qubits"] = huge
    else:
        body["input"]["circuit"] = [{"gate": "h", "target": huge}]
    with pytest.raises(ionsim.InputError) as caught:
        read_job(body)
    assert len(str(caught.value)) < 500


def test_python_bodies_with_numpy_numbers_and_tuples() -> None:
    body = {
        "shots": np.int64(30),
        "noise": {"seed": np.uint32(9)},
        "input": {"qubits": np.int32(2), "circuit": (H0,)},
    }
    request = read_job(body)
    assert (request.shots, request.seed, request.circuits[0].circuit.qubits) == (30, 9, 2)


def test_metadata_is_copied() -> None:
    inner = [1]
    body = {"input": GOOD, "metadata": {"a": inner}}
    request = read_job(body)
    inner.append(2)
    assert request.metadata == {"a": [1]}


def test_metadata_that_is_no_json() -> None:
    endless: dict[str, Any] = {}
    endless["again"] = endless
    deep: Any = 1
    for _ in range(500):
        deep = [deep]
    for value in ({"a": object()}, endless, {"a": deep}):
        assert refused_paths({"input": GOOD, "metadata": value}) == ["metadata"]


def refused_paths(body: Any) -> list[str]:
    with pytest.raises(ionsim.InputError) as caught:
        read_job(body)
    return [problem.path for problem in caught.value.problems]


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), st.lists))
def test_any_value_can_be_shown(value: Any) -> None:
    assert 0 < len(shown(value)) <= 60


# --- single circuits ------------------------------------------------------------------------


def test_read_circuit() -> None:
    circuit = read_circuit({"qubits": 3, "name": "n", "registers": [2], "circuit": [H0]})
    assert (circuit.qubits, circuit.name, circuit.registers) == (3, "n", {"0": (2,)})
    assert read_circuit({"circuit": [H0]}).qubits == 1


@pytest.mark.parametrize(
    ("body", "path"),
    [
        (None, "circuit"),
        (5, "circuit"),
        ({}, "circuit.circuit"),
        ({"format": "qasm4", "circuit": []}, "circuit.format"),
        ({"format": "qasm", "circuit": []}, "circuit.data"),
        ({"circuit": [{"gate": "x"}]}, "circuit.circuit[0]"),
    ],
)
def test_read_circuit_refuses(body: Any, path: str) -> None:
    with pytest.raises(ionsim.InputError) as caught:
        read_circuit(body)
    assert [problem.path for problem in caught.value.problems] == [path]


@pytest.mark.parametrize("blanks", [0, 1, 59, 60, 61, 1000])
def test_blanks_may_come_before_the_text(blanks: int) -> None:
    text = " \n" * blanks + json.dumps({"input": {"qubits": 1, "circuit": [H0]}}) + " \n" * blanks
    assert read_job(text) == read_job(text.encode())
    assert read_job(text).circuits[0].circuit is not None
