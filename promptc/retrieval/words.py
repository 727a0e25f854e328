"""BM25 over stemmed words: built by bm25s, kept as arrays, and summed here.

The score of a passage is a sum of one stored number for each word of the query, so a search needs
numpy alone.
"""

from __future__ import annotations

import functools
import io
import itertools
import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

K1, B = 1.2, 0.75
"""BM25's own constants, as Lucene sets them."""
BACKGROUND, LENGTH = 50, 100
"""Passages of English, and words of each, that an index is taken to hold beside its own.

In ten passages every word but the commonest looks rare. Of many they change nothing.
"""
ENGLISH = 0.7
"""The share of a question's words that must be known English ones for it to be in English.

Of dev questions 98 in 100 English ones have it, and 4 in 100 German ones.
"""
LARGE, COMMON = 50_000, 10
"""In an index of more passages, a word of every tenth of them is left out beside rarer ones."""

_WIDE = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_WORD = re.compile(rf"[{_WIDE}]+|[^\W_{_WIDE}]+")
_JOINED = re.compile(r"\w+(?:[_.:/-]+\w+)+|[a-z]+[A-Z]\w*")
_HUMPS = re.compile(r"(?<=[a-z])(?=[A-Z])")
_COMMON = frozenset(
    re.findall(
        r"\w+",
        "a about am an and any are as at be been being but by can could did do does doing for from "
        "had has have having he her here hers him his how i if in into is it its itself me my of "
        "on or our ours shall she should so some such than that the their theirs them then there "
        "these they this those to us was we were what when where which while who whom whose why "
        "will with would you your yours s t re ve ll d",
    )
)


class Words(NamedTuple):
    """An index of words. *starts* (words + 1,), *numbers* and *scores* (n,) are its columns: of
    word w, the passages ``numbers[starts[w]:starts[w + 1]]`` and what w adds to each.
    """

    vocabulary: dict[str, int]
    starts: NDArray[np.int64]
    numbers: NDArray[np.int32]
    scores: NDArray[np.float32]
    size: int

    def search(self, query: str) -> NDArray[np.float32]:
        """The score of every passage, (size,), as a share of the most that *query* could give.

        A word that the query says n times counts √n times. 0 where a passage has no word of it.
        """
        import numpy as np

        found = np.zeros(self.size, np.float32)
        said = Counter(terms(query))
        usual = _usual(query)
        weights = {
            term: math.sqrt(times) * self._weight(term, usual.get(term))
            for term, times in said.items()
        }
        most = sum(weights.values())
        for term, part in self._columns(said):
            # A passage stands once in a column, so nothing is added twice.
            found[self.numbers[part]] += self.scores[part] * np.float32(
                weights[term] / self.weight(term) / most
            )
        return found

    def weight(self, term: str) -> float:
        """The inverse document frequency of *term*, as BM25 takes it."""
        return _idf(self._within(term), self.size)

    def rarity(self, query: str) -> Callable[[str], float]:
        """Tells of a word of *query* how few passages have it: 1 where none has, near 0 where all.

        A word that BM25 leaves out counts as one that all passages have.
        """
        usual, size = _usual(query), self.size + BACKGROUND

        def rare(word: str) -> float:
            known = (self._expected(term, usual.get(term)) for term in terms(word))
            return math.log1p(size / max(max(known, default=size), 1)) / math.log1p(size)

        return rare

    def _weight(self, term: str, usual: float | None) -> float:
        return _idf(self._expected(term, usual), self.size + BACKGROUND)

    def _expected(self, term: str, usual: float | None) -> float:
        """How many passages have *term*, those of the background too.

        Without a *usual* share of those it is the share of the index's own.
        """
        within = self._within(term)
        return within + BACKGROUND * (within / max(self.size, 1) if usual is None else usual)

    def _within(self, term: str) -> int:
        """How many passages have *term*."""
        at = self.vocabulary.get(term)
        return 0 if at is None else int(self.starts[at + 1] - self.starts[at])

    def _columns(self, said: Iterable[str]) -> Iterator[tuple[str, slice]]:
        """Where each of the words *said* stands.

        In a large index only words that tell passages apart, where there are any.
        """
        known = [term for term in said if term in self.vocabulary]
        if self.size > LARGE:
            rare = [term for term in known if COMMON * self._within(term) < self.size]
            known = rare or known
        for term in known:
            at = self.vocabulary[term]
            yield term, slice(int(self.starts[at]), int(self.starts[at + 1]))


