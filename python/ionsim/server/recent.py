"""Finished jobs that are still in memory, the latest of them."""

from __future__ import annotations

from collections import OrderedDict

from .worker import Entry

__all__ = ["Recent"]

_ENTRIES = 2_000
_BYTES = 64 << 20


class Recent:
    """The latest finished jobs, as many as fit.

    Clients mostly ask for what has just ended; the rest is read from the store.
    """

    def __init__(self) -> None:
        self._entries: OrderedDict[str, Entry] = OrderedDict()
        self._bytes = 0

    def get(self, job_id: str) -> Entry | None:
        """Return a job if it is in here."""
        return self._entries.get(job_id)

    def add(self, entry: Entry) -> None:
        """Add a job; the oldest go when there are too many."""
        self._entries[entry.state.id] = entry
        self._bytes += _size(entry)
        while len(self._entries) > _ENTRIES or (self._bytes > _BYTES and len(self._entries) > 1):
            _, oldest = self._entries.popitem(last=False)
            self._bytes -= _size(oldest)

    def drop(self, job_id: str) -> None:
        """Forget a job."""
        entry = self._entries.pop(job_id, None)
        if entry is not None:
            self._bytes -= _size(entry)


def _size(entry: Entry) -> int:
    own = 2_000 + 300 * len(entry.children)
    return own + sum(result.size for result in entry.results.values())
