"""The methods with no model: random, lead, BM25 and the entity rule."""

from __future__ import annotations

import functools
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.compressing.sets import Doc
from benchmarks.compressing.units import CJK, Kept, Use, fill, most, sentences, words

_TERM = re.compile(rf"[{CJK}]|[^\W{CJK}]+")

#: The words that Lucene's English analyzer leaves out.
_COMMON = frozenset(
    re.findall(
        r"\w+",
        "a an and are as at be but by for if in into is it no not of on or such that the their "
        "then there these they this to was will with",
    )
)


@dataclass(frozen=True)
class Random:
    """Sentences by lot; the draw depends on the seed and the texts alone."""

    seed: int = 0
    name: str = "random sentences"
    asks: Use = "ignored"
    obeys: bool = True

    def run(self, documents: Sequence[Doc], question: str, tokens: int) -> list[Kept]:
        """Draw sentences."""
        lots = random.Random(f"{self.seed}{documents[0].text}")
        scores = [[lots.random() for _ in sentences(each.text)] for each in documents]
        return fill(documents, scores, tokens)


@dataclass(frozen=True)
class Lead:
    """The first sentences of the first documents."""

    name: str = "lead"
    asks: Use = "ignored"
    obeys: bool = True

    def run(self, documents: Sequence[Doc], question: str, tokens: int) -> list[Kept]:
        """Take sentences from the top."""
        return fill(documents, [[0.0] * len(sentences(each.text)) for each in documents], tokens)


@dataclass(frozen=True)
class Bm25:
    """Sentences by BM25 against the question, as the library bm25s scores them.

    A document's title stands before its first sentence or, with *titled*, before each.
    """

    name: str = "BM25 by sentence"
    titled: bool = False
    asks: Use = "needed"
    obeys: bool = True

    def run(self, documents: Sequence[Doc], question: str, tokens: int) -> list[Kept]:
        """Take the sentences that match best."""
        index, lengths = _index(tuple(documents), self.titled)
        found = iter(index.get_scores(terms(question)).tolist() if index else [0.0] * sum(lengths))
        return fill(documents, [[next(found) for _ in range(n)] for n in lengths], tokens)


@functools.lru_cache(maxsize=64)
def _index(documents: tuple[Doc, ...], titled: bool) -> tuple[Any, list[int]]:
    """Index all sentences; ``None`` where there is no term. With it, sentences per document."""
    import bm25s

    rows = [[terms(part) for part in parts(each, titled=titled)] for each in documents]
    flat = [row for document in rows for row in document]
    index = bm25s.BM25() if any(flat) else None
    if index:
        index.index(flat, show_progress=False)
    return index, [len(row) for row in rows]


def parts(document: Doc, *, titled: bool) -> list[str]:
    """List the sentences of *document*, the first or all with its title before them."""
    title, text = document.title, document.text
    found = [text[slice(*unit.span)].strip() for unit in sentences(text)]
    return [f"{title} {part}".strip() if titled or not n else part for n, part in enumerate(found)]


def terms(text: str) -> list[str]:
    """Split *text* into what BM25 compares.

    >>> terms("Who won it, in 1987?")
    ['who', 'won', '1987']
    """
    return [word for word in _TERM.findall(text.lower()) if word not in _COMMON]


@dataclass(frozen=True)
class Entities:
    """Single words: those with digits, then with capitals, then the long ones. Word salad."""

    name: str = "entity rule"
    asks: Use = "ignored"
    obeys: bool = True

    def run(self, documents: Sequence[Doc], question: str, tokens: int) -> list[Kept]:
        """Take the words that look most like an answer."""
        found = [(d, span) for d, each in enumerate(documents) for span in words(each.text)]
        order = sorted(found, key=lambda at: rank(documents[at[0]].text[slice(*at[1])]))
        return most(documents, order, tokens)


def rank(word: str) -> tuple[int, int]:
    """Order words by the entity rule, the best first.

    >>> sorted(["the", "Tesla", "renowned", "in", "1943"], key=rank)
    ['1943', 'Tesla', 'renowned', 'the', 'in']
    """
    if any(map(str.isdigit, word)):
        return 0, 0
    return (1, 0) if any(map(str.isupper, word)) else (2, -len(word))
