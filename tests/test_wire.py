"""Reading job bodies: every accepted shape, every refusal, as dict and as text alike."""

from __future__ import annotations

import json
import pickle
from typing import Any

import pytest

import ionsim
from ionsim.wire import read_job, read_job_or_problems

H0 = {"gate": "h", "target": 0}
GOOD: dict[str, Any] = {"qubits": 1, "circuit": [H0]}
FORMS = ("dict", "text", "bytes")


def formed(body: Any, form: str) -> Any:
    text = json.dumps(body)
    return {"dict": body, "text": text, "bytes": text.encode()}[form]


def refused(body: Any, form: str = "dict") -> list[tuple[str, str]]:
    with pytest.raises(ionsim.InputError) as caught:
        read_job(formed(body, form))
    return [(problem.code, problem.path) for problem in caught.value.problems]


# --- the examples of the API description, character by character --------------------------------

DESCRIPTION_SINGLE = (
    '{ "input": { "format": "ionq.circuit.v0", "qubits": 1, "circuit": [ {"gate": "h", "target": 0}'
    " ] } }"
)
DESCRIPTION_MULTI = """{
                "target": "simulator",
                "name": "mixed gateset program",
                "input": {
                  "format": "ionq.circuit.v0",
                  "gateset": "native",
                  "qubits": 2,
                  "circuits": [
                    {
                      "name": "qis circuit override",
                      "gateset": "qis",
                      "circuit": [
                        {
                          "gate": "h",
                          "target": 0
                        },
                        {
                          "gate": "cnot",
                          "target": 0,
                          "control": 1
                        }
                      ]
                    },
                    {
                      "name": "native circuit from parent",
                      "circuit": [
                        {
                          "gate": "ms",
                          "targets": [0, 1],
                          "phases": [0, 0.25]
                        },
                        {
                          "gate": "gpi2",
                          "target": 0,
                          "phase": 0.75
                        }
                      ]
                    }
                  ]
                }
              }"""


@pytest.mark.parametrize("text", [DESCRIPTION_SINGLE, DESCRIPTION_MULTI])
def test_examples_of_the_description(text: str) -> None:
    for body in (text, text.encode(), json.loads(text)):
        request = read_job(body)
        assert request.warnings == ()
        assert all(each.circuit is not None for each in request.circuits)
    assert ionsim.run(text).status == "completed"
    if "circuits" in text:
        sets = [each.circuit.gateset for each in request.circuits]
        assert sets == ["qis", "native"]


# --- defaults and values --------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_defaults(form: str) -> None:
    request = read_job(formed({"input": GOOD}, form))
    assert request.shots == 100
    assert request.seed is None
    assert request.noise.name == "ideal"
    assert request.target == "simulator"
    assert request.metadata == {}
    assert request.name is None
    assert not request.multi
    assert request.warnings == ()
    assert request.circuits[0].circuit.gateset == "qis"


@pytest.mark.parametrize(
    ("given_shots", "shots"),
    [
        (1, 1),
        (1_000_000, 1_000_000),
        ("250", 250),
        ("007", 7),
        (50.0, 50),
        (None, 100),
        (1e3, 1000),
    ],
)
@pytest.mark.parametrize("form", FORMS)
def test_shots(given_shots: Any, shots: int, form: str) -> None:
    assert read_job(formed({"input": GOOD, "shots": given_shots}, form)).shots == shots


@pytest.mark.parametrize(
    "shots",
    [0, -1, 1_000_001, 1.5, "0", "-5", "1e3", "", " ", "1.0", "x", True, [], {}, "9" * 5000, "²"],
)
@pytest.mark.parametrize("form", FORMS)
def test_wrong_shots(shots: Any, form: str) -> None:
    assert refused({"input": GOOD, "shots": shots}, form) == [("InvalidInput", "shots")]


@pytest.mark.parametrize(("given_seed", "seed"), [(1, 1), (2**31, 2**31), (7.0, 7), (None, None)])
@pytest.mark.parametrize("form", FORMS)
def test_seed(given_seed: Any, seed: int | None, form: str) -> None:
    assert read_job(formed({"input": GOOD, "noise": {"seed": given_seed}}, form)).seed == seed


@pytest.mark.parametrize("seed", [0, -1, 2**31 + 1, 1.5, "7", True, [], 2**64])
@pytest.mark.parametrize("form", FORMS)
def test_wrong_seed(seed: Any, form: str) -> None:
    assert refused({"input": GOOD, "noise": {"seed": seed}}, form) == [
        ("InvalidInput", "noise.seed")
    ]


@pytest.mark.parametrize("name", [*ionsim.MODELS, "harmony-1", "harmony-2"])
def test_every_noise_model(name: str) -> None:
    model = read_job({"input": GOOD, "noise": {"model": name}}).noise
    assert model.name == ("harmony" if name.startswith("harmony") else name)


