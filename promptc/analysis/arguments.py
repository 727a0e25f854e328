"""The arguments of a pragma: ``rate=0.4 query=question``."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias

from promptc.errors import nearest

Reader: TypeAlias = Callable[[str], Any]

_ARGUMENT = re.compile(r"([^\s=,]+)\s*=\s*([^\s,]+)[\s,]*")
_NAME = re.compile(r"[^\W\d]\w*(?:\.[^\W\d]\w*)*")


def arguments(text: str, readers: Mapping[str, Reader], example: str) -> dict[str, Any]:
    """Read *text*, each value by its reader; raise `ValueError` for anything else.

    *example* shows in the message how to write it.
    """
    given: dict[str, str] = {}
    for name, value in _pairs(text, example):
        if name not in readers:
            raise ValueError(f"unknown argument {name!r}; {nearest(name, readers)}")
        if name in given:
            raise ValueError(f"{name!r} is given twice; remove one")
        given[name] = value
    return {name: readers[name](value) for name, value in given.items()}


def rate(value: str) -> float:
    """A share, above 0 and at most 1."""
    try:
        number = float(value)
    except ValueError:
        number = 0.0
    if not 0 < number <= 1:
        raise ValueError(f"rate must be above 0 and at most 1, not {value}; try rate=0.5")
    return number


def whole(name: str, example: int) -> Reader:
    """A reader of whole numbers from 1 up; messages call them *name* and show *example*."""

    def read(value: str) -> int:
        if not (value.isascii() and value.isdigit() and int(value)):
            raise ValueError(
                f"{name} must be a whole number from 1 up, not {value}; try {name}={example}"
            )
        return int(value)

    return read


def query(value: str) -> str:
    """The name of a variable, dotted perhaps."""
    if not _NAME.fullmatch(value):
        raise ValueError(f"query must be the name of a variable, not {value}; try query=question")
    return value


def _pairs(text: str, example: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(text):
        match = _ARGUMENT.match(text, at)
        if match is None:
            raise ValueError(f"can't read {text[at:]!r}; {example}")
        yield match[1], match[2]
        at = match.end()
