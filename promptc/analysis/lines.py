"""The lines of a template as a model reads them, tags taken out."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from promptc.analysis.mask import TAG, masked
from promptc.ir import Block, Node, Tag, Template
from promptc.source import Span

_TAGS = re.compile(f"{TAG}+")
_INDENT = re.compile(r"[ \t]*")


class Line(NamedTuple):
    """One line without its tags, holes as `promptc.analysis.mask.HOLE` characters.

    *start* and *stop* say where it stands in the template's text, the line end left out. *indent*
    is what is left of its indent, in columns, less what the whole template shares and less what
    only shows the nesting of tags. *content* is the text without the white space at its ends.
    """

    text: str
    start: int
    stop: int
    indent: int
    content: str


@lru_cache(maxsize=16)
def lines(template: Template) -> tuple[Line, ...]:
    """Every line that reaches a model: a line that holds nothing but tags is left out."""
    found = [line for line in _cut(masked(template)) if line is not None]
    if any(line.indent and line.content for line in found):
        shared = _Indents(template, found)
        found = [line._replace(indent=shared.left(line, i)) for i, line in enumerate(found)]
    return tuple(found)


def span_of(rows: Sequence[Line], first: int, stop: int) -> Span:
    """The characters of the lines *first* up to *stop*, blank ones at the end left out."""
    while stop > first + 1 and not rows[stop - 1].content:
        stop -= 1
    return Span(rows[first].start, rows[stop - 1].stop)


def row_at(rows: Sequence[Line], offset: int) -> int:
    """The number of the first line that starts at *offset* or after it."""
    return bisect_left(rows, offset, key=lambda line: line.start)


def _cut(text: str) -> Iterable[Line | None]:
    at = 0
    for raw in text.split("\n"):
        yield _line(raw, at)
        at += len(raw) + 1


def _line(raw: str, at: int) -> Line | None:
    stop = at + len(raw)
    if TAG in raw:
        plain = _TAGS.sub("", raw)
        if not plain.strip():
            return None
        at += len(raw) - len(raw.lstrip(TAG))
        raw = plain
    content = raw.strip()
    return Line(raw, at, stop, _columns(raw) if content else 0, content)


def _columns(raw: str) -> int:
    """Columns of white space that *raw* starts with, tab stops four apart."""
    indent = _INDENT.match(raw)
    assert indent is not None
    return len(indent.group().expandtabs(4))


class _Indents:
    """How much of each line's indent says nothing about the line."""

    def __init__(self, template: Template, rows: Sequence[Line]) -> None:
        self.text = template.text
        self.rows = rows
        self.excess = [0] * len(rows)
        self._enter(template.body, Span(0, len(template.text)), indent=0, outer=0)

    def left(self, line: Line, row: int) -> int:
        return max(0, line.indent - self.excess[row])

    def _enter(self, nodes: Iterable[Node], inside: Span, indent: int, outer: int) -> None:
        """Set the excess of the lines *inside*, which a tag at column *indent* holds."""
        first, stop = row_at(self.rows, inside.start), row_at(self.rows, inside.stop)
        inner = [node for node in nodes if isinstance(node, Block)]
        columns = [self.rows[row].indent for row in range(first, stop) if self.rows[row].content]
        if first == 0 and inside.start == 0 and len(columns) > 1 and not columns[0]:
            # A text written into a string literal: its first line follows the quotes.
            columns = columns[1:]
        columns += [at for at in (self._column(block.clauses[0].tag) for block in inner) if at >= 0]
        excess = outer + max(0, min(columns, default=0) - indent)
        self.excess[first:stop] = [excess] * (stop - first)
        for block in inner:
            self._enter_block(block, excess)

    def _enter_block(self, block: Block, outer: int) -> None:
        ends = [*(clause.tag for clause in block.clauses[1:]), block.end]
        for clause, end in zip(block.clauses, ends, strict=True):
            inside = Span(clause.tag.span.stop, end.span.start)
            at = self._column(clause.tag)
            if at >= 0 and "\n" in self.text[slice(*inside)]:
                self._enter(clause.body, inside, at, outer)
            else:
                self._enter(clause.body, inside, 10_000, outer)

    def _column(self, tag: Tag) -> int:
        """The column of a tag that is the first thing on its line, else -1."""
        at = tag.span.start + len(tag.text) - len(tag.text.lstrip())
        before = self.text[self.text.rfind("\n", 0, at) + 1 : at]
        return -1 if before.strip() else len(before.expandtabs(4))
