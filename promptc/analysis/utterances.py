"""What a text says, statement by statement: sentences, list items, headings, rows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from promptc.analysis.mask import HOLE, TAG
from promptc.analysis.questions import SPECIFIC, asked, question
from promptc.analysis.textlines import UnitKind
from promptc.analysis.textunits import textunits
from promptc.analysis.wording import Word, words
from promptc.source import Span

_APART = re.compile(
    rf"{TAG}+|\n[ \t]*\n\s*?(?=[^\n\s]|\Z)|\n(?=[ \t]*(?:[-*+•][ \t]|\d{{1,3}}[.)][ \t]))"
)
_STEP = r"(?i:step|phase|stage)[ \t]+"
_MARK = re.compile(
    rf"[ \t]*(?:(?P<number>\(?\d{{1,3}}[.)]|{_STEP}(?:\d{{1,3}}|[ivx]+|one|two|three)\b[:.)]?)"
    r"|(?P<bullet>[-*+•‣◦▪▫●○■□–—→✓✔✅❌✗☐☑]|[A-Za-z][.)]))[ \t]+"
    rf"|[*_]{{0,2}}(?P<step>{_STEP}\d{{1,3}})\b"
)
_END = re.compile(rf"[.!?][\"'”’)\]*_]*(?:\s+(?=[\"'“‘(\[*_]*[A-Z\d{{{HOLE}])|[ \t]*\n\s*(?=\S))")
_SHORTENED = re.compile(r"\b(?:e\.g|i\.e|vs|dr|mr|ms|mrs|cf|fig|approx)\.\Z", re.IGNORECASE)


class Block(NamedTuple):
    """A stretch of a text that no statement crosses, and where it starts."""

    text: str
    start: int


class Statement(NamedTuple):
    """One statement: where it stands, and what it says.

    *at* is what the places of its *words* count from, and *keys* are the keys of these.
    *numbered*: it is an item or a step with a number. *indent* is that of its line. *heading*: it
    names what follows.
    """

    span: tuple[int, int]
    at: int
    words: tuple[Word, ...]
    keys: tuple[str, ...]
    numbered: bool
    item: bool
    indent: int
    heading: bool
    text: str


def blocks(text: str) -> tuple[Block, ...]:
    """Cut a masked text at tags, blank lines and before list items; blank ones are left out."""
    found: list[Block] = []
    at = 0
    for match in _APART.finditer(text):
        if text[at : match.start()].strip():
            found.append(Block(text[at : match.start()], at))
        at = match.end()
    if text[at:].strip():
        found.append(Block(text[at:], at))
    return tuple(found)


def statements(block: Block) -> Iterator[Statement]:
    """The statements of *block* that say anything, placed in the text that it was cut from."""
    for each in _read(block.text):
        start, stop = each.span
        moved = (start + block.start, stop + block.start)
        yield each._replace(span=moved, at=each.at + block.start)


@lru_cache(maxsize=4096)
def _read(text: str) -> tuple[Statement, ...]:
    found: list[Statement] = []
    for unit in textunits(text):
        start, stop = unit.span
        heading = unit.kind is UnitKind.HEADING
        mark = _MARK.match(text, start, stop)
        spoken = mark and (mark["step"] or (mark["number"] or "")[:1].isalpha())
        body = mark.end() if mark and not spoken else start
        line = text.rfind("\n", 0, start) + 1
        indent = len(text[line:stop]) - len(text[line:stop].lstrip(" \t"))
        for at, end in _sentences(text, body, stop):
            said = _said(text[at:end])
            if not said:
                continue
            first = start if at == body else at
            numbered = bool(mark and (mark["number"] or mark["step"])) and at == body
            span = Span(first, end).stripped(text)
            keys = tuple(word.key for word in said)
            shown = text[slice(*span)]
            found.append(
                Statement(
                    span,
                    at,
                    said,
                    keys,
                    numbered,
                    bool(mark) and at == body,
                    indent,
                    heading,
                    shown,
                )
            )
    return tuple(found)


def _said(text: str) -> tuple[Word, ...]:
    """The words of a sentence; a question begins with what it asks for, as who or when."""
    said = words(text)
    shown = question(text) if said and "?" in text else None
    kind = asked(shown) if shown else ""
    if shown is None or kind not in SPECIFIC:
        return said
    start = text.index(shown)
    span = (start, start + len(shown.split(maxsplit=1)[0]))
    return (Word(f"?{kind}", span, True, said[0].clause), *said)


def _sentences(text: str, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """The sentences of a unit, which may be a list item with several."""
    for match in _END.finditer(text, start, stop):
        if not _SHORTENED.search(text, start, match.start() + 1):
            yield start, match.end()
            start = match.end()
    yield start, stop
