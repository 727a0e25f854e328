"""How surely two questions ask for the same, by what they hold and by the vectors of words."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import product
from typing import TYPE_CHECKING

from promptc.analysis.aliases import unified
from promptc.analysis.questions import (
    alone,
    asked,
    conflict,
    edited,
    key,
    names,
    question,
    replaced,
)
from promptc.analysis.wording import words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

NAMELESS = 0.1
"""What it takes off that one side names something and the other doesn't."""
NOTHING = 0.25
"""A phrase of which no word is as near as that to a word of the other side adds to it."""
SUPPOSED = 0.5
"""The same of a phrase that says under which condition."""
_WITHIN = (
    "in|on|at|for|within|without|when|if|during|unless|under|over|by|while|after|before|from|with"
    "|against|about|among|near|through|inside|outside|until|since|except"
)
_TAIL = re.compile(rf"(?i).*\b({_WITHIN}) (.+)")
_HEAD = re.compile(rf"(?i)({_WITHIN}) ([^,]+),")
_SUPPOSES = frozenset({"if", "when", "unless", "while", "until", "after", "before", "except"})
_BOUNDS = frozenset({"!if", "!while", "!before", "!after", "!until"})
_WORD = re.compile(r"\w+(?:[-'’.]\w+)*")


@lru_cache(maxsize=1024)
def likeness(one: str, two: str) -> float:
    """How surely two questions ask for the same, in [0, 1]; 0 where they can't.

    They can't where one has a number, a quotation, code, a hole or a negation that the other has
    not, where each has a name of its own, where opposite words are said, and where one asks who
    and the other when. Nor are they two ways to put a question where they differ in one place
    alone: such a place is what an edit changed, and is for others to judge.

    >>> likeness("How do I pay?", "When do I pay?")
    0.0
    >>> likeness("How can I get my money back?", "What do I do to get a refund?") > 0.5
    True
    """
    left, right = question(one), question(two)
    if left is None or right is None:
        return 0.0
    left, right = unified(" ".join(left.split()), " ".join(right.split()))
    if conflict(left, right):
        return 0.0
    if _keys(left) == _keys(right):
        return 1.0
    if edited(left, right):
        return 0.0
    sides = ({word.key for word in words(text)} & _BOUNDS for text in (left, right))
    off = NAMELESS * (
        alone(names(left), right) or alone(names(right), left) or next(sides) != next(sides)
    )
    return max(0.0, round(_nearness(left, right) - off, 3))


def _keys(text: str) -> list[str]:
    """What a question says; how one can do it is how one does it."""
    passed = {"!may"} if asked(text) == "how" else {}
    return [word.key for word in words(text) if word.key not in passed]


def _nearness(one: str, two: str) -> float:
    """The cosine of two questions, and of what they ask about the names that both have.

    What a question asks about a name is as near as the nearest words of the other side, the rarer
    ones counting more, seen from the side that finds less.
    """
    import numpy as np

    from promptc.models import word_vectors

    shared = {*names(one)} & {*names(two)}
    old, new = ([word for word in _said(text) if word not in shared] for text in (one, two))
    if not (old and new) or _bounded(one, two) or _bounded(two, one) or _put_in(one, two):
        return 0.0
    near = _table(old, new)
    told = min(_weighed(old, near.max(1)), _weighed(new, near.max(0)))
    whole = word_vectors().embed([one, two])
    return round(float(np.sqrt(max(0.0, float(whole[0] @ whole[1])) * told)), 3)


def _put_in(one: str, two: str) -> bool:
    """Whether a word was put for another that is nothing like it, and all else stayed in place."""
    sides = ((_said(old), _said(new)) for old, new in replaced(one, two))
    return any(
        not (old and new and _table(old, new).max() >= NOTHING) for old, new in sides if old or new
    )


def _bounded(one: str, two: str) -> bool:
    """Whether *one* ends or begins with a phrase, as "in winter", of which *two* says nothing."""
    for match in (_TAIL.search(one), _HEAD.match(one)):
        old, new = (_said(match[2]), _said(two)) if match else ([], [])
        least = SUPPOSED if match and match[1].lower() in _SUPPOSES else NOTHING
        if old and not (new and _table(old, new).max() >= least):
            return True
    return False


def _table(old: Sequence[str], new: Sequence[str]) -> NDArray[np.float32]:
    """How near each word of one side is to each of the other, in [0, 1]."""
    import numpy as np

    from promptc.models import word_vectors

    vectors = word_vectors().embed([*old, *new])
    near: NDArray[np.float32] = np.clip(vectors[: len(old)] @ vectors[len(old) :].T, 0.0, 1.0)
    for at, to in product(range(len(old)), range(len(new))):
        if key(old[at]) == key(new[to]):
            near[at, to] = 1.0
    return near


def _said(text: str) -> list[str]:
    """The words of *text* that say what is asked, in lower case."""
    found = (match[0].lower() for match in _WORD.finditer(text))
    return [word for word in found if any(not said.scope for said in words(word))]


def _weighed(said: Sequence[str], near: NDArray[np.float32]) -> float:
    weights = [_rarity(word) for word in said]
    return float(near @ weights) / (sum(weights) or 1.0)


@lru_cache(maxsize=4096)
def _rarity(word: str) -> float:
    from promptc.models import scorer

    return float(scorer().score([word])[0].bits.sum())
