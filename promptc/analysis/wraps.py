"""Line ends that only keep lines short: those an editor puts in when it fills a paragraph."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from promptc.analysis.lines import Line, lines
from promptc.analysis.mask import HOLE, TAG, masked
from promptc.analysis.regions import Kind, Spans, protected, regions
from promptc.analysis.speech import literal
from promptc.ir import Template
from promptc.source import Span

#: Widths that people fill paragraphs to.
NARROW, WIDE = 60, 130

_STARTS = re.compile(r"[-*+•–>#|<`~=_\[{]|\(?(?:\d{1,3}|[A-Za-z]|[ivx]{1,4})[.)](?:\s|$)")
_RUNS_ON = re.compile(r"[^\W_][,;]?$|[)\"'’”*`],?$")
_KEY = re.compile(r"[\w -]{1,30}:(?:\s|$)")
_CODE = 4
"""The indent from which Markdown reads a line as code, where it stands in no list item."""
_GOES_ON = re.compile(r"[^\W\d_A-Z]")


@lru_cache(maxsize=16)
def soft_breaks(template: Template) -> tuple[Span, ...]:
    """Line ends within sentences that a space could stand for, the indent after each included.

    Markdown reads each of them as a space. They lie in paragraphs that were filled: no line but
    the last has room for the first word of the next one.
    """
    text, rows = masked(template), lines(template)
    found = [each for first, stop in _filled(rows) for each in _breaks(text, rows[first:stop])]
    if not found:
        return ()
    fixed = protected(template)
    shut = Spans((*fixed, *literal(text, fixed)))
    flowing = [each.span for each in regions(template) if each.kind in (Kind.PROSE, Kind.LIST)]
    return tuple(
        span
        for span in found
        if not shut.overlaps(Span(span.start - 1, span.stop + 1))
        and any(each.covers(span) for each in flowing)
    )


def _filled(rows: Sequence[Line]) -> Iterator[tuple[int, int]]:
    """Paragraphs of two and more lines, each line but the last as long as it could be."""
    first = 0
    while first < len(rows):
        stop = first + 1
        while stop < len(rows) and rows[first].content and _continues(rows[stop - 1], rows[stop]):
            stop += 1
        if stop - first > 1 and _is_filled(rows[first:stop]):
            yield first, stop
        first = stop


def _continues(above: Line, line: Line) -> bool:
    """Whether *line* could be of the same paragraph as the one above it."""
    return bool(
        line.content
        and line.start == above.stop + 1
        and line.indent >= above.indent
        and not _STARTS.match(line.content)
    )


def _is_filled(rows: Sequence[Line]) -> bool:
    widths = [len(line.text.rstrip()) for line in rows]
    width = max(widths)
    if not NARROW <= width <= WIDE or any(TAG in line.text for line in rows):
        return False
    head = rows[0].content
    if head[0].islower() or (rows[0].indent >= _CODE and not _STARTS.match(head)):
        # A list without marks, or code, as likely as a paragraph.
        return False
    if any(line.text.count("`") % 2 for line in rows):
        return False
    words = [line.content.split()[0] for line in rows[1:]]
    return all(here + 1 + len(word) > width for here, word in zip(widths[:-1], words, strict=True))


def _breaks(text: str, rows: Sequence[Line]) -> Iterator[Span]:
    for above, line in pairwise(rows):
        hard = above.text.endswith(("  ", "\\"))
        if hard or not _RUNS_ON.search(above.content) or not _GOES_ON.match(line.content):
            continue
        if HOLE in (above.content[-1], line.content[0]) or _KEY.match(line.content):
            continue
        start = above.start + len(above.text.rstrip())
        stop = line.start + len(line.text) - len(line.text.lstrip())
        if text[start:stop].isspace():
            yield Span(start, stop)
