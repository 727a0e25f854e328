"""A response to a compressed prompt, with words put back that were cut out between its words."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

_WORD = re.compile(r"\w+|[^\w\s]")
_GAP = 10
"""Words that may have been cut out between two that stayed."""


class _Words(NamedTuple):
    """The words of a text, where each stands in it, and at which numbers each is."""

    words: list[str]
    spans: list[tuple[int, int]]
    places: dict[str, list[int]]

    @classmethod
    def of(cls, text: str) -> _Words:
        """Take *text* apart."""
        found = list(_WORD.finditer(text))
        places = defaultdict[str, list[int]](list)
        for at, match in enumerate(found):
            places[match[0]].append(at)
        return cls([match[0] for match in found], [match.span() for match in found], places)


def recovered(original: str, compressed: str, response: str) -> str:
    """*response*, where it quotes *compressed*, as *original* has it.

    The longest runs of two words and more that stand in *compressed* become the shortest stretch of
    *original* that has their words in order, at most ten others between two of them. A run of which
    there is no such stretch stays as it is.
    """
    whole, short, said = (_Words.of(text) for text in (original, compressed, response))
    parts, at, word = list[str](), 0, 0
    while word < len(said.words):
        size = _longest(said.words, word, short)
        stretch = _stretch(said.words[word : word + size], whole) if size > 1 else None
        if stretch is not None:
            start, stop = said.spans[word][0], said.spans[word + size - 1][1]
            parts += [response[at:start], original[stretch[0] : stretch[1]]]
            at = stop
        word += max(size, 1)
    return "".join([*parts, response[at:]])


def _longest(words: Sequence[str], start: int, within: _Words) -> int:
    """How many of *words* from *start* on stand somewhere in *within*, one after the other."""
    most = 0
    for place in within.places.get(words[start], ()):
        size = 1
        while (
            start + size < len(words)
            and place + size < len(within.words)
            and words[start + size] == within.words[place + size]
        ):
            size += 1
        most = max(most, size)
    return most


def _stretch(run: Sequence[str], whole: _Words) -> tuple[int, int] | None:
    """The shortest part of *whole* that has the words of *run* in order."""
    best: tuple[int, int] | None = None
    for first in whole.places.get(run[0], ()):
        last = _last(run, whole, first)
        if last is not None and (best is None or last - first < best[1] - best[0]):
            best = first, last
    return None if best is None else (whole.spans[best[0]][0], whole.spans[best[1]][1])


def _last(run: Sequence[str], whole: _Words, at: int) -> int | None:
    """Where *run* ends that begins at *at*, each word the next of its kind."""
    for word in run[1:]:
        places = whole.places.get(word, [])
        then = bisect_right(places, at)
        if then == len(places) or places[then] - at > _GAP + 1:
            return None
        at = places[then]
    return at
