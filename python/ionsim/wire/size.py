"""How large a body is, told before it is read."""

from __future__ import annotations

from contextlib import suppress

import msgspec

__all__ = ["count_circuits"]

_UNREADABLE = (msgspec.MsgspecError, RecursionError, ValueError)
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


class _Body(msgspec.Struct):
    input: msgspec.Raw = msgspec.Raw(b"null")
    body: msgspec.Raw = msgspec.Raw(b"null")


class _Input(msgspec.Struct):
    circuits: list[msgspec.Raw] | None = None


def count_circuits(text: bytes) -> int:
    """Count the circuits of a job; what is not readable counts as none, and is refused later.

    Examples
    --------
    >>> count_circuits(b'{"input": {"circuits": [{}, {}]}}'), count_circuits(b"[]")
    (2, 0)
    """
    found = 0
    try:
        body = msgspec.json.decode(text.removeprefix(_BYTE_ORDER_MARK), type=_Body)
    except _UNREADABLE:
        return 0
    for raw in (body.input, body.body):
        with suppress(*_UNREADABLE):
            found = max(found, len(msgspec.json.decode(raw, type=_Input).circuits or ()))
    return found
