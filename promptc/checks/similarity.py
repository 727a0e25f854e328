"""Every statement is still made, and no new one is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from promptc.analysis.differences import Differences, differences, said
from promptc.analysis.mask import masked
from promptc.analysis.moves import Moves
from promptc.analysis.ordering import Order
from promptc.analysis.pairing import Pair, Stretch, paired
from promptc.analysis.presence import paths
from promptc.analysis.reasked import REASKED, Reasked, reasked
from promptc.analysis.utterances import Statement, blocks, statements
from promptc.analysis.wording import Word
from promptc.ir import Edit, Template
from promptc.results import CheckResult, Objection
from promptc.source import Source, Span

SHOWN = 8
"""Findings that one result spells out, the worst first."""
ENOUGH = 0.6
"""A statement that says another one, and more, is at most this much longer."""
WORST = 3
"""Statements that one result shows beside the nearest of the other text."""
_SEARCHED = 3000
_LONGEST = 70

Shows = Callable[[int, int], bool]


class Finding(NamedTuple):
    """A statement, or some words of one, that is not on the other side.

    *score* is how alike the two sides are, in [0, 1]; *old* and *new* are where it stands in each
    text, ``None`` where it doesn't.
    """

    score: float
    reason: str
    old: Span | None
    new: Span | None


@dataclass(frozen=True)
class Similarity:
    """Each statement of the text before against the nearest one after, and back.

    Statements that say the same words, or words that mean the same, in the same order are equal.
    Others are as alike as the words in which they differ, by the vectors of words. One that lost or
    gained a negation, a quantity, a condition or the like is not alike at all, nor is one whose
    words changed places; a step that stands elsewhere is lost. A question that was asked anew is
    judged as a whole: it must ask for the same at least as surely as *questions*.
    """

    threshold: float = 0.85
    questions: float = REASKED
    name = "similarity"

    def check(self, before: str, after: str, query: str = "") -> CheckResult:
        """Compare two renderings; the score is that of the worst pair."""
        found = sorted(self.findings(before, after))
        score = min((each.score for each in found), default=1.0)
        detail = [_placed(each, before, after) for each in found[:SHOWN]]
        if len(found) > SHOWN:
            detail.append(f"and {len(found) - SHOWN} more")
        detail += _worst(found, before, after)
        detail += _anew(reasked(before, after, self.questions), before, after)
        return CheckResult(self.name, score, self.threshold, not found, tuple(detail))

    def objections(
        self, before: Template, after: Template, edits: Sequence[Edit]
    ) -> tuple[Objection, ...]:
        """Name the edits after which a statement is not made on some path any more."""
        if not edits:
            return ()
        moves = Moves(edits)
        found = self.findings(masked(before), masked(after), _Paths(before, after, moves))
        reasons: dict[int, list[str]] = {}
        for each in found:
            if each.old is not None:
                edit = moves.blamed(each.old, after=False)
            else:
                edit = moves.blamed(each.new or Span(0, 0), after=True)
            reasons.setdefault(edit, []).append(each.reason)
        return tuple(
            Objection(edits[at], ", ".join(list(dict.fromkeys(why))[:3]))
            for at, why in sorted(reasons.items())
        )

    def findings(
        self, before: str, after: str, routes: _Paths | None = None
    ) -> tuple[Finding, ...]:
        """What two masked texts don't both say; with *routes*, on every path.

        No pass asks a question anew, so that one of a build is read word by word.
        """
        if before == after:
            return ()
        if routes is not None:
            return tuple(_Compared(before, after, routes, self.threshold).findings())
        asked = reasked(before, after, self.questions)
        found = _Compared(asked.text, after, None, self.threshold).findings()
        return tuple(
            each._replace(old=asked.origin(each.old)) if each.old else each for each in found
        )


class _Paths:
    """Whether what is said at one place is said wherever something else was."""

    def __init__(self, before: Template, after: Template, moves: Moves) -> None:
        self.before, self.after, self.moves = before, after, moves

    def kept(self, old: int, new: int) -> bool:
        """Whether the text at *new*, after, is rendered wherever that at *old*, before, was."""
        return paths(self.after).shows(self.moves.to(old), new)

    def known(self, new: int, old: int) -> bool:
        """The same the other way round."""
        return paths(self.before).shows(self.moves.back(new), old)


class _Compared:
    """Two texts on their way to their findings."""

    def __init__(self, before: str, after: str, routes: _Paths | None, threshold: float) -> None:
        self.before, self.after, self.routes = before, after, routes
        self.threshold = threshold
        self.alone: set[int] = set()

    def findings(self) -> Iterator[Finding]:
        found = paired(self.before, self.after)
        self.alone = {id(one) for one in (*found.gone, *found.come)}
        for stretch, pairs in found.stretches:
            yield from self.reworded(stretch, pairs)
        yield from self.moved(found.moved)

    def reworded(self, stretch: Stretch, pairs: Iterable[Pair]) -> Iterator[Finding]:
        """What the pairs of *stretch* say differently, and what has no partner."""
        gone = [one for one in stretch.old if id(one) in self.alone]
        come = [one for one in stretch.new if id(one) in self.alone]
        worst = [each for pair in pairs for each in self.judged(said([pair.old]), said([pair.new]))]
        lost = [self.lost(one) for one in gone if not self.elsewhere(one)]
        new = [self.invented(one) for one in come if not self.known(one)]
        every = [*worst, *lost, *new]
        # One sentence may have become two, or two one.
        joined = (
            bool(every) and len(stretch.old) != len(stretch.new) and stretch.old and stretch.new
        )
        if not (joined and differences(said(stretch.old), said(stretch.new)).none):
            yield from every

    def judged(self, old: Sequence[Word], new: Sequence[Word]) -> Iterator[Finding]:
        """What two versions of a statement don't both say."""
        found = differences(old, new)
        if found.none:
            return
        if found.swapped:
            one, two = (self.shown(self.before, word) for word in found.swapped)
            yield Finding(0.0, f"would swap {one} and {two}", _span(found.swapped), None)
            return
        score = self.alike(found)
        if score >= self.threshold:
            return
        for words in (found.scope_lost, found.lost):
            for word in words:
                yield Finding(
                    score, f"would lose {self.shown(self.before, word)}", _span([word]), None
                )
        for words in (found.scope_new, found.new):
            for word in words:
                reason = f"would invent {self.shown(self.after, word)}"
                yield Finding(score, reason, None, _span([word]))

    def alike(self, found: Differences) -> float:
        """How near what is lost is to what came for it."""
        if found.scope_lost or found.scope_new or not (found.lost and found.new):
            return 0.0
        one = " ".join(self.before[slice(*word.span)] for word in found.lost)
        two = " ".join(self.after[slice(*word.span)] for word in found.new)
        return nearness(one, two)

    def elsewhere(self, one: Statement) -> bool:
        """Whether a statement that is gone is made somewhere else, too."""
        return any(
            self.routes is None or self.routes.kept(one.span[0], two.span[0])
            for two in _rarest(self.sayings_after, one)
            if _says(two, one)
        )

    def known(self, one: Statement) -> bool:
        """Whether a statement that is new was made before."""
        return any(
            self.routes is None or self.routes.known(one.span[0], two.span[0])
            for two in _rarest(self.sayings_before, one)
            if _says(two, one)
        )

    @cached_property
    def sayings_before(self) -> Mapping[str, list[Statement]]:
        return _by_key(_every(self.before))

    @cached_property
    def sayings_after(self) -> Mapping[str, list[Statement]]:
        return _by_key(_every(self.after))

    def lost(self, one: Statement) -> Finding:
        reason = f"would lose {_short(self.before[slice(*one.span)])}"
        return Finding(0.0, reason, Span(*one.span), None)

    def invented(self, one: Statement) -> Finding:
        reason = f"would invent {_short(self.after[slice(*one.span)])}"
        return Finding(0.0, reason, None, Span(*one.span))

    def moved(self, pairs: Sequence[Pair]) -> Iterator[Finding]:
        """What stands elsewhere and may not."""
        if not pairs:
            return
        order = Order(_every(self.before), _every(self.after))
        for pair in pairs:
            yield from self.judged(said([pair.old]), said([pair.new]))
            why = order.broken(pair)
            if why:
                shown = _short(self.before[slice(*pair.old.span)])
                yield Finding(0.0, f"would move {shown}: {why}", Span(*pair.old.span), None)

    def shown(self, text: str, word: Word) -> str:
        return _short(text[slice(*word.span)])