def build(rows: Sequence[Sequence[str]]) -> Words:
    """Index passages, each given as its terms."""
    import numpy as np

    vocabulary: dict[str, int] = {}
    ids = [[vocabulary.setdefault(term, len(vocabulary)) for term in row] for row in rows]
    if not vocabulary:
        none = np.zeros(0, np.int32)
        return Words({}, np.zeros(1, np.int64), none, none.astype(np.float32), len(rows))
    import bm25s

    index = bm25s.BM25(k1=K1, b=B, method="lucene")
    index.index((ids, vocabulary), show_progress=False, create_empty_token=False)
    columns = index.scores
    return Words(
        vocabulary,
        np.asarray(columns["indptr"], np.int64),
        np.asarray(columns["indices"], np.int32),
        np.asarray(columns["data"], np.float32),
        len(rows),
    )


def _idf(within: float, size: int) -> float:
    return math.log1p((size - within + 0.5) / (within + 0.5))


def _usual(query: str) -> dict[str, float]:
    """The terms of *query*, each with the share of English passages that hold its word.

    None where too many of its words are not English.
    """
    from promptc.models import frequencies

    shares = {word: frequencies().share(word) for word in _WORD.findall(_HUMPS.sub(" ", query))}
    known = [word for word, share in shares.items() if share is not None or not word.isalpha()]
    if len(known) < ENGLISH * len(shares):
        return {}
    return {
        term: min(1.0, LENGTH * share)
        for word, share in shares.items()
        if share is not None
        for term in terms(word)
    }


def terms(text: str) -> list[str]:
    """The words of *text* that BM25 compares: lower case, without endings, common ones left out.

    Scripts without spaces give every two characters in a row; a joined name also gives its parts.

    >>> terms("When is the run_target method called?")
    ['run', 'target', 'method', 'call', 'run_target']
    """
    found: list[str] = []
    for word in _WORD.findall(_HUMPS.sub(" ", text)):
        lowered = word.lower()
        if lowered in _COMMON:
            continue
        if word[0] >= "\u3040" and re.match(f"[{_WIDE}]", word):
            found += [word[at : at + 2] for at in range(max(len(word) - 1, 1))]
        else:
            found.append(_stem(lowered))
    found += [match.lower() for match in _JOINED.findall(text)]
    return found


@functools.lru_cache(maxsize=100_000)
def _stem(word: str) -> str:
    found: str = _stemmer()(word)
    return found


@functools.cache
def _stemmer():  # type: ignore[no-untyped-def]
    import Stemmer

    return Stemmer.Stemmer("english").stemWord


def files(found: Words) -> dict[str, bytes]:
    """What `read` reads."""
    import numpy as np

    arrays: dict[str, NDArray[Any]] = {
        "starts": found.starts,
        "numbers": found.numbers,
        "scores": found.scores,
    }
    made: dict[str, bytes] = {"words.txt": "\n".join(found.vocabulary).encode()}
    for name, array in arrays.items():
        file = io.BytesIO()
        np.save(file, array, allow_pickle=False)
        made[f"words.{name}.npy"] = file.getvalue()
    return made


def read(home: Path, size: int) -> Words:
    """Map the files in *home* into memory; the index has *size* passages."""
    import numpy as np

    listed = (home / "words.txt").read_text(encoding="utf-8")
    vocabulary = dict(zip(listed.split("\n") if listed else (), itertools.count(), strict=False))
    starts, numbers, scores = (
        np.load(home / f"words.{name}.npy", mmap_mode="r")
        for name in ("starts", "numbers", "scores")
    )
    return Words(vocabulary, starts, numbers, scores, size)
