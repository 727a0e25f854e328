"""The sentences of a template's prose: where each one starts and ends.

Text is cut at everything a sentence can't cross: tags, headings, list items, tables, code, marks
of messages, examples. What is left is split by spaCy's rule for punctuation, with code, addresses,
quotations and what stands in parentheses hidden from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from promptc.analysis.captures import captured
from promptc.analysis.mask import HOLE, TAG, masked
from promptc.analysis.regions import Kind, Spans, regions
from promptc.ir import Template
from promptc.source import Span

if TYPE_CHECKING:
    from spacy.language import Language

#: Kinds that stand within a sentence; every other kind that is not prose or a list ends one.
_WITHIN = frozenset({Kind.CODE, Kind.URL, Kind.TAG})
_THROUGH = frozenset({Kind.PROSE, Kind.LIST}) | _WITHIN
_ITEM = re.compile(
    r"[ \t]*(?:[-*+•‣◦▪▫●○■□–—→✓✔✅❌✗☐☑]|\(?(?:\d{1,3}|[A-Za-z]|[ivx]{1,4})[.)])[ \t]+"
    r"(?:\[[ xX]\][ \t]+)?"
)
_SAYS = re.compile(rf"[^\W_]|{HOLE}")
_QUOTED = re.compile(r"[ \t]*>")
_TAGS = re.compile(f"{TAG}+")
_WRAPPED = 55
"""A shorter line that is followed by a capital was ended on purpose."""
_OPENING = re.compile(r"(?:(?<=\s)|\A)[*_\"'“‘(\[{#~]+")
_ASIDE = re.compile(r"\([^()]*\)|\"[^\"]*\"|“[^“”]*”|‘[^‘’]*’(?!\w)")
_BREAK = re.compile(r"[.!?][\"'”’)\]*_]*\s|[。！？]")
_NO_WORD = re.compile(rf"\d(?=[.!?]\s)|[{HOLE}`]")
_SMALL = re.compile(rf"[*_\"'“‘(\[]*(?:[^\W\d_A-Z]|[{HOLE}])")
_SHORTENED = re.compile(
    r"\b(?:approx|fig|figs|eq|no|nos|vol|dept|est|min|max|incl|excl|resp|ref|sec|ch|pp|ed|vs|cf"
    r"|al|etc|e\.g|i\.e)\.\s*$",
    re.IGNORECASE,
)


@lru_cache(maxsize=16)
def sentences(template: Template) -> tuple[Span, ...]:
    """Every sentence of prose and of list items, in order, white space at its ends left out.

    A sentence may hold holes and code spans. Headings, tables, code, data, quotations set off by
    ``>``, examples and text that template code reads have none. An item or a line that is no full
    sentence counts as one.
    """
    text = masked(template)
    found = regions(template)
    shown = _shielded(text, Spans(region.span for region in found if region.kind in _WITHIN))
    return tuple(
        Span(unit.start + start, unit.start + stop).stripped(text)
        for unit in units(template)
        for start, stop in _split(shown[slice(*unit)])
    )


@lru_cache(maxsize=16)
def units(template: Template) -> tuple[Span, ...]:
    """Paragraphs and list items, markers left out, cut where no sentence can go on."""
    text = masked(template)
    return tuple(_joined(text, _pieces(text, _barriers(template, text))))


def _barriers(template: Template, text: str) -> Spans:
    """Where no sentence is."""
    found = regions(template)
    return Spans(
        (
            *(region.span for region in found if region.kind not in _THROUGH),
            *(region.span for region in found if region.kind is Kind.TAG and _alone(text, region)),
            *(leaf.span for leaf in template.leaves if leaf.locked),
            *(Span(*match.span()) for match in _TAGS.finditer(text)),
            *captured(template),
        )
    )


def _alone(text: str, region: tuple[Kind, Span]) -> bool:
    """Whether an XML-like tag sets text off, rather than being spoken of in it."""
    start, stop = region[1]
    before = text[text.rfind("\n", 0, start) + 1 : start].rstrip(f" \t{TAG}")
    end = text.find("\n", stop)
    after = text[stop : end if end >= 0 else len(text)].lstrip(f" \t{TAG}")
    if not before:
        return not after or not (after[0].islower() or after[0] in ",.;:")
    return not after and text.startswith("</", start) and before[-1] in ".!?:>"


def _pieces(text: str, barriers: Spans) -> Iterator[tuple[Span, bool]]:
    """Stretches of single lines, and whether each goes on where the one before it stopped."""
    at, follows = 0, False
    edges = [edge for span in barriers for edge in span]
    for start, stop in zip([0, *edges[1::2]], [*edges[::2], len(text)], strict=True):
        at = start
        follows = False
        while at < stop:
            end = text.find("\n", at, stop)
            end = stop if end < 0 else end
            first = at == 0 or text[at - 1] == "\n"
            item = _ITEM.match(text, at, end) if first else None
            line = Span(item.end() if item else at, end).stripped(text)
            quoted = first and _QUOTED.match(text, at, end)
            blank = not _SAYS.search(text, *line)
            if not blank and not quoted:
                yield line, follows and item is None
            follows = not blank and not quoted
            at = end + 1


def _joined(text: str, pieces: Iterable[tuple[Span, bool]]) -> Iterator[Span]:
    """Lines that one paragraph was wrapped into, made one."""
    unit: Span | None = None
    last = Span(0, 0)
    for line, follows in pieces:
        if unit is not None and follows and _wraps(text, last, line):
            unit = Span(unit.start, line.stop)
        else:
            if unit is not None:
                yield unit
            unit = line
        last = line
    if unit is not None:
        yield unit


def _wraps(text: str, one: Span, two: Span) -> bool:
    """Whether line *two* goes on with the sentence of line *one*."""
    if text[two.start].islower():
        return True
    return one.stop - one.start >= _WRAPPED and text[one.stop - 1] != ":"


def _shielded(text: str, atoms: Spans) -> str:
    """*text*, as long as before, without the insides of what is no prose."""
    parts: list[str] = []
    at = 0
    for start, stop in atoms:
        parts += text[at:start], "x" * (stop - start)
        at = stop
    return "".join(parts) + text[at:]


@lru_cache(maxsize=4096)
def _split(text: str) -> tuple[Span, ...]:
    """The sentences of one paragraph; most hold only one, and need no parser."""
    if not _BREAK.search(text[:-1]):
        return (Span(0, len(text)),)
    hidden = _ASIDE.sub(lambda match: "x" * (len(match.group()) - 2) + match.group()[-2:], text)
    # spaCy takes a full stop for a part of the number, code or hole before it.
    hidden = _NO_WORD.sub("é", hidden)
    hidden = _OPENING.sub(lambda match: "X" * len(match.group()), hidden)
    starts = [sentence.start_char for sentence in _parser()(hidden.replace("\n", " ")).sents]
    kept = [0]
    for start in starts[1:]:
        if _starts(text, kept[-1], start):
            kept.append(start)
    return tuple(Span(one, two) for one, two in pairwise([*kept, len(text)]))


def _starts(text: str, last: int, start: int) -> bool:
    """Whether a sentence starts at *start*, when the one before it started at *last*."""
    before = text[last:start]
    apart = before[-1:].isspace() or before[-1:] in "。！？"
    if not apart or sum(map(str.isalpha, before)) < 2 or _SHORTENED.search(before):
        return False
    small = _SMALL.match(text, start)
    return small is None or not text[small.end() - 1].islower()


@lru_cache(maxsize=1)
def _parser() -> Language:
    import spacy

    parser = spacy.blank("en")
    parser.add_pipe("sentencizer")
    return parser
