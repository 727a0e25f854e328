"""Shorten texts, documents and chats to a budget: from the input to its shape again."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import lru_cache
from pathlib import Path

from promptc.budget import Budget
from promptc.compressing import memory
from promptc.compressing.shapes import Input, Shape, shape
from promptc.compressors.embedded import Embedded
from promptc.errors import BudgetError, ConfigError, DeadlineError, exceeded
from promptc.models import word_vectors
from promptc.options import Options
from promptc.prices import price
from promptc.protocols import Compressor, Request, Scorer, Tokenizer
from promptc.results import CheckResult, Compressed
from promptc.scorers import scorer
from promptc.selection.joining import entire, joined
from promptc.source import Span
from promptc.tokens import get_tokenizer
from promptc.tokens.families import message_overhead
from promptc.version import __version__

__all__ = ["Input", "compress", "passed"]


class _Counter:
    """Counts what many threads tell it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.count = 0

    def add(self) -> None:
        with self._lock:
            self.count += 1


passed = _Counter()
"""Inputs that were passed through since their deadline came first."""


@dataclass
class _Clock:
    """Milliseconds by stage."""

    at: float
    stages: dict[str, float]

    def lap(self, name: str) -> None:
        now = time.perf_counter()
        self.stages[name] = round(self.stages.get(name, 0.0) + (now - self.at) * 1e3, 3)
        self.at = now


def compress(  # noqa: PLR0913 - each is a choice of the caller
    given: Input,
    *,
    budget: Budget,
    query: str,
    model: str,
    options: Options,
    canceled: threading.Event | None = None,
) -> Compressed:
    """Shorten *given* to *budget*; see `promptc.compress`.

    Whoever sets *canceled* ends the work with a `CancelledError`.
    """
    _refuse(
        budget=(budget, Budget), query=(query, str), model=(model, str), options=(options, Options)
    )
    clock = _Clock(time.perf_counter(), {})
    end = time.monotonic() + options.deadline if options.deadline is not None else None
    read, tokenizer = shape(given), get_tokenizer(model)
    fixed = _fixed(read, model, tokenizer)
    before = fixed + sum(tokenizer.count(text) for text in read.texts if text)
    limit = budget.limit(before)
    clock.lap("count")
    allowed = budget.room(before, exact=tokenizer.exact)
    room = allowed - fixed
    if room < 0:
        raise exceeded(fixed, allowed)
    must = _must(read, options)
    request = Request(room, tokenizer, query or read.query, must, read.titles, end, canceled)
    rates = _scorer(options)
    try:
        kept, cached = _kept(read, request, options, rates)
    except DeadlineError:
        if options.on_deadline == "raise":
            raise
        kept, cached = tuple(entire(read.texts)), False
        passed.add()
    clock.lap("choose")
    made = _made(read, kept, options.mark)
    after = fixed + sum(tokenizer.count(text) for text in made if text)
    checks = _checked(read.texts, made, request.query) if options.check else ()
    clock.lap("check")
    saved, day = _saved(model, before - after)
    back = read.back(made)
    return Compressed(
        text=back if read.kind == "text" else None,
        documents=back if read.kind == "documents" else None,
        messages=back if read.kind == "messages" else None,
        inputs=read.texts,
        kept=kept,
        tokens_before=before,
        tokens_after=after,
        limit=limit,
        met=after <= limit,
        exact=tokenizer.exact,
        saved=saved,
        price_date=day,
        checks=checks,
        timings=tuple(clock.stages.items()),
        cached=cached,
        scorer=rates.name,
    )


def _refuse(**given: tuple[object, type]) -> None:
    """Raise `ValueError` for an argument of another type."""
    for name, (value, kind) in given.items():
        if not isinstance(value, kind):
            raise ValueError(f"{name} must be of type {kind.__name__}, got {value!r}")


def _fixed(read: Shape, model: str, tokenizer: Tokenizer) -> int:
    """Tokens of what stays whatever is chosen: other text of a chat, and its own format."""
    overhead = message_overhead(model) if read.messages else None
    each, reply = overhead or (0, 0)
    own = sum(tokenizer.count(text) for text in read.fixed if text)
    return own + each * read.messages + reply


