"""Fill in what the pages say is refused; with --check, only tell whether they are up to date.

A block ``refused`` on such a page lists the problems of the job in the block before it.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

import ionsim

PAGES = [Path(__file__).with_name(name) for name in ("jobs.md", "formats.md")]
PAIR = re.compile(r"(^```json\n)([^`]*)(^```\n\n```refused\n)([^`]*)(^```$)", flags=re.MULTILINE)


def filled(pair: re.Match[str]) -> str:
    """Return the two blocks with the problems of the job."""
    problems = ionsim.validate(json.loads(pair[2]))
    listed = "".join(f"{problem}\n" for problem in problems)
    return "".join([pair[1], pair[2], pair[3], listed, pair[5]])


def main() -> int:
    """Write the pages, or compare them."""
    code = 0
    for path in PAGES:
        text = path.read_text(encoding="utf-8")
        page = PAIR.sub(filled, text)
        if sys.argv[1:] != ["--check"]:
            path.write_text(page, encoding="utf-8")
        elif page != text:
            print(f"{path.name} is out of date: run docs/make_refusals.py", file=sys.stderr)
            code = 1
    return code


if __name__ == "__main__":
    sys.exit(main())
