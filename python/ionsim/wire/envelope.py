"""Job bodies as text, bytes, files or dicts, opened level by level with one set of checks.

Text is decoded only as deep as needed: a gate list stays raw bytes for the core's own reader. So a
value here is either a `msgspec.Raw` (from text) or a Python object (from a dict), and `plain` makes
the two equal.
"""

from __future__ import annotations

import json
import operator
import os
from collections.abc import Iterator, Mapping, Sequence, Set
from typing import Any

import msgspec

from ..errors import InputError, Problem

__all__ = ["Envelope", "Fields", "key_text", "load", "plain", "shown", "whole"]

Fields = dict[str, Any]

_SHOWN_CHARACTERS = 60
_SHOWN_ITEMS = 6
_DEPTH = 100
_JSON_STARTS = ("{", "[", '"')
_SAFE_DIGIT_BITS = 10_000  # Python refuses to print integers much longer than this

# What a decoder may raise for text that somebody else wrote: nothing else may leave this module.
# RecursionError: deep nesting; ValueError: malformed or too large numbers, bad surrogates.
_DECODE_ERRORS = (msgspec.MsgspecError, RecursionError, ValueError, OverflowError)


def shown(value: Any, depth: int = 2) -> str:
    """Return a short JSON-like text of any value, for messages.

    Examples
    --------
    >>> shown({"gate": "h", "targets": [0, None]})
    '{"gate": "h", "targets": [0, null]}'
    >>> shown("x" * 100)[:10], len(shown("x" * 100))
    ('"xxxxxxxxx', 60)
    """
    if isinstance(value, msgspec.Raw):
        try:
            value = plain(value)
        except _DECODE_ERRORS:
            return "unreadable JSON"
    return _cut(_shown(value, depth))


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARACTERS else text[: _SHOWN_CHARACTERS - 3] + "..."


def _shown(value: Any, depth: int) -> str:
    if value is None or isinstance(value, bool):
        return json.dumps(value)
    if isinstance(value, str):
        return json.dumps(value[:_SHOWN_CHARACTERS])
    if isinstance(value, int):
        long = value.bit_length() > _SAFE_DIGIT_BITS
        return f"an integer of {value.bit_length()} bits" if long else str(value)
    if isinstance(value, float):
        return json.dumps(value)
    if isinstance(value, (list, tuple)):
        if depth == 0 and value:
            return "[...]"
        parts = [_shown(item, depth - 1) for item in value[:_SHOWN_ITEMS]]
        return f"[{', '.join(parts)}{', ...' if len(value) > _SHOWN_ITEMS else ''}]"
    if isinstance(value, Mapping):
        if depth == 0 and value:
            return "{...}"
        pairs = list(zip(value.items(), range(_SHOWN_ITEMS), strict=False))
        parts = [f"{_shown(key, 0)}: {_shown(item, depth - 1)}" for (key, item), _ in pairs]
        return f"{{{', '.join(parts)}{', ...' if len(value) > _SHOWN_ITEMS else ''}}}"
    return f"a Python {type(value).__name__}"


def plain(value: Any) -> Any:
    """Return the Python object behind a value; raises a decoder's error for bad raw JSON."""
    return msgspec.json.decode(value) if isinstance(value, msgspec.Raw) else value


def key_text(key: Any) -> str:
    """Return a key as it stands in a JSON path; odd ones are quoted and shortened.

    Examples
    --------
    >>> key_text("shots"), key_text("two words")
    ('shots', '"two words"')
    """
    is_plain = isinstance(key, str) and key.isidentifier() and len(key) <= _SHOWN_CHARACTERS
    return key if is_plain else shown(key)


def whole(value: Any) -> int | None:
    """Return a whole number as an int (2.0 counts as 2), None for anything else.

    Examples
    --------
    >>> whole(2.0), whole(2.5), whole(True), whole("2")
    (2, None, None, None)
    """
    if isinstance(value, float):
        return int(value) if value.is_integer() else None
    if isinstance(value, bool):
        return None
    try:
        return operator.index(value)
    except TypeError:
        return None


