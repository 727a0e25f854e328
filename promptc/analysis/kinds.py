"""The kinds of text that a template is made of, and sets of spans."""

from __future__ import annotations

import enum
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from promptc.source import Span


class Kind(enum.StrEnum):
    """What a stretch of a template is, as far as its layout tells."""

    PROSE = "prose"
    HEADING = "heading"
    LIST = "list"
    TABLE = "table"
    #: A fenced block, its fence lines included.
    FENCE = "fence"
    #: Code or an outline told by its indentation, or by what its lines look like.
    INDENTED = "indented"
    #: A code span within a line.
    CODE = "code"
    JSON = "json"
    YAML = "yaml"
    #: An XML-like tag itself, not what it holds.
    TAG = "tag"
    #: A comment, or an element whose content is verbatim: pre, script, style and the like.
    HTML = "html"
    URL = "url"
    #: A quotation within a line that holds a run of spaces.
    QUOTE = "quote"
    #: What a loader or a model takes for the start of a message.
    ROLE = "role"
    FRONT_MATTER = "front matter"
    #: Few-shot examples, the lines between them included.
    EXAMPLE = "example"
    #: Poems, drawings and columns: text whose line ends and spaces were chosen.
    LAYOUT = "layout"
    #: Text that may or may not be code, since its fences don't pair up.
    RAW = "raw"


#: Kinds that hold their content for anyone to edit.
OPEN = frozenset({Kind.PROSE, Kind.HEADING, Kind.LIST})


class Region(NamedTuple):
    """One stretch of a template; *span* counts characters of the template's text."""

    kind: Kind
    span: Span


class Spans:
    """A set of characters: sorted, disjoint spans; those that overlap are one, neighbors are not.

    >>> list(Spans([Span(4, 6), Span(0, 2), Span(1, 3)]))
    [Span(start=0, stop=3), Span(start=4, stop=6)]
    """

    def __init__(self, spans: Iterable[Span]) -> None:
        self._spans = tuple(_merged(spans))
        self._starts = [span.start for span in self._spans]

    def __iter__(self) -> Iterator[Span]:
        return iter(self._spans)

    def __len__(self) -> int:
        return len(self._spans)

    def __repr__(self) -> str:
        return f"Spans({list(self._spans)!r})"

    def overlapping(self, span: Span) -> Iterator[Span]:
        """The spans that share a character with *span*, in order.

        >>> list(Spans([Span(0, 2), Span(3, 5), Span(6, 8)]).overlapping(Span(4, 7)))
        [Span(start=3, stop=5), Span(start=6, stop=8)]
        """
        at = max(bisect_right(self._starts, span.start) - 1, 0)
        while at < len(self._spans) and self._starts[at] < span.stop:
            if self._spans[at].overlaps(span):
                yield self._spans[at]
            at += 1

    def overlaps(self, span: Span) -> bool:
        """Whether a character of *span* is in the set; an empty one must stand strictly inside.

        >>> Spans([Span(2, 4)]).overlaps(Span(4, 6)), Spans([Span(2, 4)]).overlaps(Span(3, 3))
        (False, True)
        """
        last = max(span.stop - 1, span.start)
        at = bisect_right(self._starts, last) - 1
        return at >= 0 and self._spans[at].overlaps(span)


def _merged(spans: Iterable[Span]) -> Iterator[Span]:
    start = stop = 0
    for span in sorted(span for span in spans if span.start < span.stop):
        if span.start < stop:
            stop = max(stop, span.stop)
            continue
        if start < stop:
            yield Span(start, stop)
        start, stop = span
    if start < stop:
        yield Span(start, stop)
