"""How much of a large project one page holds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TypeVar

from promptc.report.page.views import Detail, Listed

MOST_ROWS = 2000
MOST_DETAILS = 300
MOST_CHARACTERS = 3_000_000
LONG_TEXT = 60_000
"""From how many characters on a template is shown around its changes only."""
MOST_CHANGES = 400
MOST_LISTED = 100
_MESSAGE = 1000

Thing = TypeVar("Thing")


@dataclass
class Room:
    """What is left of the page for details; the first always fits."""

    details: int = MOST_DETAILS
    characters: int = MOST_CHARACTERS
    first: bool = True

    def takes(self, detail: Detail) -> bool:
        """Whether *detail* still fits; it is counted then."""
        size = sum(len(mark.before) + len(mark.after) for mark in detail.marks)
        if not self.first and (not self.details or self.characters < size):
            return False
        self.first = False
        self.details -= 1
        self.characters -= size
        return True


def fitting(things: Sequence[Thing], make: Callable[[Thing, str], Detail]) -> tuple[Detail, ...]:
    """What *make* makes of the first of *things*, each with an anchor, as many as a page holds."""
    room = Room()
    details = (make(each, f"t{number}") for number, each in enumerate(things[:MOST_ROWS], start=1))
    return tuple(takewhile(room.takes, details))


def listed(title: str, items: Sequence[str], tone: str = "") -> Listed:
    """The first of *items* as a list, and how many more there are."""
    shown = tuple(cut(each, _MESSAGE) for each in items[:MOST_LISTED])
    return Listed(title, shown, len(items) - len(shown), tone)


def cut(text: str, most: int) -> str:
    """The head of *text*, with a word on what was left out.

    >>> cut("abcdef", 4), cut("abcd", 4)
    ('abcd … (2 characters more)', 'abcd')
    """
    if len(text) <= most:
        return text
    return f"{text[:most]} … ({len(text) - most:,} characters more)"