def test_unknown_noise_model_lists_the_known_ones() -> None:
    with pytest.raises(ionsim.InputError) as caught:
        read_job({"input": GOOD, "noise": {"model": "aria-9"}})
    [problem] = caught.value.problems
    assert problem.path == "noise.model"
    assert problem.value == '"aria-9"'
    for name in ionsim.MODELS:
        assert f'"{name}"' in problem.allowed


def test_noise_numbers_can_be_overridden_in_the_job() -> None:
    noise = {"model": "aria-1", "r1": 0.5, "readout_flip": 1}
    model = read_job({"input": GOOD, "noise": noise}).noise
    assert (model.r1, model.r2, model.readout_flip) == (0.5, 0.0133, 1.0)
    for wrong in (-0.1, 1.1, "0.5", True, [], float("nan")):
        assert refused({"input": GOOD, "noise": {"r2": wrong}}) == [("InvalidInput", "noise.r2")]


@pytest.mark.parametrize(
    "target",
    ["qpu.harmony", "qpu.aria-1", "qpu.aria-2", "qpu.forte-1", "qpu.forte-enterprise-1"],
)
def test_machines_are_refused_with_the_reason(target: str) -> None:
    with pytest.raises(ionsim.InputError) as caught:
        read_job({"input": GOOD, "target": target})
    text = str(caught.value)
    assert "not emulated yet" in text
    assert target.removeprefix("qpu.") in text
    assert '"simulator"' in text


@pytest.mark.parametrize("name", ["openqasm", "qasm", "quipper"])
def test_text_formats_say_where_the_text_is_wrong(name: str) -> None:
    with pytest.raises(ionsim.InputError) as caught:
        read_job({"input": {"format": name, "data": "\n H 0"}})
    problem = caught.value.problems[0]
    assert problem.path.startswith("input.data: line 2, column ")
    assert problem.allowed


@pytest.mark.parametrize("debias", [True, False, None])
def test_debias_is_accepted(debias: bool | None) -> None:
    request = read_job({"input": GOOD, "error_mitigation": {"debias": debias}})
    assert any("debias" in warning for warning in request.warnings) == (debias is True)
    assert request.error_mitigation == {"debias": debias}


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"name": 5}, "name"),
        ({"metadata": "x"}, "metadata"),
        ({"metadata": [1]}, "metadata"),
        ({"noise": "aria-1"}, "noise"),
        ({"noise": {"model": 5}}, "noise.model"),
        ({"target": 5}, "target"),
        ({"target": "simulators"}, "target"),
        ({"error_mitigation": True}, "error_mitigation"),
        ({"error_mitigation": {"debias": "yes"}}, "error_mitigation.debias"),
        ({"input": None}, "input"),
        ({"input": [H0]}, "input"),
        ({"lang": "qasm"}, "lang"),
        ({"body": GOOD}, "body"),
        ({"registers": 5}, "registers"),
    ],
)
@pytest.mark.parametrize("form", FORMS)
def test_wrong_envelopes(change: dict[str, Any], path: str, form: str) -> None:
    assert refused({"input": GOOD, **change}, form) == [("InvalidInput", path)]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"format": 5}, "input.format"),
        ({"format": "ionq.circuit.v1"}, "input.format"),
        ({"gateset": "QIS"}, "input.gateset"),
        ({"gateset": 5}, "input.gateset"),
        ({"qubits": 0}, "input.qubits"),
        ({"qubits": -1}, "input.qubits"),
        ({"qubits": 1.5}, "input.qubits"),
        ({"qubits": "1"}, "input.qubits"),
        ({"qubits": True}, "input.qubits"),
        ({"qubits": 10_001}, "input.qubits"),
        ({"qubits": None}, "input.qubits"),
        ({"circuit": None}, "input.circuit"),
        ({"circuit": {}}, "input.circuit"),
        ({"circuit": "h"}, "input.circuit"),
        ({"circuits": [GOOD]}, "input.circuit"),
        ({"circuit": None, "circuits": []}, "input.circuits"),
        ({"circuit": None, "circuits": {}}, "input.circuits"),
        ({"circuit": None, "circuits": 5}, "input.circuits"),
    ],
)
@pytest.mark.parametrize("form", FORMS)
def test_wrong_inputs(change: dict[str, Any], path: str, form: str) -> None:
    assert refused({"input": {**GOOD, **change}}, form) == [("InvalidInput", path)]


def test_a_huge_number_of_qubits_is_refused_not_counted() -> None:
    body = {"input": {"circuits": [{"circuit": [{"gate": "h", "target": 2_000_000_000}]}]}}
    request = read_job(body)
    assert request.circuits[0].circuit is None
    assert request.circuits[0].problems[0].code == "NotEnoughQubits"


