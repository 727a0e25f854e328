"""How much each unit of a pool may tell about a question.

A unit counts for what it says, for what its paragraph says, and most for the text it comes from: a
sentence of the right document answers more questions than the nearest sentence of a wrong one. The
weights were set on dev questions; `benchmarks/answers.py` measures them.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from promptc.models.pieces import lower
from promptc.protocols import Embedder, Scorer
from promptc.selection.pool import Pool, summed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Weights of the cosine with a unit's text and with its title, beside 1 for the unit itself.
TEXT, TITLE = 2.0, 0.5
#: Weights of the share of the question's rare words in the unit, its paragraph and its text.
WORDS, BLOCK_WORDS, TEXT_WORDS = 1.5, 0.3, 1.0
LOCAL = 2.0
"""The power of a word's rarity in the pool: what stands in every second unit parts nothing."""
NEIGHBOR = 0.3
"""How much of a neighbor's rating a unit gets: an answer often stands beside what was asked."""

_COMMON, _RARE = 7.0, 20.0
"""Bits of a word that says nothing about a question, and of one that can't say more."""
_WORD = re.compile(r"\w+")
_WIDE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_ENDINGS = re.compile(r"(?:'s|ing|edly|ed|ies|es|s|ly|e|y)$")
_STEM = 3


class _Term(NamedTuple):
    """A word of the question without its ending, and how rare it is."""

    stem: str
    weight: float


class Models(NamedTuple):
    """What ratings are made with."""

    embedder: Embedder
    scorer: Scorer


def relevance(
    pool: Pool,
    vectors: NDArray[np.float64],
    query: str,
    titles: Sequence[str],
    models: Models,
) -> NDArray[np.float64]:
    """Rate each unit of *pool*, whose *vectors* are (n, dims), against *query*, (n,).

    *titles* are what the texts are called. Only the order of ratings means anything.
    """
    import numpy as np

    asked = models.embedder.embed([query])[0].astype(np.float64)
    named = models.embedder.embed(list(titles)) if any(titles) else None
    rated: NDArray[np.float64] = np.einsum("ij,j->i", vectors, asked)
    means = _directions(summed(pool, vectors))
    # Not a product of matrices: BLAS may start threads for one and wait for them.
    rated = rated + TEXT * np.einsum("ij,j->i", means, asked)[pool.owner]
    if named is not None:
        rated = rated + TITLE * np.einsum("ij,j->i", named, asked)[pool.owner]
    rated += _shared_words(pool, query, titles, models.scorer)
    return np.round(_beside(pool, rated), 3)


def vectors(pool: Pool, embedder: Embedder) -> NDArray[np.float64]:
    """A vector of length 1 for each unit of *pool*, (n, dims); 0 for one without a known word."""
    import numpy as np

    shown = [
        pool.texts[owner][slice(*core)]
        for owner, core in zip(pool.owner.tolist(), pool.cores, strict=True)
    ]
    return embedder.embed(shown).astype(np.float64)


def _directions(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """The direction of each of *sums*, (n, dims): rows of length 1 or 0."""
    import numpy as np

    length = np.linalg.norm(sums, axis=1, keepdims=True)
    return sums / np.where(length > 0, length, 1)


def _shared_words(
    pool: Pool, query: str, titles: Sequence[str], scorer: Scorer
) -> NDArray[np.float64]:
    """What of the question's words each unit, its paragraph and its text have, weighed."""
    import numpy as np

    terms = list(_terms(query, scorer))
    if not terms:
        return np.zeros(len(pool))
    weights = np.array([term.weight for term in terms])
    own = np.zeros((len(pool), len(terms)), np.bool_)
    texts = np.zeros((len(pool.texts), len(terms)), np.bool_)
    starts = [unit.span.start for unit in pool.units]
    for number, text in enumerate(pool.texts):
        first, stop = pool.firsts[number], pool.firsts[number + 1]
        for term, place in _found(text, terms):
            own[bisect_right(starts, place, first, stop) - 1, term] = True
        for term, _ in _found(titles[number] if number < len(titles) else "", terms):
            texts[number, term] = True
    blocks = np.zeros((int(pool.block[-1]) + 1, len(terms)), np.bool_)
    np.logical_or.at(blocks, pool.block, own)
    np.logical_or.at(texts, pool.owner, own)
    weights *= _rarity(own.sum(axis=0), len(pool)) ** LOCAL
    weights /= weights.sum()
    rated = WORDS * (own @ weights) + BLOCK_WORDS * (blocks @ weights)[pool.block]
    return np.asarray(rated + TEXT_WORDS * (texts @ weights)[pool.owner])


def _rarity(found: NDArray[np.int64], units: int) -> NDArray[np.float64]:
    """How few of the *units* a word was *found* in: 1 in one of them or none, near 0 in all.

    The inverse document frequency of BM25's relatives, by its largest value.
    """
    import numpy as np

    return np.asarray(np.log1p(units / np.maximum(found, 1)) / np.log1p(units))


def _terms(query: str, scorer: Scorer) -> Iterator[_Term]:
    """The words of *query* that tell what it is about, each once."""
    (scores,) = scorer.score([query])
    seen: set[str] = set()
    for (start, stop), bits in zip(scores.spans.tolist(), scores.bits.tolist(), strict=True):
        for stem in _stems(query[start:stop].lower()):
            weight = min(bits, _RARE) - _COMMON
            if weight > 0 and stem not in seen:
                seen.add(stem)
                yield _Term(stem, weight)


def _stems(word: str) -> Iterator[str]:
    """The word without its ending; of a script without spaces, every two characters in a row."""
    if not _WORD.search(word):
        return
    if _WIDE.search(word):
        yield from (word[at : at + 2] for at in range(max(len(word) - 1, 1)))
        return
    stem = _ENDINGS.sub("", word)
    yield stem if len(stem) >= _STEM else word


def _found(text: str, terms: Sequence[_Term]) -> Iterator[tuple[int, int]]:
    """Where a term stands in *text*: its number, and the offset of the word."""
    if not text:
        return
    numbers = {term.stem: number for number, term in enumerate(terms)}
    either = "|".join(re.escape(stem) for stem in sorted(numbers, key=len, reverse=True))
    edge = "" if any(_WIDE.search(stem) for stem in numbers) else r"\b"
    for match in re.finditer(rf"{edge}(?:{either})", lower(text)):
        yield numbers[match.group()], match.start()


def _beside(pool: Pool, rated: NDArray[np.float64]) -> NDArray[np.float64]:
    """Give each unit a part of what its neighbors in the same text are above the mean."""
    import numpy as np

    if len(rated) < 2:
        return rated
    above = rated - rated.mean()
    near = pool.owner[1:] == pool.owner[:-1]
    spread = rated.copy()
    spread[1:] += NEIGHBOR * np.where(near, above[:-1], 0)
    spread[:-1] += NEIGHBOR * np.where(near, above[1:], 0)
    return spread
