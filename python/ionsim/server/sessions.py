"""What a session means for the jobs in it."""

from __future__ import annotations

import msgspec

from .refusals import Conflict, NotFound
from .store import Store

__all__ = ["check_session"]


def check_session(store: Store, session_id: str | None) -> None:
    """Refuse a job for a session that does not exist, has ended or has had its jobs.

    Raises
    ------
    NotFound, Conflict
        The session cannot take it.
    """
    if session_id is None:
        return
    data = store.session(session_id)
    if data is None:
        raise NotFound(f"there is no session {session_id}")
    session = msgspec.json.decode(data)
    if not session["active"]:
        raise Conflict(f"the session {session_id} has ended")
    limit = session["settings"].get("job_count_limit")
    if limit is not None and store.jobs_in_session(session_id) >= limit:
        raise Conflict(f"the session {session_id} has had its {limit} jobs")
