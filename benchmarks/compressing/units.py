"""What the simple methods choose from, sentences or words, and how a budget is filled with them.

This shares nothing with promptc's own units, so that a flaw there can't flatter itself here.
"""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol

from benchmarks.compressing.sets import Doc
from promptc.protocols import Tokenizer
from promptc.source import Span
from promptc.tokens import get_tokenizer

MODEL = "gpt-4o"

CJK = "\u3040-\u30ff\u3400-\u9fff"
WORD = re.compile(rf"[{CJK}]|[^\s{CJK}]+")
_END = re.compile(rf"(?<=[.!?])[\"')\]]*(?=\s)|(?<=[。！？])|(?=\n)|(?<=[;；])(?=[{CJK}])")

#: What ends a record, in a text that starts as JSON does.
_RECORD = re.compile(r"(?<=,)(?=\s)")

Use = Literal["ignored", "optional", "needed"]


class Kept(NamedTuple):
    """What is left of one document; *spans* is ``None`` where a method can't say what it kept."""

    text: str
    spans: tuple[Span, ...] | None = None


class Method(Protocol):
    """Shortens documents."""

    @property
    def name(self) -> str:
        """What the tables call it."""
        ...

    @property
    def asks(self) -> Use:
        """What becomes of the question."""
        ...

    @property
    def obeys(self) -> bool:
        """Whether it keeps to the tokens it is given; else it is measured once, at its own rate."""
        ...

    def run(self, documents: Sequence[Doc], question: str, tokens: int) -> list[Kept]:
        """Shorten *documents* to at most *tokens* in all: one `Kept` for each."""
        ...


@dataclass(frozen=True)
class Unit:
    """One sentence and the white space before it; *tokens* is what it costs."""

    span: Span
    tokens: int


def count(text: str) -> int:
    """Tokens of *text* as gpt-4o counts them."""
    return _tokenizer().count(text)


@functools.cache
def _tokenizer() -> Tokenizer:
    return get_tokenizer(MODEL)


def total(texts: Sequence[str]) -> int:
    """Tokens of all *texts*, each on its own."""
    return sum(map(count, texts))


@functools.lru_cache(maxsize=8192)
def sentences(text: str) -> tuple[Unit, ...]:
    """Tile *text* with sentences and lines.

    >>> text = "Be kind. Be brief.\\nGo."
    >>> [text[slice(*unit.span)] for unit in sentences(text)]
    ['Be kind.', ' Be brief.', '\\nGo.']
    """
    ends = _RECORD if text.lstrip().startswith(("{", "[")) else _END
    cuts = [match.end() for match in ends.finditer(text)]
    edges = sorted({0, *cuts, len(text)})
    spans = [Span(a, b) for a, b in itertools.pairwise(edges)]
    return tuple(Unit(span, count(text[span.start : span.stop])) for span in _filled(text, spans))


def _filled(text: str, spans: Sequence[Span]) -> list[Span]:
    """Give white space that stands alone to the sentence after it."""
    found: list[Span] = []
    start = 0
    for span in spans:
        if text[span.start : span.stop].strip():
            found.append(Span(start, span.stop))
            start = span.stop
    return found


def words(text: str) -> list[Span]:
    """Find the words of *text*; a Chinese or Japanese character is one."""
    return [Span(*match.span()) for match in WORD.finditer(text)]


def merged(text: str, spans: Sequence[Span]) -> tuple[Span, ...]:
    """Join spans with nothing but white space between them."""
    found: list[Span] = []
    for span in spans:
        if found and not text[found[-1].stop : span.start].strip():
            found[-1] = Span(found[-1].start, span.stop)
        else:
            found.append(span)
    return tuple(found)


def cut(document: Doc, spans: Sequence[Span]) -> Kept:
    """Keep *spans* of a document; where something was dropped, one white space stands."""
    text = document.text
    runs = merged(text, spans)
    parts = [text[run.start : run.stop] for run in runs]
    glued = parts[0].lstrip() if parts else ""
    for before, run, part in zip(runs, runs[1:], parts[1:], strict=False):
        gap = text[before.stop : run.start]
        spaced = part[:1].isspace() or not any(map(str.isspace, gap))
        glued += part if spaced else " " + part
    return Kept(glued, runs)


def fill(documents: Sequence[Doc], scores: Sequence[Sequence[float]], tokens: int) -> list[Kept]:
    """Take sentences, the best score first, each that still fits; ties by position."""
    units = [(d, unit) for d, doc in enumerate(documents) for unit in sentences(doc.text)]
    flat = [score for row in scores for score in row]
    order = sorted(range(len(units)), key=lambda index: -flat[index])
    left, chosen = tokens, []
    for index in order:
        if units[index][1].tokens <= left:
            left -= units[index][1].tokens
            chosen.append(index)
    return _fitted(documents, [(d, unit.span) for d, unit in (units[i] for i in chosen)], tokens)


def _fitted(documents: Sequence[Doc], chosen: list[tuple[int, Span]], tokens: int) -> list[Kept]:
    """Drop the last of *chosen* until they fit: parts cost a little more joined than alone."""
    kept = _kept(documents, sorted(chosen))
    while chosen and total([each.text for each in kept]) > tokens:
        chosen.pop()
        kept = _kept(documents, sorted(chosen))
    return kept


def most(documents: Sequence[Doc], order: Sequence[tuple[int, Span]], tokens: int) -> list[Kept]:
    """Take as many of the first spans of *order* as fit, by bisection."""
    low, high = 0, len(order)
    while low < high:
        middle = (low + high + 1) // 2
        kept = _kept(documents, sorted(order[:middle]))
        low, high = (middle, high) if total([k.text for k in kept]) <= tokens else (low, middle - 1)
    return _kept(documents, sorted(order[:low]))


def _kept(documents: Sequence[Doc], chosen: Sequence[tuple[int, Span]]) -> list[Kept]:
    spans: list[list[Span]] = [[] for _ in documents]
    for document, span in chosen:
        spans[document].append(span)
    return [cut(document, each) for document, each in zip(documents, spans, strict=True)]