def _every(text: str) -> list[Statement]:
    return [each for block in blocks(text) for each in statements(block)]


def _by_key(every: Iterable[Statement]) -> Mapping[str, list[Statement]]:
    """Statements by each of their keys."""
    found: dict[str, list[Statement]] = {}
    for each in every:
        for key in set(each.keys):
            found.setdefault(key, []).append(each)
    return found


def _rarest(sayings: Mapping[str, list[Statement]], one: Statement) -> Sequence[Statement]:
    """The statements that may say what *one* says: those with the rarest of its keys."""
    return min((sayings.get(key, []) for key in one.keys), key=len)


def nearness(one: str, two: str) -> float:
    """The cosine of two texts by the vectors of words, not below 0."""
    from promptc.models import word_vectors

    left, right = word_vectors().embed([one, two])
    return max(0.0, round(float(left @ right), 3))


def _says(whole: Statement, part: Statement) -> bool:
    """Whether one statement says all that another says, in its order and under its conditions."""
    if whole.keys == part.keys:
        return True
    if len(part.keys) < ENOUGH * len(whole.keys):
        return False
    rest = iter(whole.keys)
    if not all(key in rest for key in part.keys):
        return False
    extra = Counter(whole.keys) - Counter(part.keys)
    return not any(word.scope and word.key in extra for word in whole.words)


