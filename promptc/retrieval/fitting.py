"""Take ranked passages while they fit a budget of tokens, and shorten the last one to what is left.

What counts is the text as it is handed out, so that a budget holds for whatever is written around
the passages.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from promptc.errors import BudgetError
from promptc.passages import Passage
from promptc.protocols import Compressor, Request, Tokenizer
from promptc.retrieval.hits import Hit
from promptc.selection.joining import joined
from promptc.source import Span

_TRIES = 4
_LEAST = 8
"""Tokens below which nothing of a passage is worth its place."""

Ranked = tuple[int, Passage, float]


def whole(ranked: Iterable[Ranked], tokenizer: Tokenizer) -> tuple[Hit, ...]:
    """Every passage as it is."""
    return tuple(_hit(each, tokenizer) for each in ranked)


def fit(
    ranked: Iterable[Ranked],
    request: Request,
    shape: Callable[[Sequence[Hit]], str],
    compressor: Compressor | None,
) -> tuple[Hit, ...]:
    """The first of *ranked* that fit ``request.tokens`` as *shape* writes them.

    The first one that does not fit is shortened for ``request.query``; without a *compressor*, or
    where nothing of it can stay, it is left out.
    """
    taken: list[Hit] = []
    for each in ranked:
        hit = _hit(each, request.tokenizer)
        if _count([*taken, hit], request, shape) <= request.tokens:
            taken.append(hit)
            continue
        if compressor and (cut := _shortened(hit, taken, request, shape, compressor)):
            taken.append(cut)
        break
    return tuple(taken)


def _hit(ranked: Ranked, tokenizer: Tokenizer) -> Hit:
    number, passage, score = ranked
    spans = (passage.head, passage.span) if passage.head else (passage.span,)
    return Hit(number, passage, score, passage.text, spans, tokenizer.count(passage.text))


def _count(hits: Sequence[Hit], request: Request, shape: Callable[[Sequence[Hit]], str]) -> int:
    return request.tokenizer.count(shape(hits))


def _shortened(
    hit: Hit,
    taken: Sequence[Hit],
    request: Request,
    shape: Callable[[Sequence[Hit]], str],
    compressor: Compressor,
) -> Hit | None:
    """What of *hit* fits after *taken*."""
    around = _count([*taken, hit], request, shape) - hit.tokens
    room = request.tokens - around
    text = hit.passage.text
    for _ in range(_TRIES):
        if room < _LEAST:
            return None
        asked = Request(
            room, request.tokenizer, request.query,
            titles=(" ".join(hit.passage.path),), deadline=request.deadline,
        )  # fmt: skip
        try:
            (kept,) = compressor.keep([text], asked)
        except BudgetError:
            return None
        shown = joined(text, kept)
        if not shown.strip():
            return None
        tokens = request.tokenizer.count(shown)
        cut = Hit(hit.number, hit.passage, hit.score, shown, _located(hit.passage, kept), tokens)
        over = _count([*taken, cut], request, shape) - request.tokens
        if over <= 0:
            return cut
        room -= over
    return None


def _located(passage: Passage, kept: Iterable[Span]) -> tuple[Span, ...]:
    """Where *kept* of the passage's text stands in the document."""
    found: list[Span] = []
    size = passage.head.stop - passage.head.start if passage.head else 0
    for start, stop in kept:
        if passage.head and start < size:
            found.append(Span(passage.head.start + start, passage.head.start + min(stop, size)))
        if stop > size:
            first = passage.span.start - size
            found.append(Span(first + max(start, size), first + stop))
    return tuple(found)
