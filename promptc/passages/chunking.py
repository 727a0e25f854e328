"""Cuts a document into passages along its structure, never across a heading."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from promptc.analysis.textlines import UnitKind
from promptc.analysis.textunits import Unit, textunits
from promptc.passages import Document, Kind, Passage
from promptc.protocols import Tokenizer
from promptc.source import Span

_KINDS = {
    UnitKind.ITEM: Kind.LIST,
    UnitKind.ROW: Kind.TABLE,
    UnitKind.RULE: Kind.TABLE,
    UnitKind.CODE: Kind.CODE,
    UnitKind.FENCE: Kind.CODE,
    UnitKind.LOG: Kind.RECORD,
    UnitKind.RECORD: Kind.RECORD,
}
_ASKS = re.compile(r"[\s*_>#-]*(?:q(?:uestion)?|frage)\b[^:?\n]{0,8}[:.)]|[^\n]*\?[\s*_]*$", re.I)
_MARKS = re.compile(r"^[#\s*_=-]+|[#\s*_:=-]+$")


@dataclass(frozen=True, kw_only=True)
class Sizes:
    """How large passages are, in tokens: *most* of one, *overlap* that it repeats at most."""

    most: int = 150
    overlap: int = 24

    def __post_init__(self) -> None:
        if self.most < 16:
            raise ValueError(f"most must be 16 tokens or more, got {self.most}")
        if not 0 <= self.overlap <= self.most // 2:
            raise ValueError(f"overlap must be from 0 to half of most, got {self.overlap}")


class _Piece(NamedTuple):
    """A unit, or a part of one that is too long, and its tokens."""

    span: Span
    kind: UnitKind
    tokens: int


class _Block(NamedTuple):
    """Pieces that belong together, and what must stand before each part of them."""

    pieces: tuple[_Piece, ...]
    kind: Kind
    head: Span | None

    @property
    def tokens(self) -> int:
        return sum(piece.tokens for piece in self.pieces)


class _Section(NamedTuple):
    """What stands under one heading, *opening* being where the headings of its own start."""

    path: tuple[str, ...]
    opening: Span | None
    units: tuple[Unit, ...]


def chunk(
    document: Document, tokenizer: Tokenizer, sizes: Sizes | None = None
) -> tuple[Passage, ...]:
    """Cut *document* into passages, in order, of the size that *sizes* asks for.

    Every word is in one passage or more. Sections, paragraphs, lists, tables, code and questions
    with their answers stay whole where they fit; what is split in prose overlaps by sentences.
    """
    return tuple(_Cutter(document, tokenizer, sizes or Sizes()).passages())


class _Cutter:
    """Cuts one document."""

    def __init__(self, document: Document, tokenizer: Tokenizer, sizes: Sizes) -> None:
        self._document, self._sizes, self._count = document, sizes, tokenizer.count
        self._text = document.text
        self._lines = [0, *(match.end() for match in re.finditer("\n", self._text))]

    def passages(self) -> Iterator[Passage]:
        for section in _sections(self._text, textunits(self._text)):
            yield from self._section(section)

    def _section(self, section: _Section) -> Iterator[Passage]:
        """The passages of one section: blocks are put together while they fit."""
        opening = section.opening
        room = self._sizes.most - (self._tokens(opening) if opening else 0)
        held: list[_Block] = []
        for block in self._blocks(section.units):
            if held and sum(each.tokens for each in held) + block.tokens > room:
                yield self._passage(section, _whole(held), None, opening)
                held, opening, room = [], None, self._sizes.most
            if block.tokens <= room:
                held.append(block)
                continue
            for span, head in self._split(block, room):
                yield self._passage(section, (span, block.kind), head, opening)
                opening, room = None, self._sizes.most
        if held:
            yield self._passage(section, _whole(held), None, opening)
        elif opening:
            yield self._passage(section, (opening, Kind.PROSE), None, None)

    def _blocks(self, units: Sequence[Unit]) -> Iterator[_Block]:
        """Units by block; a question is one with its answer."""
        rows: list[list[Unit]] = []
        for unit in units:
            if rows and (unit.block == rows[-1][-1].block or self._answers(rows[-1], unit)):
                rows[-1].append(unit)
            else:
                rows.append([unit])
        for row in rows:
            pieces = tuple(piece for unit in row for piece in self._pieces(unit))
            yield _Block(pieces, self._kind(row), self._head(row))

    def _answers(self, row: Sequence[Unit], unit: Unit) -> bool:
        """Whether *unit* is the answer to the question that *row* is."""
        turns = row[0].kind is unit.kind is UnitKind.TURN and len(row) == 1
        return turns and _ASKS.match(self._text[slice(*row[0].span)]) is not None

    def _kind(self, row: Sequence[Unit]) -> Kind:
        if row[0].kind is UnitKind.TURN and row[0].block != row[-1].block:
            return Kind.QUESTION
        found = Counter(_KINDS.get(unit.kind, Kind.PROSE) for unit in row)
        return found.most_common(1)[0][0]

    def _head(self, row: Sequence[Unit]) -> Span | None:
        """What each part of *row* needs before it: the header of a table, the question."""
        if row[0].kind is UnitKind.TURN and row[0].block != row[-1].block:
            stop = row[0].span.stop
        else:
            heads = [unit for unit in row if unit.kind is UnitKind.RULE]
            if not heads or heads[0] is not row[0] or not any(u.kind is UnitKind.ROW for u in row):
                return None
            stop = next(u.span.start for u in row if u.kind is not UnitKind.RULE)
        head = Span(row[0].span.start, stop)
        return head if self._tokens(head) <= self._sizes.most // 3 else None

    def _pieces(self, unit: Unit) -> Iterator[_Piece]:
        tokens = self._tokens(unit.span)
        if tokens <= self._sizes.most:
            yield _Piece(unit.span, unit.kind, tokens)
            return
        parts = -(-tokens * 5 // (self._sizes.most * 4))
        for span in _cut(self._text, unit.span, parts):
            if self._tokens(span) > self._sizes.most and span.stop - span.start > 1:
                yield from self._pieces(unit._replace(span=span))
            else:
                yield _Piece(span, unit.kind, self._tokens(span))

    def _split(self, block: _Block, room: int) -> Iterator[tuple[Span, Span | None]]:
        """The parts of a block that is too large, each with the head that it needs."""
        head, most = block.head, self._sizes.most
        less = self._tokens(head) if head else 0
        held: list[_Piece] = []
        started = False
        for piece in block.pieces:
            if held and sum(each.tokens for each in held) + piece.tokens > room:
                yield _over(held), head if started else None
                held, room, started = self._repeated(held, piece), most - less, True
            held.append(piece)
        yield _over(held), head if started else None

    def _repeated(self, held: Sequence[_Piece], piece: _Piece) -> list[_Piece]:
        """The last sentence of *held*, where it is short and *piece* goes on with the prose."""
        last = held[-1]
        prose = last.kind is piece.kind is UnitKind.SENTENCE and len(held) > 1
        fits = last.tokens <= self._sizes.overlap
        fits = fits and last.tokens + piece.tokens <= self._sizes.most
        return [last] if prose and fits else []

    def _passage(
        self,
        section: _Section,
        found: tuple[Span, Kind],
        head: Span | None,
        opening: Span | None,
    ) -> Passage:
        span, kind = found
        span = Span(opening.start, span.stop) if opening else span
        span = span.stripped(self._text)
        before = self._text[slice(*head)] if head else ""
        line = bisect_right(self._lines, span.start)
        text = before + self._text[slice(*span)]
        return Passage(self._document.name, span, text, section.path, head, kind, line)

    def _tokens(self, span: Span) -> int:
        return self._count(self._text[slice(*span)])


def _sections(text: str, units: Sequence[Unit]) -> Iterator[_Section]:
    """The units under each heading. One without a text of its own opens the section below it."""
    heads: list[Unit] = []
    opening: Span | None = None
    held: list[Unit] = []
    for unit in units:
        if unit.kind is not UnitKind.HEADING:
            if text[slice(*unit.span)].strip():
                held.append(unit)
            continue
        below = unit.section >= 0 and bool(heads) and units[unit.section] is heads[-1]
        if held or (opening and not below):
            yield _Section(_path(text, heads), opening, tuple(held))
            opening, held = None, []
        while heads and (unit.section < 0 or units[unit.section] is not heads[-1]):
            heads.pop()
        heads.append(unit)
        opening = Span(opening.start if opening else unit.span.start, unit.span.stop)
    if held or opening:
        yield _Section(_path(text, heads), opening, tuple(held))


def _path(text: str, heads: Sequence[Unit]) -> tuple[str, ...]:
    shown = (_MARKS.sub("", text[slice(*head.span)]) for head in heads)
    return tuple(" ".join(each.split()) for each in shown if each)


def _whole(blocks: Sequence[_Block]) -> tuple[Span, Kind]:
    kind = max(blocks, key=lambda block: block.tokens).kind
    return Span(blocks[0].pieces[0].span.start, blocks[-1].pieces[-1].span.stop), kind


def _over(pieces: Sequence[_Piece]) -> Span:
    return Span(pieces[0].span.start, pieces[-1].span.stop)


def _cut(text: str, span: Span, parts: int) -> Iterator[Span]:
    """*span* in so many *parts* of about the same length, at spaces where there are any."""
    start, step = span.start, max((span.stop - span.start) // max(parts, 2), 1)
    while start < span.stop:
        stop = min(start + step, span.stop)
        if stop < span.stop:
            space = max(text.rfind(" ", start + step // 2, stop), text.rfind("\n", start, stop))
            stop = space + 1 if space > start else stop
        yield Span(start, stop)
        start = stop
