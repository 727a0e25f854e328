"""Questions that were asked anew: what they ask is judged as a whole, not word by word.

A question asks for something and doesn't instruct, so it may be put in quite other words. A check
reads the text before as if it put such a question as the text after does.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from promptc.analysis.likeness import likeness
from promptc.analysis.pairing import paired
from promptc.analysis.utterances import Statement
from promptc.source import Span

REASKED = 0.35
"""Two questions that are less alike are not one; `benchmarks.quality` chose it."""
MANY = 20
"""Questions without a partner that are held against each other one by one."""


class Anew(NamedTuple):
    """A question before and after, and how surely the two ask for the same."""

    old: Span
    new: Span
    score: float


class Reasked(NamedTuple):
    """The text before with its questions as they were asked anew, in order."""

    text: str
    questions: tuple[Anew, ...] = ()

    def origin(self, span: Span) -> Span:
        """Where what stands at *span* stood before any question was put anew."""
        return Span(self._origin(span.start), self._origin(span.stop))

    def _origin(self, at: int) -> int:
        grown = 0
        for old, new, _ in self.questions:
            size = new.stop - new.start
            if at < old.start + grown:
                break
            if at <= old.start + grown + size:
                return min(old.start + at - old.start - grown, old.stop)
            grown += size - (old.stop - old.start)
        return at - grown


@lru_cache(maxsize=16)
def reasked(before: str, after: str, least: float = REASKED) -> Reasked:
    """Put each question of *before* that *after* asks anew as *after* does."""
    if before == after or "?" not in before or "?" not in after:
        return Reasked(before)
    found = sorted(_anew(before, after, least))
    parts, at = [], 0
    for old, new, _ in found:
        parts += [before[at : old.start], after[new.start : new.stop]]
        at = old.stop
    return Reasked("".join([*parts, before[at:]]), tuple(found))


def _anew(before: str, after: str, least: float) -> Iterator[Anew]:
    for stretch, pairs in paired(before, after).stretches:
        held = {id(one) for pair in pairs for one in pair[:2]}
        for pair in pairs:
            score = _alike(pair.old, pair.new)
            if score >= least:
                yield Anew(_body(pair.old), _body(pair.new), score)
        yield from _matched(_left(stretch.old, held), _left(stretch.new, held), least)


def _left(side: Sequence[Statement], held: set[int]) -> list[Statement]:
    return [one for one in side if id(one) not in held and "?" in one.text][:MANY]


def _matched(old: Sequence[Statement], new: Sequence[Statement], least: float) -> Iterator[Anew]:
    """Questions without a partner that are asked anew, the surest first."""
    rated = sorted(
        (-score, at, to)
        for at, one in enumerate(old)
        for to, two in enumerate(new)
        if (score := _alike(one, two)) >= least
    )
    taken: tuple[set[int], set[int]] = (set(), set())
    for score, at, to in rated:
        if at not in taken[0] and to not in taken[1]:
            taken[0].add(at)
            taken[1].add(to)
            yield Anew(_body(old[at]), _body(new[to]), -score)


def _alike(one: Statement, two: Statement) -> float:
    same = (one.numbered, one.item, one.heading) == (two.numbered, two.item, two.heading)
    if not same or one.keys == two.keys:
        return 0.0
    return likeness(_asked(one), _asked(two))


def _asked(one: Statement) -> str:
    """What a statement says, without the mark of its line."""
    return one.text[max(0, one.at - one.span[0]) :]


def _body(one: Statement) -> Span:
    return Span(max(one.at, one.span[0]), one.span[1])
