"""What ``retrieve()`` gives: the same in the proof, at build, and in a program."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from promptc.outlining.questions import Asked, answered, plain
from promptc.protocols import Compressor, Tokenizer
from promptc.rendering.calls import TOKENS, K

if TYPE_CHECKING:
    from promptc.retrieval import Index


class Brought(NamedTuple):
    """What one retrieval brings: its *text* as a model reads it, its *tokens* and *passages*."""

    text: str
    tokens: int
    passages: int


@dataclass(frozen=True)
class Limits:
    """At most *k* passages of at most *tokens* in all, their markup counted."""

    k: int = K
    tokens: int = TOKENS


def bring(
    index: Index, query: str, limits: Limits, tokenizer: Tokenizer, compressor: Compressor
) -> Brought:
    """The passages of *index* that answer *query*, the last one shortened where it must be."""
    from promptc.retrieval import blocks

    hits = index.search(query, limits.k, limits.tokens, tokenizer, compressor=compressor)
    text = blocks(hits)
    return Brought(text, tokenizer.count(text), len(hits))


def reached(index: Index, one: Asked, k: int, tokenizer: Tokenizer) -> float:
    """Tokens of the first of the best passages that answer *one* together, whole ones, *k* at most.

    `math.inf` where all of them don't.
    """
    from promptc.retrieval import blocks

    hits = index.search(one.ask, k, None, tokenizer)
    low, high = 1, len(hits) + 1
    while low < high:
        middle = (low + high) // 2
        if answered(one.answers, plain(blocks(hits[:middle]))):
            high = middle
        else:
            low = middle + 1
    return tokenizer.count(blocks(hits[:low])) if low <= len(hits) else math.inf
