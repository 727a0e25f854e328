"""Markdown pipe tables in masked text: rows, cells, alignment, and whether two tables are equal.

A pipe that is escaped or stands in inline code is part of a cell. Tags may stand alone on a line
between rows (a loop that writes rows) or inside a cell; holes are cell content.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from promptc.analysis.mask import HOLE, TAG
from promptc.source import Span

# What may stand before and after a row: indent, quotation marks of Markdown, tags.
_HEAD = re.compile(rf"(?:[ \t]|>|{TAG})*")
_TAIL = re.compile(rf"(?:[ \t]|{TAG})*\Z")
_DELIMITER = re.compile(r"[ \t]*(:?)-+(:?)[ \t]*")
# An escaped character, a run of backquotes, a pipe.
_MARK = re.compile(r"\\.|`+|\|")


class Row(NamedTuple):
    """One line with pipes. *cells* are what stands between them, padding included.

    *head* and *tail* are the rest of the line: indent and leading pipe, trailing pipe and what
    follows it.
    """

    span: Span
    head: Span
    cells: tuple[Span, ...]
    tail: Span


class Table(NamedTuple):
    """A header, a row of dashes, and the rows below; lines of tags alone are no rows."""

    span: Span
    header: Row
    delimiter: Row
    body: tuple[Row, ...]


def find(text: str) -> tuple[Table, ...]:
    """Every pipe table in masked *text*, in order."""
    found: list[Table] = []
    lines = list(_lines(text, Span(0, len(text))))
    at = 0
    while at + 1 < len(lines):
        table = _table(text, lines, at)
        at += 1
        if table is not None:
            found.append(table)
            while at < len(lines) and lines[at].start < table.span.stop:
                at += 1
    return tuple(found)


def alignment(text: str, cell: Span) -> str:
    """How a cell of the row of dashes aligns its column: ``l``, ``r``, both or neither.

    >>> alignment("|:--:|", Span(1, 5)), alignment("|---|", Span(1, 4))
    ('lr', '')
    """
    match = _DELIMITER.fullmatch(text, *cell)
    return ("l" * bool(match[1]) + "r" * bool(match[2])) if match else "?"


def content(text: str, cell: Span) -> str:
    """A cell's text without its padding."""
    return text[slice(*cell)].strip(" \t")


def equal(before: str, after: str) -> bool:
    """Whether two masked texts hold the same tables, cell by cell, and the same text around them.

    Padding and the number of dashes are free; alignment, the order and number of cells, indents
    and everything that is no table are not.
    """
    return _values(before) == _values(after)


def _values(text: str) -> list[object]:
    found: list[object] = []
    at = 0
    for table in find(text):
        for number, row in enumerate((table.header, table.delimiter, *table.body)):
            found.append(text[at : row.head.stop])
            read = alignment if number == 1 else _value
            found.append(tuple(read(text, cell) for cell in row.cells))
            at = row.tail.start
    return [*found, text[at:]]


def _value(text: str, cell: Span) -> tuple[str, bool]:
    """A cell's text, and whether a space guards what would be read otherwise without one.

    Two pipes in a row may join cells; a backslash, which a hole may end in, escapes a pipe.
    """
    inner = content(text, cell)
    guarded = not inner or inner[-1] in ("\\", HOLE, TAG)
    return inner, guarded and text[slice(*cell)][-1:] in (" ", "\t")


def _table(text: str, lines: list[Span], at: int) -> Table | None:
    header, delimiter = _row(text, lines[at]), _row(text, lines[at + 1])
    if header is None or delimiter is None or len(header.cells) != len(delimiter.cells):
        return None
    if any(alignment(text, cell) == "?" for cell in delimiter.cells):
        return None
    if any(TAG in text[slice(*cell)] for cell in header.cells):
        return None
    body: list[Row] = []
    stop = delimiter.span.stop
    for below in range(at + 2, len(lines)):
        line = lines[below]
        row = _row(text, line)
        if row is not None:
            body.append(row)
            stop = line.stop
        elif not _only_tags(text, line):
            break
    return Table(Span(header.span.start, stop), header, delimiter, tuple(body))


def _lines(text: str, span: Span) -> Iterator[Span]:
    at = span.start
    while at < span.stop:
        end = text.find("\n", at, span.stop)
        stop = span.stop if end < 0 else end
        yield Span(at, stop)
        at = stop + 1


def _only_tags(text: str, line: Span) -> bool:
    shown = text[slice(*line)]
    return TAG in shown and not shown.strip(f" \t{TAG}")


def _row(text: str, line: Span) -> Row | None:
    """*line* as a row; ``None`` where no pipe parts it."""
    head = _HEAD.match(text, *line)
    tail = _TAIL.search(text, *line)
    assert head is not None and tail is not None
    pipes = list(_pipes(text, line))
    if not pipes:
        return None
    leads = pipes[0] == head.end()
    closes = pipes[-1] == tail.start() - 1 and len(pipes) > leads
    start = head.end() + leads
    stop = tail.start() - closes
    inner = pipes[leads : len(pipes) - closes]
    if not (leads or closes or inner) or start > stop:
        return None
    edges = [start - 1, *inner, stop]
    cells = tuple(Span(one + 1, two) for one, two in pairwise(edges))
    return Row(line, Span(line.start, start), cells, Span(stop, line.stop))


def _pipes(text: str, line: Span) -> Iterator[int]:
    """Where pipes part cells: not the escaped ones, not those in inline code."""
    at = line.start
    while match := _MARK.search(text, at, line.stop):
        at = match.end()
        mark = match.group()
        if mark == "|":
            yield match.start()
        elif mark[0] == "`":
            closing = re.compile(rf"(?<!`){mark}(?!`)").search(text, at, line.stop)
            at = closing.end() if closing else at
