"""Histograms against plain loops over outcomes."""

from __future__ import annotations

import math
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import ionsim
from ionsim import results
from ionsim.bits import FULL_WIDTH_QUBITS, full_width, sum_out, unpack_bits, widen
from ionsim.results import DUST, Histogram

RNG = np.random.default_rng(20)


def distribution(bits: int, seed: int = 1) -> np.ndarray:
    values = np.random.default_rng(seed).random(2**bits)
    return values / values.sum()


def spread(index: int, touched: list[int]) -> int:
    """Say slowly which outcome an index over the touched qubits means."""
    return sum(1 << qubit for bit, qubit in enumerate(touched) if index >> bit & 1)


@st.composite
def registers(draw: st.DrawFn) -> tuple[int, list[int], list[int | None]]:
    qubits = draw(st.integers(1, 7))
    touched = sorted(draw(st.sets(st.integers(0, qubits - 1))))
    entries = st.one_of(st.none(), st.integers(0, qubits - 1))
    return qubits, touched, draw(st.lists(entries, max_size=9))


# --- the mapping ----------------------------------------------------------------------------


def test_keys_are_decimal_with_qubit_0_lowest() -> None:
    histogram = Histogram.from_probabilities(np.array([0, 1.0, 0, 0]), [0, 1], 2)
    assert dict(histogram) == {"1": 1.0}
    other = Histogram.from_probabilities(np.array([0, 0, 1.0, 0]), [0, 1], 2)
    assert dict(other) == {"2": 1.0}


@given(registers(), st.integers(0, 100))
def test_exact_mapping(case: tuple[int, list[int], list[int | None]], seed: int) -> None:
    qubits, touched, _ = case
    values = distribution(len(touched), seed)
    histogram = Histogram.from_probabilities(values, touched, qubits)
    expected = {str(spread(index, touched)): value for index, value in enumerate(values)}
    assert dict(histogram) == expected
    assert list(histogram) == sorted(expected, key=int)
    assert len(histogram) == len(expected)
    assert all(histogram[key] == value for key, value in expected.items())
    assert histogram == expected
    assert np.array_equal(
        np.flatnonzero(histogram.probabilities), sorted(int(key) for key in expected)
    )
    assert histogram.probabilities.shape == (2**qubits,)


@given(registers(), st.integers(0, 100), st.integers(1, 200))
def test_sampled_mapping(
    case: tuple[int, list[int], list[int | None]], seed: int, shots: int
) -> None:
    qubits, touched, _ = case
    outcomes = np.random.default_rng(seed).integers(0, 2 ** len(touched), shots, dtype=np.uint64)
    histogram = Histogram.from_outcomes(outcomes, touched, qubits)
    expected: dict[str, int] = {}
    for outcome in sorted(outcomes.tolist()):
        key = str(spread(outcome, touched))
        expected[key] = expected.get(key, 0) + 1
    assert histogram.counts == expected
    assert list(histogram.counts) == list(expected)
    assert dict(histogram) == {key: count / shots for key, count in expected.items()}
    assert {key: round(value * shots) for key, value in histogram.items()} == expected
    assert math.isclose(histogram.probabilities.sum(), 1.0, abs_tol=1e-12)


@pytest.mark.parametrize(
    "key", ["2", "1", "00", "01", "-0", "+0", "", " 0", "4", "9" * 400, "x", "²"]
)
def test_keys_that_are_not_there(key: str) -> None:
    histogram = Histogram.from_probabilities(np.array([0.5, 0, 0, 0.5]), [0, 1], 2)
    assert key not in histogram
    assert key not in dict(histogram)
    with pytest.raises(KeyError):
        histogram[key]
    assert 0 not in histogram
    assert histogram.get(key) is None


def test_lookup_agrees_with_the_dict_between_touched_qubits() -> None:
    histogram = Histogram.from_probabilities(np.array([0.25, 0, 0, 0.75]), [1, 4], 6)
    whole = dict(histogram)
    assert whole == {"0": 0.25, "18": 0.75}
    for number in range(80):
        assert histogram.get(str(number)) == whole.get(str(number))


