"""Build, save, open and search an index of passages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from promptc.budget import Budget
from promptc.errors import IndexFileError
from promptc.models import embedder as named_embedder
from promptc.passages import Document
from promptc.passages.chunking import Sizes, chunk
from promptc.paths import display
from promptc.protocols import Compressor, Embedder, Progress, Request, Tokenizer
from promptc.retrieval import ranking, rating, store, table, vectors, words
from promptc.retrieval.blocks import blocks
from promptc.retrieval.fitting import fit, whole
from promptc.retrieval.hits import Hit
from promptc.retrieval.table import Table
from promptc.retrieval.vectors import Vectors
from promptc.retrieval.words import Words

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

CANDIDATES = 50
"""Passages that words and vectors each propose."""
_TOGETHER = 64
"""Passages embedded at once, between two reports of progress."""


@dataclass(frozen=True, eq=False)
class Index:
    """Passages that can be searched by words and by vectors. Safe to search from many threads.

    *embedded* is how many vectors were made anew when it was built; 0 in an index from disk.
    """

    table: Table
    vectors: Vectors
    words: Words
    embedder: Embedder
    sizes: Sizes
    embedded: int = 0

    @classmethod
    def build(  # noqa: PLR0913 - each is a choice of the caller
        cls,
        documents: Sequence[Document],
        tokenizer: Tokenizer,
        *,
        embedder: Embedder | None = None,
        sizes: Sizes | None = None,
        earlier: Index | None = None,
        progress: Progress = None,
    ) -> Index:
        """Cut *documents* and index their passages.

        Passages that *earlier* has too, made by the same embedder, keep their vectors; *progress*
        is of those that don't. Raises `ValueError` where two documents have one name.
        """
        names = [document.name for document in documents]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise ValueError(f"two documents are called {twice!r}; give each a name of its own")
        model, sizes = embedder or named_embedder(), sizes or Sizes()
        passages = [chunk(document, tokenizer, sizes) for document in documents]
        made = table.build(documents, passages)
        flat = [passage for each in passages for passage in each]
        texts = [table.indexed(passage) for passage in flat]
        known = _known(made, model, earlier)
        found = _embedded(texts, known, model, progress)
        rows = [words.terms(text) for text in texts]
        return cls(
            made, vectors.build(found), words.build(rows), model, sizes, len(flat) - len(known)
        )

    @classmethod
    def open(cls, folder: Path, embedder: Embedder | None = None) -> Index:
        """Open the index in *folder*, mapped into memory; *embedder* is by default the one named.

        Raises `IndexFileError` where it is damaged, foreign or newer, or was made by another
        embedder than this one.
        """
        facts, home = store.load(folder)
        made = facts["embedder"]
        model = embedder or named_embedder(made["model"])
        if (model.name, model.version) != (made["name"], made["version"]):
            raise IndexFileError(
                f"{display(folder)}: made with the embedder {made['name']} {made['version']}, and "
                f"this is {model.name} {model.version}; rebuild it: promptc index FOLDER "
                f"-o {display(folder)}"
            )
        return cls(
            table.read(home),
            vectors.read(home / "vectors.faiss"),
            words.read(home, facts["passages"]),
            model,
            Sizes(**facts["sizes"]),
        )

    def save(self, folder: Path) -> None:
        """Write the index into *folder*, all or nothing; readers see the old one or this one."""
        model = self.embedder
        facts = {
            "embedder": {
                "model": getattr(model, "model", "embedded"),
                "name": model.name,
                "version": model.version,
                "dims": model.dims,
            },
            "sizes": {"most": self.sizes.most, "overlap": self.sizes.overlap},
            "passages": len(self),
            "documents": list(self.table.names),
            "vectors": {"lists": self.vectors.lists, "probes": self.vectors.probes},
        }
        files = {**self.table.files(), **words.files(self.words)}
        store.save(folder, {**files, "vectors.faiss": self.vectors.data()}, facts)

    def __len__(self) -> int:
        return len(self.table)

    def search(  # noqa: PLR0913 - each is a choice of the caller
        self,
        query: str,
        k: int | None = None,
        tokens: int | None = None,
        tokenizer: Tokenizer | None = None,
        *,
        compressor: Compressor | None = None,
        shape: Callable[[Sequence[Hit]], str] = blocks,
    ) -> tuple[Hit, ...]:
        """The passages that answer *query* best, the best first: at most *k*, within *tokens*.

        Tokens are counted by *tokenizer* on what *shape* writes of the hits. The last passage is
        shortened by *compressor* to what is left, or left out without one. A query without a word
        finds nothing. Raises `ValueError` for numbers below 1, and for tokens without a tokenizer.
        """
        for name, value in (("k", k), ("tokens", tokens)):
            if value is not None and value < 1:
                raise ValueError(f"{name} must be 1 or more, got {value}")
        if tokenizer is None:
            if tokens is not None:
                raise ValueError("tokens need a tokenizer to count them")
            from promptc.tokens import get_tokenizer

            tokenizer = get_tokenizer("gpt-4o")
        # Most of what is ranked is never read where a budget ends the hits.
        ranked = ((number, self.table[number], score) for number, score in self.ranked(query, k))
        if tokens is None:
            return whole(ranked, tokenizer)
        room = Budget(tokens=tokens).room(tokens + 1, exact=tokenizer.exact)
        return fit(ranked, Request(room, tokenizer, query), shape, compressor)

    def ranked(self, query: str, most: int | None = None) -> list[tuple[int, float]]:
        """Numbers of passages and scores in (0, 1], the best first; at most *most*."""
        import numpy as np

        if not query.strip() or not len(self):
            return []
        by_words = self.words.search(query)
        first = ranking.best(by_words, CANDIDATES)
        asked = vectors.rounded(self.embedder.embed([query]))[0]
        near = self.vectors.search(asked, CANDIDATES).numbers if asked.any() else first[:0]
        numbers = np.union1d(first, near)
        if not len(numbers):
            return []
        rows = self.vectors.rows(numbers)
        scores = rating.rated(
            query, numbers=numbers, scores=by_words, passages=self.table, words=self.words
        )
        scores += rating.of_cosine(self.embedder, query) * np.einsum("ij,j->i", rows, asked)
        scores = np.round(scores / max(scores.max(), np.finfo(np.float64).tiny), 3)
        some = scores > 0
        numbers, rows, scores = numbers[some], rows[some], scores[some]
        chosen = ranking.novel(scores, rows, most or len(numbers))
        return [(int(numbers[at]), float(scores[at])) for at in chosen]


def _embedded(
    texts: Sequence[str],
    known: Mapping[int, NDArray[np.float32]],
    model: Embedder,
    progress: Progress,
) -> NDArray[np.float32]:
    """A vector for each text, those at *known* places as they are."""
    import numpy as np

    found = np.zeros((len(texts), model.dims), np.float32)
    for at, row in known.items():
        found[at] = row
    fresh = [at for at in range(len(texts)) if at not in known]
    for start in range(0, len(fresh), _TOGETHER):
        some = fresh[start : start + _TOGETHER]
        found[some] = vectors.rounded(model.embed([texts[at] for at in some]))
        if progress is not None:
            progress(start + len(some), len(fresh))
    return found


def _known(made: Table, model: Embedder, earlier: Index | None) -> dict[int, NDArray[np.float32]]:
    """The vectors of the passages of *made* that *earlier* has too, by number."""
    import numpy as np

    if earlier is None or earlier.embedder.version != model.version:
        return {}
    numbers = {bytes(key): number for number, key in enumerate(earlier.table.keys)}
    places = {at: numbers[bytes(key)] for at, key in enumerate(made.keys) if bytes(key) in numbers}
    rows = earlier.vectors.rows(np.array(list(places.values()), np.int64)) if places else ()
    return dict(zip(places, rows, strict=True))
