"""A harm: one way in which a rewritten template no longer says what its source said."""

from __future__ import annotations

from typing import NamedTuple


class Harm(NamedTuple):
    """One harm done to one file: what kind, and the place, before and after."""

    kind: str
    file: str
    excerpt: str


def difference(before: str, after: str, around: int = 24) -> str:
    """Show the first place where two texts part.

    >>> difference("bill {{ x }}", "bill{{ x }}")
    "'bill {{ x }}' became 'bill{{ x }}'"
    """
    at = 0
    while at < min(len(before), len(after)) and before[at] == after[at]:
        at += 1
    start, stop = max(at - around, 0), at + around
    return f"{before[start:stop]!r} became {after[start:stop]!r}"


def unequal(before: list[str], after: list[str]) -> str:
    """Show the first item that two lists do not share."""
    for old, new in zip(before, after, strict=False):
        if old != new:
            return difference(old, new)
    longer, word = (before, "lost") if len(before) > len(after) else (after, "added")
    return f"{word}: {longer[min(len(before), len(after))][:80]!r}"
