"""JSON that stands in a text on lines of its own, cut into its records."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

_LARGE = 240
"""A record of more characters is cut into its own members."""
_SMALL = 160
"""A document of fewer characters is one record."""
_DEPTH = 6
_SPACE = re.compile(r"[ \t\r\n]*")
_LINE_END = re.compile(r"[^\S\n]*(?:\n|\Z)")
# Numbers stay strings: Python refuses to read an integer of many thousand digits.
_DECODER = json.JSONDecoder(parse_int=str, parse_float=str)

Record = tuple[bool, int, int]
"""Whether it is a bracket that frames others, where it starts, where the next one starts."""


def documents(text: str, at: int) -> tuple[list[Record], int]:
    """The records of the JSON whose line starts at *at*, and where to look for JSON again.

    No records where it is not one whole JSON value with nothing else on its lines. A JSON line
    among others is one record; so is a short document; else each member is one, and a member that
    is long is cut into its own.
    """
    start = _SPACE.match(text, at).end()  # type: ignore[union-attr]
    try:
        end = _DECODER.raw_decode(text, start)[1]
    except json.JSONDecodeError as error:
        # What was read up to the error is not read again, so that the time stays linear.
        return [], max(error.pos, start + 1)
    except RecursionError:
        return [], len(text)
    line = _LINE_END.match(text, end)
    if line is None or end - start < 3 or not _is_data(text, start, end):
        return [], end
    stop = line.end()
    if end - start < _SMALL or (end - start < 2000 and _is_line(text, start, end, stop)):
        return [(False, at, stop)], stop
    found = list(_records(text, start, _DEPTH))
    return [(found[0][0], at, found[0][2]), *found[1:-1], (True, found[-1][1], stop)], stop


def _is_data(text: str, start: int, end: int) -> bool:
    """A list such as ``[1]`` or ``[[2, 3]]`` is a mark in prose; an object or strings are data."""
    return text[start] == "{" or '"' in text[start:end] or end - start > 40


def _is_line(text: str, start: int, end: int, stop: int) -> bool:
    """Whether the value is a JSON line: the line before it or after it starts as it does."""
    if "\n" in text[start:end]:
        return False
    if text[stop : stop + 1] == text[start]:
        return True
    line = text.rfind("\n", 0, start) + 1
    return line > 0 and text[text.rfind("\n", 0, line - 1) + 1] == text[start]


def _records(text: str, at: int, depth: int) -> Iterator[Record]:
    """The members of the container at *at*, between the brackets that frame them."""
    keyed = text[at] == "{"
    item = _skip(text, at + 1)
    yield True, at, item
    while text[item] not in "]}":
        value = item
        if keyed:
            value = _skip(text, _skip(text, _DECODER.raw_decode(text, item)[1]) + 1)
        stop = _skip(text, _DECODER.raw_decode(text, value)[1])
        if text[stop] == ",":
            stop = _skip(text, stop + 1)
        if stop - item > _LARGE and depth and text[value] in "[{":
            yield from _inner(text, item, value, stop, depth)
        else:
            yield False, item, stop
        item = stop
    yield True, item, _skip(text, item + 1)


def _inner(text: str, item: int, value: int, stop: int, depth: int) -> Iterator[Record]:
    """The members of the long *value*; its key stands with the bracket that opens it."""
    found = list(_records(text, value, depth - 1))
    yield found[0][0], item, found[0][2]
    yield from found[1:-1]
    yield True, found[-1][1], stop


def _skip(text: str, at: int) -> int:
    return _SPACE.match(text, at).end()  # type: ignore[union-attr]
