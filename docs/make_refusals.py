"""Fill in what docs/jobs.md says is refused; with --check, only tell whether it is up to date.

A block ``refused`` on that page lists the problems of the job in the block before it.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import ionsim

PAGE = Path(__file__).with_name("jobs.md")
PAIR = re.compile(r"(^```json\n)([^`]*)(^```\n\n```refused\n)([^`]*)(^```$)", flags=re.MULTILINE)


def filled(pair: re.Match[str]) -> str:
    """Return the two blocks with the problems of the job."""
    problems = ionsim.validate(json.loads(pair[2]))
    listed = "".join(f"{problem}\n" for problem in problems)
    return "".join([pair[1], pair[2], pair[3], listed, pair[5]])


def main() -> int:
    """Write the page, or compare it."""
    text = PAGE.read_text(encoding="utf-8")
    page = PAIR.sub(filled, text)
    if sys.argv[1:] == ["--check"]:
        if page != text:
            print(f"{PAGE.name} is out of date: run docs/make_refusals.py", file=sys.stderr)
        return 0 if page == text else 1
    PAGE.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
