"""The examples of the docstrings run as written."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import pytest

import ionsim

MODULES = sorted(
    {"ionsim", *(module.name for module in pkgutil.walk_packages(ionsim.__path__, "ionsim."))}
    - {"ionsim._core", "ionsim.__main__"}
)


@pytest.mark.parametrize("name", MODULES)
def test_examples(name: str) -> None:
    result = doctest.testmod(importlib.import_module(name))
    assert result.failed == 0


def test_there_are_examples() -> None:
    finder = doctest.DocTestFinder()
    found = [
        example
        for name in MODULES
        for test in finder.find(importlib.import_module(name))
        for example in test.examples
    ]
    assert len(found) > 50
