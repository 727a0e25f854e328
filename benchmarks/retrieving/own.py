"""promptc's own retrieval, as its index searches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from benchmarks.retrieving.units import TOKENIZER, Found, Part
from promptc.compressors.embedded import Shipped
from promptc.passages import Document
from promptc.retrieval import Hit, Index, blocks

_MOST = 50


@dataclass(frozen=True)
class Promptc:
    """promptc's index. With *wrapped* the budget also holds the blocks that a model is given."""

    name: str = "promptc"
    wrapped: bool = False

    def prepare(self, documents: Sequence[Document]) -> IndexSearcher:
        return IndexSearcher(_index(tuple(documents)), self.wrapped)


@dataclass(frozen=True)
class IndexSearcher:
    index: Index
    wrapped: bool

    def search(self, question: str, tokens: int) -> Found:
        shape = blocks if self.wrapped else bare
        ranked = [number for number, _ in self.index.ranked(question, _MOST)]
        hits = self.index.search(
            question, None, tokens, TOKENIZER, compressor=Shipped(), shape=shape
        )
        parts = [self._part(number) for number in ranked]
        # The order of documents is that of their best passage, as for every method.
        documents = list(dict.fromkeys(part.document for part in parts))
        filled = [
            Part(self.index.table.document(hit.number), span) for hit in hits for span in hit.spans
        ]
        return Found(parts, documents, filled)

    def _part(self, number: int) -> Part:
        return Part(self.index.table.document(number), self.index.table[number].span)


@lru_cache(maxsize=64)
def _index(documents: tuple[Document, ...]) -> Index:
    return Index.build(documents, TOKENIZER)


def bare(hits: Sequence[Hit]) -> str:
    """The texts of *hits* alone, as those of the other methods are counted."""
    return "\n\n".join(hit.text for hit in hits)
