"""Packs what libFuzzer found into one file, and takes it apart again.

``python tests/fuzz/corpus.py unpack tests/fuzz/quipper.corpus FOLDER`` writes one file a text;
``pack`` the other way, shortest first, up to a size.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Sequence
from pathlib import Path


def read(file: Path) -> list[bytes]:
    """Return the texts of a corpus: a number of bytes, a line end, the bytes, a line end, ..."""
    rest = file.read_bytes()
    texts = []
    while rest:
        size, _, rest = rest.partition(b"\n")
        texts.append(rest[: int(size)])
        rest = rest[int(size) + 1 :]
    return texts


def write(file: Path, texts: Sequence[bytes]) -> None:
    """Write a corpus."""
    file.write_bytes(b"".join(b"%d\n%s\n" % (len(text), text) for text in texts))


def main() -> None:
    """Pack or unpack."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("action", choices=("pack", "unpack"))
    parser.add_argument("file", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--most", type=int, default=90_000, help="bytes of a packed file")
    given = parser.parse_args()
    if given.action == "unpack":
        given.folder.mkdir(parents=True, exist_ok=True)
        for text in read(given.file):
            (given.folder / hashlib.sha1(text).hexdigest()).write_bytes(text)
        return
    found = {path.read_bytes() for path in given.folder.iterdir()}
    texts = sorted(found, key=lambda text: (len(text), text))
    kept, size = [], 0
    for text in texts:
        size += len(text) + 8
        if size > given.most:
            break
        kept.append(text)
    write(given.file, kept)
    print(f"{len(kept)} of {len(texts)} texts")


if __name__ == "__main__":
    main()