def load(body: Any) -> Fields:
    """Open a job body to its top-level fields.

    Parameters
    ----------
    body : dict, str, bytes or path-like
        A dict, JSON text (UTF-8), or the path of a file with JSON text. A str is JSON text when it
        starts like JSON, and a path otherwise.

    Returns
    -------
    dict
        Field -> raw JSON or Python object.

    Raises
    ------
    InputError
        For anything that is not a readable JSON object.

    Examples
    --------
    >>> sorted(load('{"shots": 100, "input": {}}'))
    ['input', 'shots']
    """
    if isinstance(body, Mapping):
        return dict(body)
    if isinstance(body, (bytes, bytearray, memoryview)):
        return _open_text(bytes(body))
    if isinstance(body, str):
        if body[:_SHOWN_CHARACTERS].lstrip().startswith(_JSON_STARTS) or (
            body.lstrip().startswith(_JSON_STARTS)
        ):
            return _open_text(_encoded(body))
        return _open_text(_read_file(body), body)
    if isinstance(body, os.PathLike):
        return _open_text(_read_file(body), os.fspath(body))
    raise _refused("not a job", shown(body), "a dict, JSON text, bytes or the path of a file")


def _refused(message: str, value: str = "", allowed: str = "") -> InputError:
    return InputError(Problem("InvalidInput", "", value, message, allowed))


def _encoded(text: str) -> bytes:
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise _refused(f"the text holds a lone surrogate at character {error.start}") from error


def _read_file(path: Any) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except (OSError, ValueError) as error:  # ValueError: null characters in the path
        reason = getattr(error, "strerror", None) or str(error)
        hint = "" if not isinstance(path, str) else "not JSON (an object starts with {), and "
        raise _refused(f"{hint}not a readable file: {reason}", shown(str(path))) from error


def _open_text(data: bytes, source: Any = None) -> Fields:
    where = f"{shown(str(source))}: " if source is not None else ""
    try:
        text = data.decode("utf-8-sig")  # some editors put a byte order mark in front
    except UnicodeDecodeError as error:
        raise _refused(f"{where}not UTF-8 text: {error.reason} at byte {error.start}") from error
    if not text.strip():
        raise _refused(f"{where}the text is empty", allowed="a JSON object")
    try:
        return msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    except msgspec.ValidationError as error:
        start = _cut(" ".join(text[:1000].split()))
        raise _refused(f"{where}not a JSON object", start, "a JSON object") from error
    except _DECODE_ERRORS as error:
        raise _refused(f"{where}{_reason(error, text)}") from error


def _reason(error: Exception, text: str = "") -> str:
    """Say in words why JSON text could not be read, with line and column where known."""
    if isinstance(error, RecursionError):
        return "the JSON is nested too deeply"
    message = str(error).removeprefix("JSON is malformed: ").removesuffix(" - at `$[...]`")
    if "truncated" in message:
        message = "the text ends too early"
    before, _, number = message.rpartition(" (byte ")
    if before and text and number.rstrip(")").isdigit():
        head = text.encode("utf-8")[: int(number.rstrip(")"))]
        line = head.count(b"\n") + 1
        column = len(head) - (head.rfind(b"\n") + 1) + 1
        message = f"{before} at line {line}, column {column}"
    return f"not valid JSON: {message}"


