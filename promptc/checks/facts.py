"""Every fact that a text states is still stated after, and no new one is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from promptc.analysis.facts import Stated, facts, named
from promptc.analysis.mask import masked
from promptc.analysis.moves import Moves
from promptc.analysis.presence import paths
from promptc.analysis.reasked import REASKED, reasked
from promptc.analysis.wording import words
from promptc.ir import Edit, Template
from promptc.results import CheckResult, Fact, FactKind, Objection
from promptc.source import Source

SHOWN = 3
"""Facts that one reason names."""
DENIALS = frozenset({"not", "never", "no", "avoid"})
"""Negations of which one may be said for another: "don't use jargon", "avoid jargon"."""


@dataclass(frozen=True)
class Facts:
    """Numbers, names, negations, quotes, code and the like survive.

    A fact is lost when none like it is left on a path that rendered it, and invented when there
    was none before. How often a fact is stated is shown, not judged. A question that was asked
    anew, at least as surely as *questions*, states what it states after.
    """

    questions: float = REASKED
    name = "facts"
    threshold = 1.0

    def check(self, before: str, after: str, query: str = "") -> CheckResult:
        """Compare two renderings; the score is the share of all their facts that both state."""
        asked = reasked(before, after, self.questions)
        old, new = _Known(facts(asked.text)), _Known(facts(after))
        lost = tuple(
            fact._replace(span=asked.origin(fact.span))
            for fact in old.beyond(new)
            if not new.copies(fact)
        )
        invented = tuple(fact for fact in new.beyond(old) if not old.sources(fact))
        if not (lost or invented):
            return CheckResult(self.name, 1.0, self.threshold, True, tuple(_rarer(old, new)))
        every = old.distinct() + len(invented)
        score = (every - len(lost) - len(invented)) / every
        detail = (
            *(_placed("lost", fact, before) for fact in lost),
            *(_placed("invented", fact, after) for fact in invented),
            *_rarer(old, new),
        )
        return CheckResult(self.name, score, self.threshold, False, detail, lost, invented)

    def objections(
        self, before: Template, after: Template, edits: Sequence[Edit]
    ) -> tuple[Objection, ...]:
        """Name the edits that lose or invent a fact on some path.

        *after* is *before* with all *edits* applied. Where edits lose a fact only together, not
        all of them are named.
        """
        if not edits:
            return ()
        compared = _Compared(before, after, edits)
        reasons: dict[int, list[str]] = {}
        for edit, fact in compared.lost():
            reasons.setdefault(edit, []).append(f"would lose {_named(fact)}")
        for edit, fact in compared.invented():
            reasons.setdefault(edit, []).append(f"would invent {_named(fact)}")
        return tuple(
            Objection(edits[at], ", ".join(list(dict.fromkeys(why))[:SHOWN]))
            for at, why in sorted(reasons.items())
        )


class _Known:
    """What a text states, by kind and key."""

    def __init__(self, stated: Stated) -> None:
        self.stated = stated
        self.others: dict[tuple[FactKind, str], list[Fact]] = {}
        self.once: dict[tuple[FactKind, str, tuple[str, ...]], Fact] = {}
        for fact in stated.others:
            self.others.setdefault(_sort(fact), []).append(fact)
            self.once.setdefault((fact.kind, fact.key, fact.heads), fact)

    def copies(self, fact: Fact) -> list[int]:
        """Where something is stated that says what *fact*, of another text, says, maybe more."""
        found = self.others.get(_sort(fact), ())
        agreeing = (each for each in found if _agree(fact.heads, each.heads))
        return [*self._named(fact), *(each.span.start for each in agreeing)]

    def sources(self, fact: Fact) -> list[int]:
        """Where something is stated that *fact*, of another text, may be a copy of."""
        found = self.others.get(_sort(fact), ())
        agreeing = (each for each in found if _agree(each.heads, fact.heads))
        return [*self._named(fact), *(each.span.start for each in agreeing)]

    def _named(self, fact: Fact) -> list[int]:
        if fact.kind is not FactKind.NAME:
            return []
        return [*self.stated.names.get(fact.key, ()), *self.stated.maybe.get(fact.key, ())]

    def beyond(self, other: _Known) -> list[Fact]:
        """The first of each fact that *other* does not state in just this way, in their order."""
        found = [self.once[key] for key in self.once.keys() - other.once.keys()]
        mine = self.stated.names
        found += [named(name, mine[name][0]) for name in mine.keys() - other.stated.names.keys()]
        return sorted(found, key=lambda fact: fact.span)

    def distinct(self) -> int:
        """How many facts are stated, each counted once."""
        return len(self.once) + len(self.stated.names)


class _Kept:
    """Lost facts whose edit is taken back, so that they are stated after all."""

    def __init__(self) -> None:
        self.names: dict[str, list[int]] = {}
        self.known = _Known(Stated((), self.names, {}))

    def add(self, fact: Fact) -> None:
        if fact.kind is FactKind.NAME:
            self.names.setdefault(fact.key, []).append(fact.span.start)
        else:
            self.known.others.setdefault(_sort(fact), []).append(fact)

    def copies(self, fact: Fact) -> list[int]:
        """Where one that says what *fact* says is stated."""
        return self.known.copies(fact)


class _Compared:
    """The facts of a template before and after, told apart where an edit changed them."""

    def __init__(self, before: Template, after: Template, edits: Sequence[Edit]) -> None:
        self.before, self.after = before, after
        self.old, self.new = facts(masked(before)), facts(masked(after))
        self.moves = Moves(edits)

    def lost(self) -> Iterator[tuple[int, Fact]]:
        """Facts that are gone, each with the number of the edit to take back."""
        gone = _missing(self.old, self.new, self.moves.to)
        if not gone:
            return
        left, shows = _Known(self.new), paths(self.after).shows
        was = paths(self.before)
        saved = _Kept()
        for fact in sorted(gone, key=lambda each: (len(was.chain(each.span.start)), each.span)):
            place = self.moves.to(fact.span.start)
            if any(shows(place, other) for other in left.copies(fact)):
                continue
            if not any(was.shows(fact.span.start, other) for other in saved.copies(fact)):
                saved.add(fact)
                yield self.moves.blamed(fact.span, after=False), fact

    def invented(self) -> Iterator[tuple[int, Fact]]:
        """Facts that were not there, each with the number of the edit that made it."""
        come = _missing(self.new, self.old, self.moves.back)
        if not come:
            return
        known, shows = _Known(self.old), paths(self.before).shows
        for fact in come:
            place = self.moves.back(fact.span.start)
            if not any(shows(place, other) for other in known.sources(fact)):
                yield self.moves.blamed(fact.span, after=True), fact


def _missing(one: Stated, two: Stated, moved: Callable[[int], int]) -> list[Fact]:
    """Facts of *one* that do not stand, just as they are, in *two* where they have *moved* to."""
    same = {(f.kind, f.key, f.heads, f.span.start) for f in two.others}
    found = [f for f in one.others if (f.kind, f.key, f.heads, moved(f.span.start)) not in same]
    for name, places in one.names.items():
        kept = {*two.names.get(name, ()), *two.maybe.get(name, ())}
        found += [named(name, at) for at in places if moved(at) not in kept]
    return found


def _sort(fact: Fact) -> tuple[FactKind, str]:
    """What a fact is one of: ways to deny the same are one."""
    denies = fact.kind is FactKind.NEGATION and fact.key in DENIALS
    return fact.kind, "not" if denies else fact.key


def _agree(heads: Sequence[str], others: Sequence[str]) -> bool:
    """Whether two facts are about the same: about a word of both, or two that mean the same."""
    if not heads or not set(heads).isdisjoint(others):
        return True
    return not {_meant(head) for head in heads}.isdisjoint(map(_meant, others))


@lru_cache(maxsize=4096)
def _meant(head: str) -> str:
    said = words(head)
    return said[0].key if len(said) == 1 else head


def _named(fact: Fact) -> str:
    shown = " ".join(fact.text.split())
    return f"{shown if len(shown) <= 60 else shown[:59] + '…'!r} ({fact.kind})"


def _placed(what: str, fact: Fact, text: str) -> str:
    line, column = Source(text).position(fact.span.start)
    return f"{what} {_named(fact)} at {line}:{column}"


def _rarer(old: _Known, new: _Known) -> Iterator[str]:
    """Tell what is still said, and less often."""
    for key, found in old.others.items():
        left = len(new.others.get(key, ()))
        if 0 < left < len(found):
            yield f"fewer {_named(found[0])}: {left} of {len(found)}"
    for name, places in old.stated.names.items():
        left = len(new.stated.names.get(name, ()))
        if 0 < left < len(places):
            yield f"fewer {_named(named(name, places[0]))}: {left} of {len(places)}"
