"""The Markdown blocks of a template: headings, lists, tables, indented blocks, prose."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, NamedTuple

from promptc.analysis.kinds import Kind
from promptc.analysis.lines import Line

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_KINDS = {
    "heading_open": Kind.HEADING,
    "bullet_list_open": Kind.LIST,
    "ordered_list_open": Kind.LIST,
    "table_open": Kind.TABLE,
    "code_block": Kind.INDENTED,
    "paragraph_open": Kind.PROSE,
}
_ROW = re.compile(r"\|.*\|$")
_DELIMITERS = re.compile(r"\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?$")


class Rows(NamedTuple):
    """Lines *first* up to *stop*, all of one kind."""

    kind: Kind
    first: int
    stop: int


def blocks(rows: Sequence[Line], skipped: Sequence[bool]) -> tuple[Rows, ...]:
    """Every block that the lines hold, those *skipped* read as blank; outer blocks first.

    A paragraph within a list is the list's. Rows between pipes are a table with or without the
    line that Markdown wants under the first.
    """
    text = "\n".join(
        "" if skip else " " * line.indent + line.content
        for line, skip in zip(rows, skipped, strict=True)
    )
    tokens: list[Token] = []
    parser = _parser()
    parser.block.parse(text, parser, {}, tokens)
    found = [*_read(tokens), *_pipe_tables(rows, skipped)]
    return tuple(sorted(set(found), key=lambda each: (each.first, -each.stop)))


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt

    parser = MarkdownIt("commonmark").enable("table")
    return parser.disable(["fence", "html_block", "lheading", "reference"])


def _read(tokens: Iterable[Token]) -> Iterator[Rows]:
    inside = 0
    for token in tokens:
        kind = _KINDS.get(token.type)
        if kind is not None and token.map and not (inside and kind is Kind.PROSE):
            yield Rows(kind, *token.map)
        if kind in (Kind.LIST, Kind.TABLE):
            inside += 1
        elif token.type in ("bullet_list_close", "ordered_list_close", "table_close"):
            inside -= 1


def _pipe_tables(rows: Sequence[Line], skipped: Sequence[bool]) -> Iterator[Rows]:
    """Runs of two and more lines that start and end with a pipe."""
    first = 0
    for row in range(len(rows) + 1):
        if row < len(rows) and not skipped[row] and _ROW.match(rows[row].content):
            continue
        if row - first >= 2 and rows[row - 1].content.strip("| "):
            yield Rows(Kind.TABLE, first, row)
        first = row + 1