def test_problems_of_envelope_and_circuit_come_together() -> None:
    body = {"shots": 0, "input": {"qubits": 1, "circuit": [H0, {"gate": "hh", "target": 0}]}}
    assert refused(body) == [
        ("InvalidInput", "shots"),
        ("UnsupportedGate", "input.circuit[1].gate"),
    ]


def test_the_text_of_many_problems_is_cut() -> None:
    bad = [{"gate": "hh", "target": 0}] * 30
    body = {"shots": 0, "input": {"qubits": 1, "circuit": bad}}
    with pytest.raises(ionsim.InputError) as caught:
        read_job(body)
    assert len(caught.value.problems) == 21
    lines = str(caught.value).splitlines()
    assert lines[0] == "21 problems:"
    assert lines[1].startswith("  shots: ")
    assert lines[-1] == "  ... and 1 more"
    assert len(lines) == 22
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_one_problem_says_where_what_and_what_is_allowed() -> None:
    with pytest.raises(ionsim.InputError) as caught:
        read_job({"shots": 0, "input": GOOD})
    text = "shots: out of range; got 0; allowed: an integer from 1 to 1000000"
    assert str(caught.value) == text


# --- unknown keys ---------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_unknown_envelope_keys_are_named(form: str) -> None:
    body = {
        "input": {"circuits": [{**GOOD, "foo": 1}, {**GOOD, "foo": 2}], "bar": None},
        "noise": {"phase": 1},
        "error_mitigation": {"zne": True},
        "backend": "simulator",
        'we"ird': 1,
    }
    [warning] = read_job(formed(body, form)).warnings
    assert warning == (
        'ignored unknown keys: "we\\"ird", backend, error_mitigation.zne, input.bar, '
        "input.circuits[].foo, noise.phase"
    )


def test_many_unknown_keys_make_one_short_warning() -> None:
    [warning] = read_job({"input": GOOD, **{f"key{n}": 1 for n in range(500)}}).warnings
    assert warning.endswith("and 480 more")
    assert len(warning) < 400


def test_odd_keys_are_quoted() -> None:
    [warning] = read_job({"input": GOOD, "a\n\x1b": 1, "x" * 500: 2}).warnings
    assert "\n" not in warning
    assert '"a\\n\\u001b"' in warning
    assert len(warning) < 150
    body = {"input": GOOD, "registers": {"a\nb": [7]}}
    assert refused(body) == [("InvalidInput", 'registers."a\\nb"[0]')]


# --- several circuits -----------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMS)
def test_circuits_inherit_and_override(form: str) -> None:
    gpi = {"gate": "gpi", "target": 0, "phase": 0.5}
    above = {
        "gateset": "native",
        "qubits": 2,
        "circuits": [
            {"circuit": [gpi]},
            {"name": "own", "gateset": "qis", "qubits": 3, "circuit": [H0]},
            {"gateset": None, "qubits": None, "name": None, "circuit": [gpi]},
        ],
    }
    request = read_job(formed({"input": above}, form))
    assert request.multi
    found = [(each.name, each.circuit.gateset, each.circuit.qubits) for each in request.circuits]
    assert found == [(None, "native", 2), ("own", "qis", 3), (None, "native", 2)]


@pytest.mark.parametrize("form", FORMS)
def test_bad_circuits_keep_their_problems(form: str) -> None:
    circuits: list[Any] = [
        GOOD, 5, None, {"qubits": 1}, {**GOOD, "gateset": "x"}, {**GOOD, "name": 1},
        {**GOOD, "qubits": 0}, {**GOOD, "registers": [1]}, {"circuit": {}}, GOOD,
    ]  # fmt: skip
    request, problems = read_job_or_problems(formed({"input": {"circuits": circuits}}, form))
    assert request is not None
    found = [[problem.path for problem in each.problems] for each in request.circuits]
    at = "input.circuits"
    assert found == [
        [], [f"{at}[1]"], [f"{at}[2]"], [f"{at}[3].circuit"], [f"{at}[4].gateset"],
        [f"{at}[5].name"], [f"{at}[6].qubits"], [f"{at}[7].registers[0]"], [f"{at}[8].circuit"], [],
    ]  # fmt: skip
    assert [problem.path for problem in problems] == [path for paths in found for path in paths]
    assert [each.circuit is None for each in request.circuits] == [bool(paths) for paths in found]


def test_a_bad_envelope_spoils_all_circuits_but_reports_theirs_too() -> None:
    body = {"shots": 0, "input": {"circuits": [{"circuit": 1}, GOOD]}}
    assert refused(body) == [
        ("InvalidInput", "shots"),
        ("InvalidInput", "input.circuits[0].circuit"),
    ]
