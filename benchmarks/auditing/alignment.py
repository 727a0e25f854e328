"""Lay the words of two texts side by side: which stayed, and what was lost and gained between."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import NamedTuple

from benchmarks.auditing.marks import FROZEN, MARK, OPEN

_PIECE = re.compile(
    rf"(?P<gap>[ \t\n\r\f\v{FROZEN}]+)"
    rf"|(?P<piece>{MARK.pattern}|\w+(?:['-]\w+)*|[^\w\s{OPEN}{FROZEN}])"
)
# Any number of blank lines says what one says.
_BLANK = re.compile(r"\n(?:[ \t]*\n)+")
_ENDS = frozenset(".!?:")


class Piece(NamedTuple):
    """A word, a sign or a mark; the white space before it, and its offset."""

    gap: str
    text: str
    at: int


class Step(NamedTuple):
    """A piece that stayed, and what stood before it and after the last one that stayed.

    *block* is the stretch of the text before that *old* counts its offset in.
    """

    lost: Sequence[Piece]
    gained: Sequence[Piece]
    old: Piece
    new: Piece
    left: str
    block: str

    @property
    def touched(self) -> bool:
        """Whether words changed right before the piece."""
        return bool(self.lost or self.gained)


def align(before: str, after: str) -> Iterator[Step]:
    """The steps of every stretch of lines in which the texts differ."""
    old, new = map(_lines, (before, after))
    # A blank line is no landmark: there are many.
    matcher = SequenceMatcher(lambda line: not line, old, new, autojunk=False)
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind != "equal":
            one, two = ("\n".join(["", *part, ""]) for part in (old[i:j], new[k:m]))
            yield from _steps(one, two)


def _lines(text: str) -> list[str]:
    return [line.rstrip(" \t") for line in _BLANK.sub("\n\n", text).split("\n")]


def _steps(before: str, after: str) -> Iterator[Step]:
    old, new = list(_pieces(before)), list(_pieces(after))
    i = k = 0
    for at, to, size in _same(old, new):
        for step in range(size):
            first, second = at + step, to + step
            if first < i or second < k:
                continue
            left = old[i - 1].text if i else ""
            yield Step(old[i:first], new[k:second], old[first], new[second], left, before)
            i, k = first + 1, second + 1


def _same(old: list[Piece], new: list[Piece]) -> Iterator[tuple[int, int, int]]:
    """Runs of pieces that stayed: where in the one, where in the other, how many."""
    one, two = ([piece.text.lower() for piece in part] for part in (old, new))
    matcher = SequenceMatcher(None, one, two, autojunk=False)
    # The ends of both texts belong together, whatever stands before them.
    blocks = [*matcher.get_matching_blocks()[:-1], (len(old) - 1, len(new) - 1, 1)]
    at, to, size = 0, 0, 0
    for first, second, length in blocks:
        if to + size == second:
            # Of "A. B. A." less one A any three pieces may be what went: take a sentence.
            by = _slide(old, at + size, first, size)
            size, first, second, length = size - by, first - by, second - by, length + by
        yield at, to, size
        at, to, size = first, second, length
    yield at, to, size


def _slide(old: list[Piece], start: int, stop: int, most: int) -> int:
    """By how much the run from *start* to *stop* may begin earlier so that it starts a sentence."""
    for by in range(most + 1):
        if start == by or old[start - by - 1].text in _ENDS or "\n" in old[start - by].gap:
            return by
        if old[start - by - 1].text.lower() != old[stop - by - 1].text.lower():
            break
    return 0


def _pieces(text: str) -> Iterator[Piece]:
    gap = ""
    for match in _PIECE.finditer(text):
        if match.lastgroup == "gap":
            gap = match[0]
        else:
            yield Piece(gap, match[0], match.start())
            gap = ""
    yield Piece(gap, "", len(text))


def gone(step: Step) -> str:
    """The text that *step* lost."""
    return step.block[step.lost[0].at : step.old.at] if step.lost else ""


def is_sentence(step: Step) -> bool:
    """Whether what *step* lost has the end of a sentence in it and began where one ends."""
    lost = step.lost
    if len(lost) < 3:
        return False
    starts = not step.left or step.left in _ENDS or "\n" in lost[0].gap
    ends = lost[-1].text in _ENDS or "\n" in step.old.gap or not step.old.text
    return starts and ends