def test_dust_is_dropped_but_never_everything() -> None:
    assert DUST == 1e-12
    clean = Histogram.from_probabilities(np.array([1.0, DUST / 2, DUST, 0]), [0, 1], 2)
    assert dict(clean) == {"0": 1.0, "2": DUST}
    tiny = Histogram.from_probabilities(np.array([9e-13, 0, 1e-13, 0]), [0, 1], 2)
    assert dict(tiny) == {"0": 9e-13, "2": 1e-13}


def test_no_touched_qubit() -> None:
    histogram = Histogram.from_probabilities(np.array([1.0]), [], 3)
    assert dict(histogram) == {"0": 1.0}
    assert histogram.probabilities.tolist() == [1, 0, 0, 0, 0, 0, 0, 0]
    assert histogram.bitstrings() == {"000": 1.0}
    sampled = Histogram.from_outcomes(np.zeros(5, dtype=np.uint64), [], 3)
    assert sampled.counts == {"0": 5}


def test_qubits_beyond_64_bits() -> None:
    histogram = Histogram.from_probabilities(np.array([0.5, 0, 0, 0.5]), [3, 900], 1000)
    assert dict(histogram) == {"0": 0.5, str(2**3 + 2**900): 0.5}
    assert histogram[str(2**3 + 2**900)] == 0.5
    assert str(2**900) not in histogram
    assert histogram.marginal([900, None, 3]) == {"0": 0.5, "5": 0.5}
    with pytest.raises(ionsim.LimitError, match="1000 qubits"):
        histogram.probabilities  # noqa: B018
    assert histogram.touched_probabilities.tolist() == [0.5, 0, 0, 0.5]


def test_sampled_counts_of_64_measured_qubits() -> None:
    outcomes = np.array([2**64 - 1, 0, 2**64 - 1], dtype=np.uint64)
    histogram = Histogram.from_outcomes(outcomes, range(64), 64)
    assert histogram.counts == {"0": 1, str(2**64 - 1): 2}
    assert histogram[str(2**64 - 1)] == 2 / 3
    assert histogram.marginal([63, 0]).counts == {"0": 1, "3": 2}
    with pytest.raises(ionsim.LimitError):
        histogram.touched_probabilities  # noqa: B018


def test_exact_histograms_have_no_counts() -> None:
    histogram = Histogram.from_probabilities(np.array([1.0]), [], 1)
    with pytest.raises(ionsim.InputError, match="exact"):
        histogram.counts  # noqa: B018


def test_frozen_and_picklable() -> None:
    values = np.array([0.5, 0, 0, 0.5])
    histogram = Histogram.from_probabilities(values, [0, 1], 2)
    with pytest.raises(ValueError, match="read-only"):
        histogram.touched_probabilities[0] = 1
    values[0] = 0.5  # the caller's own array is still the caller's
    changed = histogram.to_dict()
    changed["0"] = 7
    assert histogram["0"] == 0.5
    with pytest.raises(AttributeError):
        histogram.qubits = 3  # type: ignore[misc]
    assert pickle.loads(pickle.dumps(histogram)) == histogram
    assert histogram != {"0": 0.5}
    with pytest.raises(TypeError):
        hash(histogram)


# --- marginals ------------------------------------------------------------------------------


def slow_marginal(values: dict[str, float], register: list[int | None]) -> dict[str, float]:
    sums: dict[int, float] = {}
    for key, value in values.items():
        bits = [0 if qubit is None else int(key) >> qubit & 1 for qubit in register]
        outcome = sum(bit << place for place, bit in enumerate(bits))
        sums[outcome] = sums.get(outcome, 0) + value
    return {str(outcome): sums[outcome] for outcome in sorted(sums)}