class Envelope:
    """Collects problems and warnings while the fields of a body are read.

    The getters return None for a field that is absent, null or wrong; a wrong one leaves a problem.
    """

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.unknown: dict[str, None] = {}

    def refuse(
        self, path: str, value: Any, message: str, allowed: str = "", code: str = "InvalidInput"
    ) -> None:
        """Note a problem; `value` is what came, or None where nothing did."""
        got = "" if value is None else shown(value)
        self.problems.append(Problem(code, path, got, message, allowed))

    def note_unknown(self, fields: Fields, known: Set[str], prefix: str = "") -> None:
        """Remember the keys that are not known here, for one warning."""
        if fields.keys() <= known:
            return
        for key in fields.keys() - known:
            self.unknown[prefix + key_text(key)] = None

    def unknown_warning(self) -> tuple[str, ...]:
        """Return the warning about unknown keys, if there were any."""
        if not self.unknown:
            return ()
        names = sorted(self.unknown)
        more = f" and {len(names) - 20} more" if len(names) > 20 else ""
        return (f"ignored unknown keys: {', '.join(names[:20])}{more}",)

    def value(self, fields: Fields, key: str, path: str) -> Any:
        """Return a field as a Python object; None when absent or null."""
        found = fields.get(key)
        if not isinstance(found, msgspec.Raw):
            return found
        try:
            return plain(found)
        except _DECODE_ERRORS as error:
            self.refuse(path, None, _reason(error))
            return None

    def object(self, fields: Fields, key: str, path: str) -> Fields | None:
        """Return a field that is an object, one level opened."""
        value = fields.get(key)
        return None if value is None else self.opened(value, path)

    def opened(self, value: Any, path: str) -> Fields | None:
        """Return an object's fields, raw where they came as text."""
        if isinstance(value, msgspec.Raw):
            try:
                return msgspec.json.decode(value, type=dict[str, msgspec.Raw] | None)
            except msgspec.ValidationError:
                pass
            except _DECODE_ERRORS as error:
                self.refuse(path, None, _reason(error))
                return None
        elif value is None or isinstance(value, Mapping):
            return None if value is None else dict(value)
        self.refuse(path, value, "not an object", "a JSON object")
        return None

    def items(self, fields: Fields, key: str, path: str, what: str) -> Sequence[Any] | None:
        """Return a field that is a list; its items raw, or opened, where they came as text."""
        value = fields.get(key)
        if isinstance(value, msgspec.Raw):
            try:
                # One pass for all, if all are objects.
                return msgspec.json.decode(value, type=list[dict[str, msgspec.Raw]])
            except _DECODE_ERRORS:
                pass
            try:
                return msgspec.json.decode(value, type=list[msgspec.Raw] | None)
            except msgspec.ValidationError:
                pass
            except _DECODE_ERRORS as error:
                self.refuse(path, None, _reason(error))
                return None
        elif value is None or isinstance(value, (list, tuple)):
            return value
        self.refuse(path, value, "not a list", what)
        return None

    def entries(self, fields: Fields, key: str) -> Iterator[tuple[Envelope, str, Fields | None]]:
        """Give the entries of `circuits`, each with an envelope for its problems and its path."""
        path = f"{key}.circuits"
        found = self.items(fields, "circuits", path, "a list of circuits")
        if found is None:
            return
        if not found:
            self.refuse(path, found, "empty", "at least one circuit")
        for place, entry in enumerate(found):
            own = Envelope()
            where = f"{path}[{place}]"
            opened = own.opened(entry, where)
            if opened is None and not own.problems:
                own.refuse(where, None, "null", "an object with a circuit")
            yield own, where, opened

    def text(self, fields: Fields, key: str, path: str) -> str | None:
        """Return a field that is a string."""
        if key not in fields:
            return None
        value = self.value(fields, key, path)
        if value is None or isinstance(value, str):
            return value
        self.refuse(path, value, "not a string", "a string")
        return None

    def integer(self, path: str, value: Any, low: int, high: int, extra: str = "") -> int | None:
        """Return an integer in a range; 2.0 counts as 2."""
        number = whole(value)
        allowed = f"an integer from {low} to {high}{extra}"
        if number is None:
            self.refuse(path, value, "not an integer", allowed)
        elif not low <= number <= high:
            self.refuse(path, value, "out of range", allowed)
        else:
            return number
        return None

    def json_copy(self, fields: Fields, key: str, path: str) -> Any:
        """Return a field as an own copy in JSON types, so that the caller's dict may change."""
        if key not in fields:
            return None
        value = self.value(fields, key, path)
        if value is None:
            return None
        try:
            copied = msgspec.to_builtins(value)
        except (TypeError, *_DECODE_ERRORS) as error:
            if not isinstance(error, RecursionError):
                self.refuse(path, None, f"not representable as JSON: {error}", "JSON values")
                return None
        else:
            if _is_shallow(copied):
                return copied
        self.refuse(path, None, "nested too deeply", f"at most {_DEPTH} levels")
        return None


def _is_shallow(value: Any) -> bool:
    """Tell whether nothing is nested deeper than what copying and printing can stand."""
    level = [value]
    for _ in range(_DEPTH + 1):
        level = [
            inner
            for outer in level
            if isinstance(outer, (dict, list))
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
        if not level:
            return True
    return False
