"""Rate passages that may answer a question: by its words, by words like them, by their headings.

The ratings are added up as they are, not as ranks: how much better the best passage is than the
next tells as much as that it is the first (Bruch, Gai and Ingber 2023). The weights were set on one
half of the dev questions, those of the cosine and of neighbors with all in view;
`benchmarks/retrieval.py` measures each half.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from promptc.models import EMBEDDED, STATIC, word_vectors
from promptc.passages import Kind, Passage
from promptc.protocols import Embedder
from promptc.retrieval import table
from promptc.retrieval.table import Table
from promptc.retrieval.words import Words, terms

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

COSINE = 0.5
"""Weight of the cosine of a passage's vector, beside 1 for the words of the question."""
LIKENESS = 0.45
"""Weight of likeness word for word."""
HEADING = 0.12
"""Weight of how much of a passage's heading, or of the question that it answers, was asked."""
NEIGHBOR = 0.05
"""What a passage gets of the words of the better of the two beside it in the document."""


def rated(
    query: str,
    *,
    numbers: NDArray[np.int64],
    scores: NDArray[np.float32],
    passages: Table,
    words: Words,
) -> NDArray[np.float64]:
    """Rate those *numbers* of *passages* for *query*, (n,); *scores* are those of all by *words*.

    What a passage's vector tells is not in it: see `of_cosine`.
    """
    import numpy as np

    found = [passages[at] for at in numbers.tolist()]
    alike = word_vectors().matches(
        query, [table.indexed(each) for each in found], words.rarity(query)
    )
    said = frozenset(terms(query))
    headings = np.array([_asked(heading(each), said, words) for each in found])
    beside = np.array([_beside(at, scores, passages) for at in numbers.tolist()])
    rating: NDArray[np.float64] = scores[numbers].astype(np.float64)
    return rating + LIKENESS * alike + HEADING * headings + NEIGHBOR * beside


def of_cosine(model: Embedder, query: str) -> float:
    """What the cosine of *query* with a passage counts, by the vectors of *model*.

    Nothing by those of `static`: likeness word for word is made of the same ones and tells more.
    The network of the package was taught English, and is no guide in other scripts.
    """
    name = getattr(model, "model", "")
    return 0.0 if name == STATIC or (name == EMBEDDED and not _latin(query)) else COSINE


def _latin(text: str) -> bool:
    """Whether half of the letters of *text* or more are Latin."""
    letters = [char for char in text if char.isalpha()]
    latin = sum(char < "\u0250" or "\u1e00" <= char < "\u1f00" for char in letters)
    return 2 * latin >= len(letters)


def heading(passage: Passage) -> str:
    """What *passage* stands under: the question that it answers, or the nearest heading."""
    if passage.kind is Kind.QUESTION:
        return passage.text.lstrip().partition("\n")[0]
    return passage.path[-1] if passage.path else ""


def _asked(shown: str, said: frozenset[str], words: Words) -> float:
    """The share of the words of a heading that are *said*, by their weight."""
    weights = {term: words.weight(term) for term in _terms(shown)}
    known = sum(weight for term, weight in weights.items() if term in said)
    return known / sum(weights.values()) if known else 0.0


@lru_cache(maxsize=4096)
def _terms(shown: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(terms(shown)))


def _beside(number: int, scores: NDArray[np.float32], passages: Table) -> float:
    """The better score of the passages before and after *number* in its document; 0 without one."""
    document = passages.document(number)
    near = (at for at in (number - 1, number + 1) if 0 <= at < len(passages))
    return max((float(scores[at]) for at in near if passages.document(at) == document), default=0.0)
