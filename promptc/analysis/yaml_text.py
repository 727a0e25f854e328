"""Bare YAML: keys nested by indentation, lists of maps, block scalars."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from promptc.analysis.lines import Line

_KEY = re.compile(
    r"""(?P<dash>(?:-\s+)*)(?:[A-Za-z_][\w./-]*|"[^"]+"|'[^']+')\s*:(?P<value>\s.*|$)"""
)
_SCALAR = re.compile(r"\s+[|>][-+]?\d?\s*$")
_NAME = re.compile(r"(?:-\s+)*[a-z_][\w./-]*\s*:")


def yaml(rows: Sequence[Line], skipped: Sequence[bool]) -> Iterator[tuple[int, int]]:
    """Blocks of YAML. Lines of `key: value` alone are not enough: something must nest."""
    row = 0
    while row < len(rows):
        if skipped[row] or not _KEY.match(rows[row].content):
            row += 1
            continue
        stop = _block(rows, skipped, row)
        if _nests(rows, row, stop):
            yield row, stop
        row = stop


def _block(rows: Sequence[Line], skipped: Sequence[bool], first: int) -> int:
    """The end of the lines from *first* on that are keys, items, or deeper than a key."""
    base = rows[first].indent
    stop = at = first + 1
    while at < len(rows) and not skipped[at]:
        line = rows[at]
        if line.content:
            if not _belongs(line, base, blank=at > stop):
                break
            stop = at + 1
        at += 1
    return stop


def _belongs(line: Line, base: int, *, blank: bool) -> bool:
    """Whether *line* carries on a block at column *base*; *blank*: after a blank line."""
    if line.indent > base:
        return True
    if line.indent < base:
        return False
    if blank:
        return _NAME.match(line.content) is not None
    return line.content.startswith(("- ", "#")) or _KEY.match(line.content) is not None


def _nests(rows: Sequence[Line], first: int, stop: int) -> bool:
    """Whether a key holds keys, a list beside other keys, or a block scalar."""
    lines = [line for line in rows[first:stop] if line.content]
    keys = sum(_NAME.match(line.content) is not None for line in lines)
    return any(_holds(line, below, keys) for line, below in pairwise(lines))


def _holds(line: Line, below: Line, keys: int) -> bool:
    key = _KEY.match(line.content)
    if not key:
        return False
    deeper = below.indent > line.indent
    if _SCALAR.match(key["value"]):
        return deeper
    inner = _KEY.match(below.content)
    if key["dash"]:
        return deeper and inner is not None
    if key["value"].strip():
        return False
    item = below.content.startswith("- ") and below.indent >= line.indent
    named = _NAME.match(line.content) is not None
    return (deeper and inner is not None and keys >= 2) or (item and named and keys >= 2)
