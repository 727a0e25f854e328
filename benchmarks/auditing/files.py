"""Harm that shows in a file's bytes: its mark, line ends, final line end, front matter."""

from __future__ import annotations

import re
from collections.abc import Iterator

from benchmarks.auditing.harm import difference

_FRONT = re.compile(r"\ufeff?---[ \t]*\r?\n.*?\n---[ \t]*(?:\r?\n|$)", re.S)
_ENDS = re.compile(r"\r\n|\r|\n")


def compare(before: str, after: str) -> Iterator[tuple[str, str]]:
    """Yield the kind and an excerpt of every harm outside what a model reads."""
    if before.startswith("\ufeff") != after.startswith("\ufeff"):
        yield "byte-order mark", difference(before[:20], after[:20])
    was, now = (set(_ENDS.findall(text)) for text in (before, after))
    if not now <= was:
        yield "line ends", f"{sorted(was)} became {sorted(now)}"
    if _last(before) != _last(after):
        yield "final line end", f"{before[-20:]!r} became {after[-20:]!r}"
    if front(before) != front(after):
        yield "front matter", difference(front(before), front(after))


def front(text: str) -> str:
    """The leading ``---`` block of *text*, its marks included; empty where there is none."""
    found = _FRONT.match(text)
    return found[0] if found else ""


def _last(text: str) -> str:
    ends = _ENDS.findall(text[-2:])
    return ends[-1] if ends and text.endswith(ends[-1]) else ""
