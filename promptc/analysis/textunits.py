"""Cuts any plain text into the units that compression keeps or drops.

Units tile the text, so that any of them in order are verbatim text. Lines are read first, then
paragraphs: code without a fence, delimited tables, poems and wrapped prose look alike one line at
a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from promptc.analysis.textatoms import enclosed
from promptc.analysis.textcuts import pieces
from promptc.analysis.textlines import Line, UnitKind, lines
from promptc.source import Span

__all__ = ["Unit", "UnitKind", "textunits"]

_WHOLE = frozenset(
    (UnitKind.CODE, UnitKind.ROW, UnitKind.RULE, UnitKind.RECORD, UnitKind.HEADING, UnitKind.FENCE)
    + (UnitKind.TAG, UnitKind.BLANK)
)
_CUT = frozenset((UnitKind.ITEM, UnitKind.TURN, UnitKind.LOG))
"""Kinds whose long lines are cut into sentences; short ones are one unit."""
_LONG_LINE = 160
_PER_LINE = frozenset((UnitKind.HEADING, UnitKind.TURN, UnitKind.TAG))
"""Kinds of which each line is a block of its own."""
_WRAPPED = 50
"""Lines that are all shorter are a poem or a list, unless they start in lower case."""
_WIDE = 160
"""Lines longer than this are not wrapped: each line end is meant."""
_KEY = re.compile(r"\s*[\w.-]+:(?:\s|\Z)")
_IMPORT = re.compile(
    r"\s*(?:import \w+|from [\w.]+ import |#include |package \w+;|using \w+;)[^.!?]*\Z"
)
_SENTENCE = re.compile(r"[.!?…](?:\s|[\"'”’»)\]*_]|\Z)|[。！？؟।]|[:;]\s*\Z")
_CODE = re.compile(
    r"^[^\S\n]*(?:(?:def|class|import|from|return|if|elif|else|for|while|try|except|with|async"
    r"|public|private|static|const|let|var|func|fn|function|package|use|using|struct|enum|export)"
    r"\b[^\n]*[:;{(\[)}=\"'*]|(?:SELECT|FROM|WHERE|(?:LEFT )?JOIN|GROUP BY|ORDER BY|INSERT INTO"
    r"|VALUES|LIMIT|SET|UPDATE) [^\n]*|[#@]\w+[(<]?|//|/\*|\*/|\$ |>>> "
    r"|[\w.\[\]\"']+(?: ?[-+*/|]?= ?|\()[^\n]*|[^\n]*(?:[;{}]|=>|->|\);?|\\)|[})\]]+[;,]?)"
    r"[^\S\n]*$",
    re.MULTILINE,
)
_PROSE = re.compile(r"\b[a-z]{2,} [a-z]{2,} [a-z]{2,} [a-z]{2,}")


class Unit(NamedTuple):
    """A stretch of a text to keep or drop as one.

    *section* is the index of the heading above it, -1 where there is none; that of a heading is
    the heading it stands under. *block* numbers the paragraph, list, table, turn, code or JSON
    document it belongs to. *whole* says that it must not be cut inside.
    """

    span: Span
    kind: UnitKind
    section: int
    block: int
    whole: bool


def textunits(text: str) -> tuple[Unit, ...]:
    """The units of *text*, adjacent and covering it; white space belongs to the unit before.

    >>> [(unit.kind.value, text[slice(*unit.span)]) for text in ("# A\\n1.5 kg. Go.",)
    ...  for unit in textunits(text)]
    [('heading', '# A\\n'), ('sentence', '1.5 kg. '), ('sentence', 'Go.')]
    """
    shut = enclosed(text)
    found: list[Unit] = []
    heads: list[tuple[int, int]] = []
    for number, block in enumerate(_blocks(text, lines(text))):
        if block[0].kind is UnitKind.HEADING:
            while heads and heads[-1][0] >= block[0].level:
                heads.pop()
        section = heads[-1][1] if heads else -1
        if block[0].kind is UnitKind.HEADING:
            heads.append((block[0].level, len(found)))
        for kind, start, stop in _units(text, block, shut):
            found.append(Unit(Span(start, stop), kind, section, number, kind in _WHOLE))
    return tuple(found)


def _blocks(text: str, read: Sequence[Line]) -> Iterator[list[Line]]:
    """Lines that belong together: a paragraph, a list with its wrapped lines, a table."""
    block: list[Line] = []
    for line in read:
        if block and not _continues(text, block, line):
            yield block
            block = []
        block.append(line)
    if block:
        yield block


def _continues(text: str, block: Sequence[Line], line: Line) -> bool:
    first, last = block[0].kind, block[-1].kind
    kind = line.kind
    if kind is UnitKind.SENTENCE:
        if line.gap:
            return False
        if first in _CUT:
            traced = first is UnitKind.LOG and text[line.start].isspace()
            return traced or (first is not UnitKind.LOG and _wraps(text, block[-1], line, _WRAPPED))
        return last is UnitKind.SENTENCE
    if kind is UnitKind.FENCE or kind is UnitKind.CODE:
        return first is UnitKind.FENCE and (len(block) == 1 or last is UnitKind.CODE)
    if kind in _PER_LINE:
        return False
    if first is UnitKind.ITEM:
        return kind is UnitKind.ITEM
    tabular = (UnitKind.ROW, UnitKind.RULE, UnitKind.RECORD)
    return not line.gap and (kind is first or (kind in tabular and first in tabular))


_Piece = tuple[UnitKind, int, int]


def _units(text: str, block: Sequence[Line], shut: Sequence[Span]) -> Iterator[_Piece]:
    """The units of one block."""
    first = block[0].kind
    if first is UnitKind.SENTENCE:
        yield from _paragraph(text, block, shut)
    elif first in _CUT:
        yield from _marked(text, block, shut)
    elif first is UnitKind.ROW:
        yield from _table(block)
    else:
        for line in block:
            yield line.kind, line.start, line.stop


def _table(block: Sequence[Line]) -> Iterator[_Piece]:
    """Rows; those above the dashes, or else the first of many, are the header."""
    dashes = [at for at, line in enumerate(block[:3]) if line.kind is UnitKind.RULE]
    header = dashes[0] if dashes else int(len(block) > 2)
    for at, line in enumerate(block):
        yield (UnitKind.RULE if at < header else line.kind), line.start, line.stop


def _marked(text: str, block: Sequence[Line], shut: Sequence[Span]) -> Iterator[_Piece]:
    """Items, turns and log lines with the lines they wrap into; long ones by the sentence."""
    heads = [at for at, line in enumerate(block) if line.kind in _CUT]
    for at, after in zip(heads, [*heads[1:], len(block)], strict=True):
        start, stop = block[at].start, block[after - 1].stop
        if block[after - 1].end - start <= _LONG_LINE:
            yield block[at].kind, start, stop
            continue
        yield from _cut(text, block[at:after], block[at].kind, shut)


def _cut(
    text: str, block: Sequence[Line], kind: UnitKind, shut: Sequence[Span]
) -> Iterator[_Piece]:
    """The pieces of some lines: the first is of *kind*, the others go on as sentences."""
    starts = list(pieces(text, block[0].start, block[-1].end, shut))
    for one, two in zip(starts, [*starts[1:], block[-1].stop], strict=True):
        yield (kind if one == block[0].start else UnitKind.SENTENCE), one, two


def _paragraph(text: str, block: Sequence[Line], shut: Sequence[Span]) -> Iterator[_Piece]:
    """The units of lines that carry no mark of their own."""
    kind = _written(text, block)
    if kind is not UnitKind.SENTENCE:
        for at, line in enumerate(block):
            header = kind is UnitKind.ROW and at == 0
            yield (UnitKind.RULE if header else kind), line.start, line.stop
        return
    width = max(line.end - line.start for line in block)
    start = 0
    for at in range(1, len(block) + 1):
        if at < len(block) and _wraps(text, block[at - 1], block[at], width):
            continue
        first = block[start]
        short = at - start == 1 and first.end - first.start < _WRAPPED
        is_line = short and not _SENTENCE.search(text[first.start : first.end])
        kind = UnitKind.LINE if is_line else UnitKind.SENTENCE
        yield from _cut(text, block[start:at], kind, shut)
        start = at


def _wraps(text: str, one: Line, two: Line, width: int) -> bool:
    """Whether line *two* goes on with the sentence of line *one*, in lines of *width*."""
    first = text[two.start : two.end].lstrip("\"'“‘(*_> \t")[:1]
    if first.islower():
        return not _KEY.match(text, two.start)
    if not _WRAPPED <= width <= _WIDE or text[one.end - 1 : one.end] == ":":
        return False
    return one.end - one.start >= max(_WRAPPED, width * 2 // 3)


def _written(text: str, block: Sequence[Line]) -> UnitKind:
    """Whether lines without marks are code, rows of a delimited table, or prose."""
    shown = text[block[0].start : block[-1].stop]
    if len(block) < 2:
        return UnitKind.CODE if _IMPORT.match(shown) else UnitKind.SENTENCE
    if _delimited(text, block, shown):
        return UnitKind.ROW
    if not any(mark in shown for mark in "(={;>"):
        return UnitKind.SENTENCE
    coded = sum(not _PROSE.search(match.group()) for match in _CODE.finditer(shown))
    return UnitKind.CODE if coded * 5 >= len(block) * 3 else UnitKind.SENTENCE


def _delimited(text: str, block: Sequence[Line], shown: str) -> bool:
    """Whether each line has as many tabs, bars or commas as the first."""
    for mark, least, rows in (("\t", 1, 2), (" | ", 1, 2), (",", 2, 3), (";", 2, 3)):
        count = text.count(mark, block[0].start, block[0].end)
        if count < least or len(block) < rows or (rows == 3 and _PROSE.search(shown)):
            continue
        if all(text.count(mark, line.start, line.end) == count for line in block):
            return True
    return False