def _span(words: Sequence[Word]) -> Span:
    return Span(min(word.span[0] for word in words), max(word.span[1] for word in words))


def _short(text: str) -> str:
    shown = " ".join(text.split())
    return repr(shown if len(shown) <= _LONGEST else shown[: _LONGEST - 1] + "…")


def _worst(found: Sequence[Finding], before: str, after: str) -> Iterator[str]:
    """The statements of the worst findings, each with the nearest one of the other text."""
    if not found:
        return
    told: dict[Statement, None] = {}
    sides = _every(before), _every(after)
    for finding in found[:SHOWN]:
        span = finding.old or finding.new
        mine, others = sides if finding.old is not None else sides[::-1]
        one = next((each for each in mine if span and each.span[1] > span[0]), None)
        if one is None or one in told or len(told) == WORST:
            continue
        told[one] = None
        where = "nearest after" if finding.old is not None else "nearest before"
        nearest = _nearest(one, others[:_SEARCHED])
        yield f"{_short(one.text)} - {where}: {nearest or 'none'}"


def _anew(asked: Reasked, before: str, after: str) -> Iterator[str]:
    """The questions that were asked anew and let pass."""
    for old, new, score in asked.questions[:SHOWN]:
        shown = _short(before[slice(*old)]), _short(after[slice(*new)])
        yield f"asked anew: {shown[0]} - {shown[1]}, {score:.2f}"


def _nearest(one: Statement, others: Sequence[Statement]) -> str:
    """The statement nearest to *one* by the vectors of words, and how near it is."""
    from promptc.models import word_vectors

    if not others:
        return ""
    vectors = word_vectors().embed([one.text, *(each.text for each in others)])
    near = vectors[1:] @ vectors[0]
    at = int(near.argmax())
    return f"{_short(others[at].text)}, {float(near[at]):.2f}"


def _placed(finding: Finding, before: str, after: str) -> str:
    text, span = (before, finding.old) if finding.old is not None else (after, finding.new)
    line, column = Source(text).position(span.start if span else 0)
    where = "" if finding.old is not None else " of the result"
    return f"{finding.reason} at {line}:{column}{where}"
