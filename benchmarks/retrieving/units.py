"""What every method of retrieval is: it cuts documents, ranks the parts, and fills a budget."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import NamedTuple, Protocol

from promptc.passages import Document
from promptc.source import Span
from promptc.tokens import get_tokenizer
from promptc.tokens.encodings import load_encoding

MODEL = "gpt-4o"
TOKENIZER = get_tokenizer(MODEL)


class Part(NamedTuple):
    """``text[span]`` of the document of that number."""

    document: int
    span: Span


class Found(NamedTuple):
    """The best parts in order, the numbers of the documents in order, and what fits the budget."""

    parts: Sequence[Part]
    documents: Sequence[int]
    filled: Sequence[Part]


class Searcher(Protocol):
    """Searches one corpus."""

    def search(self, question: str, tokens: int) -> Found:
        """The best parts for *question*, and those that *tokens* take."""
        ...


class Method(Protocol):
    """A way to search."""

    @property
    def name(self) -> str: ...

    def prepare(self, documents: Sequence[Document]) -> Searcher:
        """Index *documents*."""
        ...


def fill(documents: Sequence[Document], parts: Sequence[Part], tokens: int) -> list[Part]:
    """The first *parts* that fit, the last one cut off where the budget ends."""
    found: list[Part] = []
    left = tokens
    for part in parts:
        text = documents[part.document].text[slice(*part.span)]
        size = TOKENIZER.count(text)
        if size > left:
            stop = part.span.start + len(_first(text, left))
            if stop > part.span.start:
                found.append(Part(part.document, Span(part.span.start, stop)))
            break
        found.append(part)
        left -= size
    return found


@functools.cache
def _encoding():  # type: ignore[no-untyped-def]
    return load_encoding(TOKENIZER.name)


def _first(text: str, tokens: int) -> str:
    """The first *tokens* of *text*, whole characters."""
    ids = _encoding().encode_ordinary(text)[:tokens]
    decoded: str = _encoding().decode(ids, errors="ignore")
    return decoded


def ranked_documents(parts: Sequence[Part]) -> list[int]:
    """Documents by their best part."""
    return list(dict.fromkeys(part.document for part in parts))
