"""Why the service does not do what it was asked, beside bad jobs."""

from __future__ import annotations

from ..errors import IonsimError

__all__ = ["Conflict", "NotFound", "QueueFull", "StoreError"]


class NotFound(IonsimError):
    """There is no such job."""


class Conflict(IonsimError):
    """The job is not in a state that allows this."""


class QueueFull(IonsimError):
    """Too many jobs wait."""


class StoreError(IonsimError):
    """The database cannot be opened, read or written: a full disk, or no rights."""