@given(registers(), st.integers(0, 100))
def test_exact_marginals(case: tuple[int, list[int], list[int | None]], seed: int) -> None:
    qubits, touched, register = case
    histogram = Histogram.from_probabilities(distribution(len(touched), seed), touched, qubits)
    marginal = histogram.marginal(register)
    expected = slow_marginal(dict(histogram), register)
    assert marginal.qubits == len(register)
    assert list(marginal) == list(expected)
    assert all(abs(marginal[key] - value) < 1e-14 for key, value in expected.items())


@given(registers(), st.integers(0, 100))
def test_sampled_marginals(case: tuple[int, list[int], list[int | None]], seed: int) -> None:
    qubits, touched, register = case
    outcomes = np.random.default_rng(seed).integers(0, 2 ** len(touched), 50, dtype=np.uint64)
    histogram = Histogram.from_outcomes(outcomes, touched, qubits)
    expected = slow_marginal(histogram.counts, register)
    assert histogram.marginal(register).counts == expected


@pytest.mark.parametrize("register", [[2], [-1], [0, None, 5]])
def test_marginals_of_no_qubit(register: list[int | None]) -> None:
    histogram = Histogram.from_probabilities(np.array([0.5, 0.5]), [0], 2)
    with pytest.raises(ionsim.InputError, match="no such qubit"):
        histogram.marginal(register)


def test_marginal_of_25_dense_qubits_is_vectorised() -> None:
    values = np.full(2**22, 2.0**-22)
    histogram = Histogram.from_probabilities(values, list(range(22)), 22)
    marginal = histogram.marginal([21, 3, None, 7])
    assert np.allclose(marginal.touched_probabilities, 0.125)
    assert marginal.touched == (0, 1, 3)
    assert len(histogram.top(3)) == 3


# --- other views ----------------------------------------------------------------------------


@given(registers(), st.integers(0, 100), st.integers(0, 20))
def test_top(case: tuple[int, list[int], list[int | None]], seed: int, count: int) -> None:
    qubits, touched, _ = case
    values = np.round(distribution(len(touched), seed), 2) + 1e-3  # rounded, so that some are equal
    histogram = Histogram.from_probabilities(values, touched, qubits)
    expected = sorted(histogram.items(), key=lambda pair: (-round(pair[1], 12), int(pair[0])))
    assert histogram.top(count) == expected[:count]


@given(registers(), st.integers(0, 100), st.integers(0, 20), st.booleans())
def test_blocks_change_nothing(
    case: tuple[int, list[int], list[int | None]], seed: int, count: int, sampled: bool
) -> None:
    qubits, touched, _ = case
    values = np.round(distribution(len(touched), seed), 2)
    if sampled:
        rng = np.random.default_rng(seed)
        outcomes = rng.integers(0, 2 ** len(touched), 60, dtype=np.uint64)
        histogram = Histogram.from_outcomes(outcomes, touched, qubits)
    else:
        histogram = Histogram.from_probabilities(values, touched, qubits)
    expected = histogram.top(count), len(histogram)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(results, "_BLOCK", 4)
        assert (histogram.top(count), len(histogram)) == expected
    assert len(histogram) == len(dict(histogram))


def test_top_takes_equal_outcomes_in_order_of_keys() -> None:
    uniform = Histogram.from_probabilities(np.full(16, 1 / 16), [0, 1, 2, 3], 4)
    assert [key for key, _ in uniform.top(3)] == ["0", "1", "2"]


def test_bit_strings_both_ways() -> None:
    histogram = Histogram.from_probabilities(np.array([0.25, 0.75]), [0], 3)
    assert histogram.bitstrings() == {"000": 0.25, "001": 0.75}
    assert histogram.bitstrings(qubit0="left") == {"000": 0.25, "100": 0.75}
    with pytest.raises(ionsim.InputError):
        histogram.bitstrings(qubit0="up")


