"""The page for people, in one file: no outside resources, nothing built."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import lru_cache
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response

__all__ = ["show"]


async def show(_: Request) -> Response:
    """Answer with the page."""
    text, policy = _page()
    headers = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-cache",
    }
    return Response(text, headers=headers, media_type="text/html; charset=utf-8")


@lru_cache(maxsize=1)
def _page() -> tuple[bytes, str]:
    """Return the page, and a policy that lets its own script and style run and nothing else."""
    text = (files(__package__) / "page.html").read_text(encoding="utf-8")
    script, style = (_hash(re.search(f"<{tag}>(.*?)</{tag}>", text, re.S)) for tag in _OWN)
    policy = (
        f"default-src 'none'; script-src {script}; style-src {style}; connect-src 'self'; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return text.encode("utf-8"), policy


_OWN = ("script", "style")


def _hash(found: re.Match[str] | None) -> str:
    if found is None:
        raise LookupError("the page has no script or no style")
    digest = hashlib.sha256(found.group(1).encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"
