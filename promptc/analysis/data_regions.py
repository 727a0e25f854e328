"""The JSON and the tables of a template whose layout is free: only their data is read."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import count, pairwise

from promptc.analysis import tables
from promptc.analysis.captures import captured
from promptc.analysis.code import is_code
from promptc.analysis.json_schema import is_schema
from promptc.analysis.json_text import find, tokens, values
from promptc.analysis.kinds import Kind, Region, Spans
from promptc.analysis.mask import HOLE, TAG, masked
from promptc.analysis.regions import regions
from promptc.analysis.tables import Table
from promptc.ir import Block, Node, Template
from promptc.source import Span

_FIXED = {Kind.YAML, Kind.HTML, Kind.FRONT_MATTER, Kind.EXAMPLE, Kind.LAYOUT, Kind.RAW}
_FENCE = re.compile(r"[^\n`~]*(`{3,}|~{3,})[ \t]*(?P<info>[^\n]*)\n(?P<content>.*?)[^\n]*\Z", re.S)
_DATA_INFO = {"", "json", "jsonl", "ndjson"}
# Marks of one model's own chat format, which it was trained to read letter by letter.
_TRAINED = re.compile(r"<\|\w+\|>|<｜|\[/?INST\]|\b(?:bos|eos)_token\b|\badd_generation_prompt\b")
_ASKED = re.compile(r"(?i)pretty[- ]?print|\bindent(?:ed|ation|s)?\b")


@lru_cache(maxsize=16)
def json_regions(template: Template) -> tuple[Span, ...]:
    """Each JSON object or list whose white space says nothing, in order.

    Left out: what stands in code, examples, YAML, tables, locked text, or where template code
    reads it; what has a key that an example has, too, as both should look alike (a schema is not
    what an answer looks like); what opens in one branch and closes in another; what doubles its
    braces outside of a format string, since on one line it could read as a hole; chat templates,
    whose layout a model was trained on; and all of a prompt that speaks of indents or pretty
    printing.
    """
    text = masked(template)
    found = find(text)
    if not found or layout_matters(template):
        return ()
    inner = Spans(span for kind, span in regions(template) if kind in (Kind.CODE, Kind.TABLE))
    examples = Spans(span for kind, span in regions(template) if kind is Kind.EXAMPLE)
    shown = {key for span in found if examples.overlaps(span) for key in _keys(text, span)}
    doubled = template.syntax.engine == "format"
    return tuple(
        span
        for span in found
        if _free(template, span)
        and (doubled or not text.startswith("{{", span.start))
        and (shown.isdisjoint(_keys(text, span)) or is_schema(values(text[slice(*span)])))
        and closed(template, span)
        and _whole_strings(template, span, list(inner.overlapping(span)))
    )


@lru_cache(maxsize=16)
def table_regions(template: Template) -> tuple[Table, ...]:
    """Each Markdown table whose padding says nothing, in order."""
    found = tables.find(masked(template))
    if not found or _TRAINED.search(template.text):
        return ()
    return tuple(table for table in found if _free(template, table.span))


@lru_cache(maxsize=16)
def layout_matters(template: Template) -> bool:
    """Whether the template shows that someone reads the layout of its JSON."""
    return _TRAINED.search(template.text) is not None or _ASKED.search(masked(template)) is not None


@lru_cache(maxsize=16)
def fixed_layout(template: Template) -> Spans:
    """What keeps its layout, data or not: code, examples, locked text, what template code reads."""
    return Spans(span for _, span in _fixed(template))


@lru_cache(maxsize=16)
def _fixed(template: Template) -> tuple[Region, ...]:
    text = masked(template)
    return (
        *(each for each in regions(template) if _keeps(each.kind, text[slice(*each.span)])),
        *(Region(Kind.RAW, leaf.span) for leaf in template.leaves if leaf.locked),
        *(Region(Kind.RAW, span) for span in captured(template)),
    )


def closed(template: Template, span: Span) -> bool:
    """Whether *span* opens and closes every block that it enters: its ends are in one clause."""
    return _clause(template, span.start) == _clause(template, span.stop - 1)


def _clause(template: Template, offset: int) -> int:
    """A number for the clause that *offset* is in; tags of blocks have numbers of their own."""
    starts = _clauses(template)
    at = bisect_right(starts, offset, key=lambda each: each[0]) - 1
    return starts[at][1]


@lru_cache(maxsize=16)
def _clauses(template: Template) -> tuple[tuple[int, int], ...]:
    """Where each clause, or what is left of it after a block inside, begins, and its number."""
    numbers = count(1)

    def walk(nodes: Iterable[Node], number: int) -> Iterator[tuple[int, int]]:
        for node in nodes:
            if isinstance(node, Block):
                for clause in node.clauses:
                    yield clause.tag.span.start, next(numbers)
                    inner = next(numbers)
                    yield clause.tag.span.stop, inner
                    yield from walk(clause.body, inner)
                yield node.end.span.start, next(numbers)
                yield node.end.span.stop, number

    return ((0, 0), *walk(template.body, 0))


def _free(template: Template, span: Span) -> bool:
    """Whether nothing but the data at *span* itself asks for its layout, as its columns do."""
    text = masked(template)
    end = text.find("\n", span.stop)
    rows = Span(text.rfind("\n", 0, span.start) + 1, end if end >= 0 else len(text))
    columns, others = _fixed_spans(template)
    return not others.overlaps(span) and all(map(rows.covers, columns.overlapping(span)))


@lru_cache(maxsize=16)
def _fixed_spans(template: Template) -> tuple[Spans, Spans]:
    """What `_fixed` holds: columns and the like, and all the rest."""
    found = _fixed(template)
    return (
        Spans(span for kind, span in found if kind is Kind.LAYOUT),
        Spans(span for kind, span in found if kind is not Kind.LAYOUT),
    )


def _keeps(kind: Kind, shown: str) -> bool:
    if kind is Kind.FENCE:
        match = _FENCE.match(shown)
        data = match is not None and match["info"].strip().lower() in _DATA_INFO
        return not (match and data and _only_data(match["content"]))
    if kind is Kind.INDENTED:
        # JSON is code by its looks; what counts is the rest of the block.
        rest = "".join(_outside(shown, find(shown)))
        return any(is_code(line.strip()) for line in rest.split("\n"))
    return kind in _FIXED


def _only_data(content: str) -> bool:
    """Whether a block of code holds JSON and nothing else, or holes alone."""
    rest = "".join(_outside(content, find(content)))
    return not rest.strip(f" \t\n,{TAG}") or not content.strip(f" \t\n{TAG}{HOLE}")


def _outside(text: str, spans: Sequence[Span]) -> Iterator[str]:
    at = 0
    for span in spans:
        yield text[at : span.start]
        at = span.stop
    yield text[at:]


def _keys(text: str, span: Span) -> Iterator[str]:
    """The keys of a JSON, those of the objects in it too."""
    solid = [token for token in tokens(text, span) if token.kind != "space"]
    for key, colon in pairwise(solid):
        if colon.kind == ":":
            yield text[slice(*key.span)]


def _whole_strings(template: Template, span: Span, code: Sequence[Span]) -> bool:
    """Whether *code* lies in strings, and tags in strings open and close in one string each.

    So every path through the template ends the string that it enters.
    """
    text = masked(template)
    strings = [token.span for token in tokens(text, span) if token.kind == "string"]
    starts = [string.start for string in strings]
    for each in code:
        at = bisect_right(starts, each.start) - 1
        if at < 0 or not strings[at].covers(each):
            return False
    return all(closed(template, each) for each in strings if TAG in text[slice(*each)])
