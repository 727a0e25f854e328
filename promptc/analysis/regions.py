"""What a template's text is made of, and where its spacing carries meaning.

A fence opens in one leaf and closes in another, a table gets its rows from a loop: regions are
read over all the text at once, holes and tags masked out, and lie on offsets of the template's
text. Where there is doubt, text is protected.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from promptc.analysis import (
    code,
    examples,
    fences,
    inline,
    json_text,
    layout,
    markdown,
    yaml_text,
)
from promptc.analysis.captures import captured
from promptc.analysis.kinds import OPEN, Kind, Region, Spans
from promptc.analysis.lines import Line, lines, span_of
from promptc.analysis.mask import TAG, masked
from promptc.ir import Template, Text, blocks
from promptc.source import Span

__all__ = ["Kind", "Region", "Spans", "protected", "regions"]


@lru_cache(maxsize=16)
def regions(template: Template) -> tuple[Region, ...]:
    """Every region of *template*, sorted by its start, outer before inner; they may nest.

    One whose ends lie in different arms, loops or macros covers the whole block.
    """
    text = masked(template)
    found = set(_found(template, text))
    arms = _Arms(template)
    widened = {
        region._replace(span=arms.widened(region.span))
        if TAG in text[slice(*region.span)]
        else region
        for region in found
        if region.span.start < region.span.stop
    }
    return tuple(sorted(widened, key=lambda region: (region.span.start, -region.span.stop)))


@lru_cache(maxsize=16)
def protected(template: Template) -> Spans:
    """Where spacing carries meaning, or a reader other than the model may look."""
    return Spans(
        (
            *(region.span for region in regions(template) if region.kind not in OPEN),
            *(leaf.span for leaf in template.leaves if leaf.locked or not isinstance(leaf, Text)),
            *captured(template),
        )
    )


def _found(template: Template, text: str) -> Iterator[Region]:
    fenced = fences.fences(template, text)
    for span in fenced.spans:
        yield Region(Kind.FENCE, span)
    if fenced.doubt is not None:
        yield Region(Kind.RAW, Span(fenced.doubt, len(text)))
    within = tuple(inline.inline(text, fenced.spans))
    yield from within
    data = json_text.find(text)
    for span in data:
        yield Region(Kind.JSON, span)
    front = [region.span for region in within if region.kind is Kind.FRONT_MATTER]
    rows = lines(template)
    yield from _blocks(template, text, rows, _inside(rows, [*fenced.spans, *data, *front]))


def _blocks(
    template: Template, text: str, rows: Sequence[Line], taken: Sequence[bool]
) -> Iterator[Region]:
    """Regions that are made of whole lines, of those lines that are not *taken*."""
    listed = list(taken)
    for kind, first, stop in markdown.blocks(rows, taken):
        if kind is Kind.INDENTED and code.all_prose(rows, first, stop):
            kind = Kind.PROSE
        if kind is Kind.LIST:
            listed[first:stop] = [True] * (stop - first)
        yield Region(kind, span_of(rows, first, stop))
    for kind, found in (
        (Kind.INDENTED, code.code(rows, taken)),
        (Kind.INDENTED, code.outlines(rows, listed)),
        (Kind.YAML, yaml_text.yaml(rows, taken)),
        (Kind.LAYOUT, layout.layout(rows, taken)),
    ):
        for first, stop in found:
            yield Region(kind, span_of(rows, first, stop))
    for span in examples.examples(template, text, rows, taken):
        yield Region(Kind.EXAMPLE, span)


def _inside(rows: Sequence[Line], spans: Iterable[Span]) -> list[bool]:
    """For each line whether what it says begins in one of *spans*."""
    every = Spans(spans)
    if not len(every):
        return [False] * len(rows)
    starts = (line.start + len(line.text) - len(line.text.lstrip()) for line in rows)
    return [every.overlaps(Span(start, start + 1)) for start in starts]


class _Arms:
    """Which blocks hold which characters: for each block its span and where its clauses start."""

    def __init__(self, template: Template) -> None:
        self.blocks = [
            (*block.span, [clause.tag.span.start for clause in block.clauses])
            for block in blocks(template.body)
        ]

    def widened(self, span: Span) -> Span:
        """*span*, and all of every block that has only one of its ends, or both in two arms."""
        start, stop = span
        for first, end, clauses in self.blocks:
            if end <= start or first >= stop or (start <= first and end <= stop):
                continue
            inside = (first <= start, stop <= end)
            if inside != (True, True) or _arm(clauses, start) != _arm(clauses, stop - 1):
                start, stop = min(start, first), max(stop, end)
        return Span(start, stop)


def _arm(clauses: Sequence[int], offset: int) -> int:
    """The number of the clause that *offset* lies in."""
    return bisect_right(clauses, offset)