def _must(read: Shape, options: Options) -> tuple[tuple[Span, ...], ...]:
    """Where the texts that must stay stand; raise `ValueError` for one that stands nowhere."""
    found: list[list[Span]] = [[] for _ in read.texts]
    for wanted in options.keep:
        places = [(n, at) for n, text in enumerate(read.texts) for at in _places(text, wanted)]
        if not places and not any(wanted in text for text in read.fixed):
            raise ValueError(f"keep: {wanted!r} stands in none of the inputs")
        for number, at in places:
            found[number].append(Span(at, at + len(wanted)))
    return tuple(tuple(sorted(each)) for each in found) if options.keep else ()


def _places(text: str, wanted: str) -> Iterator[int]:
    at = text.find(wanted)
    while at >= 0:
        yield at
        at = text.find(wanted, at + len(wanted))


def _scorer(options: Options) -> Scorer:
    if isinstance(options.scorer, str):
        return scorer(options.scorer, options.device, options.dtype)
    return options.scorer


def _kept(
    read: Shape, request: Request, options: Options, rates: Scorer
) -> tuple[memory.Kept, bool]:
    """What stays, and whether it was remembered."""
    compressor = _compressor(rates, options.fine)
    folder = Path(options.cache) if options.cache else None
    facts = (
        __version__, request.tokens, request.tokenizer.name, request.query, request.keep,
        request.titles, rates.name, rates.version, options.fine, options.mark,
        word_vectors().version,
    )  # fmt: skip
    name = memory.key(facts, read.texts)
    known = memory.recall(name, folder)
    if known is not None and len(known) == len(read.texts):
        return known, True
    kept = _marked(read, request, compressor, options.mark)
    memory.remember(name, kept, folder)
    return kept, False


def _marked(read: Shape, request: Request, compressor: Compressor, mark: str) -> memory.Kept:
    """Leave room for the marks at the cuts, whose number is known only afterwards."""
    kept = tuple(compressor.keep(read.texts, request))
    if not mark:
        return kept
    asked, step = request.tokens, 1
    count = request.tokenizer.count
    while (takes := sum(count(text) for text in _made(read, kept, mark) if text)) > request.tokens:
        # Twice as much less each time: fewer words may mean more cuts.
        less, step = max(asked - (takes - request.tokens) * step, 0), step * 2
        try:
            if less == asked:
                raise BudgetError
            kept, asked = tuple(compressor.keep(read.texts, replace(request, tokens=less))), less
        except BudgetError:
            raise exceeded(takes, request.tokens, " with the marks at the cuts") from None
    return kept


def _made(read: Shape, kept: memory.Kept, mark: str) -> list[str]:
    if not mark:
        return [joined(text, spans) for text, spans in zip(read.texts, kept, strict=True)]
    return [_with(text, spans, mark) for text, spans in zip(read.texts, kept, strict=True)]


def _with(text: str, spans: Sequence[Span], mark: str) -> str:
    """What stays of *text*, with *mark* wherever words went."""
    parts: list[str] = []
    at = 0
    for start, stop in (*spans, (len(text), len(text))):
        if text[at:start].strip():
            parts.append(mark)
        parts.append(text[start:stop])
        at = stop
    return "".join(parts) if spans else ""


def _compressor(rates: Scorer, fine: bool | None) -> Compressor:
    own = scorer()
    return Embedded(word_vectors(), rates, fine, None if rates is own else own)


def _checked(texts: Sequence[str], made: Sequence[str], query: str) -> tuple[CheckResult, ...]:
    # Read by few calls, and slower to load than all that a call needs.
    from promptc.checks import CHECKS

    before, after = "\n\n".join(texts), "\n\n".join(made)
    return tuple(check.check(before, after, query) for check in CHECKS)


@lru_cache(maxsize=64)
def _per_token(model: str) -> tuple[Decimal, str] | None:
    try:
        found = price(model)
    except ConfigError:
        return None
    return found.input / 1_000_000, found.date


def _saved(model: str, tokens: int) -> tuple[Decimal | None, str]:
    known = _per_token(model)
    return (known[0] * tokens, known[1]) if known else (None, "")