def test_text_and_html() -> None:
    histogram = Histogram.from_probabilities(np.array([0.25, 0.0, 0.0, 0.75]), [0, 1], 2)
    assert histogram.bars(width=8).splitlines() == ["3  11  0.75  ######", "0  00  0.25  ##"]
    assert repr(histogram) == "Histogram({'3': 0.75, '0': 0.25}, qubits=2, shots=None)"
    html = histogram._repr_html_()
    assert html.count("<tr>") == 3
    assert "<td>3</td><td><code>11</code></td><td>0.75</td>" in html
    many = Histogram.from_probabilities(distribution(6), list(range(6)), 6)
    assert many.bars(4).splitlines()[-1] == "... and 60 more outcomes"
    assert "and 54 more outcomes" in many._repr_html_()


# --- arrays ---------------------------------------------------------------------------------


@given(registers(), st.integers(0, 100))
def test_full_width(case: tuple[int, list[int], list[int | None]], seed: int) -> None:
    qubits, touched, _ = case
    values = distribution(len(touched), seed) * np.exp(1j)
    full = full_width(values, touched, qubits)
    expected = np.zeros(2**qubits, dtype=complex)
    for index, value in enumerate(values):
        expected[spread(index, touched)] = value
    assert np.array_equal(full, expected)
    assert full.dtype == values.dtype


def test_full_width_refuses_what_does_not_fit() -> None:
    with pytest.raises(ionsim.LimitError) as caught:
        full_width(np.array([1.0]), [], FULL_WIDTH_QUBITS + 1)
    assert caught.value.needed == FULL_WIDTH_QUBITS + 1
    assert "touched_probabilities" in str(caught.value)


@given(registers(), st.integers(0, 100))
def test_widen_and_unpack(case: tuple[int, list[int], list[int | None]], seed: int) -> None:
    qubits, touched, _ = case
    outcomes = np.random.default_rng(seed).integers(0, 2 ** len(touched), 20, dtype=np.uint64)
    wide = widen(outcomes, touched)
    assert wide.tolist() == [spread(outcome, touched) for outcome in outcomes.tolist()]
    columns = unpack_bits(outcomes, touched, qubits)
    assert columns.shape == (20, qubits)
    assert columns.dtype == np.uint8
    assert (columns.astype(int) @ (1 << np.arange(qubits))).tolist() == wide.tolist()


def test_outcomes_beyond_64_bits() -> None:
    outcomes = np.array([3], dtype=np.uint64)
    assert widen(outcomes, [0, 63]).tolist() == [2**63 + 1]
    with pytest.raises(ionsim.LimitError, match="bits"):
        widen(outcomes, [0, 64])
    assert unpack_bits(outcomes, [0, 64], 66).sum() == 2
    with pytest.raises(ionsim.LimitError):
        unpack_bits(np.zeros(10**6, dtype=np.uint64), [0], 10**4)


def test_sum_out_permutes() -> None:
    values = np.arange(8.0)
    assert sum_out(values, 3, [2, 0]).tolist() == [0 + 2, 4 + 6, 1 + 3, 5 + 7]
    assert sum_out(values, 3, []).tolist() == [28]


@pytest.mark.parametrize("qubits", [9, 10, 11])
def test_keys_are_the_decimal_numbers_at_any_width(qubits: int) -> None:
    values = np.arange(1, 1 + 2**qubits) / (2**qubits * (1 + 2**qubits) / 2)
    found = Histogram.from_probabilities(values, range(qubits), qubits)
    assert list(found) == [str(outcome) for outcome in range(2**qubits)]
    wide = Histogram.from_probabilities(values, range(1, qubits + 1), qubits + 1)
    assert list(wide) == [str(2 * outcome) for outcome in range(2**qubits)]


@pytest.mark.parametrize("asked_before", [False, True])
def test_a_wrong_key_is_missing_whether_or_not_the_dict_was_made(asked_before: bool) -> None:
    found = Histogram.from_probabilities(np.array([0.5, 0.5, 0.0, 0.0]), [0, 1], 2)
    if asked_before:
        found.to_dict()
    assert dict(found) == {"0": 0.5, "1": 0.5}
    for key in ("2", "00", "x", 0, None, [], {}):
        assert key not in found
    with pytest.raises(KeyError):
        found["2"]
