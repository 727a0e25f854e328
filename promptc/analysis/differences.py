"""What a reworded statement no longer says, says anew, or says of something else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from promptc.analysis.utterances import Statement
from promptc.analysis.wording import BETWEEN, Word, weak

_COUNTED = frozenset({"!not", "!unless", "!only"})
"""Words of scope of which each one counts; of the others one stands for all."""
_FREE = frozenset({"!always", "!usually", "!sometimes", "!first", "!last"})
"""Words that may stand anywhere in their clause."""
_ORDER = frozenset({"!then", "!first", "!next", "!last"})
"""Words with which what is done stands in the order in which it is done."""
_STRIDE = 1000


class Differences(NamedTuple):
    """Words that one side alone has, and two that changed places."""

    scope_lost: tuple[Word, ...] = ()
    scope_new: tuple[Word, ...] = ()
    lost: tuple[Word, ...] = ()
    new: tuple[Word, ...] = ()
    swapped: tuple[Word, Word] | None = None

    @property
    def none(self) -> bool:
        return not any(self)


def said(statements: Sequence[Statement]) -> tuple[Word, ...]:
    """The words of *statements*, in the places of their text."""
    found: list[Word] = []
    for number, each in enumerate(statements):
        for word in each.words:
            span = (word.span[0] + each.at, word.span[1] + each.at)
            found.append(word._replace(span=span, clause=word.clause + number * _STRIDE))
    return tuple(found)


def differences(old: Sequence[Word], new: Sequence[Word]) -> Differences:
    """Compare the words of two versions of a statement."""
    ordered = any(word.key in _ORDER for word in (*old, *new))
    old, new = _plain(old), _plain(new)
    one, two = ([word for word in side if word.scope] for side in (old, new))
    scope = tuple(_beyond(one, two)), tuple(_beyond(two, one))
    three, four = ([word for word in side if not word.scope] for side in (old, new))
    content = tuple(_missing(three, four)), tuple(_missing(four, three))
    if any(scope) or any(content):
        return Differences(*scope, *content)
    return Differences(swapped=swapped(old, new, ordered=ordered))


def _plain(words: Sequence[Word]) -> list[Word]:
    """*words* with "any" read as "all", and as nothing where something is denied or supposed."""
    loose = any(word.key in ("!not", "!if") for word in words)
    kept = (word for word in words if word.key != "!then" and not (loose and word.key == "!any"))
    return [word._replace(key="!all") if word.key == "!any" else word for word in kept]


def _beyond(one: Sequence[Word], two: Sequence[Word]) -> Iterator[Word]:
    left = Counter(word.key for word in two)
    for word in one:
        if left[word.key] > 0:
            left[word.key] -= word.key in _COUNTED
        else:
            yield word


def _missing(one: Sequence[Word], two: Sequence[Word]) -> Iterator[Word]:
    known = {key for word in two for key in word.key.split(BETWEEN)} | weak()
    for word in one:
        if known.isdisjoint(word.key.split(BETWEEN)):
            yield word


def swapped(
    old: Sequence[Word], new: Sequence[Word], *, ordered: bool = False
) -> tuple[Word, Word] | None:
    """Two words that changed places, ``None`` where none did.

    Whole clauses may change places unless they are *ordered*, and so may the members of a list.
    """
    old, new = ([word for word in side if word.key not in _FREE] for side in (old, new))
    if [word.key for word in old] == [word.key for word in new]:
        return None
    places: dict[str, list[int]] = {}
    for at, word in enumerate(new):
        places.setdefault(word.key, []).append(at)
    order = [(at, places[word.key].pop(0)) for at, word in enumerate(old) if places.get(word.key)]
    crossed = [(one, two) for one, two in pairwise(order) if two[1] < one[1]]
    if not crossed:
        return None
    if not ordered and _turned(old, new):
        return None
    inside = [
        (one, two) for one, two in crossed if ordered or old[one[0]].clause == old[two[0]].clause
    ]
    if inside or _clauses(old, [at for at, _ in order]) != _clauses(new, [to for _, to in order]):
        (one, _), (two, _) = (inside or crossed)[0]
        return old[one], old[two]
    return None


def _turned(old: Sequence[Word], new: Sequence[Word]) -> bool:
    """Whether the first clause of one side is the last words of the other: "As a child, …"."""
    one, two = ([word.key for word in side] for side in (old, new))
    if len(one) != len(two):
        return False
    return any(
        one[at:] + one[:at] == two
        and (old[at - 1].clause != old[at].clause or new[-at - 1].clause != new[-at].clause)
        for at in range(1, len(one))
    )


def _clauses(words: Sequence[Word], order: Sequence[int]) -> set[frozenset[int]]:
    """Which of the words at *order* share a clause."""
    groups: dict[int, set[int]] = {}
    for number, at in enumerate(order):
        groups.setdefault(words[at].clause, set()).add(number)
    return set(map(frozenset, groups.values()))
