"""Hypothesis strategies for malformed job bodies and for texts that are no JSON."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from strategies import JobCase, jobs
from strategies_broken import HUGE_INTEGER, INF, NAN, as_json, broken_circuits

_H = {"gate": "h", "target": 0}
_GOOD_INPUT: dict[str, Any] = {"qubits": 1, "circuit": [_H]}

_WRONG_SHOTS: list[Any] = [0, -1, 1_000_001, 2**63, 1.5, NAN, INF, "abc", "", "1.5", True, [], {}]
_WRONG_SEEDS: list[Any] = [0, -1, 2**31 + 1, 2**64, 1.5, NAN, "abc", True, [], {}]
_WRONG_QUBITS: list[Any] = [-1, 1.5, NAN, INF, "one", True, [], {}, HUGE_INTEGER]

# (what is wrong, body)
_BROKEN_BODIES: list[tuple[str, Any]] = [
    *[("the body is no object", body) for body in (None, [], [1], 5, 1.5, True, "x", "")],
    ("no input", {}),
    ("no input", {"shots": 100}),
    *[("input is no object", {"input": value}) for value in (None, [], "h", 3, True)],
    ("no circuit", {"input": {"qubits": 2}}),
    ("null circuit", {"input": {"qubits": 2, "circuit": None}}),
    *[
        ("the circuit is no list", {"input": {"qubits": 2, "circuit": value}})
        for value in ({}, "h", 3, True, _H)
    ],
    ("no qubits", {"input": {"circuit": [_H]}}),
    ("null qubits", {"input": {"qubits": None, "circuit": [_H]}}),
    *[("wrong qubits", {"input": _GOOD_INPUT | {"qubits": v}}) for v in _WRONG_QUBITS],
    ("too few qubits", {"input": {"qubits": 1, "circuit": [{"gate": "h", "target": 1}]}}),
    ("circuit and circuits", {"input": _GOOD_INPUT | {"circuits": [{"circuit": [_H]}]}}),
    ("empty circuits", {"input": {"circuits": []}}),
    *[("circuits is no list", {"input": {"circuits": v}}) for v in ({}, "h", 3, True)],
    *[
        ("unknown format", {"input": _GOOD_INPUT | {"format": v}})
        for v in ("ionq.circuit.v9", "", 5, [], "IONQ.CIRCUIT.V0")
    ],
    *[
        ("unknown gateset", {"input": _GOOD_INPUT | {"gateset": v}})
        for v in ("QIS", "", 5, [], "qiss")
    ],
    *[("wrong shots", {"input": _GOOD_INPUT, "shots": v}) for v in _WRONG_SHOTS],
    *[
        ("wrong seed", {"input": _GOOD_INPUT, "noise": {"model": "aria-1", "seed": v}})
        for v in _WRONG_SEEDS
    ],
    *[
        ("unknown model", {"input": _GOOD_INPUT, "noise": {"model": v}})
        for v in ("aria-9", "", "Aria-1", 5, [], {})
    ],
    *[("noise is no object", {"input": _GOOD_INPUT, "noise": v}) for v in ("aria-1", 5, [], True)],
    *[
        ("unknown target", {"input": _GOOD_INPUT, "target": v})
        for v in ("qpu.nowhere", "", "Simulator", 5, [], {})
    ],
]

_ODD_BODIES: list[tuple[str, Any]] = [
    ("an unknown envelope key", {"input": _GOOD_INPUT, "lang": "json", "dry_run": False}),
    ("null envelope keys", {"input": _GOOD_INPUT, "name": None, "noise": None, "shots": None}),
    ("numeric string shots", {"input": _GOOD_INPUT, "shots": "250"}),
    ("integral shots", {"input": _GOOD_INPUT, "shots": 250.0}),
    ("the largest seed", {"input": _GOOD_INPUT, "noise": {"model": "aria-1", "seed": 2**31}}),
    ("the smallest seed", {"input": _GOOD_INPUT, "noise": {"model": "aria-1", "seed": 1}}),
    ("an empty circuit", {"input": {"qubits": 1, "circuit": []}}),
    ("inferred qubits", {"input": {"circuits": [{"circuit": [_H]}]}}),
    ("an alias of a model", {"input": _GOOD_INPUT, "noise": {"model": "harmony-2", "seed": 3}}),
]


@st.composite
def multi_cases(draw: st.DrawFn) -> JobCase:
    """Draw a multi-circuit job with at least one bad circuit and at least one good one."""
    pattern = draw(st.permutations([True, False, *draw(st.lists(st.booleans(), max_size=3))]))
    children = []
    whys = []
    for good in pattern:
        if good:
            children.append(dict(_GOOD_INPUT))
        else:
            case = draw(broken_circuits())
            whys.append(case.why)
            children.append(case.job()["input"])
    failed = tuple(i for i, good in enumerate(pattern) if not good)
    return JobCase({"input": {"circuits": children}}, False, "; ".join(whys), failed)


def job_cases() -> st.SearchStrategy[JobCase]:
    """Draw broken, odd and good job bodies."""
    broken = st.sampled_from(_BROKEN_BODIES).map(lambda p: JobCase(p[1], True, p[0]))
    odd = st.sampled_from(_ODD_BODIES).map(lambda p: JobCase(p[1], False, p[0]))
    single = broken_circuits().map(lambda case: JobCase(case.job(), True, case.why))
    good = jobs().map(lambda body: JobCase(body, False, "a valid job"))
    return st.one_of(broken, odd, single, good, multi_cases())


@st.composite
def broken_texts(draw: st.DrawFn) -> bytes:
    """Draw bytes that are not the JSON text of any job; all must be refused."""
    text = as_json({"input": _GOOD_INPUT | {"circuit": [_H] * draw(st.integers(1, 5))}}).encode()
    kind = draw(st.integers(0, 6))
    if kind == 0:
        return text[: draw(st.integers(0, len(text) - 1))]
    if kind == 1:
        return text + draw(st.sampled_from([b"x", b"}", b",", b"{}", b"\x00", b"]"]))
    if kind == 2:
        depth = draw(st.sampled_from([200, 10_000, 300_000]))
        return draw(st.sampled_from([b"[", b'{"input":', b'{"input":{"circuit":['])) * depth
    if kind == 3:
        at = draw(st.integers(0, len(text)))
        return text[:at] + draw(st.sampled_from([b"\xff", b"\xc3(", b"\xed\xa0\x80"])) + text[at:]
    if kind == 4:
        word = draw(
            st.sampled_from([b"NaN", b"Infinity", b"-", b"01", b"1.", b".5", b"0x1", b"+1"])
        )
        return text.replace(b'"qubits": 1', b'"qubits": ' + word)
    if kind == 5:
        return text.replace(b'"', b"'")
    depth = draw(st.sampled_from([2_000, 100_000]))
    nested = b"[" * depth + b"]" * depth
    return text.replace(b'"target": 0', b'"target": ' + nested, 1)
